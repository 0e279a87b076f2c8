//! `factor tag`

use serde_json::json;
use storage_core::factors::Terms;

use super::change::say;
use super::table::table;
use super::{open, runtime};
use crate::args::{Plain, TagFactors};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &TagFactors) -> Result<Status> {
    let Some(name) = &arguments.name else { return list(arguments) };
    let outcome = runtime()?.block_on(async {
        let factors = open(&arguments.place, Some(&arguments.writer)).await?;
        let outcome = factors.tag(name, arguments.at, &Terms::default()).await?;
        factors.close().await?;
        Ok::<_, Error>(outcome)
    })?;
    say(name, &outcome, arguments.format)?;
    Ok(Status::Fine)
}

fn list(arguments: &TagFactors) -> Result<Status> {
    let factors = runtime()?.block_on(open(&arguments.place, None))?;
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
