//! How inputs are taken in.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::Input;
use crate::bronze::{MaskKeys, Progress};
use crate::commits::Counts;
use crate::read::Format;
use crate::tokens::Vault;

/// How inputs are taken in. None of it shows in what comes out, but for the format and the keys.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// How many threads work; all of the machine if nothing is said.
    pub threads: Option<NonZeroUsize>,
    /// About how many bytes of memory are used before rows go to a file; half a gibibyte if nothing is
    /// said.
    pub memory: Option<u64>,
    /// Where files may lie that live as long as the run; the lake itself if it is a directory, else where
    /// the system wants them.
    pub temporary: Option<PathBuf>,
    /// What the inputs are written in; `None` where each says so itself.
    pub format: Option<Format>,
    /// The keys of masks.
    pub keys: MaskKeys,
    /// Where goes what tokens stand for, before the commit; nowhere if nothing is said, and whoever ran it
    /// keeps what the report says.
    pub tokens: Option<Vault>,
    /// Inputs that were taken in before, for a replay of rows whose bytes the quarantine does not keep.
    pub originals: Arc<Vec<Input>>,
    /// How many rows may be refused.
    pub max_quarantined: Option<Most>,
    /// Whether nothing is committed.
    pub dry_run: bool,
    /// Called now and then, from any thread.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("threads", &self.threads)
            .field("memory", &self.memory)
            .field("max_quarantined", &self.max_quarantined)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

/// How many rows may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// So many.
    Rows(u64),
    /// So many of a million.
    PerMillion(u64),
}

impl Most {
    /// Whether more were refused.
    ///
    /// ```
    /// use lake::commits::Counts;
    /// use lake::ingest::Most;
    ///
    /// let counts = Counts { rows: 200, accepted: 199, quarantined: 1, ..Counts::default() };
    /// assert!(!Most::Rows(1).is_exceeded_by(&counts) && Most::Rows(0).is_exceeded_by(&counts));
    /// assert!(!Most::PerMillion(5_000).is_exceeded_by(&counts));
    /// assert!(Most::PerMillion(4_999).is_exceeded_by(&counts));
    /// ```
    pub fn is_exceeded_by(self, counts: &Counts) -> bool {
        match self {
            Self::Rows(most) => counts.quarantined > most,
            Self::PerMillion(share) => {
                u128::from(counts.quarantined) * 1_000_000
                    > u128::from(counts.rows) * u128::from(share)
            }
        }
    }
}
