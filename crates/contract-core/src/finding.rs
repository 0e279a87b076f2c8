//! What a rule found in someone's document: an answer, not an error.

use std::borrow::Cow;

use serde::Serialize;

use crate::policy::Policy;
use crate::rule::Rule;
pub use crate::severity::Severity;
use crate::span::{Place, Places, Span};

/// One replacement of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A mechanical remedy: a few edits that leave comments and layout alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What the remedy does, in the imperative.
    pub title: String,
    /// The edits, in order, never overlapping.
    pub edits: Vec<Edit>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The document; `None` for the document of the finding itself.
    pub path: Option<String>,
    /// Where it stands.
    pub place: Option<Place>,
    /// What is there.
    pub message: String,
}

/// Why a finding does not count: somebody else than the requester took the risk, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// The waiver's own id.
    pub id: String,
    /// Who took the risk.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// The last day on which the waiver holds, as `YYYY-MM-DD`.
    pub expires: String,
    /// Whether that day is near.
    pub expiring: bool,
}

/// One thing that one rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How much it weighs under the policy that was asked.
    pub severity: Severity,
    /// The field it is about, for example `spec.encryption.type`; empty for the whole document.
    pub field: Cow<'static, str>,
    /// The bytes it is about; [`Span::NOWHERE`] for values that stand in no text.
    pub span: Span,
    /// The same as line and column; `None` for values that stand in no text.
    pub place: Option<Place>,
    /// What is wrong: lower case, no full stop, user input in backticks.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// The way out, ready to apply.
    pub fix: Option<Fix>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// The waiver that covers it.
    pub waived: Option<Waived>,
}

impl Finding {
    /// A finding of `rule` about `field`, which stands at `span`.
    pub fn new(
        rule: &'static Rule,
        field: impl Into<Cow<'static, str>>,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity,
            field: field.into(),
            span,
            place: None,
            message: message.into(),
            hint: None,
            fix: None,
            related: Vec::new(),
            waived: None,
        }
    }

    /// The same finding with a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same finding, weighing `severity` unless the policy says otherwise.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same finding with a remedy that can be applied.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix = Some(Fix { title: title.into(), edits });
        self
    }

    /// The same finding with a remedy that replaces its own place by `text`.
    #[must_use]
    pub fn replace_with(self, text: impl Into<String>) -> Self {
        let (span, text) = (self.span, text.into());
        if !span.is_somewhere() {
            return self;
        }
        self.fix(format!("write `{text}`"), vec![Edit { span, text }])
    }

    /// The same finding with another place that belongs to it.
    #[must_use]
    pub fn related(mut self, related: Related) -> Self {
        self.related.reserve_exact(1);
        self.related.push(related);
        self
    }

    /// Whether the finding stands in the way: an error that nobody waived.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error && self.waived.is_none()
    }
}

/// Collects findings under a policy.
pub struct Findings<'p> {
    policy: &'p Policy,
    found: Vec<Finding>,
}

impl<'p> Findings<'p> {
    /// An empty collection.
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, found: Vec::new() }
    }

    /// Adds a finding, unless the policy switched its rule off; the policy's severity wins.
    pub fn push(&mut self, mut finding: Finding) {
        if let Some(severity) = self.policy.severity_of(finding.rule, finding.severity) {
            finding.severity = severity;
            self.found.push(finding);
        }
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The findings as they came, without places, for rules that look at more than one text.
    pub(crate) fn into_unplaced(self) -> Vec<Finding> {
        self.found
    }

    /// The findings in the order of the text, each with its line and column.
    pub fn finish(mut self, text: &str) -> Vec<Finding> {
        self.found.sort_by(|a, b| {
            (a.span, a.rule.code, &a.message).cmp(&(b.span, b.rule.code, &b.message))
        });
        let mut places = Places::of(text);
        for finding in self.found.iter_mut().filter(|finding| finding.span.is_somewhere()) {
            finding.place = Some(places.find(finding.span));
        }
        // Findings of many files wait for the report together.
        self.found.shrink_to_fit();
        self.found
    }
}
