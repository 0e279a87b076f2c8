//! The embedded pipeline around the engine: which inputs there are, what is known already, what is in
//! the table, and one commit for everything.

mod attempt;
mod documents;
mod error;
mod inputs;
mod options;
mod report;
mod rows;
mod run;
mod work;

pub(crate) use attempt::{Attempt, attempted, data_file, engine, write};
pub use documents::Documents;
pub(crate) use documents::{follow, keep};
pub use error::{Error, Result};
pub(crate) use inputs::store_input;
pub use inputs::{Input, local_inputs, store_inputs};
pub use options::{Most, Options};
pub use report::{InputReport, Report, Took};
#[cfg(feature = "sql")]
pub(crate) use rows::then;
pub(crate) use rows::{Rows, adapted, read};
pub use run::ingest;
pub(crate) use run::{committing, left_out};
pub(crate) use work::Work;
