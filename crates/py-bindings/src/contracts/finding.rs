//! Findings, rules and remedies.

use contract_core as core;
use pyo3::prelude::*;

/// One replacement of bytes.
#[pyclass(frozen, eq, hash, get_all, module = "strongroom.contracts")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Edit {
    start: u32,
    end: u32,
    text: String,
}

#[pymethods]
impl Edit {
    fn __repr__(&self) -> String {
        format!("Edit(start={}, end={}, text={:?})", self.start, self.end, self.text)
    }
}

/// A mechanical remedy.
#[pyclass(frozen, eq, hash, get_all, module = "strongroom.contracts")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Fix {
    title: String,
    edits: Vec<Edit>,
}

#[pymethods]
impl Fix {
    fn __repr__(&self) -> String {
        format!("Fix(title={:?}, edits=<{}>)", self.title, self.edits.len())
    }
}

/// Why a finding does not count.
#[pyclass(frozen, eq, hash, get_all, module = "strongroom.contracts")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Waived {
    id: String,
    approver: String,
    reason: String,
    expires: String,
    expiring: bool,
}

#[pymethods]
impl Waived {
    fn __repr__(&self) -> String {
        format!("Waived(id={:?}, expires={:?})", self.id, self.expires)
    }
}

/// One thing that one rule found.
#[pyclass(frozen, eq, hash, get_all, module = "strongroom.contracts")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Finding {
    path: Option<String>,
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    field: String,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    message: String,
    hint: Option<String>,
    fix: Option<Fix>,
    waived: Option<Waived>,
    /// Whether the finding stands in the way: an error that nobody waived.
    blocks: bool,
}

#[pymethods]
impl Finding {
    fn __repr__(&self) -> String {
        let mut place = self.path.clone().unwrap_or_default();
        if let (Some(line), Some(column)) = (self.line, self.column) {
            place = format!("{place}:{line}:{column}");
        }
        format!("<Finding {} {} {place} {:?}>", self.code, self.severity, self.message)
    }
}

impl Finding {
    pub(super) fn of(path: Option<&str>, finding: &core::Finding) -> Self {
        let place = finding.place;
        Self {
            path: path.map(str::to_owned),
            code: finding.rule.code,
            name: finding.rule.name,
            severity: finding.severity.word(),
            field: finding.field.clone().into_owned(),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            end_line: place.map(|place| place.end_line),
            end_column: place.map(|place| place.end_column),
            message: finding.message.clone(),
            hint: finding.hint.clone(),
            fix: finding.fix.as_ref().map(|fix| Fix {
                title: fix.title.clone(),
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Edit {
                        start: edit.span.start,
                        end: edit.span.end,
                        text: edit.text.clone(),
                    })
                    .collect(),
            }),
            waived: finding.waived.as_ref().map(|waived| Waived {
                id: waived.id.clone(),
                approver: waived.approver.clone(),
                reason: waived.reason.clone(),
                expires: waived.expires.clone(),
                expiring: waived.expiring,
            }),
            blocks: finding.blocks(),
        }
    }

    pub(crate) fn all(path: Option<&str>, findings: &[core::Finding]) -> Vec<Self> {
        findings.iter().map(|finding| Self::of(path, finding)).collect()
    }
}

/// One question that is asked of a contract.
#[pyclass(frozen, get_all, module = "strongroom.contracts")]
pub(super) struct Rule {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    negotiable: bool,
    summary: &'static str,
    page: &'static str,
}

#[pymethods]
impl Rule {
    fn __repr__(&self) -> String {
        format!("<Rule {} {} {}>", self.code, self.severity, self.name)
    }
}

impl From<&'static core::Rule> for Rule {
    fn from(rule: &'static core::Rule) -> Self {
        Self {
            code: rule.code,
            name: rule.name,
            severity: rule.severity.word(),
            negotiable: rule.is_negotiable(),
            summary: rule.summary,
            page: rule.page,
        }
    }
}
