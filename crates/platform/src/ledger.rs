//! The ledger: a tamper-evident log on any store.
//!
//! Writers append segments and seal them with checkpoints; readers verify, prove and export. What
//! the formats are and what follows from them is decided in `audit_chain`.

pub mod document;

pub use document::LogDocument;
