//! From zone to zone, by the logs of two tables: bronze to silver, silver to gold.
//!
//! What is new in the table below is known from its log; what was taken in stands in the log of the
//! table above. So a run does what is left to do, and doing it again does nothing. What a row of silver
//! is pinned to never moves by itself: a figure that was corrected counts for rows that come later, and
//! for those before only where somebody [restates](RefineOptions::restate) them.

mod aggregate;
pub mod distributed;
mod error;
mod layout;
pub(crate) mod plan;
mod refine;
mod restate;
mod work;
mod writer;

pub use aggregate::{AggregateOptions, Aggregation, aggregate};
pub use error::{Error, Result};
pub use refine::{RefineOptions, Refinement, refine};
