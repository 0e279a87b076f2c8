//! What a report is about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// What a report is about. Deliberately exhaustive: a type that is not known is refused, because its
/// retention would be a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportType {
    /// A declaration under the carbon border adjustment, Regulation (EU) 2023/956.
    Cbam,
    /// A sustainability statement, Directive (EU) 2022/2464.
    Csrd,
    /// Anything else; it says itself how long it is kept.
    Custom,
    /// A due diligence statement about deforestation, Regulation (EU) 2023/1115.
    Eudr,
}

impl ReportType {
    /// All of them, in order of their names.
    pub const ALL: [Self; 4] = [Self::Cbam, Self::Csrd, Self::Custom, Self::Eudr];

    /// Its name, as it stands in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cbam => "cbam",
            Self::Csrd => "csrd",
            Self::Custom => "custom",
            Self::Eudr => "eudr",
        }
    }
}

impl fmt::Display for ReportType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReportType {
    type Err = Error;

    /// ```
    /// use storage_core::reports::ReportType;
    ///
    /// assert_eq!("csrd".parse::<ReportType>()?, ReportType::Csrd);
    /// assert_eq!("CSRD".parse::<ReportType>().unwrap_err().code(), "reports.type_unknown");
    /// # Ok::<(), storage_core::reports::Error>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|it| it.as_str() == text);
        known.ok_or_else(|| Error::TypeUnknown { text: super::error::shown(text) })
    }
}
