//! Lines and columns lead back to the bytes that a finding is about, whatever the document.

use contract_core::{Places, Span};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::findings::VALID;
use crate::promises::{bytes_at, of_check};

/// Pieces that make a contract wrong, or move what comes after them.
const PIECES: &[&str] = &[
    "é",
    "😀",
    "ключ: ",
    "\r\n",
    "\r",
    "\n",
    "\n\n",
    "\t",
    "  ",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\0",
    "#",
    ": ",
    "- ",
    "? ",
    "\"",
    "'",
    "{",
    "}",
    "[a, é]",
    "&a ",
    "*a ",
    "!!str ",
    "<<: ",
    "no",
    "0123",
    "12:30",
    "~",
    "|\n",
    ">-\n",
    "---\n",
    "...\n",
    "owner: x\n",
    "\\u200b",
];

fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<Index>(), 0usize..12, select(PIECES));
    (proptest::collection::vec(edit, 0..5), any::<bool>(), any::<bool>()).prop_map(
        |(edits, mark, crlf)| {
            let mut text = VALID.to_owned();
            for (at, cut, piece) in edits {
                let boundary = |mut at: usize| {
                    while !text.is_char_boundary(at) {
                        at -= 1;
                    }
                    at
                };
                let start = boundary(at.index(text.len() + 1));
                let end = boundary((start + cut).min(text.len())).max(start);
                text.replace_range(start..end, piece);
            }
            let text = if crlf { text.replace('\n', "\r\n") } else { text };
            if mark { format!("\u{feff}{text}") } else { text }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn every_finding_leads_back_to_its_bytes(text in mutated()) {
        of_check(text.as_bytes());
    }

    #[test]
    fn places_are_found_in_any_order(
        text in "(a|é|😀|\n|\r\n){0,40}",
        spans in proptest::collection::vec((any::<Index>(), any::<Index>()), 1..8),
    ) {
        let boundaries: Vec<usize> =
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let mut places = Places::of(&text);
        for (a, b) in spans {
            let (a, b) = (*a.get(&boundaries), *b.get(&boundaries));
            let span = Span::new(a.min(b), a.max(b));
            prop_assert_eq!(bytes_at(&text, places.find(span)), span);
        }
    }
}

#[test]
fn a_byte_order_mark_counts_below_the_first_line_alone() {
    let text = "\u{feff}a: é\n\u{feff}b";
    let mut places = Places::of(text);
    let column = |at: usize, places: &mut Places<'_>| places.find(Span::new(at, at)).column;
    assert_eq!(text.find('a').map(|at| column(at, &mut places)), Some(1));
    assert_eq!(text.find('é').map(|at| column(at, &mut places)), Some(4));
    assert_eq!(text.find('b').map(|at| column(at, &mut places)), Some(2));
}
