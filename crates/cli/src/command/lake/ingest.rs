//! `lake ingest`

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use lake::bronze::{MaskKeys, Progress};
use lake::commits::{self, Lake};
use lake::ingest::{self, Error as Refused, Input, Most as Bound, Options, Report, Took};
use lake::schema::Document;
use platform::files;
use platform::store::Store;
use serde_json::json;
use zeroize::Zeroizing;

use super::{card, change, counted, runtime, size, table};
use crate::args::Plain;
use crate::args::lake::{IngestLake, Most};
use crate::output;
use crate::status::{Error, Result, Status};

/// The most bytes of a schema document.
const DOCUMENT_BYTES: usize = 1 << 20;

/// The most bytes of a key of a mask.
const KEY_BYTES: usize = 4096;

pub(super) fn run(arguments: &IngestLake) -> Result<Status> {
    let document = document(&arguments.schema)?;
    let mut options = Options::default();
    options.threads = match arguments.threads {
        None => None,
        Some(threads) => Some(NonZeroUsize::new(threads).ok_or_else(|| {
            Error::invalid("no thread would work", "leave `--threads` out, or name one or more")
        })?),
    };
    options.memory = Some(arguments.memory);
    options.temporary.clone_from(&arguments.temp_dir);
    options.keys = keys(&arguments.mask_key)?;
    options.max_quarantined = arguments.max_quarantined.map(|most| match most {
        Most::Rows(rows) => Bound::Rows(rows),
        Most::Share(share) => Bound::PerMillion(share),
    });
    options.dry_run = arguments.dry_run;
    let bar = bar();
    let moving = bar.clone();
    if !bar.is_hidden() {
        options.progress = Some(Arc::new(move |it: Progress| show(&moving, it)));
    }
    let taken = runtime()?.block_on(async {
        options.tokens =
            super::tokens::vault(&arguments.tokens, &document, arguments.dry_run).await?;
        let inputs = inputs(&arguments.inputs).await?;
        bar.set_length(inputs.iter().filter_map(|it| it.size()).sum());
        let (place, committer) = (&arguments.place, &arguments.committer);
        let take = async |lake: &Lake| Ok(ingest::ingest(lake, &document, inputs, &options).await?);
        if arguments.dry_run {
            return take(&looked_at(&place.url).await?).await;
        }
        change(&place.url, committer, true, take).await
    });
    bar.finish_and_clear();
    let report = match taken {
        Err(Error::Ingest(error @ Refused::TooMany { .. })) => {
            return too_many(error, arguments.format);
        }
        report => report?,
    };
    match arguments.format {
        Plain::Json => {
            let report = serde_json::to_value(&report).expect("a report is JSON");
            output::json(&report)?;
        }
        Plain::Human => output::data(&human(&report))?,
    }
    Ok(Status::Fine)
}

/// The lake that was named, which nothing is done to; where none is yet, one that is forgotten.
async fn looked_at(url: &str) -> Result<Lake> {
    match super::read(url).await {
        Err(Error::Commits(commits::Error::NoLake { .. })) => {
            let options = commits::Options::new("trial");
            Ok(Lake::open(&Store::memory(), options).await?)
        }
        there => there,
    }
}

/// Reads a schema document, with everything that is wrong with it.
pub(super) fn document(path: &Path) -> Result<Document> {
    let text = files::read_text(path, DOCUMENT_BYTES)?;
    Document::parse(&text).map_err(|findings| {
        let place = path.display();
        for it in findings.iter().skip(1) {
            output::talk(&format!("{place}:{it}"));
        }
        let hint = findings.first().and_then(|it| it.hint.clone());
        let first = findings.first().map(|it| format!("{place}:{it}")).unwrap_or_default();
        Error::Invalid { message: first, hint }
    })
}

/// Everything at the places that were named. A place alone is the root of the names; several files that
/// were named are called as they are.
pub(super) async fn inputs(places: &[String]) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for place in places {
        let found = match place.split_once("://") {
            Some(("file", _)) | None => {
                let path = place.strip_prefix("file://").unwrap_or(place);
                ingest::local_inputs(Path::new(path))?
            }
            Some(_) => ingest::store_inputs(&Store::open(place).await?).await?,
        };
        if found.is_empty() {
            let shown = place.split('?').next().unwrap_or_default().to_owned();
            return Err(Refused::NoInput { place: shown }.into());
        }
        inputs.extend(found);
    }
    Ok(inputs)
}

