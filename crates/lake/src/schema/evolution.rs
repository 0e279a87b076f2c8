//! Which document may follow which: the rows that are there have to mean the same.

use std::collections::BTreeMap;
use std::fmt;

use super::{Column, Document, EXTRA, Mask, Partition, TEXT_SUFFIX, Type, Unknown, Winner};

impl Document {
    /// Why rows of this document cannot be put to rows of the one `before`, one line for each reason; none
    /// where they can.
    ///
    /// Columns are told by their ids. A column may be added if it may be empty, be given another name, and
    /// hold more than before: a longer text, a decimal with more digits, a decimal where a whole number was.
    /// What a value is held against (limits, lists, patterns, what stands for no value) may change: it is
    /// about rows that come. A name that a column of files had stays with it. Everything else would change what the rows mean that are there.
    ///
    /// ```
    /// use lake::schema::{ACTIVITY, Document};
    ///
    /// let before = Document::parse(ACTIVITY).expect("the shipped document is in order");
    /// let text = ACTIVITY.replace("version: 1", "version: 2");
    /// let parse = |text: &str| Document::parse(text).expect("it is in order");
    /// let renamed = parse(&text.replace("name: source,", "name: origin,"));
    /// assert!(renamed.cannot_follow(&before).is_empty());
    /// let other = parse(&text.replace("name: quantity, type: double", "name: quantity, type: integer"));
    /// assert_eq!(other.cannot_follow(&before), ["`quantity` was double and would be integer"]);
    /// ```
    pub fn cannot_follow(&self, before: &Self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.digest() == before.digest() {
            return reasons;
        }
        if self.version() <= before.version() {
            let (then, now) = (before.version(), self.version());
            reasons.push(format!("its version is {now}, and {then} was there before"));
        }
        for old in before.columns() {
            match self.columns().iter().find(|it| it.id == old.id) {
                None => reasons.push(format!("`{}` (id {}) is left out", old.name, old.id)),
                Some(new) => reasons.extend(changed(old, new, before)),
            }
        }
        for new in self.columns() {
            let added = before.columns().iter().all(|it| it.id != new.id);
            if added && new.required && new.default.is_none() {
                reasons
                    .push(format!("`{}` is added and required, and older rows lack it", new.name));
            }
        }
        let ids = |document: &Self, names: &[String]| -> Vec<Option<u32>> {
            names.iter().map(|name| id(document, name)).collect()
        };
        if ids(self, self.key()) != ids(before, before.key()) {
            reasons.push("the key is another one".to_owned());
        }
        if !wins_as(self, before) {
            reasons.push("another row would win".to_owned());
        }
        // Where an earlier row may lose, the others of its partition are written again as this document has
        // them.
        let rewrites = matches!(before.winner(), Winner::Last | Winner::Greatest(_));
        let kept = before.unknown_columns() == Unknown::Keep;
        if rewrites && kept && self.unknown_columns() != Unknown::Keep {
            reasons.push(format!("what `{EXTRA}` keeps of older rows would be lost"));
        }
        let levels = |document: &Self| -> Vec<(String, Option<u32>)> {
            let level = |it: &Partition| (it.name().to_owned(), id(document, it.source()));
            document.partitions().iter().map(level).collect()
        };
        if levels(self) != levels(before) {
            reasons.push("the partitions are other ones, or have other names".to_owned());
        }
        reasons.extend(self.mixed_with(before));
        reasons
    }

    /// Which columns of files are called as another one was in files of the document `before`, one line for
    /// each. Readers in other programs go by names and would put the values of both into one column.
    pub(crate) fn mixed_with(&self, before: &Self) -> Vec<String> {
        let old = called(before);
        // One that is left out is refused as such.
        let there = |(Holds::Values(id) | Holds::Texts(id)): &Holds| {
            self.columns().iter().any(|it| it.id == *id)
        };
        let mixed = called(self).into_iter().filter_map(|(name, new)| {
            let was = old.get(&name).filter(|it| **it != new && there(it))?;
            Some(format!("`{name}` would be {new}, and is {was} in older files"))
        });
        mixed.collect()
    }
}

/// Whose values a column of files holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Those of the column with this id.
    Values(u32),
    /// Their texts, where a double has not all digits.
    Texts(u32),
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(id) => write!(f, "the column with id {id}"),
            Self::Texts(id) => write!(f, "the text beside the column with id {id}"),
        }
    }
}

/// What columns of files are called.
fn called(document: &Document) -> BTreeMap<String, Holds> {
    let mut called = BTreeMap::new();
    for column in document.columns().iter().filter(|it| it.mask != Some(Mask::Drop)) {
        called.insert(column.name.clone(), Holds::Values(column.id));
        if column.kind == Type::Double {
            called.insert(format!("{}{TEXT_SUFFIX}", column.name), Holds::Texts(column.id));
        }
    }
    called
}

/// Whether the same of several rows wins.
fn wins_as(new: &Document, old: &Document) -> bool {
    match (new.winner(), old.winner()) {
        (Winner::Greatest(one), Winner::Greatest(other)) => id(new, one) == id(old, other),
        (one, other) => one == other,
    }
}

fn id(document: &Document, name: &str) -> Option<u32> {
    document.columns().iter().find(|it| it.name == name).map(|it| it.id)
}

/// Why `new` is not the column that `old` was.
fn changed(old: &Column, new: &Column, before: &Document) -> Vec<String> {
    let (name, mut reasons) = (&new.name, Vec::new());
    if !widens(old.kind, new.kind) {
        reasons.push(format!("`{name}` was {} and would be {}", old.kind, new.kind));
    }
    // A text that was let in stays as long as it is.
    let shorter = match (old.max_length, new.max_length) {
        (_, None) => false,
        (None, Some(_)) => old.kind == Type::String,
        (Some(old), Some(new)) => new < old,
    };
    if shorter {
        reasons.push(format!("`{name}` may have had more characters"));
    }
    let may_lack = |it: &Column| !it.required && it.default.is_none();
    if may_lack(old) && !may_lack(new) {
        reasons.push(format!("`{name}` would be required, and older rows may lack it"));
    }
    if old.mask != new.mask {
        reasons.push(format!("`{name}` would be masked in another way"));
    }
    if old.name != new.name && before.in_path(&old.name) {
        reasons.push(format!("`{}` names folders and cannot be called `{name}`", old.name));
    }
    reasons
}

/// Whether every value of `old` is one of `new`.
fn widens(old: Type, new: Type) -> bool {
    /// The digits of the longest whole number of 64 bits.
    const INTEGER: u8 = 19;
    match (old, new) {
        (old, new) if old == new => true,
        (Type::Integer, Type::Decimal { precision, scale }) => precision - scale >= INTEGER,
        (
            Type::Decimal { precision: had, scale: before },
            Type::Decimal { precision: has, scale: now },
        ) => now >= before && has - now >= had - before,
        _ => false,
    }
}
