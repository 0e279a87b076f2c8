//! The ledger: a tamper-evident log on any store.
//!
//! Writers append segments and seal them with checkpoints; readers verify, prove and export. What
//! the formats are and what follows from them is decided in `audit_chain`.

pub mod document;
mod export;
mod legacy;
mod objects;
mod pin;
mod prove;
mod read_error;
mod reader;
mod verify;

pub use document::LogDocument;
pub use export::{ExportOptions, Exported, Filter, export};
pub use legacy::{LegacyLog, verify_legacy};
pub use pin::{read_pin, write_pin};
pub use prove::{Evidence, RecordName, prove};
pub use read_error::ReadError;
pub use verify::{DemandedLock, Progress, VerifyOptions, verify};
