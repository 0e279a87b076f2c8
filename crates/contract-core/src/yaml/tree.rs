//! The tree.

use std::borrow::Cow;

use crate::span::Span;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, so that tools may take it for a number, a boolean or a date.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block, after `|` or `>`.
    Block,
}

/// What a node is. Deliberately exhaustive.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind<'s> {
    /// Text, not yet taken for anything else.
    Scalar(Cow<'s, str>, Style),
    /// Keys with values; the entries follow by [`Tree::entries`].
    Mapping,
    /// Values in a row; they follow by [`Tree::items`].
    Sequence,
    /// An alias: there is a finding about it, and nothing more to ask.
    Refused,
}

/// The number of a node in its tree.
pub type NodeId = u32;

/// One value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'s> {
    /// What it is.
    pub kind: Kind<'s>,
    /// Where it stands.
    pub span: Span,
    first: u32,
    last: u32,
}

/// One key with its value, or one item of a sequence (then the key is empty).
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'s> {
    /// The key as text.
    pub key: Cow<'s, str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: NodeId,
    next: u32,
}

const NONE: u32 = u32::MAX;

/// A document as a tree. The root is node 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree<'s> {
    /// The text that was read.
    pub text: &'s str,
    nodes: Vec<Node<'s>>,
    entries: Vec<Entry<'s>>,
}

impl<'s> Tree<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        // A contract has about forty nodes; growing twice would cost more than it saves.
        Self { text, nodes: Vec::with_capacity(48), entries: Vec::with_capacity(48) }
    }

    /// The node with this number.
    pub fn node(&self, id: NodeId) -> &Node<'s> {
        &self.nodes[id as usize]
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The entries of a mapping or sequence, in the order of the text. Keys may repeat: there is
    /// a finding about it, and the first one counts.
    pub fn entries(&self, id: NodeId) -> impl Iterator<Item = &Entry<'s>> {
        let mut next = self.node(id).first;
        std::iter::from_fn(move || {
            let entry = self.entries.get(next as usize)?;
            next = entry.next;
            Some(entry)
        })
    }

    /// The values of a sequence.
    pub fn items(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.entries(id).map(|entry| entry.value)
    }

    pub(super) fn add(&mut self, kind: Kind<'s>, span: Span) -> NodeId {
        self.nodes.push(Node { kind, span, first: NONE, last: NONE });
        (self.nodes.len() - 1) as NodeId
    }

    pub(super) fn attach(
        &mut self,
        parent: NodeId,
        key: Cow<'s, str>,
        key_span: Span,
        value: NodeId,
    ) {
        let new = self.entries.len() as u32;
        self.entries.push(Entry { key, key_span, value, next: NONE });
        let parent = &mut self.nodes[parent as usize];
        match self.entries.get_mut(parent.last as usize) {
            Some(last) if parent.last != NONE => last.next = new,
            _ => parent.first = new,
        }
        parent.last = new;
    }

    pub(super) fn set_end(&mut self, id: NodeId, end: u32) {
        self.nodes[id as usize].span.end = end;
    }
}
