//! Applying the remedies that findings carry.

use crate::finding::{Edit, Finding, Fix};

/// How often a text is asked again after it was mended. One remedy can uncover another finding (a
/// key renamed to a field whose value is then wrong), never a row of many.
const ROUNDS: usize = 8;

/// `text` with the remedies of `findings` applied, and how many were.
///
/// A remedy is applied whole or not at all. Where two of them touch the same place the first one in
/// the order of `findings` wins, and the other waits until the text was asked again: see
/// [`until_mended`]. What somebody waived is left alone.
///
/// ```
/// use contract_core::{Document, Policy, check, fix};
///
/// let document = Document { path: None, bytes: b"apiVersion: goldenpath.io/v2 # the first\n" };
/// let (findings, _) = check(document, &Policy::default(), |_| ());
/// let (mended, count) = fix::apply(std::str::from_utf8(document.bytes).unwrap(), &findings);
/// assert_eq!(mended, "apiVersion: goldenpath.io/v1 # the first\n");
/// assert_eq!(count, 1);
/// ```
pub fn apply(text: &str, findings: &[Finding]) -> (String, usize) {
    let mut edits: Vec<&Edit> = Vec::new();
    let mut count = 0;
    for fix in findings.iter().filter(|it| it.waived.is_none()).filter_map(|it| it.fix.as_ref()) {
        if fits(fix, text) && !fix.edits.iter().any(|edit| edits.iter().any(|it| meet(it, edit))) {
            edits.extend(&fix.edits);
            count += 1;
        }
    }
    edits.sort_by_key(|edit| edit.span);
    let mut mended = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        mended.push_str(&text[at..edit.span.start as usize]);
        mended.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    mended.push_str(&text[at..]);
    (mended, count)
}

/// Applies remedies, asks again with `ask`, and goes on until none is left. Returns the text, how
/// many remedies were applied, and the findings in the text as it is then.
///
/// A round that would break the YAML of a text that was whole is not taken: better to leave a
/// finding than to leave a document that nobody can read.
pub fn until_mended(
    text: &str,
    mut ask: impl FnMut(&str) -> Vec<Finding>,
) -> (String, usize, Vec<Finding>) {
    let mut text = text.to_owned();
    let mut findings = ask(&text);
    let mut total = 0;
    for _ in 0..ROUNDS {
        let (mended, count) = apply(&text, &findings);
        if count == 0 || mended == text {
            break;
        }
        let after = ask(&mended);
        if is_unreadable(&after) && !is_unreadable(&findings) {
            break;
        }
        (text, findings) = (mended, after);
        total += count;
    }
    (text, total, findings)
}

/// Whether something about YAML itself is an error.
fn is_unreadable(findings: &[Finding]) -> bool {
    use crate::finding::Severity::Error;
    use crate::rule::Group::Yaml;
    findings.iter().any(|it| it.rule.group == Yaml && it.severity == Error)
}

/// Whether the edits of one remedy lie in `text`, in order and apart from one another.
fn fits(fix: &Fix, text: &str) -> bool {
    let mut at = 0;
    !fix.edits.is_empty()
        && fix.edits.iter().all(|Edit { span, .. }| {
            let (start, end) = (span.start as usize, span.end as usize);
            let fits = at <= start && start <= end && text.get(start..end).is_some();
            at = end;
            fits
        })
}

/// Whether both edits touch the same place. Two insertions at one point do: nobody knows which
/// comes first, nor whether they insert the same key.
fn meet(a: &Edit, b: &Edit) -> bool {
    a.span == b.span || a.span.start < b.span.end && b.span.start < a.span.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::RULES;
    use crate::span::Span;

    fn finding(edits: &[(usize, usize, &str)]) -> Finding {
        let edit = |(start, end, text): &(usize, usize, &str)| Edit {
            span: Span::new(*start, *end),
            text: (*text).to_owned(),
        };
        let edits = edits.iter().map(edit).collect();
        Finding::new(RULES[0], "", Span::new(0, 0), "wrong").fix("mend it", edits)
    }

    #[test]
    fn a_remedy_is_applied_whole_or_not_at_all() {
        let findings = [
            finding(&[(1, 2, "X")]),
            finding(&[(0, 0, "<"), (1, 3, "?")]), // meets the first one
            finding(&[(2, 2, "+"), (4, 4, ">")]),
        ];
        assert_eq!(apply("abcd", &findings), ("aX+cd>".to_owned(), 2));
    }

    #[test]
    fn two_insertions_at_one_point_are_not_both_made() {
        assert_eq!(apply("ab", &[finding(&[(1, 1, "x")]), finding(&[(1, 1, "y")])]).0, "axb");
    }

    #[test]
    fn edits_that_do_not_lie_in_the_text_are_left_out() {
        for edits in [[(0, 9, "")], [(1, 2, "")], [(9, 9, "x")]] {
            assert_eq!(apply("äb", &[finding(&edits)]), ("äb".to_owned(), 0), "{edits:?}");
        }
        assert_eq!(apply("abc", &[finding(&[(2, 3, ""), (0, 1, "")])]).1, 0, "out of order");
    }

    #[test]
    fn a_text_that_mends_in_rounds_comes_to_an_end() {
        let ask = |text: &str| match text.len() {
            ..=3 => vec![finding(&[(0, 0, "x")])],
            _ => Vec::new(),
        };
        let (text, count, left) = until_mended("a", ask);
        assert_eq!((text.as_str(), count, left.len()), ("xxxa", 3, 0));
        let forever = |_: &str| vec![finding(&[(0, 0, "x")])];
        assert_eq!(until_mended("", forever).1, ROUNDS);
    }
}
