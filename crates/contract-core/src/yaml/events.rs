//! The full reader: from the events of a YAML parser to the tree.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError};

use crate::finding::{Finding, Findings, Related};
use crate::span::{Places, Span};
use crate::yaml::hidden::{self, shown};
use crate::yaml::rules;
use crate::yaml::tabs::{self, Tabs};
use crate::yaml::tree::{Kind, NodeId, Style, Tree};

/// The deepest nesting that is read; a contract needs three levels.
pub const MAX_DEPTH: usize = 16;

/// The most values that are read, sections and items of lists among them; a contract has about
/// forty, and S3 takes 50 tags. The bound keeps the number of findings small.
pub const MAX_VALUES: usize = 1000;

/// Whose document is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A requester's: small, and read alike by every tool.
    Contract,
    /// The platform's own: of any length, and laid out as people like.
    Own,
}

fn parser(text: &str, source: Source) -> Parser<'_, granit_parser::StrInput<'_>> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        disallow_directives: source == Source::Contract,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    Parser::new_from_str_with_options(text, options)
}

/// Where the documents of `text` begin, or the place and the nature of its first mistake.
pub(super) fn document_starts(text: &str) -> Result<Vec<usize>, (usize, String)> {
    let mut starts = Vec::new();
    for next in parser(text, Source::Own) {
        let (event, span) = next.map_err(|error| {
            (error.marker().byte_offset().unwrap_or(0), error.info().to_string())
        })?;
        let start = span.byte_range().map_or(0, |range| range.start);
        match event {
            Event::DocumentStart(..) => starts.push(start),
            Event::UnresolvedAlias(_) => {
                return Err((start, "the alias has no anchor".to_owned()));
            }
            _ => {}
        }
    }
    Ok(starts)
}

/// Reads `text`. `None` if there is no mapping; then a finding says why.
pub(super) fn read<'s>(
    text: &'s str,
    source: Source,
    findings: &mut Findings<'_>,
) -> Option<Tree<'s>> {
    let mut tabs = Tabs::of(text, source);
    let mut builder = Builder { tree: Tree::new(text), open: Vec::new(), findings };
    let mut documents = 0;
    for next in parser(text, source) {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                builder.findings.push(syntax(text, &error));
                return None;
            }
        };
        let tag = span.tag_span().and_then(|span| span.byte_range());
        let range = span.byte_range().unwrap_or(0..0);
        tabs.take(&event, range.clone());
        let span = Span::new(range.start, range.end);
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                let finding =
                    builder.about(&rules::SEVERAL_DOCUMENTS, span, "a second document begins here");
                builder.findings.push(finding.hint("write one contract per file"));
                break;
            }
        }
        builder.take(event, span, tag.map(|range| Span::new(range.start, range.end)));
        if source == Source::Contract && builder.tree.len() > MAX_VALUES {
            let message = format!("the document holds more than {MAX_VALUES} values");
            let finding = Finding::new(&rules::OVERSIZED_FILE, "", span, message);
            builder.findings.push(finding.hint("a contract describes one bucket; shorten it"));
            return None;
        }
    }
    tabs.finish(text, builder.findings);
    builder.finish()
}

fn syntax(text: &str, error: &ScanError) -> Finding {
    let at = error.marker().byte_offset().unwrap_or(0);
    let about = |rule, message| Finding::new(rule, "", Span::new(at, at), message);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("the nesting is deeper than {MAX_DEPTH} levels");
            about(&rules::DEEP_NESTING, message).hint("a contract needs three levels")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => tabs::error(text, at),
        ErrorKind::DirectiveDisallowed => {
            let message = "a directive changes how the document is read".to_owned();
            about(&rules::DIRECTIVE, message).hint("remove the line")
        }
        ErrorKind::UndeclaredTagHandle => {
            let message = "a tag changes how a value is read".to_owned();
            about(&rules::TAG, message).hint("remove the tag; the type of each field is known")
        }
        _ => {
            let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let conflict = ["<<<<<<<", "=======", ">>>>>>>"];
            about(&rules::BROKEN_YAML, format!("this is not YAML: {}", error.info())).hint(
                if conflict.iter().any(|marker| text[line..].starts_with(marker)) {
                    "resolve the merge conflict that was left here"
                } else {
                    "check the quotes, brackets and indentation up to here"
                },
            )
        }
    }
}

struct Open<'s> {
    node: NodeId,
    mapping: bool,
    key: Option<(Cow<'s, str>, Span)>,
    // Where each key stands first.
    seen: HashMap<Cow<'s, str>, Span>,
}

struct Builder<'s, 'f, 'p> {
    tree: Tree<'s>,
    open: Vec<Open<'s>>,
    findings: &'f mut Findings<'p>,
}

impl<'s> Builder<'s, '_, '_> {
    fn about(&self, rule: &'static crate::Rule, span: Span, message: &'static str) -> Finding {
        Finding::new(rule, "", span, message)
    }

