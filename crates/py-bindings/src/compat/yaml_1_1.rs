//! A document as plain Python values, taken as YAML 1.1 takes them.

use contract_core::yaml::{self, Kind, NodeId, Reading, Style, Tree};
use contract_core::{Finding, Findings, Places, Policy, Severity};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::{Problem, raise};

/// Reads one document that is a mapping. `construct` is called for scalars that Rust has no plain
/// value for, with what they are taken for and with the text.
#[pyfunction]
pub(super) fn read_yaml<'py>(
    py: Python<'py>,
    data: &[u8],
    construct: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let policy = Policy::default();
    let mut findings = Findings::new(&policy);
    let tree = yaml::read(data, &mut findings);
    let text = std::str::from_utf8(data).unwrap_or_default();
    finish(py, tree.as_ref(), findings.finish(text), 0, construct)
}

/// Reads every document of a file of any size; each has to be a mapping.
#[pyfunction]
pub(super) fn read_documents<'py>(
    py: Python<'py>,
    text: &str,
    construct: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut starts = yaml::document_starts(text).map_err(|(at, problem)| {
        let line = lines_before(text, at) + 1;
        raise(py, unreadable(format!("line {line}: this is not YAML: {problem}")))
    })?;
    starts.push(text.len());
    let policy = Policy::default();
    let mut documents = Vec::new();
    for bounds in starts.windows(2) {
        let document = text.get(bounds[0]..bounds[1]).unwrap_or_default();
        let mut findings = Findings::new(&policy);
        let tree = yaml::read_any(document, &mut findings);
        let findings = findings.finish(document);
        let before = lines_before(text, bounds[0]);
        documents.push(finish(py, tree.as_ref(), findings, before, construct)?);
    }
    Ok(documents)
}

fn lines_before(text: &str, at: usize) -> u32 {
    let bytes = &text.as_bytes()[..at.min(text.len())];
    bytes.iter().filter(|byte| **byte == b'\n').count() as u32
}

fn unreadable(message: String) -> Problem {
    Problem::invalid("contract.unreadable", message)
}

/// The document as plain values, if nothing is wrong with it. `before` lines stand above it.
fn finish<'py>(
    py: Python<'py>,
    tree: Option<&Tree<'_>>,
    findings: Vec<Finding>,
    before: u32,
    construct: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(wrong) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        let place = match wrong.place {
            Some(place) => format!("line {}, column {}: ", before + place.line, place.column),
            None => String::new(),
        };
        let problem = unreadable(format!("{place}{}", wrong.message));
        return Err(raise(py, problem.hint(wrong.hint.clone())));
    }
    let Some(tree) = tree else {
        return Err(raise(py, unreadable("the document is not a mapping".to_owned())));
    };
    Reader { py, tree, before, construct }.value(0)
}

struct Reader<'a, 's, 'py> {
    py: Python<'py>,
    tree: &'a Tree<'s>,
    before: u32,
    construct: &'a Bound<'py, PyAny>,
}

impl<'py> Reader<'_, '_, 'py> {
    /// The depth is bounded: the reader refuses deep documents.
    fn value(&self, node: NodeId) -> PyResult<Bound<'py, PyAny>> {
        Ok(match &self.tree.node(node).kind {
            Kind::Mapping => {
                let dict = PyDict::new(self.py);
                for entry in self.tree.entries(node) {
                    dict.set_item(entry.key.as_ref(), self.value(entry.value)?)?;
                }
                dict.into_any()
            }
            Kind::Sequence => {
                let list = PyList::empty(self.py);
                for item in self.tree.items(node) {
                    list.append(self.value(item)?)?;
                }
                list.into_any()
            }
            // There is a finding about it, which was an error.
            Kind::Refused => self.py.None().into_bound(self.py),
            Kind::Scalar(text, Style::Plain) => self.plain(text, node)?,
            Kind::Scalar(text, _) => text.as_ref().into_pyobject(self.py)?.into_any(),
        })
    }

    fn plain(&self, text: &str, node: NodeId) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let reading = Reading::yaml_1_1(text);
        // `0144` is 100 to older tools and 144 to newer ones: nobody knows what was meant.
        if let (Reading::Integer(older), Reading::Integer(newer)) =
            (reading, Reading::yaml_1_2(text))
            && older != newer
        {
            let place = Places::of(self.tree.text).find(self.tree.node(node).span);
            let message = format!(
                "line {}, column {}: `{text}` is not the same number for all tools",
                self.before + place.line,
                place.column
            );
            return Err(raise(
                py,
                unreadable(message).hint(Some("put it in quotes, or drop the leading zero")),
            ));
        }
        Ok(match reading {
            Reading::Text => text.into_pyobject(py)?.into_any(),
            Reading::Null => py.None().into_bound(py),
            Reading::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
            Reading::Integer(Some(value)) => value.into_pyobject(py)?.into_any(),
            Reading::Integer(None) | Reading::Float | Reading::Date => {
                self.construct.call1((reading.word(), text))?
            }
        })
    }
}
