//! One column of a document.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

/// A declared column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Column {
    /// The number that stays when the column is renamed.
    pub id: u32,
    /// Its name: in the rows, in bronze and in the tables made from it.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether a row without a value is refused.
    pub required: bool,
    /// The text that stands in where a row has no value; a value of the column's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Texts that mean "no value". None is assumed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub null_values: Vec<String>,
    /// Whether a number or boolean may be written as a JSON string.
    #[serde(skip_serializing_if = "is_false")]
    pub accept_text: bool,
    /// The least value, as it is written in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<String>,
    /// The greatest value, as it is written in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<String>,
    /// The only texts that are let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<OneOf>,
    /// A regular expression that the whole text has to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The most characters (Unicode scalar values) of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// What is done to the value before anything is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
    /// The offset from UTC, in minutes, of moments that are written without one.
    #[serde(rename = "offset", skip_serializing_if = "Option::is_none", serialize_with = "offset")]
    pub offset_minutes: Option<i16>,
}

/// As it is written in a document: `+05:30`.
fn offset<S: serde::Serializer>(minutes: &Option<i16>, serializer: S) -> Result<S::Ok, S::Error> {
    let minutes = minutes.unwrap_or_default();
    let (sign, length) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
    serializer.collect_str(&format_args!("{sign}{:02}:{:02}", length / 60, length % 60))
}

fn is_false(truth: &bool) -> bool {
    !truth
}

/// What the values of a column are. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text in UTF-8.
    String,
    /// A whole number of 64 bits.
    Integer,
    /// A binary floating-point number of 64 bits. Where it is not what was written, the text is kept beside it.
    Double,
    /// A decimal number of `precision` digits, `scale` of them behind the point. Never rounded.
    Decimal {
        /// All digits, 1 to 38.
        precision: u8,
        /// The digits behind the point, 0 to `precision`.
        scale: u8,
    },
    /// `true` or `false`.
    Boolean,
    /// A day of the calendar, `2025-01-31`.
    Date,
    /// A moment, RFC 3339, kept in UTC to the microsecond.
    Timestamp,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::Decimal { precision, scale } => return write!(f, "decimal({precision},{scale})"),
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        })
    }
}

impl Type {
    /// Reads the name of a type, `decimal(38,12)` among them.
    ///
    /// ```
    /// use lake::schema::Type;
    ///
    /// assert_eq!(Type::named("decimal(38, 12)"), Some(Type::Decimal { precision: 38, scale: 12 }));
    /// assert_eq!(Type::named("decimal(39,0)"), None);
    /// assert_eq!(Type::named("float"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "integer" => Self::Integer,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            _ => {
                let inner = name.strip_prefix("decimal(")?.strip_suffix(')')?;
                let (precision, scale) = inner.split_once(',')?;
                let precision: u8 = precision.trim().parse().ok()?;
                let scale: u8 = scale.trim().parse().ok()?;
                if !(1..=38).contains(&precision) || scale > precision {
                    return None;
                }
                Self::Decimal { precision, scale }
            }
        })
    }
}

impl Serialize for Type {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The only texts that a column lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneOf {
    /// Whatever the table of units of `storage-core` reads as a unit.
    Units,
    /// These texts.
    Texts(BTreeSet<String>),
}

impl Serialize for OneOf {
    /// As it is written in a document: `units`, or a list.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Units => serializer.serialize_str("units"),
            Self::Texts(texts) => serializer.collect_seq(texts),
        }
    }
}

/// What is done to a value before anything is stored. The keys are handed in, never written here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// The column is left out of bronze.
    Drop,
    /// HMAC-SHA-256 (RFC 2104) of the text under the key of that name, in hexadecimal digits.
    Hash(String),
    /// A token made from the text under the key of that name: equal texts give equal tokens. Which token
    /// stands for which text is kept apart, so that those who may can look it up.
    Token(String),
}
