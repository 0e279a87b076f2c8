//! The quick reader and the full one: where the first does not decline, both see the same.

use contract_core::yaml::{Tree, read_quickly, read_slowly};
use contract_core::{Findings, Policy};
use proptest::prelude::*;

use crate::findings::VALID;

/// The same tree, node by node, whatever the order in which the nodes were made.
fn same(quick: &Tree<'_>, slow: &Tree<'_>, a: u32, b: u32) -> bool {
    let (left, right) = (quick.node(a), slow.node(b));
    left.kind == right.kind
        && left.span == right.span
        && quick.entries(a).count() == slow.entries(b).count()
        && quick.entries(a).zip(slow.entries(b)).all(|(x, y)| {
            x.key == y.key && x.key_span == y.key_span && same(quick, slow, x.value, y.value)
        })
}

/// Whether the quick reader took the text. If it did, the full one must agree.
fn compare(text: &str) -> bool {
    let Some(quick) = read_quickly(text) else { return false };
    let policy = Policy::default();
    let mut findings = Findings::new(&policy);
    let slow = read_slowly(text.as_bytes(), &mut findings);
    let found = findings.finish(text);
    assert!(found.is_empty(), "{text:?}: {found:#?}");
    let slow = slow.expect("a text without findings has a tree");
    assert!(same(&quick, &slow, 0, 0), "{text:?}\n{quick:#?}\n{slow:#?}");
    true
}

/// A reader that takes lines for what stands between `\n` would not see the field.
#[test]
fn a_carriage_return_in_a_comment_hides_no_field() {
    assert!(!compare("id: S3-0001\n# harmless\rowner: app-team\n"));
}

#[test]
fn the_quick_reader_takes_the_documented_contract() {
    assert!(compare(VALID));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn both_readers_agree_on_lines_of_yaml(
        lines in proptest::collection::vec(
            "( {0,6})(a|b|key|- |type)(:|: |:  )?(x|1|\"q\"|'s'|\"a b\" |x # c|x: y|#c|a#b|\\[x\\]|-1|- x|a, b|é|\"é\"|~|a:b|12:30|x\"y|/a|\\.|&a|\\|)?[ ]{0,2}",
            0..8,
        )
    ) {
        compare(&lines.join("\n"));
    }

    #[test]
    fn both_readers_agree_on_mutated_contracts(at in 0..VALID.len(), with in "[ -~\n\r\t\u{e9}]{0,3}", cut in 0usize..4) {
        let end = (at + cut).min(VALID.len());
        compare(&format!("{}{with}{}", &VALID[..at], &VALID[end..]));
    }
}
