//! `factor import`

use std::fmt::Write as _;

use platform::factors::{FactorStore, Import, Imported};
use platform::files;
use serde_json::json;
use storage_core::factors::import::{Layout, MOST_BYTES, Mapping, Options, Read, Refused, read};
use storage_core::factors::{FactorId, Interval, Licence, Line, ReasonKind, Rejected, Release};

use super::table::plain;
use super::{change, runtime};
use crate::args::{FileKind, ImportFactors, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

/// How many lines of each list people are shown.
const SHOWN: usize = 20;

/// The most bytes of a mapping.
const MAPPING_BYTES: usize = 1 << 20;

pub(super) fn run(arguments: &ImportFactors) -> Result<Status> {
    let layout = layout(arguments)?;
    let bytes = files::read_bounded(&arguments.file, MOST_BYTES)?;
    let found = read(&bytes, &layout, &options(arguments)).map_err(|error| {
        let message = format!("`{}` cannot be taken: {error}", arguments.file.display());
        Error::Invalid { message, hint: error.hint().map(str::to_owned) }
    })?;
    drop(bytes);
    if arguments.withdraw_removed && !found.refused.is_empty() {
        explain(&found.refused);
        return Err(Error::invalid(
            format!(
                "{} rows were refused, so it is not known what was removed",
                found.refused.len()
            ),
            "mend the rows, or take the release without `--withdraw-removed`",
        ));
    }
    let Read { candidates, refused, notes } = found;
    let import = import(arguments);
    let bar = output::counter("factors");
    let act = async |factors: &FactorStore| {
        Ok(factors.import(candidates, &import, |count| bar.set_position(count)).await?)
    };
    let imported = runtime()?.block_on(change(&arguments.place, &arguments.writer, true, act));
    bar.finish_and_clear();
    let imported = imported?;
    for note in &notes {
        output::talk(&plain(&format!("note: {note}")));
    }
    match arguments.format {
        Plain::Json => output::json(&json!({
            "dry_run": imported.dry_run,
            "position": imported.position,
            "counts": counts(&imported, &refused),
            "report": imported.report,
            "refused": refused,
            "notes": notes,
        }))?,
        Plain::Human => output::data(&human(&imported, &refused))?,
    }
    let whole = refused.is_empty() && imported.report.rejected.is_empty();
    Ok(if whole { Status::Fine } else { Status::Findings })
}

fn layout(arguments: &ImportFactors) -> Result<Layout> {
    let fixed = match arguments.kind {
        FileKind::Uk => Layout::Uk,
        FileKind::Epa => Layout::Epa,
        FileKind::Egrid => Layout::Egrid,
        FileKind::Ember => Layout::Ember,
        FileKind::Csv | FileKind::Json => {
            let path = arguments.mapping.as_deref().ok_or_else(|| {
                Error::invalid("what the columns mean was not said", "name a file with `--mapping`")
            })?;
            let text = files::read_text(path, MAPPING_BYTES)?;
            let mapping = Mapping::parse(&text).map_err(|error| {
                let line = error.line.map(|it| format!(":{it}")).unwrap_or_default();
                let message = format!("`{}{line}`: {error}", path.display());
                Error::invalid(message, "see docs/guides/importing-factors.md")
            })?;
            return Ok(Layout::Mapped(Box::new(mapping)));
        }
    };
    if arguments.mapping.is_some() {
        let hint = "leave it out, or take `--kind csv` or `--kind json`";
        return Err(Error::invalid("this kind of file has no mapping", hint));
    }
    Ok(fixed)
}

fn options(arguments: &ImportFactors) -> Options {
    let mut options = Options::default();
    options.edition.clone_from(&arguments.edition);
    options.valid = arguments.valid;
    options.gwp_set.clone_from(&arguments.gwp_set);
    options.licence = arguments.licence.as_ref().map(|name| Licence {
        name: name.clone(),
        redistribute: !arguments.no_redistribution,
        attribution: arguments.attribution.clone(),
    });
    options.url.clone_from(&arguments.source_url);
    options.accessed_at = arguments.accessed_at;
    options.published_at = arguments.published_at;
    options.may_be_negative = arguments.allow_negative;
    options
}

fn import(arguments: &ImportFactors) -> Import {
    let mut import = Import::default();
    import.release = Release {
        reason: arguments.correction.then(|| ReasonKind::Error.into()),
        withdraw_removed: arguments.withdraw_removed,
        revert: arguments.revert,
    };
    import.dry_run = arguments.dry_run;
    import.tag.clone_from(&arguments.tag);
    import
}

fn counts(imported: &Imported, refused: &[Refused]) -> serde_json::Value {
    let report = &imported.report;
    json!({
        "added": report.added.len(),
        "changed": report.changed.len(),
        "unchanged": report.unchanged.len(),
        "superseded": report.superseded.len(),
        "removed": report.removed.len(),
        "rejected": report.rejected.len(),
        "refused": refused.len(),
    })
}

/// Says on standard error which rows were refused.
fn explain(refused: &[Refused]) {
    for row in refused.iter().take(SHOWN) {
        output::talk(&told(row));
    }
}

fn told(row: &Refused) -> String {
    let sheet = row.sheet.as_ref().map(|it| format!("`{it}` ")).unwrap_or_default();
    let column = row.column.as_ref().map(|it| format!(", `{it}`")).unwrap_or_default();
    // What stood in a file of somebody else.
    plain(&format!("{sheet}row {}{column}: {} (found `{}`)", row.row, row.reason, row.found))
}

fn human(imported: &Imported, refused: &[Refused]) -> String {
    let report = &imported.report;
    let mut text = String::new();
    let say = |text: &mut String, line: std::fmt::Arguments<'_>| {
        writeln!(text, "{line}").expect("a text grows");
    };
    let lists: [(&str, &[Line]); 5] = [
        ("added", &report.added),
        ("changed", &report.changed),
        ("unchanged", &report.unchanged),
        ("superseded", &report.superseded),
        ("removed", &report.removed),
    ];
    for (name, lines) in lists {
        say(&mut text, format_args!("{:>8} {name}", lines.len()));
    }
    let both = report.rejected.len() + refused.len();
    say(&mut text, format_args!("{both:>8} rejected"));
    for (sign, lines) in [("+", &report.added), ("~", &report.changed), ("-", &report.removed)] {
        for Line { factor_id, valid, .. } in lines.iter().take(SHOWN) {
            say(&mut text, format_args!("{sign} {}", one(factor_id, *valid)));
        }
        if lines.len() > SHOWN {
            say(&mut text, format_args!("{sign} and {} more", lines.len() - SHOWN));
        }
    }
    for row in refused.iter().take(SHOWN) {
        say(&mut text, format_args!("! {}", told(row)));
    }
    for Rejected { row, factor_id, reason, .. } in report.rejected.iter().take(SHOWN) {
        let row = row.map(|it| format!("row {it}, ")).unwrap_or_default();
        say(&mut text, format_args!("! {row}`{factor_id}`: {}", plain(reason)));
    }
    if refused.len() > SHOWN || report.rejected.len() > SHOWN {
        say(&mut text, format_args!("! and more; `--format json` has all"));
    }
    match (imported.dry_run, imported.position) {
        (true, _) => say(&mut text, format_args!("nothing was written")),
        (false, Some(position)) => say(&mut text, format_args!("position {position}")),
        (false, None) => say(&mut text, format_args!("there are no events")),
    }
    text
}

fn one(factor_id: &FactorId, valid: Interval) -> String {
    format!("{factor_id}  {valid}")
}
