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
pub(super) struct Tabs {
    any: bool,
    homes: Vec<Range<usize>>,
}

impl Tabs {
    pub(super) fn of(text: &str, source: Source) -> Self {
        let any = source == Source::Contract && memchr::memchr(b'\t', text.as_bytes()).is_some();
        Self { any, homes: Vec::new() }
    }

    /// Whether comments have to be looked at.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    pub(super) fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        let is_home = match event {
            Event::Comment(..) => true,
            Event::Scalar(_, style, ..) => *style != ScalarStyle::Plain,
            _ => false,
        };
        if self.any && is_home {
            self.homes.push(range);
        }
    }

    /// Finds every tab elsewhere in `text`, which was read to its end.
    pub(super) fn finish(mut self, text: &str, findings: &mut Findings<'_>) {
        if !self.any {
            return;
        }
        self.homes.sort_by_key(|range| range.start);
        let mut homes = self.homes.into_iter().peekable();
        let mut found = 0;
        for tab in memchr::memchr_iter(b'\t', text.as_bytes()) {
            while homes.next_if(|home| home.end <= tab).is_some() {}
            if homes.peek().is_some_and(|home| home.contains(&tab)) {
                continue;
            }
            found += 1;
            if found <= MOST {
                findings.push(finding(tab));
            }
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
