//! What has to happen before a release moves to the next stage, as data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::decide::check_word;
use super::{Error, Kind, Stage};
use crate::{Digest, canonical_json};

/// What has to happen before a release moves on: for every kind, or for one of them.
///
/// ```
/// use storage_core::artifacts::{Gates, Kind, Stage};
///
/// let gates = Gates::read(br#"{"v": 1, "all": {"prod": {"gates": ["tests"], "approvals": 2}},
///                              "kinds": {"uploads": {}}}"#)?;
/// assert_eq!(gates.before(Kind::Models, Stage::Prod).approvals, 2);
/// assert_eq!(gates.before(Kind::Uploads, Stage::Prod).approvals, 0);
/// # Ok::<(), storage_core::artifacts::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// The version of this form: 1.
    pub v: u32,
    /// What counts for every kind without its own.
    pub all: Pathway,
    /// What counts for a kind instead.
    #[serde(default)]
    pub kinds: BTreeMap<Kind, Pathway>,
}

/// What has to happen before each stage. Nothing has to happen before `dev`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pathway {
    /// Before `staging`.
    pub staging: Requirements,
    /// Before `prod`.
    pub prod: Requirements,
}

/// What has to happen before one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requirements {
    /// The gates whose last result, for exactly these contents, is that they were passed.
    pub gates: BTreeSet<String>,
    /// How many different people agree to exactly these contents.
    pub approvals: u32,
    /// Whose agreement counts; empty for everyone's.
    pub approvers: BTreeSet<String>,
    /// Whether the agreement of somebody counts who put a file of the release, too.
    pub authors_may_approve: bool,
}

impl Default for Gates {
    /// To `staging` with nothing but clean files; to `prod` with the agreement of one person who put
    /// none of them.
    fn default() -> Self {
        let prod = Requirements { approvals: 1, ..Requirements::default() };
        let all = Pathway { staging: Requirements::default(), prod };
        Self { v: 1, all, kinds: BTreeMap::new() }
    }
}

impl Gates {
    /// Reads them from JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with the place.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let broken = |broken: String| Error::Invalid { what: "the document of the gates", broken };
        let gates: Self =
            serde_json::from_slice(json).map_err(|error| broken(format!("is not one: {error}")))?;
        if gates.v != 1 {
            return Err(broken(format!("has the form {}, and only 1 is known", gates.v)));
        }
        for pathway in gates.kinds.values().chain([&gates.all]) {
            for needs in [&pathway.staging, &pathway.prod] {
                // A gate of another name could never report anything.
                needs.gates.iter().try_for_each(|it| check_word(it))?;
                if !needs.approvers.is_empty() && needs.approvers.len() < needs.approvals as usize {
                    let few = needs.approvers.len();
                    return Err(broken(format!(
                        "asks for {} approvals of {few} people, so nobody could ever pass",
                        needs.approvals
                    )));
                }
            }
        }
        Ok(gates)
    }

    /// What has to happen before a release of this kind moves to this stage.
    pub fn before(&self, kind: Kind, to: Stage) -> &Requirements {
        const NOTHING: &Requirements = &Requirements {
            gates: BTreeSet::new(),
            approvals: 0,
            approvers: BTreeSet::new(),
            authors_may_approve: false,
        };
        let pathway = self.kinds.get(&kind).unwrap_or(&self.all);
        match to {
            Stage::Dev => NOTHING,
            Stage::Staging => &pathway.staging,
            Stage::Prod => &pathway.prod,
        }
    }

    /// What names these gates; a promotion is recorded with it.
    ///
    /// # Errors
    ///
    /// None in fact: the document holds no fractions.
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(Digest::of(&canonical_json(self)?))
    }
}

/// Something that is missing before a release can move on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "missing", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// It holds no file.
    Files,
    /// A file was put aside, and no good one came in its place.
    CleanFile {
        /// Which.
        file: String,
    },
    /// A gate has not been tried with what the release holds now.
    Gate {
        /// Which.
        gate: String,
    },
    /// A gate was not passed.
    GateFailed {
        /// Which.
        gate: String,
    },
    /// Too few people agree to what it holds now.
    Approvals {
        /// How many are needed.
        needed: u32,
        /// Who agrees and counts.
        have: Vec<String>,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files => write!(f, "it holds no file"),
            Self::CleanFile { file } => write!(f, "`{file}` is in quarantine"),
            Self::Gate { gate } => write!(f, "the gate `{gate}` was not tried"),
            Self::GateFailed { gate } => write!(f, "the gate `{gate}` was not passed"),
            Self::Approvals { needed, have } => {
                write!(f, "{} of {needed} approvals", have.len())
            }
        }
    }
}
