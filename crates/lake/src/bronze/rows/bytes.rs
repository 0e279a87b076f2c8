//! Rows as bytes, for a file that lives as long as a run. No format: written and read by one process.

use std::ops::Range;

use super::{Column, Rows, Texts, Values};

/// The other half of a run wrote this, so it reads.
const OURS: &str = "a spilled row is read as it was written";

impl Rows {
    /// Adds the bytes of these rows to `out`.
    pub(crate) fn write(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        number(rows.len(), out);
        for line in &self.lines[rows.clone()] {
            out.extend_from_slice(&line.to_le_bytes());
        }
        for column in &self.columns {
            column.write(rows.clone(), out);
        }
    }

    /// Reads what [`Rows::write`] wrote, to the last byte.
    pub(crate) fn read(mut bytes: &[u8], columns: usize) -> Self {
        let from = &mut bytes;
        let rows = take_number(from);
        let lines = four(from, rows).map(u32::from_le_bytes).collect();
        Self { lines, columns: (0..columns).map(|_| Column::read(rows, from)).collect() }
    }
}

fn number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number as u64).to_le_bytes());
}

fn take<'b>(from: &mut &'b [u8], count: usize) -> &'b [u8] {
    let (head, rest) = from.split_at_checked(count).expect(OURS);
    *from = rest;
    head
}

fn take_number(from: &mut &[u8]) -> usize {
    let eight = take(from, 8).try_into().expect(OURS);
    usize::try_from(u64::from_le_bytes(eight)).expect(OURS)
}

fn four<'b>(from: &mut &'b [u8], count: usize) -> impl Iterator<Item = [u8; 4]> + use<'b> {
    take(from, count * 4).as_chunks::<4>().0.iter().copied()
}

fn eight<'b>(from: &mut &'b [u8], count: usize) -> impl Iterator<Item = [u8; 8]> + use<'b> {
    take(from, count * 8).as_chunks::<8>().0.iter().copied()
}

fn truths(from: &mut &[u8], count: usize) -> Vec<bool> {
    take(from, count).iter().map(|&byte| byte == 1).collect()
}

impl Column {
    fn write(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        let nulls = if self.nulls.is_empty() { &[][..] } else { &self.nulls[rows.clone()] };
        let some = nulls.contains(&true);
        let tag = match &self.values {
            Values::Absent(_) => 0,
            Values::Codes(_) => 1,
            Values::Texts(_) => 2,
            Values::Wide(_) => 3,
            Values::Double(_) => 4,
            Values::Decimal(_) => 5,
            Values::Day(_) => 6,
            Values::Truth(_) => 7,
        };
        out.extend_from_slice(&[tag, u8::from(some)]);
        if some {
            out.extend(nulls.iter().map(|&null| u8::from(null)));
        }
        match &self.values {
            Values::Absent(_) => {}
            Values::Codes(all) => {
                all[rows].iter().for_each(|it| out.extend_from_slice(&it.to_le_bytes()))
            }
            Values::Texts(all) => {
                let bytes = all.range(rows.clone());
                number(bytes.len(), out);
                let start = all.offsets[rows.start];
                for end in &all.offsets[rows.start + 1..=rows.end] {
                    out.extend_from_slice(&(end - start).to_le_bytes());
                }
                out.extend_from_slice(&all.bytes[bytes]);
            }
            Values::Wide(all) => {
                all[rows].iter().for_each(|it| out.extend_from_slice(&it.to_le_bytes()))
            }
            Values::Double(all) => {
                all[rows].iter().for_each(|it| out.extend_from_slice(&it.to_le_bytes()))
            }
            Values::Decimal(all) => {
                all[rows].iter().for_each(|it| out.extend_from_slice(&it.to_le_bytes()))
            }
            Values::Day(all) => {
                all[rows].iter().for_each(|it| out.extend_from_slice(&it.to_le_bytes()))
            }
            Values::Truth(all) => out.extend(all[rows].iter().map(|&it| u8::from(it))),
        }
    }

    fn read(rows: usize, from: &mut &[u8]) -> Self {
        let head = take(from, 2);
        let nulls = if head[1] == 1 { truths(from, rows) } else { Vec::new() };
        let values = match head[0] {
            0 => Values::Absent(rows),
            1 => Values::Codes(four(from, rows).map(u32::from_le_bytes).collect()),
            2 => {
                let length = take_number(from);
                let mut offsets = Vec::with_capacity(rows + 1);
                offsets.push(0);
                offsets.extend(four(from, rows).map(i32::from_le_bytes));
                Values::Texts(Texts { offsets, bytes: take(from, length).to_vec() })
            }
            3 => Values::Wide(eight(from, rows).map(i64::from_le_bytes).collect()),
            4 => Values::Double(eight(from, rows).map(f64::from_le_bytes).collect()),
            5 => {
                let sixteen = take(from, rows * 16).as_chunks::<16>().0;
                Values::Decimal(sixteen.iter().map(|it| i128::from_le_bytes(*it)).collect())
            }
            6 => Values::Day(four(from, rows).map(i32::from_le_bytes).collect()),
            7 => Values::Truth(truths(from, rows)),
            _ => unreachable!("{OURS}"),
        };
        Self { values, nulls }
    }
}
