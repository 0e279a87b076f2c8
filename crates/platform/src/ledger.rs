//! The ledger: a tamper-evident log on any store.
//!
//! Writers append segments and seal them with checkpoints; readers verify, prove and export. What
//! the formats are and what follows from them is decided in `audit_chain`.

mod batch;
mod begin;
pub mod blocking;
mod commit;
mod cosign;
pub mod document;
mod error;
mod export;
mod follow;
mod import;
mod lanes;
mod legacy;
mod look_back;
mod measure;
mod objects;
mod options;
mod personal;
mod pin;
mod prove;
mod prune;
mod queue;
mod read_error;
mod reader;
mod recent;
mod resume;
mod sealing;
mod stamp;
pub(crate) use stamp::stamp;
mod subjects;
#[cfg(feature = "tracing")]
mod tracing_layer;
mod verify;
mod writer;

pub use cosign::{add_cosignature, newest_checkpoint};
pub use document::LogDocument;
pub use error::{Error, Result};
pub use export::{ExportOptions, Exported, Filter, export, records};
pub use import::{ImportOptions, Imported, import_legacy};
pub use lanes::{LaneReceipt, Lanes, LanesDocument, LanesOptions, has_lanes};
pub use legacy::{LegacyLog, verify_legacy};
pub use options::{CheckpointEvery, Limits, Options, Retention};
pub use personal::{Sealing, SubjectAt};
pub use pin::{read_pin, write_pin};
pub use prove::{Evidence, RecordName, prove, prove_to};
pub use prune::{PruneOptions, PruneReport, prune};
pub use read_error::ReadError;
pub use subjects::{Opener, SubjectKeys, erase_subject};
#[cfg(feature = "tracing")]
pub use tracing_layer::{LayerOptions, LedgerLayer};
pub use verify::{DemandedLock, Progress, VerifyOptions, verify};
pub use writer::{Ledger, Receipt};
