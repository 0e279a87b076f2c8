//! The name of a factor.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Error;

/// The name of a factor: 1 to 256 bytes of UTF-8 without control characters, compared letter by
/// letter. Slashes, dots and words like `latest` mean nothing in it. Cheap to clone.
///
/// ```
/// use storage_core::factors::FactorId;
///
/// let id: FactorId = "defra/électricité/../latest".parse()?;
/// assert_eq!(id.as_str(), "defra/électricité/../latest");
/// assert_eq!("a\nb".parse::<FactorId>().unwrap_err().code(), "factors.id_invalid");
/// # Ok::<(), storage_core::factors::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactorId(
    // INVARIANT: passes the check; only `from_str` makes one.
    Arc<str>,
);

impl FactorId {
    /// The most bytes of a name.
    pub const LENGTH: usize = 256;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FactorId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let broken = |broken| Err(Error::IdInvalid { broken });
        if text.is_empty() {
            return broken("is empty");
        }
        if text.len() > Self::LENGTH {
            return broken("is longer than 256 bytes");
        }
        if text.contains(char::is_control) {
            return broken("has a control character");
        }
        Ok(Self(text.into()))
    }
}

impl Borrow<str> for FactorId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for FactorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FactorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
