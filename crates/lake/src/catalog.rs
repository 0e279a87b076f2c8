//! Tables as engines know them: DDL for Athena, definitions for Glue, queries that are kept, and the
//! question whether an engine would find the rows.
//!
//! The folders of a table are found by *projection*: Athena computes the folders from the values that
//! a partition column can have, instead of asking a catalogue for the ones there are. A projection that
//! does not fit returns nothing, without a word. So [`lint`] does what Athena does and says which
//! folders it would never look into.
//!
//! A [`Definition`] is taken from what was written: the columns of a file and the folders of the table.

mod ddl;
mod definition;
mod describe;
mod error;
mod glue;
mod lint;
mod projection;
mod queries;
mod read;
mod sync;

pub use ddl::ddl;
#[cfg(feature = "sql")]
pub(crate) use definition::names;
pub use definition::{Column, ColumnType, Definition, PartitionColumn, TenantProjection};
pub use describe::describe;
pub use error::{Error, Result};
pub use glue::{create_named_query, create_table};
pub use lint::{Finding, lint};
pub use projection::Projection;
pub use queries::{NamedQuery, named_queries};
pub use read::{read_definition, read_glue};
pub use sync::{Entry, MARK, Step};
