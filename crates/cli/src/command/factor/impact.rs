//! `factor impact`

use serde_json::json;

use super::{read, runtime};
use crate::args::{ImpactOf, Plain};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &ImpactOf) -> Result<Status> {
    let impact = runtime()?.block_on(async {
        let factors = read(&arguments.place).await?;
        Ok::<_, crate::status::Error>(factors.impact(arguments.version).await?)
    })?;
    match arguments.format {
        Plain::Json => output::json(&json!(impact))?,
        Plain::Human => {
            for result in &impact.results {
                output::data(&format!("{result}\n"))?;
            }
            output::talk(&format!("{} stored results used this version", impact.results.len()));
        }
    }
    Ok(Status::Fine)
}
