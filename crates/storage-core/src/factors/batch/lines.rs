//! The lines of the first frame behind the header.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::factors::interval::OPEN;
use crate::factors::timeline::ALWAYS;
use crate::factors::version::shared;
use crate::factors::{Factor, FactorId, Kind, Licence, Reason, Source, VersionId};

/// What is named below: the factors first, in the order in which events count them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TableLine {
    /// A factor that is new.
    Factor(#[serde(with = "shared")] Arc<Factor>),
    /// A factor that is there already.
    Known(FactorId),
    Source(#[serde(with = "shared")] Arc<Source>),
    Licence(#[serde(with = "shared")] Arc<Licence>),
}

/// One event. Dates are texts here, because this is read a million times.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine<'a> {
    pub(super) event: Kind,
    /// Which factor of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) factor: Option<u32>,
    /// The first day; absent for all days.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Cow<'a, str>>,
    /// The first day after it; absent for no end.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<Cow<'a, str>>,
    /// Which of the versions behind the first frame; absent where it was put before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Note>,
}

/// What few events say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::factors) struct Note {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::factors) supersedes: Vec<VersionId>,
    /// The other name of a factor, or the name of a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::factors) name: Option<String>,
    /// The last event that a tag names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::factors) position: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::factors) reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::factors) actor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::factors) claimed_at: Option<DateTime<Utc>>,
}

impl EventLine<'_> {
    /// The days as numbers.
    pub(super) fn days(&self) -> Result<(i32, i32), String> {
        let from = self.from.as_deref().map_or(Ok(ALWAYS), day)?;
        let to = self.to.as_deref().map_or(Ok(OPEN), day)?;
        if from >= to {
            return Err("its days end before they begin".to_owned());
        }
        Ok((from, to))
    }
}

/// The number of a day spelled `2024-01-31`, and in no other way.
pub(super) fn day(text: &str) -> Result<i32, String> {
    let number = |part: Option<&[u8]>| {
        let digits = part.filter(|it| it.iter().all(u8::is_ascii_digit))?;
        Some(digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    };
    let bytes = text.as_bytes();
    let date = (bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-').then(|| {
        let year = number(bytes.get(..4))?.cast_signed();
        NaiveDate::from_ymd_opt(year, number(bytes.get(5..7))?, number(bytes.get(8..))?)
    });
    match date.flatten().filter(|it| it.year() > 0) {
        Some(date) => Ok(date.num_days_from_ce()),
        None => Err(format!("`{text}` is no date like 2024-01-31")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!(day("0001-01-01"), Ok(1));
        assert_eq!(day("2024-02-29").unwrap() + 1, day("2024-03-01").unwrap());
        for wrong in
            ["2023-02-29", "2024-1-01", "2024-01-1x", "0000-01-01", "+024-01-01", "", "2024_01_01"]
        {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
