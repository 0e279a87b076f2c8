//! As much of CSV as the audit file needs (RFC 4180).

/// One row as it was read.
pub(super) struct Row {
    /// Its cells, without the quotes around them.
    pub(super) cells: Vec<String>,
    /// Whether it ends in a carriage return and a line feed.
    pub(super) ends_in_crlf: bool,
}

/// The rows of `text`, without empty lines; `None` if it ends within quotes.
pub(super) fn rows(text: &str) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    let mut cell = String::new();
    let (mut quoted, mut ends_in_crlf) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => ends_in_crlf = true,
            '\n' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                rows.push(Row { cells: std::mem::take(&mut cells), ends_in_crlf });
                ends_in_crlf = false;
            }
            c => cell.push(c),
        }
    }
    if quoted {
        return None;
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push(Row { cells, ends_in_crlf: false });
    }
    rows.retain(|row| row.cells.iter().any(|cell| !cell.is_empty()));
    Some(rows)
}

/// `text` such that no spreadsheet computes with it.
///
/// Source: OWASP, "CSV Injection": the characters that begin a formula.
pub(super) fn guarded(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// A row, with quotes where they are needed.
pub(super) fn row<'c>(cells: impl Iterator<Item = &'c str>, line_break: &str) -> String {
    let mut out = String::new();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        // A space at either end is part of the cell, which some readers forget.
        let trimmed = cell.trim().len() != cell.len();
        if trimmed || cell.contains(['"', ',', '\r', '\n']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str(line_break);
    out
}
