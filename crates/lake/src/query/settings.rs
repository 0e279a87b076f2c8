//! How questions are answered.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::SharedAnswers;

/// How questions are answered. Nothing of it shows in an answer.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How many bytes of memory all queries of an engine may use together for what they work with. What
    /// can be sorted or grouped in pieces goes to temporary files beyond that; anything else fails.
    pub memory: u64,
    /// How many parts of a query are worked on at once; as many as the machine has cores if nothing is
    /// said.
    pub threads: Option<NonZeroUsize>,
    /// Where temporary files may lie; where the system wants them if nothing is said.
    pub temporary: Option<PathBuf>,
    /// Whether every file is held against the digest in the log, for which it is read whole. Without this
    /// only those parts of it are read that a query needs.
    pub verify: bool,
    /// How many bytes of answers are kept in this process; 0 for none.
    pub kept: u64,
    /// Answers that several machines share.
    pub shared: Option<Arc<dyn SharedAnswers>>,
}

impl Default for Settings {
    /// Half a gibibyte to work with, 64 MiB of answers, and no file is believed.
    fn default() -> Self {
        Self {
            memory: 512 << 20,
            threads: None,
            temporary: None,
            verify: true,
            kept: 64 << 20,
            shared: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("memory", &self.memory)
            .field("threads", &self.threads)
            .field("verify", &self.verify)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}
