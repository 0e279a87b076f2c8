//! `factor tag`

use serde_json::json;
use storage_core::factors::Terms;

use super::change::say;
use super::table::table;
use super::{change, read, runtime};
use crate::args::{Plain, TagFactors};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &TagFactors) -> Result<Status> {
    let Some(name) = &arguments.name else { return list(arguments) };
    let outcome = runtime()?.block_on(change(
        &arguments.place,
        &arguments.writer,
        true,
        async |factors| Ok(factors.tag(name, arguments.at, &Terms::default()).await?),
    ))?;
    say(name, &outcome, arguments.format)?;
    Ok(Status::Fine)
}

fn list(arguments: &TagFactors) -> Result<Status> {
    let factors = runtime()?.block_on(read(&arguments.place))?;
    let catalogue = factors.catalogue();
    match arguments.format {
        Plain::Json => output::json(&json!(catalogue.tags().collect::<Vec<_>>()))?,
        Plain::Human => {
            let rows: Vec<_> =
                catalogue.tags().map(|it| [it.name.clone(), it.position.to_string()]).collect();
            output::data(&table(["tag", "up to event"], &rows))?;
        }
    }
    Ok(Status::Fine)
}
