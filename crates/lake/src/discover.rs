//! A schema document, proposed from samples with the evidence for each column.
//!
//! A proposal is a text for people: it is printed and never applied. What it says of a column is what was
//! seen, with counts and examples beside it; what was not seen (a key, a limit, a list of values) it leaves
//! to those who know the data.

mod seen;

use std::fmt::Write as _;
use std::io::Read as _;

use crate::ingest::{Error, Input, Result};
use crate::read::names::Names;
use crate::read::token::Record;
use crate::read::{Format, split_of, unpacked, whole_rows};
use seen::{Column, Columns};

/// How much of each input is looked at, in unpacked bytes.
const SAMPLE: u64 = 16 << 20;

/// A proposed schema document.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The document, YAML with the evidence as comments.
    pub document: String,
    /// How many rows were looked at.
    pub rows: u64,
    /// How many rows could not be read.
    pub unreadable: u64,
    /// The columns, in the order in which they were first seen.
    pub columns: Vec<Evidence>,
}

/// What was seen of a column.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Evidence {
    /// Its name.
    pub name: String,
    /// The type that is proposed; `None` for objects and lists, which bronze has no type for.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// How many rows have it.
    pub present: u64,
    /// In how many it is `null`, or an empty text.
    pub empty: u64,
    /// How often its values were of which type.
    pub types: std::collections::BTreeMap<String, u64>,
    /// Some of its values.
    pub examples: Vec<String>,
    /// Whether no value was seen twice.
    pub unique: bool,
}

/// Proposes a schema document for `entity` from the first 16 MiB of each input, read as bronze reads it: a row
/// that bronze would refuse as a whole is one that could not be read.
///
/// # Errors
///
/// [`Error::Input`] for an input that cannot be read, [`Error::Bronze`] for one that is of no format.
pub fn discover(entity: &str, inputs: &[Input]) -> Result<Proposal> {
    let mut columns = Columns::default();
    for input in inputs {
        let name = input.name().to_owned();
        let failed = |source| Error::Input { place: name.clone(), source };
        let (reader, head) = unpacked(input.open().map_err(failed)?).map_err(failed)?;
        let format = Format::of(&name, &head).ok_or_else(|| {
            let reason = "neither its name nor its first bytes say what it is".to_owned();
            crate::bronze::Error::Format { name: name.clone(), format: "rows", reason }
        })?;
        let mut bytes = Vec::new();
        let mut reader = std::io::Cursor::new(head).chain(reader).take(SAMPLE);
        reader.read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 == SAMPLE {
            // The last row may go on behind the sample.
            let end = whole_rows(&format, &bytes);
            bytes.truncate(end);
        }
        rows(&format, &name, &bytes, &mut columns)?;
    }
    Ok(propose(entity, &columns))
}

/// Looks at the rows of a sample.
fn rows(format: &Format, name: &str, bytes: &[u8], columns: &mut Columns) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let split = split_of(format, name, 0, bytes)?;
    // No column is known, so that every member is one that is not.
    let mut names = Names::new([]);
    let mut record = Record::new(0);
    split.units(|unit| match unit.row(&mut names, &mut record) {
        Ok(()) => columns.row(&record.extra),
        Err(_) => columns.unreadable += 1,
    });
    Ok(())
}

fn propose(entity: &str, columns: &Columns) -> Proposal {
    let rows = columns.rows;
    let mut text = format!(
        "# Proposed from {rows} rows{}. Read it, and change what you know better: nothing in it is more\n\
         # than what was seen.\nschema: lake/1\nentity: {}\nversion: 1\ncolumns:\n",
        match columns.unreadable {
            0 => String::new(),
            count => format!("; {count} more could not be read"),
        },
        scalar(entity),
    );
    let mut evidence = Vec::new();
    let mut id = 0;
    for (name, column) in columns.iter() {
        let kind = column.proposed().filter(|_| is_name(name));
        let said = said(column, rows);
        let _ = writeln!(text, "  # {said}");
        match &kind {
            Some(kind) => {
                id += 1;
                let required = if column.is_full(rows) { ", required: true" } else { "" };
                let note = column.note(kind);
                let _ = writeln!(
                    text,
                    "  - {{id: {id}, name: {}, type: {kind}{required}}}{note}",
                    scalar(name)
                );
            }
            None => {
                let _ = writeln!(text, "  # `{}` is left out: it goes into `_extra`", plain(name));
            }
        }
        evidence.push(Evidence {
            name: name.to_owned(),
            kind,
            present: column.present,
            empty: column.nulls + column.empties,
            types: column.kinds.iter().map(|(kind, count)| (kind.to_string(), *count)).collect(),
            examples: column.examples.clone(),
            unique: column.is_unique(),
        });
    }
    // A measured number that came once tells nothing apart.
    let tells = |column: &Column| {
        let kind = column.proposed();
        column.is_full(rows) && column.is_unique() && kind.is_some_and(|it| it != "double")
    };
    let unique: Vec<_> = columns.iter().filter(|(_, it)| tells(it)).map(|it| plain(it.0)).collect();
    let unique = match &*unique {
        [] => "no column alone tells these rows apart".to_owned(),
        names => format!("these tell the rows apart that were seen: {}", names.join(", ")),
    };
    let _ = writeln!(text, "# Which columns tell rows apart; {unique}\n# key: []\n# winner: first");
    text.push_str("# Partitions come from columns of the key.\n# partitions: []\n");
    Proposal { document: text, rows, unreadable: columns.unreadable, columns: evidence }
}

/// What was seen of a column, on one line.
fn said(column: &Column, rows: u64) -> String {
    let kinds: Vec<_> =
        column.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let mut said = format!("in {} of {rows} rows: {}", column.present, kinds.join(", "));
    if column.nulls > 0 {
        let _ = write!(said, "{}{} null", if kinds.is_empty() { "" } else { ", " }, column.nulls);
    }
    if column.empties > 0 {
        let _ = write!(said, ", {} empty", column.empties);
    }
    let examples: Vec<_> = column.examples.iter().map(|it| format!("`{}`", plain(it))).collect();
    if !examples.is_empty() {
        let _ = write!(said, "; such as {}", examples.join(", "));
    }
    said
}

/// A text without line feeds and other characters that would end a comment.
fn plain(text: &str) -> String {
    text.chars().flat_map(|it| if it.is_control() { vec!['?'] } else { vec![it] }).collect()
}

/// Whether a document takes it as the name of a column.
fn is_name(text: &str) -> bool {
    let word = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    text.len() <= 128
        && text.chars().all(word)
        && text.starts_with(|it: char| it.is_ascii_lowercase())
}

/// A word as YAML has to have it, so that it is a text.
fn scalar(text: &str) -> String {
    const OTHERS: [&str; 10] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan"];
    match is_name(text) && !OTHERS.contains(&text) {
        true => text.to_owned(),
        false => format!("'{}'", plain(text).replace('\'', "''")),
    }
}
