//! `report export`

use serde_json::json;

use super::{find, read, runtime};
use crate::args::{ExportReport, Plain};
use crate::output;
use crate::status::{Result, Status};

/// Who writes the bag.
const AGENT: &str = concat!("strongroom ", env!("CARGO_PKG_VERSION"));

pub(super) fn run(arguments: &ExportReport) -> Result<Status> {
    let bar = output::bytes("exporting");
    let (report, receipt) = runtime()?.block_on(async {
        let reports = read(&arguments.keeper).await?;
        let report = find(&reports, &arguments.named.report).await?;
        let state = reports.state(&report).await?;
        state.there()?;
        bar.set_length(state.manifest.size_bytes());
        let told = |bytes| bar.inc(bytes);
        let receipt = reports.export(&state, &arguments.folder, AGENT, told).await?;
        Ok::<_, crate::status::Error>((report, receipt))
    })?;
    bar.finish_and_clear();
    let (bytes, files) = (receipt.oxum.bytes, receipt.oxum.files);
    match arguments.format {
        Plain::Human => output::data(&format!(
            "{report}  {files} files, {bytes} bytes\ntag manifest  {}\n",
            receipt.tag_manifest
        ))?,
        Plain::Json => output::json(&json!({
            "report": report.to_string(),
            "files": files,
            "bytes": bytes,
            "tag_manifest": receipt.tag_manifest,
        }))?,
    }
    Ok(Status::Fine)
}
