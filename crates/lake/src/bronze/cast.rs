//! From a token to a value of a column's type. Nothing is guessed: what is not plainly a value of the type
//! is refused, with the reason.

mod moment;
mod number;
mod text;

pub(crate) use moment::{date, offset, timestamp, year_month_day};
pub(crate) use number::{decimal, double, integer};
pub(crate) use text::{TextRule, whole};

use super::Code;
use crate::schema::{Column, Type};

/// Why a value was refused, and what was found.
pub(crate) type Refusal = (Code, &'static str);

/// The least or greatest value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Integer(i64),
    Double(f64),
    Decimal(i128),
}

impl Limit {
    /// Whether it is less than another of its type.
    #[inline]
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one < other,
            (Self::Double(one), Self::Double(other)) => one < other,
            (Self::Decimal(one), Self::Decimal(other)) => one < other,
            _ => false,
        }
    }

    /// Reads a limit of the type; days count as integers from 1970-01-01, moments as microseconds.
    pub(crate) fn read(kind: Type, text: &str) -> Option<Self> {
        match kind {
            Type::Integer => integer(text).ok().map(Self::Integer),
            Type::Double => double(text).ok().map(|(value, _)| Self::Double(value)),
            Type::Decimal { precision, scale } => {
                decimal(text, precision, scale).ok().map(Self::Decimal)
            }
            Type::Date => date(text).ok().map(|day| Self::Integer(day.into())),
            Type::Timestamp => timestamp(text, None).ok().map(Self::Integer),
            Type::String | Type::Boolean => None,
        }
    }
}

/// Whether a default would pass the rules of its own column.
pub(crate) fn check_default(column: &Column, text: &str) -> Result<(), Refusal> {
    match column.kind {
        Type::String => TextRule::of(column).map_or(Ok(()), |rule| rule.check(text)),
        Type::Boolean => match text {
            "true" | "false" => Ok(()),
            _ => Err((Code::WrongType, "a boolean is `true` or `false`")),
        },
        Type::Integer => integer(text).map(drop),
        Type::Double => double(text).map(drop),
        Type::Decimal { precision, scale } => decimal(text, precision, scale).map(drop),
        Type::Date => date(text).map(drop),
        Type::Timestamp => timestamp(text, column.offset_minutes).map(drop),
    }
}
