//! The columns of silver, and how a batch gets them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, Decimal128Array, DictionaryArray, Int32Array, Int64Array,
    StringArray, StringBuilder, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, TimeUnit};
use arrow::record_batch::RecordBatch;
use storage_core::{calculation, gwp, units};

use super::Error;
use super::rate::PLACES;
use super::resolver::{Dated, Resolver, Worth};

/// Text that repeats.
pub(crate) fn dictionary() -> DataType {
    DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into())
}

/// Kilograms and quantities.
pub(crate) fn decimal() -> DataType {
    DataType::Decimal128(38, PLACES as i8)
}

/// The texts of a column: a number for each row, and what the numbers mean.
pub(crate) struct Texts {
    keys: DictionaryArray<Int32Type>,
}

impl Texts {
    /// The column called `name`, which holds text in whatever encoding.
    pub(crate) fn of(batch: &RecordBatch, name: &str) -> Result<Self, Error> {
        let column = batch.column_by_name(name);
        let column = column.ok_or_else(|| Error::ColumnMissing { name: name.to_owned() })?;
        let text =
            |it: &DataType| matches!(it, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let fits = match column.data_type() {
            DataType::Dictionary(_, values) => text(values),
            other => text(other),
        };
        if !fits {
            return Err(wrong_type(name, column, "text"));
        }
        let cast = cast(column, &dictionary())?;
        Ok(Self { keys: cast.as_dictionary::<Int32Type>().clone() })
    }

    /// What `of` makes of each text that occurs, by the key of [`key`](Self::key).
    pub(crate) fn map<T>(&self, mut of: impl FnMut(&str) -> T) -> Vec<Option<T>> {
        let values = self.keys.values().as_string::<i32>();
        values.iter().map(|it| it.map(&mut of)).collect()
    }

    /// The key of a row; `None` for a null.
    pub(crate) fn key(&self, row: usize) -> Option<usize> {
        self.keys.key(row)
    }

    /// The text of a row.
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        let values = self.keys.values().as_string::<i32>();
        let key = self.keys.key(row)?;
        values.is_valid(key).then(|| values.value(key))
    }
}

pub(crate) fn wrong_type(name: &str, column: &ArrayRef, wanted: &'static str) -> Error {
    Error::ColumnType { name: name.to_owned(), found: column.data_type().to_string(), wanted }
}

/// Microseconds since 1970 in the column called `name`.
pub(crate) fn moments(
    batch: &RecordBatch,
    name: &str,
) -> Result<arrow::array::TimestampMicrosecondArray, Error> {
    let column = batch.column_by_name(name);
    let column = column.ok_or_else(|| Error::ColumnMissing { name: name.to_owned() })?;
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => Ok(column.as_primitive().clone()),
        _ => Err(wrong_type(name, column, "a timestamp in microseconds")),
    }
}

/// What was calculated for the rows that were accepted.
#[derive(Default)]
pub(super) struct Calculated {
    /// The number of what one unit is worth.
    pub(super) worth: Vec<u32>,
    pub(super) canonical: Vec<i128>,
    pub(super) emissions: Vec<i128>,
    pub(super) emissions_exact: StringBuilder,
    pub(super) outside: Vec<Option<i128>>,
    pub(super) outside_exact: StringBuilder,
}

/// The names of what [`Calculated::columns`] adds.
pub(super) fn added() -> Vec<Field> {
    let text = |name: &str, nullable| Field::new(name, dictionary(), nullable);
    vec![
        text("factor_id", false),
        Field::new("scope", DataType::Int32, true),
        text("scope2_method", true),
        text("category", true),
        text("activity", false),
        text("region", true),
        Field::new("canonical_quantity", decimal(), false),
        text("canonical_unit", false),
        Field::new("emissions_kg", decimal(), false),
        Field::new("emissions_exact", DataType::Utf8, true),
        Field::new("outside_scopes_kg", decimal(), true),
        Field::new("outside_scopes_exact", DataType::Utf8, true),
        text("factor_version", false),
        Field::new("factor_known_at", DataType::Int64, false),
        text("gwp_set", true),
        text("gwp_table", false),
        text("unit_table", false),
        text("method", false),
        text("code_version", false),
        Field::new("restates_known_at", DataType::Int64, true),
        text("restates_factor_version", true),
        Field::new("restates_kg", decimal(), true),
    ]
}

