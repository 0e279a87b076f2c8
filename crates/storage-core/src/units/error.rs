//! Why a unit was refused.

/// Why a unit was not understood, or why there is no way from one to another.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "unit.")]
#[non_exhaustive]
pub enum Error {
    /// A name is not in the table.
    #[error("`{name}` is not a unit that is known here")]
    Unknown {
        /// The name, or how it begins.
        name: String,
    },
    /// A name means several things.
    #[error("`{name}` can mean {meanings}")]
    Ambiguous {
        /// The name.
        name: String,
        /// What it can mean, as the end of a sentence.
        meanings: String,
    },
    /// A text is not a product of names, or not a quotient of two.
    #[error("`{text}` is not a unit: {broken}")]
    Malformed {
        /// The text, or how it begins.
        text: String,
        /// What is wrong with it.
        broken: &'static str,
    },
    /// Two units measure different things.
    #[error("`{from}` does not measure what `{to}` measures")]
    Incommensurable {
        /// The unit to convert from.
        from: String,
        /// The unit to convert to.
        to: String,
    },
    /// Two units measure on different bases.
    #[error("`{from}` and `{to}` are on different bases")]
    OtherBasis {
        /// The unit to convert from.
        from: String,
        /// The unit to convert to.
        to: String,
    },
    /// Only one of two units says on which basis it measures.
    #[error("only one of `{from}` and `{to}` says on which basis it measures")]
    BasisMissing {
        /// The unit to convert from.
        from: String,
        /// The unit to convert to.
        to: String,
    },
}

impl Error {
    /// Every code of this kind, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `unit.ambiguous`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unknown { .. } | Self::Malformed { .. } => {
                Some("write a unit such as `kWh (Gross CV)`, `t`, `m3` or `passenger.km`")
            }
            Self::Ambiguous { .. } => Some("write the one that is meant"),
            Self::Incommensurable { .. } => {
                Some("give the heat content, density or price that leads from one to the other")
            }
            Self::OtherBasis { .. } => {
                Some("convert with the heat contents of this very fuel: no table knows the ratio")
            }
            Self::BasisMissing { .. } => {
                Some("state the basis, for example `kWh (Gross CV)` or `kWh (Net CV)`")
            }
        }
    }
}
