//! What a verification of a whole log finds, and how it is said.
//!
//! A verification never stops at the first bad byte and never fails as a whole: whatever it meets
//! becomes a [`Finding`], and the worst of them decides the [`Verdict`].

mod evidence;
mod finding;
mod findings;
mod log;
mod pin;
mod report;
mod vouched;

pub use evidence::verify_evidence;
pub use finding::{Finding, Kind, Severity};
pub use findings::{Findings, MOST_OF_A_KIND};
pub use log::{KEY_ROTATED, LEGACY_IMPORT, LogOptions, LogVerifier, PRUNED, SUBJECT_ERASED};
pub use pin::{Pin, PinnedLane};
pub use report::{LaneReport, Report, Verdict};
pub use vouched::{By, Vouched};
