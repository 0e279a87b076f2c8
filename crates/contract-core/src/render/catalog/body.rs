//! The second document of a catalogue, with the place of everything in it.

use super::CatalogError;
use crate::finding::Findings;
use crate::policy::Policy;
use crate::span::{Places, Span};
use crate::yaml::{self, Entry, Kind, NodeId, Tree};

/// A catalogue as it was read.
pub(super) struct Body<'t> {
    /// The whole file.
    pub(super) whole: &'t str,
    /// The byte at which the second document begins. Spans count from there.
    pub(super) start: usize,
    /// The second document.
    pub(super) tree: Tree<'t>,
}

impl<'t> Body<'t> {
    pub(super) fn of(whole: &'t str) -> Result<Self, CatalogError> {
        let line = |at: usize| Places::of(whole).find(Span::new(at, at)).line;
        let starts = yaml::document_starts(whole)
            .map_err(|(at, problem)| CatalogError::NotPlainYaml { line: line(at), problem })?;
        let (Some(&start), 1..=2) = (starts.last(), starts.len()) else {
            return Err(CatalogError::Documents { found: starts.len() });
        };
        let text = whole.get(start..).unwrap_or_default();
        // What a contract may not have, a catalogue may not have either: anchors, tags, keys
        // given twice. Nobody could say what an edit would change.
        let policy = Policy::default();
        let mut findings = Findings::new(&policy);
        let tree = yaml::read_any(text, &mut findings);
        if let Some(finding) = findings.finish(text).first() {
            let line = line(start + finding.span.start as usize);
            if tree.is_none() && finding.rule.name == "not-a-mapping" {
                return Err(CatalogError::Documents { found: starts.len() });
            }
            return Err(CatalogError::NotPlainYaml { line, problem: finding.message.clone() });
        }
        let tree = tree.ok_or(CatalogError::Documents { found: starts.len() })?;
        let body = Self { whole, start, tree };
        match body.entry(0, "buckets") {
            Some(_) => Ok(body),
            None => Err(CatalogError::Documents { found: starts.len() }),
        }
    }

    /// The text of the second document.
    pub(super) fn text(&self) -> &'t str {
        &self.whole[self.start..]
    }

    /// The entry of a mapping with this key.
    pub(super) fn entry(&self, mapping: NodeId, key: &str) -> Option<&Entry<'t>> {
        self.tree.entries(mapping).find(|entry| entry.key == key)
    }

    /// The entry of a bucket.
    pub(super) fn bucket(&self, name: &str) -> Option<&Entry<'t>> {
        self.entry(self.entry(0, "buckets")?.value, name)
    }

    /// Whether nothing stands in the place of a value.
    pub(super) fn is_empty(&self, node: NodeId) -> bool {
        match &self.tree.node(node).kind {
            Kind::Scalar(text, yaml::Style::Plain) => {
                yaml::Reading::yaml_1_1(text) == yaml::Reading::Null
            }
            Kind::Mapping => self.tree.entries(node).next().is_none(),
            _ => false,
        }
    }

    /// The refusal of the layout at `at`.
    pub(super) fn refuse(&self, at: u32, problem: &'static str) -> CatalogError {
        let at = self.start + at as usize;
        let line = Places::of(self.whole).find(Span::new(at, at)).line;
        CatalogError::Layout { line, problem }
    }
}
