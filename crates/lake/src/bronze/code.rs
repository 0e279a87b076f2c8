//! Why a row was refused.

/// The reason a row is in quarantine. The written form (`below_minimum`) is part of the interface.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The line is no JSON (RFC 8259).
    MalformedJson,
    /// The record is no CSV (RFC 4180), or has more or fewer fields than the header.
    MalformedCsv,
    /// The record is no XML.
    MalformedXml,
    /// The bytes are no UTF-8.
    BadUtf8,
    /// JSON, but no object.
    NotAnObject,
    /// A member is given twice; readers differ on which counts.
    DuplicateMember,
    /// Something stands behind the object.
    TrailingBytes,
    /// A required column is not there.
    Missing,
    /// A required column is `null`, or a text that was declared to mean that.
    Null,
    /// A required text is empty, or an empty text stands where a number should.
    Empty,
    /// The value is of another type than the column.
    WrongType,
    /// The text is no number of the column's type: `n/a`, `12.5` for an integer, too many decimals.
    BadNumber,
    /// The number does not fit the column's type: `1e400`.
    OutOfRange,
    /// The value is below the minimum.
    BelowMinimum,
    /// The value is above the maximum.
    AboveMaximum,
    /// The text is no moment: 30 February, no offset, another format.
    BadTimestamp,
    /// The text is no day.
    BadDate,
    /// The text is none of those that are allowed.
    NotAllowed,
    /// The text does not match the pattern.
    Pattern,
    /// The text is longer than the column allows.
    TooLong,
    /// The value can name no directory: empty, `.`, longer than 128 bytes, or with characters that have a
    /// meaning in paths.
    PartitionValue,
    /// Rows of one key differ, and the document says that then none is kept.
    ConflictingKey,
    /// The line is longer than any that is read.
    LineTooLong,
    /// A member is not declared, and the document refuses those.
    UnknownColumn,
}

impl Code {
    /// The written form.
    ///
    /// ```
    /// use lake::bronze::Code;
    ///
    /// assert_eq!(Code::BelowMinimum.as_str(), "below_minimum");
    /// assert_eq!("below_minimum".parse(), Ok(Code::BelowMinimum));
    /// ```
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
