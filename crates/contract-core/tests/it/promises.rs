//! What holds for every document, however hostile. The tests and the fuzz targets ask the same.
#![allow(dead_code, reason = "each fuzz target asks for one promise")]

use contract_core::yaml::{MAX_BYTES, Tree, read_quickly, read_slowly};
use contract_core::{Document, Edit, Finding, Findings, Place, Policy, Severity, Span, check, fix};

/// Checks `bytes` and asks everything that is asked of any answer.
pub(crate) fn of_check(bytes: &[u8]) -> Vec<Finding> {
    let policy = Policy::default();
    let (findings, contract) = check(Document { path: None, bytes }, &policy, |_| ());
    let text = readable(bytes);
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    assert!(contract.is_some() || findings.iter().any(is_error), "refused without a reason");
    of_findings(text, &findings);
    if contract.is_some() {
        for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
            let fixed = applied(text, &fix.edits);
            let document = Document { path: None, bytes: fixed.as_bytes() };
            let (after, contract) = check(document, &policy, |_| ());
            assert!(contract.is_some(), "{fix:?} broke the document: {after:#?}");
        }
        let ask =
            |text: &str| check(Document { path: None, bytes: text.as_bytes() }, &policy, |_| ());
        let (mended, ..) = fix::until_mended(text, |text| ask(text).0);
        assert!(ask(&mended).1.is_some(), "mending broke the document: {mended}");
    }
    findings
}

/// Places that exist, in the order of the text, and words for people.
pub(crate) fn of_findings(text: &str, findings: &[Finding]) {
    for finding in findings {
        of_a_finding(text, finding);
    }
    let order = |finding: &Finding| (finding.span, finding.rule.code, finding.message.clone());
    assert!(findings.is_sorted_by_key(order), "not in the order of the text: {findings:#?}");
}

/// One line, not too long, in which nothing hides.
pub(crate) fn of_words(words: &str) {
    assert!(!words.is_empty() && words.chars().count() < 600, "{words:?}");
    assert!(words.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{words:?}");
}

/// The part of the bytes that is text.
pub(crate) fn readable(bytes: &[u8]) -> &str {
    let bytes = if bytes.len() > MAX_BYTES { &[] } else { bytes };
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid so far"),
    }
}

fn of_a_finding(text: &str, finding: &Finding) {
    let words = [Some(&finding.message), finding.hint.as_ref()];
    words.into_iter().flatten().for_each(|words| of_words(words));
    of_a_span(text, finding.span);
    let place = finding.place.expect("a document has places");
    // A byte order mark is no character of its line, so that it has no column.
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let shown = Span { start: finding.span.start.max(mark), end: finding.span.end.max(mark) };
    assert_eq!(bytes_at(text, place), shown, "{finding:#?}");
    for place in finding.related.iter().filter_map(|related| related.place) {
        of_a_span(text, bytes_at(text, place));
    }
    let mut from = 0;
    for edit in finding.fix.iter().flat_map(|fix| &fix.edits) {
        of_a_span(text, edit.span);
        assert!(edit.span.start >= from, "edits overlap: {finding:#?}");
        assert_ne!(edit.span.of(text), edit.text, "nothing changes: {finding:#?}");
        from = edit.span.end;
    }
}

fn of_a_span(text: &str, span: Span) {
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(start <= end, "{span:?}");
    assert!(text.is_char_boundary(start), "{span:?} begins inside a character or past the end");
    assert!(text.is_char_boundary(end), "{span:?} ends inside a character or past the end");
}

/// The way back from lines and columns to bytes, written without a look at the way there.
pub(crate) fn bytes_at(text: &str, place: Place) -> Span {
    let byte = |line: u32, column: u32| {
        let before: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
        let rest = &text[before..];
        let mark = if line == 1 && rest.starts_with('\u{feff}') { 3 } else { 0 };
        let rest = &rest[mark..];
        let column = column as usize - 1;
        let offset = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        assert!(!rest[..offset].contains('\n'), "{line}:{column} is past the end of its line");
        before + mark + offset
    };
    let start = byte(place.line, place.column);
    let end = byte(place.end_line, place.end_column);
    Span::new(start, end)
}

/// `text` after `edits`.
pub(crate) fn applied(text: &str, edits: &[Edit]) -> String {
    let mut fixed = text.to_owned();
    for edit in edits.iter().rev() {
        fixed.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    fixed
}

/// Reads `text` with both readers. Whether the quick one took it; then the full one sees the same
/// and finds nothing that was not found before either of them began.
pub(crate) fn of_the_quick_reader(text: &str) -> bool {
    let policy = Policy::default();
    let mut findings = Findings::new(&policy);
    let Some(quick) = read_quickly(text.as_bytes(), &mut findings) else { return false };
    let before = findings.finish(text);
    let mut findings = Findings::new(&policy);
    let slow = read_slowly(text.as_bytes(), &mut findings);
    assert_eq!(findings.finish(text), before, "{text:?}");
    let slow = slow.expect("what nothing was found in has a tree");
    assert!(same(&quick, &slow, 0, 0), "{text:?}\n{quick:#?}\n{slow:#?}");
    true
}

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
