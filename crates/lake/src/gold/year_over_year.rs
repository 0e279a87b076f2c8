//! This month against the same month of the year before.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Decimal128Array, Int64Array};
use arrow::record_batch::RecordBatch;
use storage_core::Decimal;
use storage_core::calculation::change_percent;

use super::sum::Group;
use super::sums::{Key, MonthSums};
use super::tables::{Columns, UNIT, counts, percent};
use super::{Error, Scope2Method};

/// The four months that are compared.
pub(super) struct Compared<'s> {
    pub(super) now: &'s MonthSums,
    pub(super) before: Option<&'s MonthSums>,
    /// The same two with the factors as they are known now.
    pub(super) like_now: Option<&'s MonthSums>,
    pub(super) like_before: Option<&'s MonthSums>,
    /// The last event of the factors that counts for these.
    pub(super) known_at: u64,
}

/// How much the totals of `now` are above those of the year before: as reported, each with the factors
/// it was pinned to, and like for like, both with the factors known now. What there was in one of the
/// years alone has no figure for the other.
pub(super) fn year_over_year(
    compared: &Compared<'_>,
    method: Scope2Method,
) -> Result<RecordBatch, Error> {
    let key = |key: &Key| {
        counts(key, method).then(|| (key.tenant.clone(), key.scope, key.category.clone()))
    };
    let rolled = |month: Option<&MonthSums>| month.map(|it| it.rolled_up(key)).unwrap_or_default();
    let (now, before) = (rolled(Some(compared.now)), rolled(compared.before));
    let (like_now, like_before) = (rolled(compared.like_now), rolled(compared.like_before));
    let total = |group: Option<&Group>| group.map(|it| it.emissions.total());
    // A factor that was withdrawn since leaves rows without a figure: what is left is not like for like.
    let lost = |tenant: &Option<String>| -> u64 {
        let months = [compared.like_now, compared.like_before].into_iter().flatten();
        months.map(|it| it.unresolved.get(tenant).copied().unwrap_or_default()).sum()
    };
    // What there was in one of the two years alone shows too. A month that has not come has no row.
    let nothing = compared.now.groups.is_empty() && compared.now.unresolved.is_empty();
    let years = [&now, &before, &like_now, &like_before];
    let keys: BTreeSet<_> = years.into_iter().flat_map(|it| it.keys()).collect();
    let keys: Vec<_> = keys.into_iter().filter(|_| !nothing).collect();
    let totals = |of: &std::collections::BTreeMap<_, Group>| -> Vec<Option<Decimal>> {
        keys.iter().map(|key| total(of.get(*key))).collect()
    };
    let (reported, prior) = (totals(&now), totals(&before));
    let (like, like_prior) = (totals(&like_now), totals(&like_before));
    let lost: Vec<u64> = keys.iter().map(|key| lost(&key.0)).collect();
    let change =
        |old: &Option<Decimal>, new: &Option<Decimal>| change_percent(old.as_ref()?, new.as_ref()?);
    let changes: Vec<_> = prior.iter().zip(&reported).map(|(old, new)| change(old, new)).collect();
    let like_changes: Vec<_> = like_prior
        .iter()
        .zip(&like)
        .zip(&lost)
        .map(|((old, new), lost)| change(old, new).filter(|_| *lost == 0))
        .collect();

    let mut columns = Columns::default();
    columns.texts("tenant_id", keys.iter().map(|it| it.0.clone()));
    columns.scopes(keys.iter().map(|it| it.1));
    columns.texts("category", keys.iter().map(|it| it.2.clone()));
    columns.texts("unit", keys.iter().map(|_| Some(UNIT.to_owned())));
    columns.decimals("reported_kg", reported.into_iter())?;
    columns.decimals("reported_prior_kg", prior.into_iter())?;
    percents(&mut columns, "reported_change_percent", &changes)?;
    columns.decimals("like_for_like_kg", like.into_iter())?;
    columns.decimals("like_for_like_prior_kg", like_prior.into_iter())?;
    percents(&mut columns, "like_for_like_change_percent", &like_changes)?;
    columns.counts("like_for_like_unresolved", lost.into_iter());
    let known_at = i64::try_from(compared.known_at).unwrap_or(i64::MAX);
    let known_at = Int64Array::from(vec![known_at; keys.len()]);
    columns.push("like_for_like_known_at", Arc::new(known_at), false);
    columns.finish()
}

/// A column of percentages with one place; one that does not fit is none.
pub(super) fn percents(
    columns: &mut Columns,
    name: &str,
    changes: &[Option<Decimal>],
) -> Result<(), Error> {
    let digits = |it: &Decimal| it.small().map(|it| it.0).filter(|it| it.abs() < 10_i128.pow(38));
    let digits: Decimal128Array = changes.iter().map(|it| it.as_ref().and_then(digits)).collect();
    let column = digits.with_data_type(percent());
    columns.push(name, Arc::new(column), true);
    Ok(())
}
