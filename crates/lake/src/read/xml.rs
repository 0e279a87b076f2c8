//! XML whose rows are elements: their attributes and children are the members.

mod row;
mod scan;

pub(crate) use row::{resolved, row};
pub(crate) use scan::{Rows, Scan};
