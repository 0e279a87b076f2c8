//! From a tree to a contract, by the table of fields.

pub(crate) mod judge;
mod scalars;
pub(crate) mod suggest;

use crate::contract::{At, Contract, Tag, Value};
use crate::fields::{
    self, FIELD_GIVEN_TWICE, Field, KEYS_UNDER_METADATA, Need, Shape, UNKNOWN_FIELD, WRONG_TYPE,
};
use crate::finding::{Edit, Finding, Findings};
use crate::policy::Policy;
use crate::slot::Slot;
use crate::span::Span;
use crate::yaml::{self, Entry, Kind, NodeId, Reading, Style, Tree, shown};

/// Reads what `tree` asks for, with a finding about everything that the table does not allow.
pub(crate) fn contract<'t>(
    tree: &'t Tree<'_>,
    policy: &Policy,
    findings: &mut Findings<'_>,
) -> Contract<'t> {
    let mut reader =
        Reader { tree, policy, findings, contract: Contract::new(tree.text), renamed: Vec::new() };
    let start = tree.node(0).span.start;
    let start = Span { start, end: start };
    reader.contract.start = start;
    reader.section(0, fields::ROOT, "", start);
    reader.contract
}

struct Reader<'t, 's, 'f, 'p> {
    tree: &'t Tree<'s>,
    policy: &'f Policy,
    findings: &'f mut Findings<'p>,
    contract: Contract<'t>,
    // Names that a remedy gives to a key: two of them would make a duplicate.
    renamed: Vec<(String, &'static str)>,
}

impl<'t> Reader<'t, '_, '_, '_> {
    /// Reads the entries of a mapping that may hold `fields`. `at` is where a missing field is
    /// reported: the key of the mapping.
    fn section(&mut self, node: NodeId, fields: &'static [Field], path: &str, at: Span) {
        let mut expected = 0;
        for entry in self.tree.entries(node) {
            if entry.key.is_empty() {
                continue; // There is a finding about this key already.
            }
            // Nearly every contract keeps the order of the table.
            let mut places = (expected..fields.len()).chain(0..expected);
            match places.find(|place| fields[*place].key == entry.key) {
                Some(place) => {
                    expected = place + 1;
                    self.field(&fields[place], entry);
                }
                None => self.other(entry, fields, path),
            }
        }
        // Fields of the top that may stand under `metadata` are asked for after everything.
        for field in fields {
            if field.need == Need::Required && !self.contract.is_given(field.slot) {
                self.missing(field, at);
            }
        }
    }

    fn missing(&mut self, field: &Field, at: Span) {
        self.findings.push(judge::missing(field, at));
    }

    fn field(&mut self, field: &'static Field, entry: &'t Entry<'_>) {
        let seen = self.contract.keys[field.slot as usize];
        if seen.is_somewhere() {
            self.given_twice(field, entry);
            return;
        }
        self.contract.keys[field.slot as usize] = entry.key_span;
        let node = self.tree.node(entry.value);
        let value = match (&node.kind, field.shape) {
            (Kind::Refused, _) => None,
            (Kind::Mapping, Shape::Section(inner)) => {
                self.section(entry.value, inner, field.path, entry.key_span);
                Some(Value::Section)
            }
            (Kind::Mapping, Shape::Tags(inner)) => {
                self.section(entry.value, inner, field.path, entry.key_span);
                Some(Value::Section)
            }
            (Kind::Scalar(text, style), Shape::Section(_) | Shape::Tags(_)) => {
                let found = scalars::describe(text, *style);
                self.wrong_type(field, node.span, &found);
                None
            }
            (Kind::Scalar(text, style), _) => self.scalar(field, text, *style, node.span),
            (Kind::Mapping, _) => {
                self.wrong_type(field, node.span, "a mapping");
                None
            }
            (Kind::Sequence, _) => {
                self.wrong_type(field, node.span, "a list");
                None
            }
        };
        self.contract.values[field.slot as usize] =
            value.map(|value| At { value, span: node.span });
        if field.slot == Slot::CostCenter
            && let Some(Value::Text(value)) = value
        {
            let key = At { value: entry.key.as_ref(), span: entry.key_span };
            self.contract.tags.push(Tag { key, value: At { value, span: node.span } });
        }
    }

    fn wrong_type(&mut self, field: &Field, span: Span, found: &str) {
        let (wanted, hint) = match field.shape {
            Shape::Section(_) | Shape::Tags(_) => {
                ("a mapping", format!("write `{}:` and its fields on deeper lines", field.key))
            }
            Shape::Boolean => {
                ("`true` or `false`", "write `true` or `false`, without quotes".to_owned())
            }
            Shape::Integer { .. } => (
                "a whole number",
                format!("write digits without quotes, for example `{}`", field.example),
            ),
            _ => ("text", format!("write one value, for example `{}`", field.example)),
        };
        // An empty value has no width: point at the key, which everybody can see.
        let span = if span.is_empty() { self.contract.keys[field.slot as usize] } else { span };
        let message = format!("`{}` must be {wanted}, this is {found}", field.path);
        self.findings.push(Finding::new(&WRONG_TYPE, field.path, span, message).hint(hint));
    }

