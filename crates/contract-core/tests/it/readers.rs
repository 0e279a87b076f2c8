//! The quick reader and the full one: where the first does not decline, both see the same.

use proptest::prelude::*;

use crate::findings::VALID;
use crate::promises::of_the_quick_reader as compare;

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

/// Fuzzing asks this about many more documents; its finds become fixtures.
#[test]
fn both_readers_agree_on_every_hostile_fixture() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hostile");
    let mut taken = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of fixtures") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a fixture");
        if let Ok(text) = std::str::from_utf8(&bytes) {
            taken += usize::from(compare(text));
        }
    }
    assert!(taken >= 5, "the quick reader took {taken}");
}
