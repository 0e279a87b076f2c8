//! Rows of silver, summed up as finely as any table of gold needs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray as _};
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;
use storage_core::Decimal;

use super::sum::{Group, Sum};
use super::{Error, Month, Months};
use crate::silver::columns::{Texts, decimal, moments, wrong_type};

/// Sums over rows of silver: by month, tenant, scope, method of scope 2, category, activity and unit.
///
/// Adding is exact. So it does not matter how the rows are cut into batches, in which order these come
/// and who adds them; [`merge`](Sums::merge) joins what several have added.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    pub(super) months: BTreeMap<Month, MonthSums>,
}

/// What a month holds.
#[derive(Clone, Debug, Default)]
pub(super) struct MonthSums {
    pub(super) groups: BTreeMap<Key, Group>,
    /// Rows without an answer, by tenant.
    pub(super) unresolved: BTreeMap<Option<String>, u64>,
}

/// What the rows of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(super) struct Key {
    pub(super) tenant: Option<String>,
    pub(super) scope: Option<i32>,
    pub(super) method: Option<String>,
    pub(super) category: Option<String>,
    pub(super) activity: Option<String>,
    pub(super) unit: Option<String>,
}

/// The column that holds the tenant.
const TENANT: &str = "tenant_id";

/// The column that holds the moment.
const TIMESTAMP: &str = "timestamp";

