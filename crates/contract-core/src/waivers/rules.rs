//! The rules about waivers themselves.

use crate::finding::Severity;
use crate::rule::{Group, Rule};

macro_rules! rules {
    ($($konst:ident = $code:literal, $name:literal, $severity:ident, $page:literal, $summary:literal;)*) => {
        $(pub(super) static $konst: Rule = Rule {
            code: $code,
            name: $name,
            group: Group::Waiver,
            severity: Severity::$severity,
            summary: $summary,
            page: include_str!($page),
        };)*
        /// Every rule about waivers, in the order of codes.
        pub static RULES: &[&Rule] = &[$(&$konst),*];
    };
}

rules! {
    EXPIRED_WAIVER = "W301", "expired-waiver", Error, "expired_waiver.md", "Does the waiver still hold?";
    EXPIRING_WAIVER = "W302", "expiring-waiver", Warning, "expiring_waiver.md", "Is there time left before the waiver ends?";
    UNUSED_WAIVER = "W303", "unused-waiver", Advice, "unused_waiver.md", "Does the waiver cover anything?";
    OVERLONG_WAIVER = "W304", "overlong-waiver", Error, "overlong_waiver.md", "Does the waiver end within the time that the policy allows?";
    BROKEN_WAIVER = "W305", "broken-waiver", Error, "broken_waiver.md", "Is the waiver complete, and granted by somebody who may?";
}
