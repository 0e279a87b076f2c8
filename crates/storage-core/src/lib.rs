//! The words of object storage.
//!
//! What a bucket may be called, which storage classes there are and how objects may move between
//! them, which tags a bucket can carry, and how content is named by its digest. Values and
//! questions about values; exact numbers, units and calculations over published figures. Nothing here
//! talks to a store, reads a clock or waits.
//!
//! You will not find S3 requests here (they belong to the platform) nor what a *contract* may ask
//! for (that belongs to `contract-core`).

pub mod artifacts;
pub mod bagit;
mod bucket_name;
pub mod calculation;
mod canonical;
mod decimal;
mod digest;
mod error;
#[cfg(feature = "extract")]
pub mod extract;
pub mod factors;
pub mod gwp;
pub mod hex;
mod lock;
mod plan;
pub mod reports;
pub mod retention;
pub mod sealed;
mod storage_class;
mod tag;
#[cfg(feature = "timestamp")]
pub mod timestamp;
pub mod units;

pub use bucket_name::BucketName;
pub use canonical::canonical_json;
pub use decimal::{Absence, Cell, Decimal, Ratio};
pub use digest::Digest;
pub use error::Error;
pub use lock::{Lock, LockMode};
pub use plan::{Claim, Plan, Step};
pub use storage_class::StorageClass;
pub use tag::{TAG_KEY_LENGTH, TAG_VALUE_LENGTH, TAGS_PER_BUCKET, check_tag};
