//! Calculating rows of silver once more, with what is known now.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, Int64Array, UInt32Array};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::{and, cast, interleave_record_batch, take_record_batch};
use arrow::datatypes::{Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use storage_core::factors::Catalogue;

use super::layout::conform;
use crate::silver::{Error, Refined, Refiner};

/// What a row is called while it is on its way.
const ROW: &str = "_row";

/// What a row of silver says about itself and not about what was done: a difference here alone is none.
const PINS: [&str; 5] = ["factor_known_at", "gwp_table", "unit_table", "method", "code_version"];

/// What the columns that link to the earlier result are made of.
const LINKS: [(&str, &str); 3] = [
    ("restates_known_at", "factor_known_at"),
    ("restates_factor_version", "factor_version"),
    ("restates_kg", "emissions_kg"),
];

/// What became of rows of silver.
pub(super) struct Restated {
    /// All rows that have an answer: those that came out the same as they were, the others with a link to
    /// what they said before.
    pub(super) rows: RecordBatch,
    /// Rows that have none any more.
    pub(super) rejects: RecordBatch,
    /// How many came out differently, or have no answer.
    pub(super) changed: u64,
}

/// Calculates rows of silver once more.
pub(super) fn restate(
    silver: &RecordBatch,
    bronze: &SchemaRef,
    layout: &SchemaRef,
    (refiner, catalogue): (&mut Refiner, &Catalogue),
) -> Result<Restated, Error> {
    let old = conform(silver, &Default::default(), layout)?;
    let mut fields: Vec<Field> = bronze.fields().iter().map(|it| (**it).clone()).collect();
    fields.push(Field::new(crate::silver::BRONZE_FILE, arrow::datatypes::DataType::Utf8, true));
    let rows = conform(&old, &Default::default(), &Arc::new(Schema::new(fields.clone())))?;
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..old.num_rows() as i64));
    fields.push(Field::new(ROW, arrow::datatypes::DataType::Int64, false));
    let mut columns = rows.columns().to_vec();
    columns.push(numbers);
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    let Refined { accepted, mut rejects, .. } = refiner.refine(catalogue, &rows, "")?;
    let at = rejects.schema().index_of(ROW)?;
    rejects.remove_column(at);

    let numbers = accepted.column_by_name(ROW).map(|it| it.as_primitive::<Int64Type>().clone());
    let numbers = numbers.ok_or_else(|| Error::ColumnMissing { name: ROW.to_owned() })?;
    let numbers: UInt32Array = numbers.values().iter().map(|it| Some(*it as u32)).collect();
    let before = take_record_batch(&old, &numbers)?;
    let now = linked(&conform(&accepted, &Default::default(), layout)?, &before)?;
    let same = same(&before, &now)?;
    let order: Vec<(usize, usize)> =
        (0..same.len()).map(|row| (usize::from(!same.value(row)), row)).collect();
    let changed = order.iter().filter(|it| it.0 == 1).count() + rejects.num_rows();
    let rows = interleave_record_batch(&[&before, &now], &order)?;
    Ok(Restated { rows, rejects, changed: changed as u64 })
}

/// The new rows with what the old ones said.
fn linked(now: &RecordBatch, before: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut columns = now.columns().to_vec();
    for (link, of) in LINKS {
        let (at, from) = (now.schema().index_of(link)?, before.schema().index_of(of)?);
        columns[at] = cast(before.column(from), now.schema().field(at).data_type())?;
    }
    RecordBatch::try_new(now.schema(), columns)
}

/// Which rows say the same, apart from what they are pinned to and link to.
fn same(before: &RecordBatch, now: &RecordBatch) -> Result<BooleanArray, ArrowError> {
    let mut same = BooleanArray::from(vec![true; now.num_rows()]);
    for (nth, field) in now.schema().fields().iter().enumerate() {
        let name = field.name().as_str();
        if PINS.contains(&name) || LINKS.iter().any(|(link, _)| *link == name) {
            continue;
        }
        same = and(&same, &not_distinct(before.column(nth), now.column(nth))?)?;
    }
    Ok(same)
}
