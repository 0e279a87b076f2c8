//! The store: objects under keys, in a local directory, in memory or on S3.
//!
//! One trait, [`Backend`], says what a store promises; [`Store`] is what everyone else holds: a
//! backend and the prefix under which this part of strongroom lives. The promises are one list of
//! checks, run on every backend.
//!
//! The store is not trusted. It may lose, reorder, shadow or roll back objects; whoever needs to
//! know verifies what was stored.

mod backend;
mod conditions;
pub mod conformance;
pub mod doctor;
mod error;
pub mod fault;
mod group;
mod handle;
mod key;
mod local;
mod memory;
mod object;
mod open;
mod presign;
mod protect;
#[cfg(feature = "s3")]
pub mod s3;

pub use backend::{Backend, Precondition, Put};
pub use conditions::Conditions;
pub use error::{StoreError, StoreErrorKind};
pub use handle::Store;
pub use key::Key;
pub use local::Local;
pub use memory::Memory;
pub use object::{
    BucketState, Deleted, Listed, Object, Page, Read, Version, VersionEntry, Versioning, Written,
};
pub use presign::{Access, LONGEST_PRESIGNED, PutAccess, SignedUrl};
pub use storage_core::{Lock, LockMode};
