//! Who a report belongs to, what time it is about, and which one it is.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::shown;
use super::{Error, ReportType};
use crate::hex;

/// Text that is written as it is and checked when it is read.
macro_rules! checked_text {
    ($name:ident) => {
        impl $name {
            /// As it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use checked_text;

/// Who a report belongs to: 1 to 63 lower case letters, digits, dots, hyphens and underscores, a
/// letter or digit first.
///
/// There is no slash in it and it is never `.` or `..`, so that no tenant can name a key of another.
///
/// ```
/// use storage_core::reports::TenantId;
///
/// assert_eq!("acme.eu-west".parse::<TenantId>()?.as_str(), "acme.eu-west");
/// for wrong in ["", "acme/eu", "..", "Acme", "a&b=c", "a\u{e9}"] {
///     assert_eq!(wrong.parse::<TenantId>().unwrap_err().code(), "reports.tenant_invalid");
/// }
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(
    // INVARIANT: passes the check; only `from_str` makes one.
    String,
);

checked_text!(TenantId);

impl FromStr for TenantId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
        let inner = |it: u8| plain(it) || matches!(it, b'.' | b'-' | b'_');
        let right = (1..=63).contains(&text.len())
            && text.bytes().next().is_some_and(plain)
            && text.bytes().all(inner);
        match right {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::TenantInvalid { text: shown(text) }),
        }
    }
}

/// The time that a report is about: a year, `2026`, or a quarter, `2026-Q1`.
///
/// There is one spelling of each. Older systems wrote `2026Q1`; write `2026-Q1`.
///
/// ```
/// use storage_core::reports::Period;
///
/// assert_eq!("2026-Q1".parse::<Period>()?.to_string(), "2026-Q1");
/// assert!("2026Q1".parse::<Period>().is_err());
/// assert!("2026-Q5".parse::<Period>().is_err());
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(
    // INVARIANT: `2026` or `2026-Q1`; only the constructors make one.
    String,
);

checked_text!(Period);

impl Period {
    /// The year of a moment, in UTC.
    ///
    /// # Errors
    ///
    /// [`Error::PeriodInvalid`] if the year does not have four digits.
    pub fn year_of(moment: DateTime<Utc>) -> Result<Self, Error> {
        moment.year().to_string().parse()
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.0[..4].parse().expect("a period begins with four digits")
    }

    /// The quarter, 1 to 4, if it is one.
    pub fn quarter(&self) -> Option<u8> {
        self.0.as_bytes().get(6).map(|digit| digit - b'0')
    }
}

impl FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        let digits = |it: &[u8]| it.iter().all(u8::is_ascii_digit) && it[0] != b'0';
        let right = match bytes.len() {
            4 => digits(bytes),
            7 => digits(&bytes[..4]) && &bytes[4..6] == b"-Q" && matches!(bytes[6], b'1'..=b'4'),
            _ => false,
        };
        match right {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::PeriodInvalid { text: shown(text) }),
        }
    }
}

/// Which report: a UUID in its usual spelling (RFC 9562, section 4), lower case.
///
/// Only the whole of it names a report.
///
/// ```
/// use storage_core::reports::ReportId;
///
/// let id: ReportId = "6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de".parse()?;
/// assert_eq!(id.as_str().len(), 36);
/// for part in ["", "-", "4", "2026", "6f1c24a8", "6F1C24A8-3C1E-4B7E-9D4D-0A5A51F7C0DE"] {
///     assert_eq!(part.parse::<ReportId>().unwrap_err().code(), "reports.id_invalid");
/// }
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportId(
    // INVARIANT: 8-4-4-4-12 lower case hexadecimal digits.
    String,
);

checked_text!(ReportId);

impl ReportId {
    /// The id made of these bytes, marked as a UUID of `version` (RFC 9562, sections 4.1 and 4.2).
    fn marked(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = bytes[6] & 0x0f | version << 4;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = hex::encode(&bytes);
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        Self(text)
    }

    /// A new one, of 16 bytes drawn at random (RFC 9562, section 5.4).
    ///
    /// ```
    /// use storage_core::reports::ReportId;
    ///
    /// assert_eq!(ReportId::random([0xff; 16]).as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    /// ```
    pub fn random(bytes: [u8; 16]) -> Self {
        Self::marked(bytes, 4)
    }

    /// The one that an idempotency key always leads to, for this type and tenant (RFC 9562, section
    /// 5.8: a name-based UUID by a hash of our own).
    ///
    /// ```
    /// use storage_core::reports::{ReportId, ReportType};
    ///
    /// let id = |tenant: &str, key| {
    ///     Ok::<_, storage_core::reports::Error>(ReportId::of_key(ReportType::Csrd, &tenant.parse()?, key))
    /// };
    /// assert_eq!(id("acme", "2026-annual")?.as_str(), "6f5a0893-8a58-8301-942a-4f3979d40225");
    /// assert_ne!(id("acme", "2026-annual")?, id("acme-eu", "2026-annual")?);
    /// # Ok::<(), storage_core::reports::Error>(())
    /// ```
    pub fn of_key(report_type: ReportType, tenant: &TenantId, key: &str) -> Self {
        let said = format!("strongroom/report-id/1\n{report_type}\n{tenant}\n{key}");
        let digest = crate::Digest::of(said.as_bytes());
        let first = digest.as_bytes().first_chunk().expect("a digest has 32 bytes");
        Self::marked(*first, 8)
    }
}

impl FromStr for ReportId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = |(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        };
        match text.len() == 36 && text.bytes().enumerate().all(fits) {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::IdInvalid { text: shown(text) }),
        }
    }
}
