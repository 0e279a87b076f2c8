//! From a token to a value of a column's type. Nothing is guessed: what is not plainly a value of the type
//! is refused, with the reason.

mod moment;
mod number;
mod text;

pub(crate) use moment::{DAY, date, offset, timestamp, year_month_day};
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

/// Checks a value against the least and greatest one of its column.
#[inline]
pub(crate) fn within(
    value: &Limit,
    least: Option<&Limit>,
    greatest: Option<&Limit>,
) -> Result<(), Refusal> {
    if least.is_some_and(|least| value.is_below(least)) {
        return Err((Code::BelowMinimum, "the value is below the minimum"));
    }
    if greatest.is_some_and(|greatest| greatest.is_below(value)) {
        return Err((Code::AboveMaximum, "the value is above the maximum"));
    }
    Ok(())
}

/// Whether a default would pass the rules of its own column.
pub(crate) fn check_default(column: &Column, text: &str) -> Result<(), Refusal> {
    let value = match column.kind {
        Type::String => return TextRule::of(column).map_or(Ok(()), |rule| rule.check(text)),
        Type::Boolean => {
            return match text {
                "true" | "false" => Ok(()),
                _ => Err((Code::WrongType, "a boolean is `true` or `false`")),
            };
        }
        Type::Integer => Limit::Integer(integer(text)?),
        Type::Double => Limit::Double(double(text)?.0),
        Type::Decimal { precision, scale } => Limit::Decimal(decimal(text, precision, scale)?),
        Type::Date => Limit::Integer(date(text)?.into()),
        Type::Timestamp => Limit::Integer(timestamp(text, column.offset_minutes)?),
    };
    let limit = |text: &Option<String>| text.as_ref().and_then(|it| Limit::read(column.kind, it));
    within(&value, limit(&column.minimum).as_ref(), limit(&column.maximum).as_ref())
}
