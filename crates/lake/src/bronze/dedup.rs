//! Which rows have one key, and which of them is kept.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;

use super::dictionary::{HASHER, Lexicon};
use super::plan::Plan;
use super::rows::{Column, Rows, Values};
use crate::schema::Winner;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is kept.
    Kept,
    /// It equals the row of that number, which is kept.
    Exact(u32),
    /// It has the key of the row of that number, which is kept, and another value.
    Conflict(u32),
    /// It differs from a row with its key, and the document says that then none is kept.
    Refused,
}

/// The hash of a row's key: the same for equal keys, whatever form their columns have.
#[inline]
pub(crate) fn key_hash(plan: &Plan, lexicon: &Lexicon, rows: &Rows, row: usize) -> u64 {
    let mut hasher = HASHER.build_hasher();
    for &place in &plan.key {
        let column = &rows.columns[place];
        match &column.values {
            Values::Codes(codes) => hasher.write_u64(lexicon.hash(place, codes[row])),
            Values::Texts(texts) => hasher.write_u64(HASHER.hash_one(texts.get(row))),
            Values::Wide(all) => hasher.write_i64(all[row]),
            // Zero and minus zero are equal.
            Values::Double(all) => hasher.write_u64((all[row] + 0.0).to_bits()),
            Values::Decimal(all) => hasher.write_i128(all[row]),
            Values::Day(all) => hasher.write_i32(all[row]),
            Values::Truth(all) => hasher.write_u8(all[row].into()),
            Values::Absent(_) => {}
        }
    }
    hasher.finish()
}

/// Judges rows, the first `earlier` of which are in the table already.
pub(crate) fn judge(
    plan: &Plan,
    lexicon: &Lexicon,
    rows: &Rows,
    earlier: usize,
    hashes: &[u64],
) -> Vec<Verdict> {
    let count = rows.len();
    let mut verdicts = vec![Verdict::Kept; count];
    if plan.document.key().is_empty() {
        return verdicts;
    }
    // The first row of each key, and per row with company the first one of its key.
    let mut firsts: HashTable<u32> = HashTable::with_capacity(count);
    let mut company: Vec<(u32, u32)> = Vec::new();
    for row in 0..number(count) {
        let hash = hashes[row as usize];
        let same = |&other: &u32| {
            hashes[other as usize] == hash
                && plan
                    .key
                    .iter()
                    .all(|&place| equal(&rows.columns[place], row as usize, other as usize))
        };
        match firsts.entry(hash, same, |&other| hashes[other as usize]) {
            hashbrown::hash_table::Entry::Occupied(first) => company.push((*first.get(), row)),
            hashbrown::hash_table::Entry::Vacant(free) => {
                free.insert(row);
            }
        }
    }
    drop(firsts);
    company.sort_unstable();
    let mut rest = company.as_slice();
    while let Some(&(first, _)) = rest.first() {
        let (group, others) = rest.split_at(rest.partition_point(|(it, _)| *it == first));
        rest = others;
        settle(plan, lexicon, rows, number(earlier), (first, group), &mut verdicts);
    }
    verdicts
}

fn number(rows: usize) -> u32 {
    u32::try_from(rows).expect("rows of one batch are numbered with 32 bits")
}

/// Judges the rows of one key: `first` and the others, in order.
fn settle(
    plan: &Plan,
    lexicon: &Lexicon,
    rows: &Rows,
    earlier: u32,
    (first, group): (u32, &[(u32, u32)]),
    verdicts: &mut [Verdict],
) {
    let alike = |one: u32, other: u32| {
        rows.columns[..plan.visible]
            .iter()
            .all(|column| equal(column, one as usize, other as usize))
    };
    let mut winner = first;
    match plan.document.winner() {
        Winner::First => {}
        Winner::Last => {
            for &(_, row) in group {
                if !alike(row, winner) {
                    winner = row;
                }
            }
        }
        Winner::Greatest(_) => {
            for &(_, row) in group {
                let is_greater =
                    |place| greater(rows, place, lexicon, row as usize, winner as usize);
                if plan.greatest.is_some_and(is_greater) {
                    winner = row;
                }
            }
        }
        Winner::Reject => {
            // A row that is in the table stays; what differs from it is refused.
            let all_alike = group.iter().all(|&(_, row)| alike(row, first));
            if !all_alike && first >= earlier {
                verdicts[first as usize] = Verdict::Refused;
                group.iter().for_each(|&(_, row)| verdicts[row as usize] = Verdict::Refused);
                return;
            }
        }
    }
    for row in
        std::iter::once(first).chain(group.iter().map(|&(_, row)| row)).filter(|row| *row != winner)
    {
        verdicts[row as usize] = match (alike(row, winner), plan.document.winner()) {
            (true, _) => Verdict::Exact(winner),
            (false, Winner::Reject) => Verdict::Refused,
            (false, _) => Verdict::Conflict(winner),
        };
    }
}

/// Whether two rows have the same value, or both none.
fn equal(column: &Column, one: usize, other: usize) -> bool {
    match (column.is_null(one), column.is_null(other)) {
        (true, true) => return true,
        (false, false) => {}
        _ => return false,
    }
    match &column.values {
        Values::Absent(_) => true,
        Values::Codes(all) => all[one] == all[other],
        Values::Texts(all) => all.get(one) == all.get(other),
        Values::Wide(all) => all[one] == all[other],
        #[expect(clippy::float_cmp, reason = "the same double, or it is another value")]
        Values::Double(all) => all[one] == all[other],
        Values::Decimal(all) => all[one] == all[other],
        Values::Day(all) => all[one] == all[other],
        Values::Truth(all) => all[one] == all[other],
    }
}

/// Whether the value of `one` is greater; none is less than any.
fn greater(rows: &Rows, place: usize, lexicon: &Lexicon, one: usize, other: usize) -> bool {
    let column = &rows.columns[place];
    if column.is_null(one) || column.is_null(other) {
        return !column.is_null(one) && column.is_null(other);
    }
    match &column.values {
        Values::Absent(_) => false,
        Values::Codes(all) => lexicon.text(place, all[one]) > lexicon.text(place, all[other]),
        Values::Texts(all) => all.get(one) > all.get(other),
        Values::Wide(all) => all[one] > all[other],
        Values::Double(all) => all[one] > all[other],
        Values::Decimal(all) => all[one] > all[other],
        Values::Day(all) => all[one] > all[other],
        Values::Truth(all) => all[one] & !all[other],
    }
}
