//! The rules about YAML itself.

use crate::finding::Severity::{self, Advice, Error};
use crate::rule::{Group, Rule};

const fn rule(
    code: &'static str,
    name: &'static str,
    severity: Severity,
    summary: &'static str,
    page: &'static str,
) -> Rule {
    Rule { code, name, group: Group::Yaml, severity, summary, page }
}

macro_rules! rules {
    ($($konst:ident = $code:literal, $name:literal, $severity:ident, $summary:literal;)*) => {
        $(pub(crate) static $konst: Rule =
            rule($code, $name, $severity, $summary, include_str!("rules.md"));)*
        /// Every rule about YAML, in the order of codes.
        pub static RULES: &[&Rule] = &[$(&$konst),*];
    };
}

rules! {
    BROKEN_YAML = "Y001", "broken-yaml", Error, "Is the document YAML?";
    NOT_UTF8 = "Y002", "not-utf8", Error, "Is the document UTF-8?";
    OVERSIZED_FILE = "Y003", "oversized-file", Error, "Is the document small enough to be a contract?";
    DEEP_NESTING = "Y004", "deep-nesting", Error, "Is the nesting shallow enough to be a contract?";
    SEVERAL_DOCUMENTS = "Y005", "several-documents", Error, "Does the file hold one document?";
    ANCHOR_OR_ALIAS = "Y006", "anchor-or-alias", Error, "Does the document say everything where it stands, without anchors and aliases?";
    MERGE_KEY = "Y007", "merge-key", Error, "Does the document do without merge keys (`<<`)?";
    TAG = "Y008", "tag", Error, "Does the document do without tags (`!!…`)?";
    DUPLICATE_KEY = "Y009", "duplicate-key", Error, "Is every key given once?";
    TAB_INDENT = "Y010", "tab-indent", Error, "Is the document indented with spaces?";
    BYTE_ORDER_MARK = "Y011", "byte-order-mark", Advice, "Does the document begin without a byte order mark?";
    HIDDEN_CHARACTER = "Y012", "hidden-character", Error, "Can a reviewer see every character?";
    AMBIGUOUS_SCALAR = "Y013", "ambiguous-scalar", Error, "Do all tools read every value alike?";
    NOT_A_MAPPING = "Y014", "not-a-mapping", Error, "Is the document a mapping of keys to values?";
    COMPLEX_KEY = "Y015", "complex-key", Error, "Is every key plain text?";
    DIRECTIVE = "Y016", "directive", Error, "Does the document do without directives (`%…`)?";
    UNREADABLE_FILE = "Y017", "unreadable-file", Error, "Can the file be read?";
}
