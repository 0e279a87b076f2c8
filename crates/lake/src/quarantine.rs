//! Rows that were refused: which, why, and what their bytes were.

mod list;

pub use list::{Entry, Filter, Listing, list};
