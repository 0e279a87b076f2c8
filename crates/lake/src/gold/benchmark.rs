//! Figures of others to compare with.

use arrow::record_batch::RecordBatch;
use storage_core::calculation::change_percent;
use storage_core::units::Unit;
use storage_core::{Decimal, Digest, Ratio};

use super::sums::{Key, MonthSums};
use super::tables::{Columns, UNIT, counts};
use super::year_over_year::percents;
use super::{Error, Scope2Method};
use crate::silver::PLACES;

/// Figures to compare with, each with its source.
///
/// A CSV file with the columns `benchmark` (its name), `value` (kilograms of CO2e), `per` (the unit of
/// activity for each of which; empty for a whole month) and `source`; `scope`, `category` and
/// `activity` say what it is compared with, where they are not empty.
///
/// ```
/// use lake::gold::Benchmarks;
///
/// let file = "benchmark,category,per,value,source\noffices,electricity,MWh,210.5,Sector report\n";
/// assert_eq!(Benchmarks::csv(file.as_bytes())?.len(), 1);
/// let wrong = "benchmark,category,per,value,source\noffices,electricity,MWh,210.5,\n";
/// let error = Benchmarks::csv(wrong.as_bytes()).unwrap_err();
/// assert_eq!(error.to_string(), "line 2 of the benchmarks: the source is empty");
/// # Ok::<(), lake::gold::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Benchmarks {
    digest: Digest,
    rows: Vec<Benchmark>,
}

#[derive(Clone, Debug)]
struct Benchmark {
    name: String,
    scope: Option<i32>,
    category: Option<String>,
    activity: Option<String>,
    per: Option<Unit>,
    value: Decimal,
    source: String,
}

impl Benchmarks {
    /// Reads a table from a CSV file with a header.
    ///
    /// # Errors
    ///
    /// [`Error::BenchmarksInvalid`] with the line and what is wrong with it.
    pub fn csv(bytes: &[u8]) -> Result<Self, Error> {
        let invalid = |line: u64, broken: String| Error::BenchmarksInvalid { line, broken };
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader.headers().map_err(|error| invalid(1, error.to_string()))?.clone();
        let known = ["benchmark", "scope", "category", "activity", "per", "value", "source"];
        if let Some(other) = header.iter().find(|it| !known.contains(&it.trim())) {
            return Err(invalid(
                1,
                format!("there is a column `{other}`, which means nothing here"),
            ));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                invalid(error.position().map_or(0, csv::Position::line), error.to_string())
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |name: &str| {
                let at = header.iter().position(|it| it.trim() == name)?;
                record.get(at).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
            };
            let needed = |name: &str| {
                cell(name).ok_or_else(|| invalid(line, format!("the {name} is empty")))
            };
            let broken =
                |what: &str, error: String| invalid(line, format!("the {what} cannot be: {error}"));
            let scope = cell("scope").map(|it| it.parse::<i32>()).transpose();
            let per = cell("per").map(|it| it.parse::<Unit>()).transpose();
            let value = needed("value")?;
            rows.push(Benchmark {
                name: needed("benchmark")?,
                scope: scope.map_err(|error| broken("scope", error.to_string()))?,
                category: cell("category"),
                activity: cell("activity"),
                per: per.map_err(|error| broken("unit", error.to_string()))?,
                value: value.parse().map_err(|error| broken("value", format!("{error}")))?,
                source: needed("source")?,
            });
        }
        Ok(Self { digest: Digest::of(bytes), rows })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The digest of the file.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl Benchmark {
    fn is_about(&self, key: &Key) -> bool {
        self.scope.is_none_or(|it| key.scope == Some(it))
            && self.category.as_ref().is_none_or(|it| key.category.as_ref() == Some(it))
            && self.activity.as_ref().is_none_or(|it| key.activity.as_ref() == Some(it))
            && self.per.as_ref().is_none_or(|it| key.unit == Some(it.canonical().to_string()))
    }

    /// Kilograms for each canonical unit.
    fn per_canonical(&self) -> Result<Ratio, Error> {
        let value = Ratio::from(&self.value);
        let Some(per) = &self.per else { return Ok(value) };
        let one = per.to(&per.canonical()).ok().and_then(|it| it.inverse());
        let one = one.ok_or_else(|| Error::BenchmarksInvalid {
            line: 0,
            broken: format!("`{per}` leads to no canonical unit"),
        })?;
        Ok(value * one)
    }
}

/// What each tenant emits against each benchmark that is about it.
pub(super) fn compare(
    month: &MonthSums,
    benchmarks: &Benchmarks,
    method: Scope2Method,
) -> Result<RecordBatch, Error> {
    let mut lines = Vec::new();
    for benchmark in &benchmarks.rows {
        let about = |key: &Key| {
            (counts(key, method) && benchmark.is_about(key)).then(|| key.tenant.clone())
        };
        let value = benchmark.per_canonical()?;
        for (tenant, group) in month.rolled_up(about) {
            let total = group.emissions.total();
            let own = match benchmark.per {
                None => Some(Ratio::from(&total)),
                // Nothing done is nothing to compare.
                Some(_) => Ratio::from(&group.quantity.total())
                    .inverse()
                    .map(|it| Ratio::from(&total) * it),
            };
            lines.push((
                tenant,
                benchmark,
                own.map(|it| it.rounded(PLACES)),
                value.rounded(PLACES),
                group,
            ));
        }
    }
    lines.sort_by(|a, b| (&a.0, &a.1.name).cmp(&(&b.0, &b.1.name)));
    let changes: Vec<_> = lines.iter().map(|it| change_percent(&it.3, it.2.as_ref()?)).collect();
    let mut columns = Columns::default();
    columns.texts("tenant_id", lines.iter().map(|it| it.0.clone()));
    columns.texts("benchmark", lines.iter().map(|it| Some(it.1.name.clone())));
    columns.scopes(lines.iter().map(|it| it.1.scope));
    columns.texts("category", lines.iter().map(|it| it.1.category.clone()));
    columns.texts("activity", lines.iter().map(|it| it.1.activity.clone()));
    columns.texts("unit", lines.iter().map(|_| Some(UNIT.to_owned())));
    columns.texts(
        "per",
        lines.iter().map(|it| it.1.per.as_ref().map(|per| per.canonical().to_string())),
    );
    columns.decimals("own_value", lines.iter().map(|it| it.2.clone()))?;
    columns.decimals("benchmark_value", lines.iter().map(|it| Some(it.3.clone())))?;
    percents(&mut columns, "above_percent", &changes)?;
    columns.counts("record_count", lines.iter().map(|it| it.4.rows));
    columns.texts("source", lines.iter().map(|it| Some(it.1.source.clone())));
    let digest = benchmarks.digest.hex();
    columns.texts("benchmarks_sha256", lines.iter().map(|_| Some(digest.clone())));
    columns.finish()
}
