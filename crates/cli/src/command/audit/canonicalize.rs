//! `audit canonicalize`

use std::io::{self, Write};

use audit_chain::Hash;
use audit_chain::canonical::to_canonical;
use audit_chain::json::{Position, Value};
use audit_chain::segment::MAX_BODY_BYTES;
use serde::Serialize;

use super::lines::{self, Line};
use crate::args::{Canonicalize, Plain};
use crate::output;
use crate::status::{Result, Status};

/// A document cannot be larger than a segment that would hold it.
const MAX_LINE_BYTES: usize = MAX_BODY_BYTES;

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Canonical { canonical: String, sha256: String },
    Refused { error: Refusal },
}

#[derive(Serialize)]
struct Refusal {
    code: &'static str,
    message: String,
    /// Which line of the input, from 1.
    line: u64,
    /// Which column of the line, in characters from 1, if the fault has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// Bytes of the line before the fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

pub(super) fn run(arguments: &Canonicalize) -> Result<Status> {
    let mut input = lines::open(&arguments.file)?;
    let (mut count, mut refused) = (0_u64, 0_u64);
    let mut failed = None;
    output::stream(|out| {
        loop {
            let line = match lines::next(&mut input, MAX_LINE_BYTES) {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(()),
                Err(error) => {
                    failed = Some(error);
                    return Ok(());
                }
            };
            count += 1;
            let answer = answer(line, count, arguments.strict);
            refused += u64::from(matches!(answer, Answer::Refused { .. }));
            write(out, &answer, arguments.format)?;
            // Whoever types, or feeds line by line, sees each answer before the next line.
            if input.buffer().is_empty() {
                out.flush()?;
            }
        }
    })?;
    match failed {
        Some(error) => Err(error),
        None if refused > 0 => {
            output::talk(&format!("{refused} of {count} lines could not be read"));
            Ok(Status::Findings)
        }
        None => Ok(Status::Fine),
    }
}

fn answer(line: Line, number: u64, strict: bool) -> Answer {
    let Line::Whole(bytes) = line else {
        let message = format!("the line has more than {MAX_LINE_BYTES} bytes");
        let code = "cli.line_too_long";
        let refusal = Refusal { code, message, line: number, column: None, offset: None };
        return Answer::Refused { error: refusal };
    };
    let value = if strict { Value::parse_strict(&bytes) } else { Value::parse(&bytes) };
    match value {
        Ok(value) => {
            let canonical = to_canonical(&value);
            let sha256 = Hash::of(&canonical).to_string();
            let canonical = String::from_utf8(canonical).expect("canonical text is ASCII");
            Answer::Canonical { canonical, sha256 }
        }
        Err(error) => Answer::Refused { error: refusal(&error, number) },
    }
}

fn refusal(error: &audit_chain::Error, line: u64) -> Refusal {
    let (mut message, at) = (error.to_string(), place(error));
    // The document is one line of many: the place is said in terms of the input.
    if let Some(at) = at {
        message = message.trim_end_matches(&format!(": {at}")).to_owned();
    }
    let (column, offset) = (at.map(|at| at.column), at.map(|at| at.offset));
    Refusal { code: error.code(), message, line, column, offset }
}

fn place(error: &audit_chain::Error) -> Option<Position> {
    use audit_chain::Error as E;
    match error {
        E::JsonInvalid { at, .. }
        | E::TooDeep { at, .. }
        | E::IntegerTooLong { at, .. }
        | E::DuplicateMember { at, .. } => Some(*at),
        _ => None,
    }
}

fn write(out: &mut dyn Write, answer: &Answer, format: Plain) -> io::Result<()> {
    match (format, answer) {
        (Plain::Json, answer) => {
            serde_json::to_writer(&mut *out, answer)?;
            out.write_all(b"\n")
        }
        (Plain::Human, Answer::Canonical { canonical, sha256 }) => {
            writeln!(out, "{sha256}  {canonical}")
        }
        (Plain::Human, Answer::Refused { error }) => {
            let column = error.column.map(|column| format!(", column {column}"));
            let column = column.unwrap_or_default();
            writeln!(out, "line {}{column}: {} ({})", error.line, error.message, error.code)
        }
    }
}
