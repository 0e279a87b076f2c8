//! Characters that do not show. What a reviewer sees has to be what is read.

use std::borrow::Cow;

use crate::finding::{Finding, Findings};
use crate::span::Span;
use crate::yaml::rules;

/// How many hidden characters are reported one by one.
const MOST: usize = 16;

/// Finds what does not show in `text`, whose byte order mark is somebody else's business. Whether
/// the document can be read all the same.
pub(super) fn none_stops(text: &str, findings: &mut Findings<'_>) -> bool {
    let mut readable = true;
    let mut count = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let alone = c == '\r' && !matches!(characters.peek(), Some((_, '\n')));
        if shows(c) && !alone || at == 0 && c == '\u{feff}' {
            continue;
        }
        count += 1;
        // Readers differ about what a control character ends, and YAML has no non-characters.
        let stops = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
        readable &= !(alone || c.is_control() || stops);
        if count > MOST {
            continue;
        }
        let span = Span::new(at, at + c.len_utf8());
        findings.push(if alone {
            let message = "a carriage return stands without a line feed";
            Finding::new(&rules::HIDDEN_CHARACTER, "", span, message)
                .hint("end lines with a line feed: YAML begins a line here, most viewers do not")
        } else {
            let message = format!("the character U+{:04X} does not show", c as u32);
            Finding::new(&rules::HIDDEN_CHARACTER, "", span, message)
                .hint("remove it: what a reviewer sees must be what is read")
        });
    }
    if count > MOST {
        let message = format!("{count} characters of the document do not show");
        findings.push(Finding::new(&rules::HIDDEN_CHARACTER, "", Span::new(0, 0), message));
    }
    readable
}

/// The finding about a value or a key in which something does not show: behind an escape nobody is
/// deceived, but what is rendered from the value is read by people too.
pub(crate) fn inside(value: &str, span: Span) -> Option<Finding> {
    let c = value.chars().find(|c| !shows(*c))?;
    let message = format!("this text holds U+{:04X}, which does not show", c as u32);
    Some(Finding::new(&rules::HIDDEN_CHARACTER, "", span, message).hint("leave it out"))
}

/// Whether a person who looks at the text can see that `c` is there.
///
/// Source of the ranges: the property `Default_Ignorable_Code_Point` of Unicode 16, the general
/// category `Cc`, line separators, interlinear annotations and non-characters.
pub(crate) fn shows(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' => true,
        ' '..='~' => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' => {
            false
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => false,
        '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => false,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => false,
        '\u{e0000}'..='\u{e0fff}' => false,
        _ => !c.is_control(),
    }
}

/// A path as a report shows it: whole, on one line, with nothing in it that hides. A name may hold
/// whatever git takes, line breaks and escape sequences of terminals included.
pub(crate) fn shown_path(path: &str) -> Cow<'_, str> {
    let is_plain = |c: char| shows(c) && !matches!(c, '\n' | '\r' | '\t');
    if path.chars().all(is_plain) {
        return Cow::Borrowed(path);
    }
    let mut line = String::with_capacity(2 * path.len());
    for c in path.chars() {
        if is_plain(c) { line.push(c) } else { line.extend(c.escape_default()) }
    }
    Cow::Owned(line)
}

/// `text` as a message shows it: on one line, not too long, with nothing in it that hides.
pub(crate) fn shown(text: &str) -> String {
    on_one_line(text, 60)
}

/// The first `most` characters of `text` on one line, with nothing in it that hides.
pub(crate) fn on_one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(4 * most));
    for (count, c) in text.chars().enumerate() {
        match c {
            _ if count == most => {
                line.push('…');
                break;
            }
            '\n' | '\r' | '\t' => line.push(' '),
            c if shows(c) => line.push(c),
            c => line.extend(c.escape_unicode()),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::shown_path;

    #[test]
    fn a_path_stays_on_its_line() {
        assert_eq!(shown_path("dév/S3-0001.yaml"), "dév/S3-0001.yaml");
        assert_eq!(shown_path("a\n::error::b\u{1b}\u{202e}"), "a\\n::error::b\\u{1b}\\u{202e}");
    }
}
