//! The embedded pipeline around the engine: which inputs there are, what is known already, what is in
//! the table, and one commit for everything.

mod documents;
mod error;
mod inputs;
mod options;
mod report;
mod rows;
mod run;

pub use documents::Documents;
use documents::follow;
pub use error::{Error, Result};
pub use inputs::{Input, local_inputs, store_inputs};
pub use options::{Most, Options};
pub use report::{InputReport, Report, Took};
pub(crate) use rows::{adapted, read};
pub use run::ingest;
