//! Sums to the last digit, in whatever order.

use std::collections::BTreeSet;
use std::sync::Arc;

use storage_core::Decimal;

use crate::silver::PLACES;

/// A sum of decimals. Adding is exact, so the order and the grouping do not matter.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    /// In units of the last place of a column.
    digits: i128,
    /// What has more places than a column, and what would have overflowed.
    more: Option<Decimal>,
}

impl Sum {
    /// Adds what a column of decimals says.
    pub(super) fn add(&mut self, digits: i128) {
        match self.digits.checked_add(digits) {
            Some(sum) => self.digits = sum,
            None => {
                let full = std::mem::replace(&mut self.digits, digits);
                self.add_decimal(&Decimal::scaled_by(full, PLACES));
            }
        }
    }

    /// Adds a decimal with any number of places.
    pub(super) fn add_decimal(&mut self, decimal: &Decimal) {
        self.more = Some(match &self.more {
            Some(more) => more + decimal,
            None => decimal.clone(),
        });
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add(other.digits);
        if let Some(more) = &other.more {
            self.add_decimal(more);
        }
    }

    /// What it is made of, in decimals that are short enough to be read again.
    pub(super) fn parts(&self) -> (i128, Vec<Decimal>) {
        let more = match &self.more {
            None => Vec::new(),
            Some(more) if more.digits() <= Decimal::DIGITS => vec![more.clone()],
            Some(more) => {
                let whole = more.rounded(0);
                vec![more - &whole, whole]
            }
        };
        (self.digits, more)
    }

    /// The sum that is made of these.
    pub(super) fn of(digits: i128, more: &[Decimal]) -> Self {
        let mut sum = Self { digits, more: None };
        more.iter().for_each(|it| sum.add_decimal(it));
        sum
    }

    /// All of it, without trailing zeros.
    pub(super) fn total(&self) -> Decimal {
        let total = Decimal::scaled_by(self.digits, PLACES);
        match &self.more {
            Some(more) => (&total + more).trimmed(),
            None => total.trimmed(),
        }
    }
}

/// What is summed up over some rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) rows: u64,
    pub(super) emissions: Sum,
    /// CO2 outside the scopes, where a factor tells it. Never part of `emissions`.
    pub(super) outside: Option<Sum>,
    pub(super) quantity: Sum,
    /// The last event of the factors that counted for any of the rows.
    pub(super) known_at: i64,
    /// The versions of factors, by their digests.
    pub(super) versions: BTreeSet<Arc<str>>,
}

impl Group {
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.emissions.merge(&other.emissions);
        if let Some(outside) = &other.outside {
            self.outside.get_or_insert_default().merge(outside);
        }
        self.quantity.merge(&other.quantity);
        self.known_at = self.known_at.max(other.known_at);
        self.versions.extend(other.versions.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_leaves_the_machine_word_stays_exact() {
        let mut sum = Sum::default();
        let large = i128::MAX - 5;
        for digits in [large, large, -3, large] {
            sum.add(digits);
        }
        let large = Decimal::scaled_by(large, PLACES);
        let wanted = &(&(&large + &large) + &large) + &Decimal::scaled_by(-3, PLACES);
        assert_eq!(sum.total(), wanted);
    }
}
