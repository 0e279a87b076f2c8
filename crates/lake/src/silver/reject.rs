//! Why a row of bronze did not become silver.

use storage_core::calculation::Error as Calculation;
use storage_core::factors::Answer;
use storage_core::units::Error as Units;

/// Why a row was rejected. The names never change.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::IntoStaticStr,
    strum::VariantNames,
    strum::EnumIter,
    serde::Serialize,
    serde::Deserialize,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// A value that the calculation needs is null.
    Null,
    /// No reference table knows the entity.
    EntityUnknown,
    /// Several entities of a reference table have that name.
    EntityAmbiguous,
    /// Nothing was recorded about such a factor, as far as it was known.
    FactorUnknown,
    /// The factor is known, and nothing is valid on the day of the activity.
    FactorNotValid,
    /// What was valid on that day was withdrawn.
    FactorWithdrawn,
    /// A marginal figure, which is not for footprints.
    FactorMarginal,
    /// The factor has no figure that can be calculated with.
    FactorUnusable,
    /// The factor gives masses of gases, and no set of warming potentials was asked for.
    GwpSetMissing,
    /// The factor cannot be weighed with the set that was asked for.
    GwpSetUnfit,
    /// A unit is not in the table of units.
    UnitUnknown,
    /// A unit means several things.
    UnitAmbiguous,
    /// The unit does not measure what the factor is for.
    UnitUnfit,
    /// The unit and the factor are on different bases, or only one of them states its basis.
    UnitBasis,
    /// The quantity or the result has more digits than a column holds.
    OutOfRange,
}

impl Code {
    /// Every name, in order of declaration.
    pub const NAMES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable name, for example `factor_not_valid`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Null => "require the column in the schema document",
            Self::EntityUnknown => "add the entity or an alias to the reference table",
            Self::EntityAmbiguous => "give the entities of the reference table different names",
            Self::FactorUnknown => "import the factor, or add an alias that leads to one",
            Self::FactorNotValid => "import the edition that is valid on that day",
            Self::FactorWithdrawn => "import what took its place, or reinstate it",
            Self::FactorMarginal => "name the average factor of the grid",
            Self::FactorUnusable => "correct the factor",
            Self::GwpSetMissing => "ask for `AR4`, `AR5` or `AR6`",
            Self::GwpSetUnfit => "take the factor as published, or an edition with every gas",
            Self::UnitUnknown | Self::UnitAmbiguous => "write the unit as the table of units does",
            Self::UnitUnfit => "name the factor for what the unit measures",
            Self::UnitBasis => "state the basis in the unit, such as `kWh (Gross CV)`",
            Self::OutOfRange => "check the quantity and its unit",
        }
    }
}

/// Why, and what in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) code: Code,
    pub(super) detail: String,
}

impl Reason {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// Why there is no version; `None` if there is one.
    pub(super) fn of_answer(answer: &Answer) -> Option<Self> {
        Some(match answer {
            Answer::Version(_) => return None,
            Answer::NotKnown => Self::new(Code::FactorUnknown, "no such factor was known"),
            Answer::NotValid { nearest } => {
                let nearest = nearest
                    .as_ref()
                    .map(|it| format!(", the nearest is valid {}", it.version.valid));
                let detail = format!("nothing is valid on that day{}", nearest.unwrap_or_default());
                Self::new(Code::FactorNotValid, detail)
            }
            Answer::Withdrawn { seq, .. } => {
                Self::new(Code::FactorWithdrawn, format!("withdrawn by event {seq}"))
            }
        })
    }
}

impl From<&Calculation> for Reason {
    fn from(error: &Calculation) -> Self {
        let code = match error {
            Calculation::Units(Units::Ambiguous { .. }) => Code::UnitAmbiguous,
            Calculation::Units(Units::Incommensurable { .. }) => Code::UnitUnfit,
            Calculation::Units(Units::OtherBasis { .. } | Units::BasisMissing { .. }) => {
                Code::UnitBasis
            }
            Calculation::Units(_) => Code::UnitUnknown,
            Calculation::NoGwpSet => Code::GwpSetMissing,
            Calculation::OnlyCo2e { .. }
            | Calculation::SetUnknown { .. }
            | Calculation::NotWhole { .. }
            | Calculation::GasUnknown { .. } => Code::GwpSetUnfit,
            Calculation::TooLong | Calculation::TooManyPlaces => Code::OutOfRange,
            _ => Code::FactorUnusable,
        };
        let detail = match error {
            Calculation::Units(source) => source.to_string(),
            other => other.to_string(),
        };
        Self { code, detail }
    }
}
