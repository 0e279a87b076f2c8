//! `lake query`

#[cfg(feature = "sql")]
mod ask;

use lake::catalog::{NamedQuery, named_queries};
use serde_json::json;

use super::table;
use crate::args::lake::{QueryFormat, QueryTables};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &QueryTables) -> Result<Status> {
    match arguments.list {
        true => list(arguments.format),
        false => ask(arguments),
    }
}

#[cfg(feature = "sql")]
fn ask(arguments: &QueryTables) -> Result<Status> {
    ask::run(arguments)
}

#[cfg(not(feature = "sql"))]
fn ask(_arguments: &QueryTables) -> Result<Status> {
    Err(Error::invalid(
        "this program was built without SQL",
        "build it with the feature `sql`: `cargo install --path crates/cli --features sql`; or let \
         another engine read the folders, with `strongroom lake ddl`",
    ))
}

fn list(format: QueryFormat) -> Result<Status> {
    match format {
        QueryFormat::Human => {
            let row = |it: &NamedQuery| [it.name.to_owned(), it.description.to_owned()];
            let rows: Vec<_> = named_queries().iter().map(row).collect();
            output::data(&table(["name", "what it answers"], &rows))?;
        }
        QueryFormat::Json => {
            let query = |it: &NamedQuery| json!({"name": it.name, "description": it.description, "sql": it.sql});
            let queries: Vec<_> = named_queries().iter().map(query).collect();
            output::json(&json!({"queries": queries}))?;
        }
        QueryFormat::Csv => {
            return Err(Error::invalid("the list of queries is not written as CSV", "take json"));
        }
    }
    Ok(Status::Fine)
}