impl Sums {
    /// Sums of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The months that have rows, resolved or not.
    pub fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.months.keys().copied()
    }

    /// Adds rows of silver.
    ///
    /// # Errors
    ///
    /// [`Error::Silver`] for a batch without the columns of silver, [`Error::NotANumber`] for an exact
    /// text that is none.
    pub fn add(&mut self, silver: &RecordBatch) -> Result<(), Error> {
        let texts = [TENANT, "scope2_method", "category", "activity", "canonical_unit"];
        let texts: Vec<Texts> =
            texts.iter().map(|name| Texts::of(silver, name)).collect::<Result<_, _>>()?;
        let versions = Texts::of(silver, "factor_version")?;
        let names: Vec<Option<Arc<str>>> = versions.map(|it| Arc::from(it));
        let moments = moments(silver, TIMESTAMP)?;
        let typed = |name: &str, wanted: &DataType, said| {
            let column = silver.column_by_name(name);
            let column = column
                .ok_or_else(|| crate::silver::Error::ColumnMissing { name: name.to_owned() })?;
            match column.data_type() == wanted {
                true => Ok(column),
                false => Err(wrong_type(name, column, said)),
            }
        };
        let amount = |name| {
            let column = typed(name, &decimal(), "a decimal of 38 digits and 12 places")?;
            Ok::<_, Error>(column.as_primitive::<Decimal128Type>())
        };
        let exact = |name: &str| {
            let column = silver.column_by_name(name);
            let column = column
                .ok_or_else(|| crate::silver::Error::ColumnMissing { name: name.to_owned() })?;
            let plain = arrow::compute::cast(column, &DataType::Utf8);
            Ok::<_, Error>(plain.map_err(crate::silver::Error::from)?.as_string::<i32>().clone())
        };
        let scopes =
            typed("scope", &DataType::Int32, "a whole number")?.as_primitive::<Int32Type>();
        let known = typed("factor_known_at", &DataType::Int64, "a whole number of 64 bits")?;
        let known = known.as_primitive::<Int64Type>();
        let (emissions, emissions_exact) = (amount("emissions_kg")?, exact("emissions_exact")?);
        let (outside, outside_exact) =
            (amount("outside_scopes_kg")?, exact("outside_scopes_exact")?);
        let quantities = amount("canonical_quantity")?;

        // Groups of this batch by small numbers; names are made once for each.
        type Numbers = (i64, Option<i32>, [Option<usize>; 5]);
        let mut slots: HashMap<Numbers, usize, foldhash::fast::FixedState> = HashMap::default();
        let mut groups: Vec<(Month, Key, Group, Vec<bool>)> = Vec::new();
        let mut month_of = Months::default();
        for row in 0..silver.num_rows() {
            let month = month_of.of(moments.value(row)).ok_or(Error::NoMoment)?;
            let scope = scopes.is_valid(row).then(|| scopes.value(row));
            let keys: [Option<usize>; 5] = std::array::from_fn(|nth| texts[nth].key(row));
            let number = i64::from(month.year) * 12 + i64::from(month.month);
            let slot = *slots.entry((number, scope, keys)).or_insert_with(|| {
                let text = |nth: usize| texts[nth].text(row).map(str::to_owned);
                let key = Key {
                    tenant: text(0),
                    scope,
                    method: text(1),
                    category: text(2),
                    activity: text(3),
                    unit: text(4),
                };
                groups.push((month, key, Group::default(), vec![false; names.len()]));
                groups.len() - 1
            });
            let (_, _, group, seen) = &mut groups[slot];
            group.rows += 1;
            add(&mut group.emissions, emissions.value(row), text_of(&emissions_exact, row))?;
            if outside.is_valid(row) {
                let sum = group.outside.get_or_insert_default();
                add(sum, outside.value(row), text_of(&outside_exact, row))?;
            }
            group.quantity.add(quantities.value(row));
            group.known_at = group.known_at.max(known.value(row));
            if let Some(key) = versions.key(row) {
                seen[key] = true;
            }
        }
        for (month, key, mut group, seen) in groups {
            let versions = names.iter().zip(seen).filter(|it| it.1);
            group.versions = versions.filter_map(|it| it.0.clone()).collect();
            let month = self.months.entry(month).or_default();
            month.groups.entry(key).or_default().merge(&group);
        }
        Ok(())
    }

    /// Adds rows that have no answer: they count for the coverage.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn add_unresolved(&mut self, rejects: &RecordBatch) -> Result<(), Error> {
        let tenants = Texts::of(rejects, TENANT)?;
        let moments = moments(rejects, TIMESTAMP)?;
        let mut month_of = Months::default();
        for row in 0..rejects.num_rows() {
            let month = month_of.of(moments.value(row)).ok_or(Error::NoMoment)?;
            let month = self.months.entry(month).or_default();
            *month.unresolved.entry(tenants.text(row).map(str::to_owned)).or_default() += 1;
        }
        Ok(())
    }

    /// Adds what somebody else has added up.
    pub fn merge(&mut self, other: &Self) {
        for (month, theirs) in &other.months {
            let ours = self.months.entry(*month).or_default();
            for (key, group) in &theirs.groups {
                ours.groups.entry(key.clone()).or_default().merge(group);
            }
            for (tenant, rows) in &theirs.unresolved {
                *ours.unresolved.entry(tenant.clone()).or_default() += rows;
            }
        }
    }
}

impl MonthSums {
    /// The groups that `key` maps to the same, joined; those without a key are left out.
    pub(super) fn rolled_up<K: Ord>(&self, key: impl Fn(&Key) -> Option<K>) -> BTreeMap<K, Group> {
        let mut joined: BTreeMap<K, Group> = BTreeMap::new();
        for (own, group) in &self.groups {
            if let Some(key) = key(own) {
                joined.entry(key).or_default().merge(group);
            }
        }
        joined
    }

    /// Rows of a tenant with and without an answer.
    pub(super) fn covered(&self, tenant: &Option<String>) -> (u64, u64) {
        let own = self.groups.iter().filter(|(key, _)| key.tenant == *tenant);
        let resolved = own.map(|(_, group)| group.rows).sum();
        (resolved, self.unresolved.get(tenant).copied().unwrap_or_default())
    }
}

fn text_of(texts: &arrow::array::StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

/// Adds what a row says before it was rounded.
fn add(sum: &mut Sum, rounded: i128, exact: Option<&str>) -> Result<(), Error> {
    let Some(text) = exact else {
        sum.add(rounded);
        return Ok(());
    };
    let decimal: Decimal =
        text.parse().map_err(|source| Error::NotANumber { text: text.to_owned(), source })?;
    sum.add_decimal(&decimal);
    Ok(())
}
