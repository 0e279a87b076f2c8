//! From bytes to text, or the finding that says why not.

use crate::finding::{Edit, Finding, Findings};
use crate::span::Span;
use crate::yaml::rules;

/// The largest contract that is read, in bytes. A long one has about 2 KiB; the bound keeps time
/// and memory small whatever arrives.
pub const MAX_BYTES: usize = 64 * 1024;

/// The text of a document.
pub(super) fn text<'s>(bytes: &'s [u8], findings: &mut Findings<'_>) -> Option<&'s str> {
    if bytes.len() > MAX_BYTES {
        let message = format!("the document is larger than {MAX_BYTES} bytes");
        let finding = Finding::new(&rules::OVERSIZED_FILE, "", Span::new(0, 0), message);
        findings.push(finding.hint("a contract describes one bucket; split or shorten it"));
        return None;
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let finding = Finding::new(&rules::NOT_UTF8, "", Span::new(0, 0), "the document is UTF-16");
        findings.push(finding.hint("save it as UTF-8"));
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let message = format!("byte {at} (`{:#04x}`) is not UTF-8", bytes[at]);
            let finding = Finding::new(&rules::NOT_UTF8, "", Span::new(at, at), message);
            findings.push(finding.hint("save the document as UTF-8"));
            return None;
        }
    };
    if text.starts_with('\u{feff}') {
        let mark = Span::new(0, '\u{feff}'.len_utf8());
        let finding = Finding::new(
            &rules::BYTE_ORDER_MARK,
            "",
            mark,
            "the document begins with a byte order mark",
        );
        let removal = vec![Edit { span: mark, text: String::new() }];
        findings.push(finding.hint("save it as UTF-8 without one").fix("remove it", removal));
    }
    if harmless(bytes) || every_character_shows(text, findings) { Some(text) } else { None }
}

/// Whether there is nothing but ASCII that shows, which is nearly always so.
fn harmless(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| (b' '..0x7f).contains(&byte) | (byte == b'\n'))
}

fn every_character_shows(text: &str, findings: &mut Findings<'_>) -> bool {
    let bad = |&(at, c): &(usize, char)| !(shows(c) || at == 0 && c == '\u{feff}');
    let Some((at, c)) = text.char_indices().find(bad) else { return true };
    let span = Span::new(at, at + c.len_utf8());
    let message = format!("the character U+{:04X} does not show", c as u32);
    let finding = Finding::new(&rules::HIDDEN_CHARACTER, "", span, message);
    findings.push(finding.hint("remove it: what a reviewer sees must be what is read"));
    false
}

/// Whether a person who looks at the text can see that `c` is there.
pub(super) fn shows(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' => true,
        '\u{85}' | '\u{2028}' | '\u{2029}' => false,
        // Zero width characters, and those that turn the direction of what follows.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => false,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => !c.is_control(),
    }
}
