//! `lake discover`

use lake::discover::discover;
use lake::schema::Document;
use serde_json::json;

use super::{ingest, runtime};
use crate::args::Plain;
use crate::args::lake::DiscoverLake;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &DiscoverLake) -> Result<Status> {
    let runtime = runtime()?;
    let inputs = runtime.block_on(ingest::inputs(&arguments.inputs))?;
    let bar = output::working("looking into samples");
    let proposal = discover(&arguments.entity, &inputs);
    bar.finish_and_clear();
    let proposal = proposal?;
    // A proposal that could not be accepted says why.
    if let Err(findings) = Document::parse(&proposal.document) {
        findings.iter().for_each(|it| output::talk(&format!("to be mended first: {it}")));
    }
    match arguments.format {
        Plain::Human => output::data(&proposal.document)?,
        Plain::Json => output::json(&json!({
            "document": proposal.document,
            "rows": proposal.rows,
            "unreadable": proposal.unreadable,
            "columns": proposal.columns,
        }))?,
    }
    match proposal.rows {
        0 => Err(Error::invalid("no row could be read", "name other samples")),
        _ => Ok(Status::Fine),
    }
}
