//! Rows of bronze become rows of silver, or rejects.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, Decimal128Array, Float64Array, StringArray,
    StringDictionaryBuilder,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Schema};
use arrow::record_batch::RecordBatch;
use storage_core::factors::Catalogue;

use super::columns::{Calculated, Texts, added, dictionary, moments, wrong_type};
use super::quantity::Quantity;
use super::reference::Resolved;
use super::reject::{Code, Reason};
use super::rejects::Rejects;
use super::resolver::Resolver;
use super::{BRONZE_FILE, EntityRule, Error, Options, Refined, Report};
use crate::bronze::cast::DAY;

/// Refines batch after batch and remembers what it looked up. Its answers do not depend on what it
/// refined before.
#[derive(Debug)]
pub struct Refiner {
    options: Options,
    resolver: Resolver,
}

/// What a text of a column led to.
type Entity<'r> = Option<Result<Resolved<'r>, Code>>;

impl Refiner {
    /// A refiner that has looked up nothing yet.
    pub fn new(options: Options) -> Self {
        let resolver = Resolver::new(&options);
        Self { options, resolver }
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Refines the rows of one file of bronze, called `bronze_file`, or some of them. Rows that have a
    /// column `_bronze_file` come from where that says.
    ///
    /// # Errors
    ///
    /// As [`refine`](super::refine).
    pub fn refine(
        &mut self,
        catalogue: &Catalogue,
        batch: &RecordBatch,
        bronze_file: &str,
    ) -> Result<Refined, Error> {
        let columns = &self.options.columns;
        let factors = Texts::of(batch, &columns.factor)?;
        let units = Texts::of(batch, &columns.unit)?;
        let moments = moments(batch, &columns.timestamp)?;
        let quantities = Quantities::of(batch, &columns.quantity)?;
        let entities: Vec<(Texts, Vec<Entity<'_>>)> = self
            .options
            .entities
            .iter()
            .map(|rule| look_up(batch, rule))
            .collect::<Result<_, _>>()?;
        let factor_numbers = factors.map(|name| self.resolver.factor(name));
        let unit_numbers = units.map(|name| self.resolver.unit(name));

        let rows = batch.num_rows();
        let mut calculated = Calculated::default();
        let mut accepted = Vec::with_capacity(rows);
        let mut rejects = Rejects::default();
        let mut report = Report::of_rows(rows as u64);
        let mut buffer = String::new();
        let number = |numbers: &[Option<u32>], key: Option<usize>| key.and_then(|it| numbers[it]);
        for row in 0..rows {
            let mut refine = || -> Result<Result<(), (&str, Reason)>, Error> {
                for (rule, (texts, found)) in self.options.entities.iter().zip(&entities) {
                    if let Some(Some(Err(code))) = texts.key(row).map(|key| &found[key]) {
                        let detail = format!("the table `{}` has no answer", rule.reference.name());
                        return Ok(Err((&rule.column, Reason::new(*code, detail))));
                    }
                }
                let null = |column| Ok(Err((column, Reason::new(Code::Null, "it is null"))));
                let Some(factor) = number(&factor_numbers, factors.key(row)) else {
                    return null(columns.factor.as_str());
                };
                let Some(unit) = number(&unit_numbers, units.key(row)) else {
                    return null(&columns.unit);
                };
                if moments.is_null(row) {
                    return null(&columns.timestamp);
                }
                if quantities.is_null(row) {
                    return null(&columns.quantity);
                }
                let day = i32::try_from(moments.value(row).div_euclid(DAY)).unwrap_or(i32::MAX);
                let version = match self.resolver.version(catalogue, factor, day)? {
                    Ok(version) => version,
                    Err(reason) => return Ok(Err((&columns.factor, (*reason).clone()))),
                };
                let worth = match self.resolver.worth(version, unit) {
                    Ok(worth) => worth,
                    Err(reason) => return Ok(Err((&columns.unit, (*reason).clone()))),
                };
                let made = self.resolver.made(worth);
                let too_long = || {
                    let detail = "the quantity or what it is worth has too many digits";
                    Ok(Err((columns.quantity.as_str(), Reason::new(Code::OutOfRange, detail))))
                };
                let Some(quantity) = quantities.exact(row, &mut buffer) else { return too_long() };
                let outside = made.outside.as_ref().map(|it| it.times(&quantity));
                let (Some(value), Some(canonical), Some(outside)) = (
                    made.value.times(&quantity),
                    made.canonical.rounded(&quantity),
                    // `None` is no figure, `Some(None)` one that does not fit.
                    outside.map_or(Some(None), |it| it.map(Some)),
                ) else {
                    return too_long();
                };
                calculated.worth.push(worth);
                calculated.canonical.push(canonical);
                calculated.emissions.push(value.rounded);
                calculated.emissions_exact.append_option(value.exact);
                calculated.outside.push(outside.as_ref().map(|it| it.rounded));
                calculated.outside_exact.append_option(outside.and_then(|it| it.exact));
                Ok(Ok(()))
            };
            match refine()? {
                Ok(()) => accepted.push(true),
                Err((column, reason)) => {
                    accepted.push(false);
                    let text = match column {
                        it if it == columns.factor => factors.text(row),
                        it if it == columns.unit => units.text(row),
                        it => entities
                            .iter()
                            .zip(&self.options.entities)
                            .find(|(_, rule)| rule.column == it)
                            .and_then(|((texts, _), _)| texts.text(row)),
                    };
                    report.reject(column, reason.code, text);
                    rejects.push(column, &reason);
                }
            }
        }
        report.accepted = report.rows - report.rejects();
        let mut resolved = Vec::new();
        for (rule, (texts, found)) in self.options.entities.iter().zip(&entities) {
            let rows = (0..rows).filter(|row| accepted[*row]);
            resolved.extend(entity_columns(rule, texts, found, rows));
        }
        let calculated = calculated.columns(&self.resolver, self.options.known_at)?;
        let accepted = BooleanArray::from(accepted);
        // A batch that was refined before says itself where its rows come from.
        let (batch, from) = match batch.schema().index_of(BRONZE_FILE) {
            Ok(at) => {
                let mut batch = batch.clone();
                let from = batch.remove_column(at);
                (batch, arrow::compute::cast(&from, &dictionary())?)
            }
            Err(_) => (batch.clone(), repeated(bronze_file, rows)),
        };
        let (kept, kept_from) = match report.accepted == report.rows {
            true => (batch.clone(), from.clone()),
            false => {
                (filter_record_batch(&batch, &accepted)?, arrow::compute::filter(&from, &accepted)?)
            }
        };
        let rejects = rejects.finish(&batch, &accepted, from)?;
        let accepted = assemble(&kept, resolved, calculated, kept_from)?;
        Ok(Refined { accepted, rejects, report })
    }
}

/// The rows of bronze with what was found and calculated; columns that say where a row comes from go
/// last.
fn assemble(
    kept: &RecordBatch,
    resolved: Vec<(Field, ArrayRef)>,
    calculated: Vec<ArrayRef>,
    bronze_file: ArrayRef,
) -> Result<RecordBatch, Error> {
    let schema = kept.schema();
    let own = schema.fields().iter().map(|it| (**it).clone()).zip(kept.columns().iter().cloned());
    let (behind, own): (Vec<_>, Vec<_>) = own.partition(|(field, _)| field.name().starts_with('_'));
    let mut all = own;
    all.extend(resolved);
    all.extend(added().into_iter().zip(calculated));
    all.extend(behind);
    all.push((Field::new(BRONZE_FILE, dictionary(), false), bronze_file));
    let mut names = std::collections::BTreeSet::new();
    for (field, _) in &all {
        if !names.insert(field.name().clone()) {
            return Err(Error::ColumnTwice { name: field.name().clone() });
        }
    }
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = all.into_iter().unzip();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The same text in each row.
fn repeated(text: &str, rows: usize) -> ArrayRef {
    let mut texts = StringDictionaryBuilder::<Int32Type>::new();
    (0..rows).for_each(|_| texts.append_value(text));
    Arc::new(texts.finish())
}

fn look_up<'r>(
    batch: &RecordBatch,
    rule: &'r EntityRule,
) -> Result<(Texts, Vec<Entity<'r>>), Error> {
    if let Some(missing) = rule.keep.iter().find(|it| !rule.reference.attributes().contains(it)) {
        let name = format!("{}.{missing}", rule.reference.name());
        return Err(Error::ColumnMissing { name });
    }
    let texts = Texts::of(batch, &rule.column)?;
    let found = texts.map(|name| match rule.reference.find(name) {
        Ok(Some(resolved)) => Ok(resolved),
        Ok(None) => Err(Code::EntityUnknown),
        Err(_) => Err(Code::EntityAmbiguous),
    });
    Ok((texts, found))
}

fn entity_columns(
    rule: &EntityRule,
    texts: &Texts,
    found: &[Entity<'_>],
    rows: impl Iterator<Item = usize> + Clone,
) -> Vec<(Field, ArrayRef)> {
    let column = |name: String, of: &dyn Fn(&Resolved<'_>) -> Option<String>| {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        for row in rows.clone() {
            let found = texts.key(row).and_then(|key| found[key].as_ref()?.as_ref().ok());
            builder.append_option(found.and_then(of));
        }
        let column: ArrayRef = Arc::new(builder.finish());
        (Field::new(name, dictionary(), true), column)
    };
    let how = |it: &Resolved<'_>| Some(<&'static str>::from(it.how).to_owned());
    let mut columns = vec![
        column(rule.into.clone(), &|it| Some(it.id.to_owned())),
        column(format!("{}_match", rule.into), &how),
    ];
    for name in &rule.keep {
        let nth = rule.reference.attributes().iter().position(|it| it == name);
        columns.push(column(format!("{}_{name}", rule.into), &|it| {
            rule.reference.attribute(it.number, nth?).map(str::to_owned)
        }));
    }
    columns
}

/// The quantities of a batch.
enum Quantities {
    Floats(Float64Array, Option<StringArray>),
    Decimals(Decimal128Array, u32),
}

impl Quantities {
    fn of(batch: &RecordBatch, name: &str) -> Result<Self, Error> {
        let column = batch.column_by_name(name);
        let column = column.ok_or_else(|| Error::ColumnMissing { name: name.to_owned() })?;
        match column.data_type() {
            DataType::Float64 => {
                let texts = batch.column_by_name(&format!("{name}_text"));
                let texts =
                    texts.map(|it| arrow::compute::cast(it, &DataType::Utf8)).transpose()?;
                let texts = texts.map(|it| it.as_string::<i32>().clone());
                Ok(Self::Floats(column.as_primitive::<Float64Type>().clone(), texts))
            }
            DataType::Decimal128(_, scale) if *scale >= 0 => {
                Ok(Self::Decimals(column.as_primitive().clone(), scale.unsigned_abs().into()))
            }
            _ => Err(wrong_type(name, column, "a double or a decimal")),
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Floats(floats, _) => floats.is_null(row),
            Self::Decimals(decimals, _) => decimals.is_null(row),
        }
    }

    /// What a row says, exactly.
    fn exact(&self, row: usize, buffer: &mut String) -> Option<Quantity> {
        match self {
            Self::Floats(floats, texts) => match texts {
                Some(texts) if texts.is_valid(row) => Quantity::of_text(texts.value(row)),
                _ => Quantity::of_float(floats.value(row), buffer),
            },
            Self::Decimals(decimals, places) => {
                Some(Quantity::Small { digits: decimals.value(row), places: *places })
            }
        }
    }
}
