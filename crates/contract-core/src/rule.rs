//! A rule: one question that is asked of a document, with a code that never changes.

use crate::severity::Severity;

/// Which kind of question a rule asks, and with it who may answer "not here".
///
/// Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Is the text YAML that everybody reads alike? (`Y…`)
    Yaml,
    /// Does it follow the table of fields? (`F…`)
    Field,
    /// Is what it asks for allowed? (`G…`)
    Guardrail,
    /// Does it get along with the other contracts? (`T…`)
    Tree,
    /// May it differ so from the version before? (`C…`)
    Change,
    /// Is the waiver in order? (`W…`)
    Waiver,
}

/// One question that is asked of a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The code: a letter for the group, three digits. Never reused.
    pub code: &'static str,
    /// The name; it reads well after "allow".
    pub name: &'static str,
    /// What kind of question it is.
    pub group: Group,
    /// How much a finding weighs unless the policy says otherwise.
    pub severity: Severity,
    /// The question, in one sentence.
    pub summary: &'static str,
    /// The page about it, in Markdown: what it asks, why, and examples that are run as tests.
    pub page: &'static str,
}

impl Rule {
    /// Whether a policy may change the severity of the rule and a waiver may cover its findings.
    ///
    /// A document that cannot be read, or does not follow the table of fields, cannot be waived:
    /// nobody knows what it would mean.
    pub fn is_negotiable(&self) -> bool {
        matches!(self.group, Group::Guardrail | Group::Tree | Group::Change)
    }
}
