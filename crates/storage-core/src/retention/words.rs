//! Regimes and jurisdictions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;
use super::error::head;

/// The body of rules that a record is kept under.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::EnumIter,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[non_exhaustive]
pub enum Regime {
    /// Corporate Sustainability Reporting Directive, (EU) 2022/2464.
    Csrd,
    /// Carbon Border Adjustment Mechanism, (EU) 2023/956.
    Cbam,
    /// Deforestation regulation, (EU) 2023/1115.
    Eudr,
    /// Sarbanes-Oxley Act.
    Sox,
    /// The platform's own trail of who did what.
    Audit,
    /// General Data Protection Regulation, (EU) 2016/679.
    Gdpr,
    /// Anything else.
    Custom,
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into())
    }
}

/// Reads a word of a closed list.
pub(super) fn word<T: FromStr>(
    what: &'static str,
    text: &str,
    hint: &'static str,
) -> Result<T, Error> {
    text.parse().map_err(|_| Error::WordUnknown { what, text: head(text), hint })
}

impl Regime {
    /// Reads its name.
    ///
    /// # Errors
    ///
    /// [`Error::WordUnknown`]: there is no default.
    pub fn named(text: &str) -> Result<Self, Error> {
        word("regime", text, "write `csrd`, `cbam`, `eudr`, `sox`, `audit`, `gdpr` or `custom`")
    }
}

/// Whose law it is: a country (`DE`, ISO 3166-1 alpha-2), a part of one (`US-CA`), the union (`EU`),
/// or `*` for a rule of the platform itself, which holds everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction(String);

impl Jurisdiction {
    /// Its code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country, if this is a part of one.
    pub(super) fn country(&self) -> Option<&str> {
        self.0.split_once('-').map(|(country, _)| country)
    }

    /// Whether rules of it hold everywhere.
    pub fn is_everywhere(&self) -> bool {
        self.0 == "*"
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Jurisdiction {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let upper = |text: &str| text.bytes().all(|it| it.is_ascii_uppercase());
        let (country, part) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
        let part_holds = part.is_none_or(|part| {
            let plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit();
            (1..=3).contains(&part.len()) && part.bytes().all(plain)
        });
        if text == "*" || (country.len() == 2 && upper(country) && part_holds) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::WordUnknown {
            what: "jurisdiction",
            text: head(text),
            hint: "write a code of ISO 3166 such as `DE` or `US-CA`, `EU`, or `*` for everywhere",
        })
    }
}

impl Serialize for Jurisdiction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Jurisdiction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
