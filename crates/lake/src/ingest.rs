//! The embedded pipeline around the engine: which inputs there are, what is known already, what is in
//! the table, and one commit for everything.

mod documents;
mod error;
mod inputs;
mod rows;

pub use documents::Documents;
pub use error::{Error, Result};
pub use inputs::{Input, local_inputs, store_inputs};
pub(crate) use rows::read;
