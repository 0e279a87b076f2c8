//! Bags on disk (BagIt 1.0): written whole or not at all, and verified.
//!
//! What stands in a bag and how is said in [`storage_core::bagit`]. A bag is made in a hidden folder
//! beside its place and renamed once everything is on the disk, so that nobody ever finds half a bag;
//! a process that is killed leaves a folder `.strongroom-bag-…`, which may be deleted.
//!
//! Files are streamed: a bag needs no more memory than one piece of one file.

mod error;
mod verify;
mod write;

pub use error::{Error, Result};
pub use verify::{Fault, Finding, Verdict, verify};
pub use write::{BagFile, BagWriter, Receipt, write};
