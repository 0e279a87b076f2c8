//! The values that an engine thinks a partition column has.

use std::collections::BTreeSet;

/// How Athena finds the values of a partition column (AWS: "Supported types for partition
/// projection").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// All whole numbers of a range, written with at least `digits` digits.
    Integer {
        /// The first one.
        from: i64,
        /// The last one; it is part of the range.
        to: i64,
        /// Every so many.
        interval: i64,
        /// Zeroes are put in front up to so many digits; 0 and 1 put none.
        digits: usize,
    },
    /// A list. Athena advises a few dozen at most.
    Enum(BTreeSet<String>),
    /// Every query has to name one value.
    Injected,
}

impl Projection {
    /// The whole numbers from `from` to `to`, as they are written.
    pub fn range(from: i64, to: i64) -> Self {
        Self::Integer { from, to, interval: 1, digits: 0 }
    }

    /// Why no query would look into a folder with this `value`, if none would.
    pub(super) fn misses(&self, value: &str) -> Option<String> {
        match self {
            Self::Injected => None,
            Self::Enum(values) if values.contains(value) => None,
            Self::Enum(_) => Some(format!("`{value}` is not in its list of values")),
            Self::Integer { from, to, interval, digits } => {
                let Ok(number) = value.parse::<i64>() else {
                    return Some(format!("`{value}` is not a number"));
                };
                if !(*from..=*to).contains(&number) {
                    return Some(format!("`{value}` is outside of its range {from} to {to}"));
                }
                let steps = i128::from(number) - i128::from(*from);
                if steps % i128::from((*interval).max(1)) != 0 {
                    return Some(format!("its steps of {interval} pass over `{value}`"));
                }
                let digits = *digits;
                let written = format!("{number:0digits$}");
                (written != value).then(|| {
                    format!("it looks for `{written}`, and the folder is called `{value}`")
                })
            }
        }
    }

    /// The properties that declare it for `column`, in the order of the documentation.
    pub(super) fn properties(&self, column: &str) -> Vec<(String, String)> {
        let property = |name: &str, value: String| (format!("projection.{column}.{name}"), value);
        match self {
            Self::Integer { from, to, interval, digits } => {
                let mut all = vec![
                    property("type", "integer".to_owned()),
                    property("range", format!("{from},{to}")),
                ];
                if *interval != 1 {
                    all.push(property("interval", interval.to_string()));
                }
                if *digits > 1 {
                    all.push(property("digits", digits.to_string()));
                }
                all
            }
            Self::Enum(values) => vec![
                property("type", "enum".to_owned()),
                property("values", values.iter().cloned().collect::<Vec<_>>().join(",")),
            ],
            Self::Injected => vec![property("type", "injected".to_owned())],
        }
    }
}
