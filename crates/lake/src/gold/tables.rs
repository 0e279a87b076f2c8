//! The tables of gold, one month at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use storage_core::{Decimal, Digest};

use super::sum::{Group, Sum};
use super::sums::{Key, MonthSums};
use super::{Error, Scope2Method};
use crate::silver::PLACES;
use crate::silver::columns::amounts;

/// What stands in the column `unit`.
pub(super) const UNIT: &str = "kgCO2e";

/// Columns in the order of a table.
#[derive(Default)]
pub(super) struct Columns {
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
}

impl Columns {
    pub(super) fn push(&mut self, name: &str, column: ArrayRef, nullable: bool) -> &mut Self {
        self.fields.push(Field::new(name, column.data_type().clone(), nullable));
        self.columns.push(column);
        self
    }

    pub(super) fn texts(
        &mut self,
        name: &str,
        texts: impl Iterator<Item = Option<String>>,
    ) -> &mut Self {
        let column: StringArray = texts.collect();
        self.push(name, Arc::new(column), true)
    }

    pub(super) fn counts(&mut self, name: &str, counts: impl Iterator<Item = u64>) -> &mut Self {
        let column = counts.map(|it| i64::try_from(it).unwrap_or(i64::MAX));
        self.push(name, Arc::new(Int64Array::from_iter_values(column)), false)
    }

    pub(super) fn scopes(&mut self, scopes: impl Iterator<Item = Option<i32>>) -> &mut Self {
        let column: Int32Array = scopes.collect();
        self.push("scope", Arc::new(column), true)
    }

    pub(super) fn doubles(
        &mut self,
        name: &str,
        doubles: impl Iterator<Item = Option<f64>>,
    ) -> &mut Self {
        let column: Float64Array = doubles.collect();
        self.push(name, Arc::new(column), true)
    }

    /// Decimals of 38 digits and 12 places, rounded once.
    pub(super) fn decimals(
        &mut self,
        name: &str,
        decimals: impl Iterator<Item = Option<Decimal>>,
    ) -> Result<&mut Self, Error> {
        let digits = decimals.map(|it| it.map(|it| digits(&it)).transpose());
        let digits: Vec<Option<i128>> = digits.collect::<Result<_, _>>()?;
        let column = amounts(digits.into_iter()).map_err(Error::Silver)?;
        Ok(self.push(name, column, true))
    }

    /// What every table says of its groups: the documented columns, then the exact ones and the pins.
    pub(super) fn totals(&mut self, groups: &[&Group]) -> Result<&mut Self, Error> {
        let totals: Vec<Decimal> = groups.iter().map(|it| it.emissions.total()).collect();
        let outside: Vec<Option<Decimal>> =
            groups.iter().map(|it| it.outside.as_ref().map(Sum::total)).collect();
        self.doubles("total_emissions", totals.iter().map(|it| Some(nearest(it))));
        self.texts("unit", groups.iter().map(|_| Some(UNIT.to_owned())));
        self.counts("record_count", groups.iter().map(|it| it.rows));
        self.decimals("total_emissions_kg", totals.iter().cloned().map(Some))?;
        self.texts("total_emissions_exact", totals.iter().map(exact));
        self.decimals("outside_scopes_kg", outside.iter().cloned())?;
        self.texts("outside_scopes_exact", outside.iter().map(|it| exact(it.as_ref()?)));
        let known: Vec<i64> = groups.iter().map(|it| it.known_at).collect();
        self.push("factor_known_at", Arc::new(Int64Array::from(known)), false);
        self.counts("factor_versions", groups.iter().map(|it| it.versions.len() as u64));
        Ok(self.texts("factor_pin", groups.iter().map(|it| Some(pin(it)))))
    }

    pub(super) fn finish(&mut self) -> Result<RecordBatch, Error> {
        let schema: SchemaRef = Arc::new(Schema::new(std::mem::take(&mut self.fields)));
        let columns = std::mem::take(&mut self.columns);
        RecordBatch::try_new(schema, columns).map_err(|error| Error::Silver(error.into()))
    }
}

/// The digits of a decimal, rounded once to the places of a column.
fn digits(total: &Decimal) -> Result<i128, Error> {
    let small = total.rounded(PLACES).small().map(|it| it.0);
    let fits = small.filter(|it| it.abs() < 10_i128.pow(38));
    fits.ok_or_else(|| Error::OutOfRange { total: total.to_string() })
}

/// The text of a total, where rounding changes it.
fn exact(total: &Decimal) -> Option<String> {
    (total.rounded(PLACES) != *total).then(|| total.to_string())
}

/// The double that is nearest to a decimal.
fn nearest(total: &Decimal) -> f64 {
    total.to_string().parse().expect("a decimal is a number")
}

