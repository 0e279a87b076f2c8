//! Which partition a row belongs to, and which values can name a directory.

use foldhash::HashMap;

use super::cast::{DAY, Refusal, year_month_day};
use super::dictionary::Dictionary;
use super::plan::Plan;
use super::{Code, PartitionKey};
use crate::schema::{Partition, Type};

/// The most bytes of a value that names a directory.
const LONGEST: usize = 128;

/// What Hive and Spark put where a value is none.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Whether a text can name a directory as it is. What Hive would write with escapes is refused, so that the
/// name of a directory is always the value itself.
pub(crate) fn guard(text: &str) -> Result<(), Refusal> {
    let detail = if text.is_empty() {
        "an empty value would make a directory without a name"
    } else if text.len() > LONGEST {
        "the value is longer than 128 bytes"
    } else if text == "." || text == ".." || text == HIVE_NULL {
        "the value means something else as the name of a directory"
    } else if text.chars().any(|c| c.is_control() || "/\\\"#%'*:=?{}[]^<>|".contains(c)) {
        "the value has a character that has a meaning in paths"
    } else {
        return Ok(());
    };
    Err((Code::PartitionValue, detail))
}

/// Partitions by number, numbers by partition. Shared by all workers.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    by_key: HashMap<PartitionKey, u32>,
    keys: Vec<PartitionKey>,
}

impl Partitions {
    /// The number of a partition, given now where it had none.
    pub(crate) fn number(&mut self, key: PartitionKey) -> u32 {
        if let Some(number) = self.by_key.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.keys.len()).expect("fewer than 2^32 partitions");
        self.keys.push(key.clone());
        self.by_key.insert(key, number);
        number
    }

    /// All of them, by number.
    pub(crate) fn keys(&self) -> &[PartitionKey] {
        &self.keys
    }
}

/// The parts of a partition's identity: per level the value itself (the number of a text, a whole number, a
/// day), or the year, month or day of it. `values` are those of the declared columns.
#[inline]
pub(crate) fn identify(plan: &Plan, values: &[i64], parts: &mut [i64]) {
    let mut last = (usize::MAX, (0, 0, 0));
    for (part, (level, column)) in parts.iter_mut().zip(&plan.levels) {
        let value = values[*column];
        if matches!(level, Partition::Value(_)) {
            *part = value;
            continue;
        }
        if last.0 != *column {
            let moment = plan.rules[*column].column.kind == Type::Timestamp;
            let days = if moment { value.div_euclid(DAY) } else { value };
            last = (*column, year_month_day(i32::try_from(days).expect("years have four digits")));
        }
        let (year, month, day) = last.1;
        *part = match level {
            Partition::Value(_) => value,
            Partition::Year(_) => year.into(),
            Partition::Month(_) => month.into(),
            Partition::Day(_) => day.into(),
        };
    }
}

/// The values of a partition from the parts of its identity. `text` knows the texts of a column.
pub(crate) fn key(plan: &Plan, parts: &[i64], text: impl Fn(usize, u32) -> String) -> PartitionKey {
    let level = |((level, column), part): (&(Partition, usize), &i64)| {
        let kind = plan.rules[*column].column.kind;
        let value = match (level, kind) {
            (Partition::Value(_), Type::String) => {
                text(*column, u32::try_from(*part).expect("it was made of a number of a text"))
            }
            (Partition::Value(_), Type::Date) => {
                let (year, month, day) =
                    year_month_day(i32::try_from(*part).expect("it was made of a day"));
                format!("{year:04}-{month:02}-{day:02}")
            }
            _ => part.to_string(),
        };
        (level.name().to_owned(), value)
    };
    PartitionKey(plan.levels.iter().zip(parts).map(level).collect())
}

/// The partitions that one worker has met.
#[derive(Debug, Default)]
pub(crate) struct Met {
    table: hashbrown::HashTable<u32>,
    parts: Vec<i64>,
    numbers: Vec<u32>,
    last: Option<u32>,
}

impl Met {
    /// The worker's own number of a partition; `number` is asked for the shared one where it is new.
    #[inline]
    pub(crate) fn own(&mut self, parts: &[i64], number: impl FnOnce(&[i64]) -> u32) -> u32 {
        let width = parts.len();
        if let Some(last) = self.last
            && self.parts[last as usize * width..][..width] == *parts
        {
            return last;
        }
        let all = &self.parts;
        let at = |own: u32| &all[own as usize * width..][..width];
        let hash = hash(parts);
        let own = match self.table.find(hash, |&own| at(own) == parts) {
            Some(own) => *own,
            None => {
                let own = u32::try_from(self.numbers.len()).expect("fewer than 2^32 partitions");
                self.parts.extend_from_slice(parts);
                self.numbers.push(number(parts));
                let all = &self.parts;
                self.table.insert_unique(hash, own, |&own| {
                    crate::bronze::partition::hash(&all[own as usize * width..][..width])
                });
                own
            }
        };
        self.last = Some(own);
        own
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The shared number of one.
    pub(crate) fn number(&self, own: usize) -> u32 {
        self.numbers[own]
    }
}

fn hash(parts: &[i64]) -> u64 {
    use std::hash::BuildHasher;
    super::dictionary::HASHER.hash_one(parts)
}

/// The text of a code, from the dictionary of its column.
pub(crate) fn text_of(dictionary: &Dictionary, code: u32) -> String {
    String::from_utf8_lossy(dictionary.text(code)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_would_make_phantom_directories_are_refused() {
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a=b",
            "a%20b",
            "a\nb",
            "a\u{7f}",
            HIVE_NULL,
            &"x".repeat(129),
        ] {
            assert_eq!(guard(bad).unwrap_err().0, Code::PartitionValue, "{bad:?}");
        }
        for good in ["tenant-001", "ümlaut", "a b", "...", &"x".repeat(128)] {
            assert_eq!(guard(good), Ok(()), "{good:?}");
        }
    }
}
