//! From bytes to text, or the finding that says why not.

use crate::finding::{Edit, Finding, Findings};
use crate::span::Span;
use crate::yaml::{hidden, rules};

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
    if is_utf16(bytes) {
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
    if harmless(bytes) || hidden::none_stops(text, findings) { Some(text) } else { None }
}

/// With a mark, or as the first letters of a contract without one (YAML 1.2.2 section 5.2).
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] | [1..=0x7f, 0, ..])
}

/// Whether there is nothing but ASCII that shows, which is nearly always so.
fn harmless(bytes: &[u8]) -> bool {
    let shows = |&byte: &u8| (b' '..0x7f).contains(&byte) | (byte == b'\n');
    // Without a way out inside a piece, the compiler asks about many bytes at once.
    bytes.chunks(256).all(|piece| piece.iter().fold(true, |all, byte| all & shows(byte)))
}