    fn take(&mut self, event: Event<'s>, span: Span, tag: Option<Span>) {
        let (anchor, tagged) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor != 0, tag.is_some()),
            _ => (false, false),
        };
        if tagged {
            let finding =
                self.about(&rules::TAG, tag.unwrap_or(span), "a tag changes how a value is read");
            self.findings.push(finding.hint("remove the tag; the type of each field is known"));
        }
        if anchor {
            let finding = self.about(&rules::ANCHOR_OR_ALIAS, span, "this value carries an anchor");
            self.findings.push(finding.hint("write values out where they are used"));
        }
        match event {
            Event::Scalar(text, style, ..) => self.scalar(text, style, span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let finding = self.about(&rules::ANCHOR_OR_ALIAS, span, "this value is an alias");
                self.findings.push(finding.hint("write the value out"));
                let node = self.tree.add(Kind::Refused, span);
                self.place(node, span);
            }
            Event::MappingStart(..) => self.begin(Kind::Mapping, span),
            Event::SequenceStart(..) => self.begin(Kind::Sequence, span),
            Event::MappingEnd | Event::SequenceEnd => self.end(span),
            _ => {}
        }
    }

    fn scalar(&mut self, text: Cow<'s, str>, style: ScalarStyle, span: Span) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        // Only an escape brings in what was not seen in the document itself.
        if style == Style::Quoted
            && let Cow::Owned(text) = &text
            && let Some(finding) = hidden::inside(text, span)
        {
            self.findings.push(finding);
        }
        if let Some(open) = self.open.last_mut()
            && open.mapping
            && open.key.is_none()
        {
            if text.is_empty() || span.is_empty() {
                open.key = Some((Cow::Borrowed(""), span));
                let finding = self.about(&rules::COMPLEX_KEY, span, "this key is empty");
                self.findings.push(finding.hint("write the name of a field"));
                return;
            }
            let first = *open.seen.entry(text.clone()).or_insert(span);
            open.key = Some((text.clone(), span));
            if text == "<<" && style == Style::Plain {
                open.key = Some((Cow::Borrowed(""), span));
                let finding = self.about(&rules::MERGE_KEY, span, "`<<` merges another mapping in");
                self.findings.push(finding.hint("write the fields out"));
            } else if first != span {
                self.duplicate(&text, first, span);
            }
            return;
        }
        let node = self.tree.add(Kind::Scalar(text, style), span);
        self.place(node, span);
    }

    fn duplicate(&mut self, key: &str, first: Span, span: Span) {
        let place = Some(Places::of(self.tree.text).find(first));
        let finding = Finding::new(
            &rules::DUPLICATE_KEY,
            "",
            span,
            format!("the key `{}` is given twice", shown(key)),
        )
        .hint("keep one of the two")
        .related(Related { path: None, place, message: "first given here".to_owned() });
        self.findings.push(finding);
    }

    fn begin(&mut self, kind: Kind<'s>, span: Span) {
        let mapping = kind == Kind::Mapping;
        let node = self.tree.add(kind, span);
        self.place(node, span);
        self.open.push(Open { node, mapping, key: None, seen: HashMap::new() });
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let last = self.tree.entries(open.node).last().map(|entry| entry.value);
        // A block has no closing bracket: it ends with its last value.
        let end = match last {
            Some(last) if span.start == span.end => self.tree.node(last).span.end,
            _ => span.end,
        };
        self.tree.set_end(open.node, end);
    }

    /// Puts a node where it belongs: under the waiting key, or next in its sequence.
    fn place(&mut self, node: NodeId, span: Span) {
        let Some(open) = self.open.last_mut() else { return };
        if !open.mapping {
            self.tree.attach(open.node, Cow::Borrowed(""), span, node);
            return;
        }
        match open.key.take() {
            Some((key, key_span)) => self.tree.attach(open.node, key, key_span, node),
            None => {
                // A mapping, a sequence or an alias in the place of a key: its value is kept
                // under a key that no field has.
                open.key = Some((Cow::Borrowed(""), span));
                let finding = self.about(&rules::COMPLEX_KEY, span, "this key is not plain text");
                self.findings.push(finding.hint("write the name of a field"));
            }
        }
    }

    fn finish(self) -> Option<Tree<'s>> {
        let Self { tree, findings, .. } = self;
        if tree.is_empty() || tree.node(0).span.is_empty() && tree.len() == 1 {
            let finding =
                Finding::new(&rules::NOT_A_MAPPING, "", Span::new(0, 0), "the document is empty");
            findings.push(finding.hint("begin with `apiVersion: goldenpath.io/v1`"));
            return None;
        }
        let root = tree.node(0);
        if root.kind != Kind::Mapping {
            let finding = Finding::new(
                &rules::NOT_A_MAPPING,
                "",
                root.span,
                "the document is not a mapping of keys to values",
            );
            findings.push(finding.hint("begin with `apiVersion: goldenpath.io/v1`"));
            return None;
        }
        Some(tree)
    }
}
