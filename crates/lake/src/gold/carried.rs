//! Sums on their way from whoever added them up to whoever joins them, as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use storage_core::Decimal;

use super::sum::{Group, Sum};
use super::sums::{Key, MonthSums};
use super::{Month, Sums};

/// Sums. The versions of factors, which many groups share, are spelled once.
#[derive(Serialize, Deserialize)]
struct Carried {
    versions: Vec<Box<str>>,
    months: Vec<CarriedMonth>,
}

#[derive(Serialize, Deserialize)]
struct CarriedMonth {
    month: Month,
    groups: Vec<(Key, CarriedGroup)>,
    unresolved: Vec<(Option<String>, u64)>,
}

#[derive(Serialize, Deserialize)]
struct CarriedGroup {
    rows: u64,
    emissions: CarriedSum,
    outside: Option<CarriedSum>,
    quantity: CarriedSum,
    known_at: i64,
    /// By their numbers among all versions.
    versions: Vec<usize>,
}

/// The digits as a text: numbers of JSON are not that long for all readers.
#[derive(Serialize, Deserialize)]
struct CarriedSum(String, Vec<Decimal>);

impl From<&Sum> for CarriedSum {
    fn from(sum: &Sum) -> Self {
        let (digits, more) = sum.parts();
        Self(digits.to_string(), more)
    }
}

impl CarriedSum {
    fn sum(&self) -> Result<Sum, std::num::ParseIntError> {
        Ok(Sum::of(self.0.parse()?, &self.1))
    }
}

impl Sums {
    /// All of it, to the last digit.
    pub(crate) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let groups = self.months.values().flat_map(|it| it.groups.values());
        let versions: BTreeSet<&Arc<str>> = groups.flat_map(|it| &it.versions).collect();
        let numbers: BTreeMap<&Arc<str>, usize> =
            versions.into_iter().enumerate().map(|(nth, it)| (it, nth)).collect();
        let group = |group: &Group| CarriedGroup {
            rows: group.rows,
            emissions: (&group.emissions).into(),
            outside: group.outside.as_ref().map(CarriedSum::from),
            quantity: (&group.quantity).into(),
            known_at: group.known_at,
            versions: group.versions.iter().map(|it| numbers[it]).collect(),
        };
        let month = |(month, sums): (&Month, &MonthSums)| CarriedMonth {
            month: *month,
            groups: sums.groups.iter().map(|(key, it)| (key.clone(), group(it))).collect(),
            unresolved: sums.unresolved.iter().map(|(key, rows)| (key.clone(), *rows)).collect(),
        };
        let months = self.months.iter().map(month).collect();
        let versions = numbers.keys().map(|it| Box::from(&***it)).collect();
        serde_json::to_vec(&Carried { versions, months })
    }

    /// What [`to_bytes`](Self::to_bytes) wrote.
    pub(crate) fn from_bytes(
        bytes: &[u8],
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let carried: Carried = serde_json::from_slice(bytes)?;
        let all: Vec<Arc<str>> = carried.versions.into_iter().map(Arc::from).collect();
        let mut sums = Self::new();
        for month in carried.months {
            let mut read = MonthSums::default();
            for (key, it) in month.groups {
                let versions = it.versions.iter().map(|number| all.get(*number).cloned());
                let versions: Option<_> = versions.collect();
                let group = Group {
                    rows: it.rows,
                    emissions: it.emissions.sum()?,
                    outside: it.outside.map(|it| it.sum()).transpose()?,
                    quantity: it.quantity.sum()?,
                    known_at: it.known_at,
                    versions: versions.ok_or("a version of a factor is not spelled")?,
                };
                read.groups.insert(key, group);
            }
            read.unresolved = month.unresolved.into_iter().collect();
            sums.months.insert(month.month, read);
        }
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_arrive_to_the_last_digit() {
        let mut sum = Sum::default();
        let long = format!("0.{}", "3".repeat(Decimal::DIGITS - 1));
        for text in [long.as_str(), "-0.0000000000005", "99999999999999999999999999.5"] {
            sum.add_decimal(&text.parse().unwrap());
        }
        sum.add(i128::MIN);
        let versions: std::collections::BTreeSet<Arc<str>> = ["b".into(), "a".into()].into();
        let group = Group {
            rows: 3,
            emissions: sum.clone(),
            outside: Some(Sum::default()),
            quantity: Sum::of(-7, &[]),
            known_at: 9,
            versions: versions.clone(),
        };
        let key = Key {
            tenant: None,
            scope: Some(2),
            method: None,
            category: Some("é\n".to_owned()),
            activity: None,
            unit: None,
        };
        let month = Month { year: -3, month: 12 };
        let mut sums = Sums::new();
        let own = sums.months.entry(month).or_default();
        own.groups.insert(key.clone(), group);
        own.unresolved.insert(None, 4);
        let read = Sums::from_bytes(&sums.to_bytes().unwrap()).unwrap();
        let (read, arrived) = (&read.months[&month], &read.months[&month].groups[&key]);
        assert!(sum.total().digits() > Decimal::DIGITS, "longer than what can be read");
        assert_eq!(arrived.emissions.total(), sum.total());
        assert_eq!(arrived.outside.as_ref().map(Sum::total), Some(Sum::default().total()));
        assert_eq!(arrived.quantity.total(), Sum::of(-7, &[]).total());
        assert_eq!((arrived.rows, arrived.known_at, &arrived.versions), (3, 9, &versions));
        assert_eq!(read.unresolved[&None], 4);
    }
}