pub(super) fn keys(named: &[(String, std::path::PathBuf)]) -> Result<MaskKeys> {
    let mut keys = MaskKeys::default();
    for (name, path) in named {
        let key = Zeroizing::new(files::read_whole(path, KEY_BYTES)?);
        // A line feed at the end is the editor's.
        let key = key.strip_suffix(b"\n").unwrap_or(&key);
        if key.len() < 16 {
            let message = format!("the key in `{}` has fewer than 16 bytes", path.display());
            return Err(Error::invalid(message, "make one: `openssl rand -hex 32`"));
        }
        keys.add(name.as_str(), key);
    }
    Ok(keys)
}

/// A bar for the bytes of the inputs that also says how many rows that is, on a terminal alone.
fn bar() -> ProgressBar {
    let bar = output::bytes("reading");
    let style = "{msg} {wide_bar} {bytes}/{total_bytes} {prefix} rows/s {eta}";
    bar.with_style(ProgressStyle::with_template(style).expect("the template is right"))
}

fn show(bar: &ProgressBar, it: Progress) {
    let seconds = bar.elapsed().as_secs_f64();
    if seconds > 0.0 {
        bar.set_prefix(indicatif::HumanCount((it.rows as f64 / seconds) as u64).to_string());
    }
    if it.partitions == 0 {
        bar.set_position(it.bytes);
    } else {
        bar.set_message("writing");
        bar.set_style(
            ProgressStyle::with_template(
                "{msg} {wide_bar} {pos}/{len} partitions {prefix} rows/s {eta}",
            )
            .expect("the template is right"),
        );
        bar.set_length(it.partitions);
        bar.set_position(it.finished);
    }
}

fn too_many(error: Refused, format: Plain) -> Result<Status> {
    let Refused::TooMany { quarantined, rows, reasons } = &error else { return Err(error.into()) };
    output::complain(&Error::from(Refused::TooMany {
        quarantined: *quarantined,
        rows: *rows,
        reasons: reasons.clone(),
    }));
    match format {
        Plain::Json => output::json(&json!({
            "commit": null, "rows": rows, "quarantined": quarantined, "reasons": reasons,
        }))?,
        Plain::Human => {
            let rows: Vec<_> =
                reasons.iter().map(|(code, rows)| [rows.to_string(), code.clone()]).collect();
            output::data(&table(["rows", "code"], &rows))?;
        }
    }
    Ok(Status::Findings)
}

pub(super) fn human(report: &Report) -> String {
    let mut text = String::new();
    let known = report.inputs.iter().filter_map(|it| match &it.took {
        Took::Known { commit, path } if *path == it.name => {
            Some(format!("`{}` was taken in before, by commit {commit}\n", it.name))
        }
        Took::Known { commit, path } => {
            Some(format!("`{}` was taken in before as `{path}`, by commit {commit}\n", it.name))
        }
        Took::Same { name } => Some(format!("`{}` has the bytes of `{name}`\n", it.name)),
        Took::Taken { .. } => None,
    });
    text.extend(known);
    let taken = report.inputs.iter().filter(|it| matches!(it.took, Took::Taken { .. })).count();
    if taken == 0 {
        text.push_str("there is nothing new\n");
        return text;
    }
    let mut lines =
        vec![("table", Some(report.table.to_string())), ("inputs", Some(taken.to_string()))];
    lines.extend(counted(&report.counts));
    if report.displaced > 0 {
        lines.push(("displaced", Some(format!("{} earlier rows", report.displaced))));
    }
    let (partitions, written) = (report.partitions, size(report.bytes));
    let files = format!("{} in {partitions} partitions, {written}", report.files);
    lines.push(("files", Some(files)));
    lines.push((
        "commit",
        Some(match report.commit {
            Some(number) => number.to_string(),
            None => "none; nothing was changed".to_owned(),
        }),
    ));
    text.push_str(&card(&lines));
    if !report.reasons.is_empty() {
        let row = |((code, column), rows): (&(String, String), &u64)| {
            [rows.to_string(), code.clone(), column.clone()]
        };
        let rows: Vec<_> = report.reasons.iter().map(row).collect();
        text.push('\n');
        text.push_str(&table(["refused", "code", "column"], &rows));
    }
    text
}
