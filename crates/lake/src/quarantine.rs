//! Rows that were refused: which, why, and what their bytes were.

mod list;
mod replay;

pub use list::{Entry, Filter, Listing, list};
pub use replay::{Replayed, replay};
