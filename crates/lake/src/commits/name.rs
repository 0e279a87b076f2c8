//! What a table is called, and where its things lie.

use std::fmt;
use std::str::FromStr;

use serde::de;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Error, Kind};

/// A step in the life of data in the lake that has tables. Deliberately exhaustive.
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
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Zone {
    /// Validated rows, one table per entity: `bronze/emissions`.
    Bronze,
    /// Enriched rows, one table per domain and entity: `silver/esg/emissions`.
    Silver,
    /// Aggregates, one table per domain and metric: `gold/emissions/summary`.
    Gold,
}

/// Where the lake keeps what is not data.
pub(crate) const ASIDE: &str = "_strongroom/lake/";

/// The longest part of a name, in bytes (Athena takes database and table names up to 255).
const PART: usize = 64;

/// The name of a table: its zone, and one part (bronze) or two (silver and gold).
///
/// ```
/// use lake::commits::{Kind, TableName};
///
/// let table: TableName = "bronze/emissions".parse()?;
/// assert_eq!(table.folder(Kind::Data), "bronze/emissions/");
/// assert_eq!(table.folder(Kind::Quarantine), "quarantine/emissions/");
/// assert!("bronze/a/b".parse::<TableName>().is_err());
/// assert!("gold/emissions/../x".parse::<TableName>().is_err());
/// # Ok::<(), lake::commits::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    zone: Zone,
    // INVARIANT: as many parts as the zone wants, each as `part` allows.
    name: String,
}

impl TableName {
    /// The table of `zone` that is called `name`: `emissions`, or `esg/emissions` in silver and gold.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`].
    pub fn new(zone: Zone, name: &str) -> Result<Self, Error> {
        let wanted = if zone == Zone::Bronze { 1 } else { 2 };
        let reserved = zone == Zone::Bronze && matches!(name, "silver" | "gold");
        if name.split('/').count() != wanted || !name.split('/').all(part) || reserved {
            return Err(Error::NameInvalid { name: format!("{zone}/{name}") });
        }
        Ok(Self { zone, name: name.to_owned() })
    }

    /// Its zone.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// What stands behind the zone: `emissions`, `emissions/summary`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its files of this kind lie, relative to the lake; ends with a slash.
    ///
    /// Rejects and duplicates lie outside of the folder of the rows, or engines that read the folder
    /// would read them too.
    pub fn folder(&self, kind: Kind) -> String {
        let within = match self.zone {
            Zone::Bronze => self.name.clone(),
            zone => format!("{zone}/{}", self.name),
        };
        match kind {
            Kind::Data => format!("{}/{}/", self.zone, self.name),
            Kind::Quarantine => format!("quarantine/{within}/"),
            Kind::Duplicates => format!("duplicates/{within}/"),
        }
    }

    /// Where its log and what is at the side lie, relative to the lake; ends with a slash.
    pub fn aside(&self) -> String {
        format!("{ASIDE}{}/{}/", self.zone, self.name)
    }
}

/// Lower case letters, digits, `_` and `-`; the first one a letter or a digit. So a part is a folder
/// for every engine (those that begin with `_` are passed over by Spark) and needs no escape.
fn part(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= PART
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || matches!(byte, b'_' | b'-'))
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.zone, self.name)
    }
}

impl FromStr for TableName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::NameInvalid { name: text.to_owned() };
        let (zone, name) = text.split_once('/').ok_or_else(invalid)?;
        Self::new(zone.parse().map_err(|_| invalid())?, name)
    }
}

impl Serialize for TableName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
