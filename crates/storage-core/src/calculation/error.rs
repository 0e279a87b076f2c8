//! Why nothing was calculated.

use crate::gwp::GwpSet;
use crate::units;

/// Why a calculation was refused, or why a result does not hold.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "calculation.")]
#[non_exhaustive]
pub enum Error {
    /// A unit is not understood, or does not lead to the unit of the factor.
    #[error("the units do not fit")]
    Units(#[from] units::Error),
    /// The factor has masses of gases and nobody said how to weigh them.
    #[error("a factor by mass of gas needs a set of warming potentials")]
    NoGwpSet,
    /// The asked set differs from that of a factor that has only a total.
    #[error("the factor gives only CO2e, which cannot be weighed again with {asked}")]
    OnlyCo2e {
        /// The set that was asked for.
        asked: GwpSet,
    },
    /// The factor is weighed, but does not say with which set.
    #[error(
        "the factor does not say how it was weighed, so it cannot be weighed again with {asked}"
    )]
    SetUnknown {
        /// The set that was asked for.
        asked: GwpSet,
    },
    /// The gases of a factor do not make up its total.
    #[error(
        "the gases of the factor leave {missing} of its total unexplained, so it cannot be weighed again with {asked}"
    )]
    NotWhole {
        /// The set that was asked for.
        asked: GwpSet,
        /// Total less gases.
        missing: String,
    },
    /// A gas has no potential in the table.
    #[error("there is no warming potential of `{gas}` in {set}")]
    GasUnknown {
        /// The gas as the factor calls it.
        gas: String,
        /// The set that was looked in.
        set: GwpSet,
    },
    /// The same gas is there twice.
    #[error("the factor has the gas `{gas}` twice")]
    GasTwice {
        /// Its plain name.
        gas: String,
    },
    /// The factor has no number.
    #[error("the factor has no gas and no total")]
    NoGas,
    /// A result would be longer than a number may be.
    #[error("the result has more than 128 digits")]
    TooLong,
    /// More digits were asked for than are kept.
    #[error("a result is rounded to at most 40 digits behind the point")]
    TooManyPlaces,
    /// A result is pinned to what this build does not have.
    #[error("the result is pinned to {pin} `{wanted}`, and this build has `{present}`")]
    PinMissing {
        /// What is pinned: `method`, `unit_table_version`, `gwp_data_version`, `version_id`.
        pin: &'static str,
        /// What the result names.
        wanted: String,
        /// What is at hand.
        present: String,
    },
    /// A result was changed, or was never calculated from its inputs.
    #[error("the result is not what its inputs give: `{field}` differs")]
    NotReproduced {
        /// The first field that differs.
        field: String,
    },
    /// More is covered by certificates than was consumed.
    #[error("{covered} are covered of {consumed} consumed")]
    OverCovered {
        /// What is covered, in the unit of the consumption.
        covered: String,
        /// What was consumed.
        consumed: String,
    },
    /// Something is not covered, and there is no residual mix for it.
    #[error("{uncovered} are not covered by certificates, and there is no residual mix")]
    NoResidualMix {
        /// What is not covered, in the unit of the consumption.
        uncovered: String,
    },
    /// A quantity that must not be negative is.
    #[error("{what} is negative")]
    Negative {
        /// Which one.
        what: &'static str,
    },
}

impl Error {
    /// Every code of this kind, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `calculation.only_co2e`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Units(source) => source.hint(),
            Self::NoGwpSet => Some("ask for `AR4`, `AR5` or `AR6`"),
            Self::OnlyCo2e { .. } | Self::SetUnknown { .. } | Self::NotWhole { .. } => {
                Some("take the factor as published, or an edition that gives every gas")
            }
            Self::NoResidualMix { .. } => {
                Some("give the residual mix, or the grid average where there is none")
            }
            Self::PinMissing { .. } => Some("recompute with the version that the result names"),
            _ => None,
        }
    }
}
