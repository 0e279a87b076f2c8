//! `report export`

use futures_util::TryStreamExt as _;
use platform::bags::{BagWriter, Receipt};
use platform::reports::Reports;
use serde_json::json;
use storage_core::bagit::BagInfo;
use storage_core::reports::State;

use super::{find, page, read, runtime};
use crate::args::{ExportReport, Plain};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &ExportReport) -> Result<Status> {
    let bar = output::bytes("exporting");
    let (report, receipt) = runtime()?.block_on(async {
        let reports = read(&arguments.keeper).await?;
        let report = find(&reports, &arguments.named.report).await?;
        let state = reports.state(&report).await?;
        state.there()?;
        bar.set_length(state.manifest.size_bytes());
        let receipt = write(&reports, &state, arguments, |bytes| bar.inc(bytes)).await?;
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

async fn write(
    reports: &Reports,
    state: &State,
    arguments: &ExportReport,
    told: impl Fn(u64),
) -> Result<Receipt> {
    let mut bag = BagWriter::begin(&arguments.folder)?;
    for entry in state.manifest.contents() {
        let mut pieces = reports.open_file(state, entry.name.as_str())?;
        let mut file = bag.file(entry.name.as_str())?;
        while let Some(piece) = pieces.try_next().await? {
            file.add(&piece)?;
            told(piece.len() as u64);
        }
        file.finish()?;
    }
    // What protected it goes with it.
    let mut file = bag.file("manifest.json")?;
    file.add(&state.manifest.to_bytes())?;
    file.finish()?;
    let mut info = BagInfo::default();
    let mut say =
        |label: &str, value: &str| info.add(label, value).map_err(platform::bags::Error::from);
    say("External-Identifier", &state.report().to_string())?;
    say("Bagging-Date", &chrono::Utc::now().date_naive().to_string())?;
    say("Bag-Software-Agent", concat!("strongroom ", env!("CARGO_PKG_VERSION")))?;
    say("Archived-At", &page::moment(state.manifest.archived_at))?;
    Ok(bag.finish(&info)?)
}