impl Calculated {
    /// The columns of [`added`], in that order.
    pub(super) fn columns(
        mut self,
        resolver: &Resolver,
        known_at: u64,
    ) -> Result<Vec<ArrayRef>, Error> {
        let rows = self.worth.len();
        let made = |worth: u32| -> (&Worth, &Dated) {
            let worth = resolver.made(worth);
            (worth, resolver.dated(worth.version))
        };
        let text = |of: &dyn Fn(&Worth, &Dated) -> Option<String>| {
            by_worth(&self.worth, |worth| {
                let (worth, dated) = made(worth);
                of(worth, dated)
            })
        };
        let scopes: HashMap<u32, Option<i32>> =
            self.worth.iter().map(|it| (*it, made(*it).1.scope)).collect();
        let scope: Int32Array = self.worth.iter().map(|it| scopes[it]).collect();
        let amounts = |digits: Vec<i128>| amounts(digits.into_iter().map(Some));
        let known_at = i64::try_from(known_at).unwrap_or(i64::MAX);
        Ok(vec![
            text(&|_, it| Some(it.factor.factor_id.to_string())),
            Arc::new(scope),
            text(&|_, it| it.factor.s2_method.map(|it| method_name(it).to_owned())),
            text(&|_, it| it.factor.category.clone()),
            text(&|_, it| Some(it.factor.activity.clone())),
            text(&|_, it| it.factor.region.clone()),
            amounts(std::mem::take(&mut self.canonical))?,
            text(&|it, _| Some(it.canonical_unit.clone())),
            amounts(std::mem::take(&mut self.emissions))?,
            Arc::new(self.emissions_exact.finish()),
            self::amounts(std::mem::take(&mut self.outside).into_iter())?,
            Arc::new(self.outside_exact.finish()),
            text(&|_, it| Some(it.version.clone())),
            Arc::new(Int64Array::from(vec![known_at; rows])),
            text(&|it, _| it.gwp_set.clone()),
            constant(gwp::DATA_VERSION, rows),
            constant(units::TABLE_VERSION, rows),
            constant(calculation::METHOD, rows),
            constant(env!("CARGO_PKG_VERSION"), rows),
            new_null_array(&DataType::Int64, rows),
            new_null_array(&dictionary(), rows),
            new_null_array(&decimal(), rows),
        ])
    }
}

/// How a question of scope 2 is written.
fn method_name(method: storage_core::factors::S2Method) -> &'static str {
    use storage_core::factors::S2Method;
    match method {
        S2Method::Location => "location",
        S2Method::Market => "market",
        S2Method::Residual => "residual",
        S2Method::Marginal => "marginal",
    }
}

/// Decimals from their digits.
pub(crate) fn amounts(digits: impl Iterator<Item = Option<i128>>) -> Result<ArrayRef, Error> {
    let array: Decimal128Array = digits.collect();
    Ok(Arc::new(array.with_precision_and_scale(38, PLACES as i8)?))
}

fn constant(text: &str, rows: usize) -> ArrayRef {
    let values: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let values = if rows == 0 { values.slice(0, 0) } else { values };
    Arc::new(DictionaryArray::new(Int32Array::from(vec![0; rows]), values))
}

/// A text for each row that depends on its number only. The values come in the order in which they
/// first occur, whatever was asked before.
fn by_worth(worth: &[u32], of: impl Fn(u32) -> Option<String>) -> ArrayRef {
    let mut values: Vec<String> = Vec::new();
    let mut by_text: HashMap<String, i32> = HashMap::new();
    let mut known: HashMap<u32, Option<i32>, foldhash::fast::FixedState> = HashMap::default();
    let mut last = None;
    let keys: Int32Array = worth
        .iter()
        .map(|number| {
            if let Some((before, key)) = last
                && before == *number
            {
                return key;
            }
            let key = *known.entry(*number).or_insert_with(|| {
                let text = of(*number)?;
                Some(*by_text.entry(text).or_insert_with_key(|text| {
                    values.push(text.clone());
                    values.len() as i32 - 1
                }))
            });
            last = Some((*number, key));
            key
        })
        .collect();
    Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(values))))
}