    /// The same key twice in one mapping is YAML's business; this is `id` and `metadata.id`.
    fn given_twice(&mut self, field: &Field, entry: &Entry<'_>) {
        let under_metadata = KEYS_UNDER_METADATA.contains(&field.key);
        let metadata = self.contract.keys[Slot::Metadata as usize];
        if !(under_metadata && metadata.is_somewhere()) {
            return;
        }
        let message = format!("`{}` is given here and elsewhere", field.key);
        let finding = Finding::new(&FIELD_GIVEN_TWICE, field.path, entry.key_span, message);
        self.findings.push(finding.hint("keep the one at the top of the contract"));
    }

    /// A key that is no field of this mapping.
    fn other(&mut self, entry: &'t Entry<'_>, fields: &'static [Field], path: &str) {
        match path {
            "spec.tags" => return self.tag(entry),
            "metadata" if KEYS_UNDER_METADATA.contains(&entry.key.as_ref()) => {
                let field = fields::ROOT.iter().find(|field| field.key == entry.key);
                return self.field(field.expect("the keys under metadata are fields"), entry);
            }
            _ => {}
        }
        let dot = if path.is_empty() { "" } else { "." };
        let field = format!("{path}{dot}{}", shown(&entry.key));
        let message = format!("a contract has no field `{field}`");
        let finding = Finding::new(&UNKNOWN_FIELD, field, entry.key_span, message);
        let keys = fields.iter().map(|field| field.key);
        let finding = match suggest::closest(&entry.key, keys) {
            Some(key) => {
                let is_key = |other: &Entry<'_>| other.key == key;
                let rename = (path.to_owned(), key);
                let free = !self.tree.entries(self.mapping_of(path)).any(is_key)
                    && !self.renamed.contains(&rename);
                let finding = finding.hint(format!("did you mean `{key}`?"));
                // Behind quotes, other things may follow than behind a plain key.
                let quote = match entry.key_span.of(self.tree.text).as_bytes().first() {
                    Some(b'"') => "\"",
                    Some(b'\'') => "'",
                    _ => "",
                };
                let edit = Edit { span: entry.key_span, text: format!("{quote}{key}{quote}") };
                if free {
                    self.renamed.push(rename);
                    finding.fix(format!("rename it to `{key}`"), vec![edit])
                } else {
                    finding
                }
            }
            None => match suggest::elsewhere(&entry.key) {
                Some(path) => finding.hint(format!("did you mean `{path}`?")),
                None => finding.hint("remove it, or make it a tag if it is only a label"),
            },
        };
        self.findings.push(finding);
    }

    /// The mapping at `path`, or the root.
    fn mapping_of(&self, path: &str) -> NodeId {
        path.split('.').filter(|key| !key.is_empty()).fold(0, |node, key| {
            let mut entries = self.tree.entries(node);
            entries.find(|entry| entry.key == key).map_or(node, |entry| entry.value)
        })
    }

    fn tag(&mut self, entry: &'t Entry<'_>) {
        let node = self.tree.node(entry.value);
        let path = format!("spec.tags.{}", shown(&entry.key));
        match &node.kind {
            Kind::Scalar(_, Style::Block) => self.block(&path, &shown(&entry.key), node.span),
            Kind::Scalar(text, style) => {
                self.key_of_a_tag(entry);
                let value = self.free_text(&path, text, *style, node.span, entry.key_span);
                if let Some(value) = value {
                    let key = At { value: entry.key.as_ref(), span: entry.key_span };
                    self.contract.tags.push(Tag { key, value: At { value, span: node.span } });
                }
            }
            Kind::Refused => {}
            Kind::Mapping | Kind::Sequence => {
                let message = format!("`{path}` must be text");
                let finding = Finding::new(&WRONG_TYPE, path, node.span, message);
                self.findings.push(finding.hint("a tag is one key with one text"));
            }
        }
    }

    /// An unquoted `on` is a key `true` for some tools.
    fn key_of_a_tag(&mut self, entry: &Entry<'_>) {
        let key = entry.key.as_ref();
        let is_text = |reading| reading == Reading::Text;
        let quoted = entry.key_span.of(self.tree.text).starts_with(['"', '\'', '|', '>']);
        if quoted || is_text(Reading::yaml_1_1(key)) && is_text(Reading::yaml_1_2(key)) {
            return;
        }
        let path = format!("spec.tags.{}", shown(key));
        let message = format!("the key `{}` is not text for all tools", shown(key));
        let finding = Finding::new(&yaml::AMBIGUOUS_SCALAR, path, entry.key_span, message);
        self.findings.push(finding.hint("put it in quotes").replace_with(yaml::quoted(key)));
    }

    /// The environments that the policy names.
    fn environments(&self) -> impl Iterator<Item = &str> {
        self.policy.environments.iter().map(|environment| environment.name.as_str())
    }
}
