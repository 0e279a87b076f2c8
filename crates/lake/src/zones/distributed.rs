//! From zone to zone with the processes of a cluster, as [`distributed`](crate::distributed) takes raw
//! files in: a session plans and commits on one machine, tasks are done anywhere by [`work`], by several
//! at once and more than once, and all meet in the lake, at the side of the table.
//!
//! | session | stage | one task for | what it does |
//! | --- | --- | --- | --- |
//! | [`Refining`] | refine | some files of bronze | their rows as silver and its quarantine, by month |
//! | | write | some files of silver | the rows that belong together, as Parquet |
//! | [`Aggregating`] | sum | some files of silver of a month | their exact sums |
//!
//! Which rows make a file follows from the plan and from how many rows each file came to, so that the
//! files are those of the embedded engine, byte for byte. Sums are joined by the session, which writes
//! the few rows of gold; their order does not matter.
//!
//! Factors and reference tables travel as bytes, the batches and the files that they were read from, kept
//! at the side of the table once for all tasks; a process reads them once for a run.

mod aggregate;
mod refine;
mod task;

pub use aggregate::Aggregating;
pub use refine::Refining;
pub use task::work;

use crate::commits::File;

/// How the work is cut. None of it shows in what comes out.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Cuts {
    /// About how many bytes of files one task reads; 32 MiB if nothing is said.
    pub together: Option<u64>,
}

/// What is to be done next.
#[derive(Clone, Debug)]
pub enum Step<T> {
    /// These tasks, in any order, by anybody ([`work`]); then the session is told what came of them.
    Do {
        /// What they are for.
        stage: &'static str,
        /// What they are called.
        tasks: Vec<String>,
    },
    /// Nothing: it is over.
    Done(T),
}

/// So many bytes of files one task reads, if nothing is said.
const TOGETHER: u64 = 32 << 20;
/// No more than about so many tasks, however much there is.
const MOST_TASKS: u64 = 4096;

impl Cuts {
    /// Cuts into runs of neighbours; `bytes` says how much one of them is.
    fn cut<T>(self, all: Vec<T>, bytes: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
        let whole: u64 = all.iter().map(&bytes).sum();
        let together = self.together.unwrap_or(TOGETHER).max(whole / MOST_TASKS).max(1);
        let mut cuts: Vec<Vec<T>> = Vec::new();
        let mut held = u64::MAX;
        for it in all {
            if held >= together {
                cuts.push(Vec::new());
                held = 0;
            }
            held += bytes(&it);
            if let Some(last) = cuts.last_mut() {
                last.push(it);
            }
        }
        cuts
    }
}

/// How much a file is for a cut: an empty one is work too.
fn size(file: &File) -> u64 {
    file.size_bytes.max(1)
}
