//! Tabs. YAML 1.2 forbids them in indentation and allows them between other tokens; PyYAML and its
//! kin refuse both, so that a tab is at home in comments, quotes and block text alone.

use std::ops::Range;

use granit_parser::{Event, ScalarStyle};

use crate::finding::{Finding, Findings};
use crate::span::Span;
use crate::yaml::events::Source;
use crate::yaml::rules;

/// How many tabs are reported one by one.
const MOST: usize = 16;

/// Gathers where tabs are at home, if there are any at all that somebody asks about.
///
/// Comments are found here and not asked of the parser, which gives up on a document with many of
/// them in a row.
pub(super) struct Tabs {
    any: bool,
    homes: Vec<Range<usize>>,
}

impl Tabs {
    pub(super) fn of(text: &str, source: Source) -> Self {
        let any = source == Source::Contract && memchr::memchr(b'\t', text.as_bytes()).is_some();
        Self { any, homes: Vec::new() }
    }

    pub(super) fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        let is_home = matches!(event, Event::Scalar(_, style, ..) if *style != ScalarStyle::Plain);
        if self.any && is_home {
            self.homes.push(range);
        }
    }

    /// Finds every tab elsewhere in `text`, which was read to its end.
    pub(super) fn finish(self, text: &str, findings: &mut Findings<'_>) {
        if !self.any {
            return;
        }
        let bytes = text.as_bytes();
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut homes = self.homes.into_iter().peekable();
        let (mut at, mut found) = (start, 0);
        while at < bytes.len() && found < MOST {
            while homes.next_if(|home| home.end <= at).is_some() {}
            if let Some(home) = homes.next_if(|home| home.contains(&at)) {
                at = home.end;
                continue;
            }
            match bytes[at] {
                b'#' if at == start || bytes[at - 1].is_ascii_whitespace() => {
                    at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len());
                    continue;
                }
                b'\t' => {
                    findings.push(finding(at));
                    found += 1;
                }
                _ => {}
            }
            at += 1;
        }
    }
}

/// The finding about an error of the parser at byte `at`, which stands behind the blanks.
pub(super) fn error(text: &str, at: usize) -> Finding {
    let blanks = text[..at].trim_end_matches([' ', '\t']).len();
    finding(text[blanks..].find('\t').map_or(at, |tab| blanks + tab))
}

fn finding(at: usize) -> Finding {
    let message = "a tab stands where YAML wants spaces";
    Finding::new(&rules::TAB_INDENT, "", Span::new(at, at + 1), message)
        .hint("indent and separate with spaces")
}
