//! Where strongroom touches the world.
//!
//! Flows over files: they fetch the facts for a decision and put a decision into effect. The
//! decisions themselves are made in the rooms below, by functions that wait for nothing.
//!
//! You will not find a rule about contracts here, nor a clock that is read: the day and the
//! [`Clock`](clock::Clock) are handed in.

pub mod acts;
pub mod artifacts;
pub mod bags;
pub mod body_keys;
pub mod clock;
pub mod contracts;
mod error;
pub mod factors;
pub mod files;
pub mod ledger;
pub mod numbered;
#[cfg(feature = "redis")]
pub mod redis_client;
pub mod reports;
#[cfg(feature = "search")]
pub mod search;
pub mod store;

pub use error::{Error, Kind, Result};
