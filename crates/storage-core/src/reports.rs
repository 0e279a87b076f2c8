//! Reports: what they are called, what they consist of, what happened to them, and what may be done.
//!
//! A report is some files and a manifest below one prefix, [`ReportKey`]. What happens to it is a
//! numbered act: a [`Plan`](crate::Plan) that is kept beside it. Its [`State`] is a fold of the
//! manifest and the acts. What is to be done next is decided by functions that return a plan:
//! [`archive`], [`change`], [`record_fixity`], [`timestamp`], [`approve`], [`destroy_key`], [`dispose`].
//!
//! Nothing here stores anything, reads a clock or draws a number at random. How long a report is kept
//! is said by [`retention`](crate::retention).

mod act;
mod decide;
mod disposal;
mod error;
mod file_name;
mod key;
mod kind;
mod manifest;
mod media_type;
mod names;
mod state;

pub use act::{
    ARCHIVED, DISPOSED, Event, FIXITY_CHECKED, Fixity, FixityFailure, KEY_DESTROYED, TIMESTAMPED,
    TokenBytes, What, resource,
};
pub use decide::{
    Locks, approve, archive, change, destroy_key, disposal_prefix, dispose, record_fixity,
    timestamp,
};
pub use disposal::{Approval, Certificate, CitedRule, DestroyedFile, DisposalList, Eligible};
pub use error::Error;
pub use file_name::{FileName, RESERVED};
pub use key::ReportKey;
pub use kind::ReportType;
pub use manifest::{
    FileEntry, Intent, MAX_FILES, MAX_KEY_BYTES, MAX_METADATA_BYTES, Manifest, Plaintext, Role,
    check_files, check_metadata, metadata_entry,
};
pub use media_type::MediaType;
pub use names::{Period, ReportId, TenantId};
pub use state::{State, Status};