/// One name for a set of versions: the SHA-256 of their names, each with a line end, in order.
fn pin(group: &Group) -> String {
    let lines = group.versions.iter().flat_map(|it| [it.as_bytes(), b"\n"]);
    Digest::of_parts(lines).hex()
}

/// The column type of a change in percent.
pub(super) fn percent() -> DataType {
    DataType::Decimal128(38, 1)
}

/// Whether a group counts where scope 2 is counted by `method`: the two methods are never added.
pub(super) fn counts(key: &Key, method: Scope2Method) -> bool {
    key.method.as_deref().is_none_or(|it| method.takes(it))
}

/// What the column `scope2_method` of a summary says.
fn said(key: &Key) -> Option<String> {
    let method = key.method.as_deref()?;
    Some(if method == "residual" { "market" } else { method }.to_owned())
}

fn coverage(month: &MonthSums, tenant: &Option<String>) -> f64 {
    let (resolved, unresolved) = month.covered(tenant);
    resolved as f64 / (resolved + unresolved) as f64
}

/// Tenant, scope and category: the documented `emissions_summary`.
pub(super) fn summary(month: &MonthSums, method: Scope2Method) -> Result<RecordBatch, Error> {
    let groups = month.rolled_up(|key| {
        counts(key, method).then(|| (key.tenant.clone(), key.scope, key.category.clone()))
    });
    let methods: BTreeMap<_, _> = month
        .groups
        .keys()
        .filter(|key| counts(key, method))
        .filter_map(|key| Some(((&key.tenant, key.scope, &key.category), said(key)?)))
        .collect();
    let (keys, groups): (Vec<_>, Vec<_>) = groups.iter().unzip();
    let mut columns = Columns::default();
    columns.texts("tenant_id", keys.iter().map(|it| it.0.clone()));
    columns.scopes(keys.iter().map(|it| it.1));
    columns.texts("category", keys.iter().map(|it| it.2.clone()));
    columns.totals(&groups)?;
    columns
        .texts("scope2_method", keys.iter().map(|it| methods.get(&(&it.0, it.1, &it.2)).cloned()));
    columns.doubles("coverage", keys.iter().map(|it| Some(coverage(month, &it.0))));
    columns.finish()
}

/// Every activity, with its quantity in the one unit for what it measures.
pub(super) fn activity(month: &MonthSums) -> Result<RecordBatch, Error> {
    let groups = month.rolled_up(|key| Some(key.clone()));
    let (keys, groups): (Vec<_>, Vec<_>) = groups.iter().unzip();
    let mut columns = Columns::default();
    columns.texts("tenant_id", keys.iter().map(|it| it.tenant.clone()));
    columns.scopes(keys.iter().map(|it| it.scope));
    columns.texts("category", keys.iter().map(|it| it.category.clone()));
    columns.texts("activity", keys.iter().map(|it| it.activity.clone()));
    columns.texts("scope2_method", keys.iter().map(|it| it.method.clone()));
    columns.decimals("quantity", groups.iter().map(|it| Some(it.quantity.total())))?;
    columns.texts("quantity_unit", keys.iter().map(|it| it.unit.clone()));
    columns.totals(&groups)?;
    columns.finish()
}

/// Purchased energy by both methods, one row for each.
pub(super) fn scope2(month: &MonthSums) -> Result<RecordBatch, Error> {
    let groups = month.rolled_up(|key| {
        said(key).map(|method| (key.tenant.clone(), method, key.scope, key.category.clone()))
    });
    let (keys, groups): (Vec<_>, Vec<_>) = groups.iter().unzip();
    let mut columns = Columns::default();
    columns.texts("tenant_id", keys.iter().map(|it| it.0.clone()));
    columns.scopes(keys.iter().map(|it| it.2));
    columns.texts("category", keys.iter().map(|it| it.3.clone()));
    columns.texts("scope2_method", keys.iter().map(|it| Some(it.1.clone())));
    columns.totals(&groups)?;
    columns.finish()
}

/// How many rows of bronze have an answer.
pub(super) fn coverages(month: &MonthSums) -> Result<RecordBatch, Error> {
    let mut tenants: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
    for tenant in month.groups.keys().map(|it| &it.tenant).chain(month.unresolved.keys()) {
        tenants.entry(tenant.clone()).or_insert_with(|| month.covered(tenant));
    }
    let mut columns = Columns::default();
    columns.texts("tenant_id", tenants.keys().cloned());
    columns.counts("record_count", tenants.values().map(|it| it.0 + it.1));
    columns.counts("resolved_count", tenants.values().map(|it| it.0));
    columns.counts("unresolved_count", tenants.values().map(|it| it.1));
    columns.doubles("coverage", tenants.keys().map(|it| Some(coverage(month, it))));
    columns.finish()
}
