//! A value as it is written, before anything is made of it.

use std::borrow::Cow;

use foldhash::HashSet;

/// What stands where a column's value should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// Nothing.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, by its text.
    Number(&'t str),
    /// A text without escapes.
    Text(&'t str),
    /// What stands between the quotes of a text with escapes.
    Escaped(&'t str),
    /// An object or array, by its text.
    Nested(&'t str),
    /// An element with attributes or children of its own, by its text.
    Markup(&'t str),
    /// A text of a format that has no types: whether it is a number, the column says.
    Bare(&'t str),
    /// The same, with every quote doubled.
    Doubled(&'t str),
    /// The same, with references to characters (`&amp;`).
    Referring(&'t str),
}

impl<'t> Token<'t> {
    /// The text that is meant, for every kind of text.
    pub(crate) fn text(self) -> Option<Cow<'t, str>> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(Cow::Borrowed(text)),
            Self::Doubled(written) => Some(Cow::Owned(written.replace("\"\"", "\""))),
            Self::Referring(written) => Some(super::xml::resolved(written)),
            Self::Escaped(written) => Some(Cow::Owned(super::json::unescape(written))),
            _ => None,
        }
    }
}

/// One row of an input, its members put to the columns they are for.
#[derive(Debug)]
pub(crate) struct Record<'t> {
    /// A token for every column.
    pub(crate) tokens: Vec<Token<'t>>,
    /// Members that no column is for: the name as it is meant and the value.
    pub(crate) extra: Vec<(Cow<'t, str>, Token<'t>)>,
    /// The names of those, where they are many.
    seen: HashSet<Cow<'t, str>>,
}

/// Up to this many undeclared members are compared one by one.
const FEW: usize = 16;

impl<'t> Record<'t> {
    pub(crate) fn new(columns: usize) -> Self {
        let (extra, seen) = (Vec::new(), HashSet::default());
        Self { tokens: vec![Token::Absent; columns], extra, seen }
    }

    /// Forgets the row before.
    pub(crate) fn clear(&mut self) {
        self.tokens.fill(Token::Absent);
        self.extra.clear();
        self.seen.clear();
    }

    /// Takes a member that no column is for; false where there is one of its name.
    pub(crate) fn keep(&mut self, name: Cow<'t, str>, token: Token<'t>) -> bool {
        let new = match self.extra.len() {
            0..FEW => self.extra.iter().all(|(other, _)| *other != name),
            _ => {
                if self.seen.is_empty() {
                    self.seen.extend(self.extra.iter().map(|(name, _)| name.clone()));
                }
                self.seen.insert(name.clone())
            }
        };
        if new {
            self.extra.push((name, token));
        }
        new
    }
}
