//! A data lake in which no row is lost.
//!
//! Raw files become bronze, bronze becomes silver, silver becomes gold. Every row that comes in ends
//! in exactly one place, and the counts are part of the commit that publishes it.

pub mod bronze;
pub mod catalog;
pub mod commits;
pub mod compact;
pub mod discover;
pub mod distributed;
pub mod files;
pub mod gold;
pub mod ingest;
pub mod quarantine;
#[cfg(feature = "sql")]
pub mod query;
pub mod read;
pub mod retain;
pub mod schema;
pub mod silver;
pub mod tokens;
pub mod zones;
