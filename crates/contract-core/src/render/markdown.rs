//! Text of others in Markdown.
//!
//! Whatever a person typed stands in a code span: nothing in there is a link, an image, a mention,
//! a reference to an issue or HTML (GitHub Flavored Markdown, "Code spans").

use crate::yaml;

/// The most characters of a text that are shown.
const SHOWN: usize = 600;

/// `text` as a code span on one line.
pub(super) fn code(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for (count, c) in text.chars().enumerate() {
        if count == SHOWN {
            line.push('…');
            break;
        }
        line.push(match c {
            c if c.is_whitespace() => ' ',
            c if !yaml::shows(c) => '\u{fffd}',
            c => c,
        });
    }
    if line.trim().is_empty() {
        return "(empty)".to_owned();
    }
    // The fence has to be longer than any run of backticks within.
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let room = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{room}{line}{room}{fence}")
}

/// `text` as a code span in a cell of a table. Even there a bar would end the cell (GitHub
/// Flavored Markdown, "Tables").
pub(super) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A link to a file of the repository at `repository`, or its path where there is no such place.
pub(super) fn file(name: &str, path: &str, repository: Option<&str>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':');
    let address = repository.filter(|it| it.starts_with("https://") && it.chars().all(plain));
    match address {
        Some(address) if path.chars().all(plain) => {
            format!("[{name}]({}/blob/HEAD/{path})", address.trim_end_matches('/'))
        }
        _ => format!("{name}: {}", code(path)),
    }
}
