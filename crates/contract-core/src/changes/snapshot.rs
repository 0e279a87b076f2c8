//! What is kept of one version of a contract.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use storage_core::Digest;

use crate::check::{Document, check};
use crate::contract::{Contract, Value};
use crate::fields::{Field, Need, ROOT, Shape};
use crate::finding::Finding;
use crate::policy::Policy;
use crate::rule::Rule;
use crate::slot::Slot;
use crate::span::{Place, Places, Span};
use crate::words::{Encryption, PublicAccess, Purpose, Retention};

/// One version of a contract: its values with their places, owned, so that two versions can be
/// held at once and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The path, relative to the root of the repository, with `/` between its parts.
    pub path: String,
    /// The digest of the bytes.
    pub digest: Digest,
    // In the order of `LEAVES`; empty for a document that could not be read.
    cells: Vec<Cell>,
    /// Further tags, without `costCenter`.
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    said: Said,
    span: Span,
    place: Option<Place>,
}

/// What a version says in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Something that was not understood: there is a finding about it.
    Unclear,
    /// Nothing, and nothing is meant.
    Nothing,
    Text(String),
    Boolean(bool),
    Integer(u32),
}

/// A value that a version holds, and where it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<T> {
    /// The value.
    pub value: T,
    /// Where it stands, or where it would belong.
    pub span: Span,
    /// The same as line and column; `None` for a contract made in code.
    pub place: Option<Place>,
}

impl<T> Held<T> {
    /// The finding of `rule` about this value.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        field: &'static str,
        message: String,
    ) -> Finding {
        let mut finding = Finding::new(rule, field, self.span, message);
        finding.place = self.place;
        finding
    }

    fn map<U>(self, to: impl FnOnce(T) -> Option<U>) -> Option<Held<U>> {
        let Self { value, span, place } = self;
        to(value).map(|value| Held { value, span, place })
    }
}

/// The fields that hold values, in the order of the table.
pub(super) static LEAVES: LazyLock<Vec<&'static Field>> = LazyLock::new(|| {
    fn walk(fields: &'static [Field], leaves: &mut Vec<&'static Field>) {
        for field in fields {
            match field.shape {
                Shape::Section(inner) | Shape::Tags(inner) => walk(inner, leaves),
                _ => leaves.push(field),
            }
        }
    }
    let mut leaves = Vec::new();
    walk(ROOT, &mut leaves);
    leaves
});

impl Snapshot {
    /// Keeps what `contract`, read from `document`, says.
    pub fn of(document: Document<'_>, contract: &Contract<'_>) -> Self {
        let mut places = Places::of(contract.text);
        let cells = LEAVES.iter().map(|field| {
            let span = contract.place(field.slot);
            let place = span.is_somewhere().then(|| places.find(span));
            Cell { said: said(contract, field), span, place }
        });
        let cells = cells.collect();
        let tags = contract.tags.iter().filter(|tag| tag.key.value != "costCenter");
        let tags = tags.map(|tag| (tag.key.value.to_owned(), tag.value.value.to_owned())).collect();
        Self { cells, tags, ..Self::unreadable(document) }
    }

    /// Keeps that there is a document, but not one that could be read. Nothing in it differs from
    /// anything, so there has to be an error about it elsewhere.
    pub fn unreadable(document: Document<'_>) -> Self {
        Self {
            path: document.path.unwrap_or_default().to_owned(),
            digest: Digest::of(document.bytes),
            cells: Vec::new(),
            tags: BTreeMap::new(),
        }
    }

    /// Checks `document`, and keeps what it says: [`check`] and [`Snapshot::of`] in one.
    pub fn check(document: Document<'_>, policy: &Policy) -> (Vec<Finding>, Self) {
        let (findings, kept) = check(document, policy, |contract| Self::of(document, contract));
        (findings, kept.unwrap_or_else(|| Self::unreadable(document)))
    }

    /// Whether the document could be read.
    pub fn is_readable(&self) -> bool {
        !self.cells.is_empty()
    }

    /// What the version says in each field, in the order of the table.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static Field, &Said)> {
        LEAVES.iter().copied().zip(self.cells.iter().map(|cell| &cell.said))
    }

    fn held(&self, slot: Slot) -> Option<Held<&Said>> {
        let number = LEAVES.iter().position(|field| field.slot == slot)?;
        let Cell { said, span, place } = self.cells.get(number)?;
        (*said != Said::Unclear).then_some(Held { value: said, span: *span, place: *place })
    }

    fn text(&self, slot: Slot) -> Option<Held<&str>> {
        self.held(slot)?.map(|said| match said {
            Said::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    fn boolean(&self, slot: Slot) -> Option<Held<bool>> {
        self.held(slot)?.map(|said| match said {
            Said::Boolean(boolean) => Some(*boolean),
            _ => None,
        })
    }

    fn number(&self, slot: Slot) -> Option<Held<Option<u32>>> {
        self.held(slot)?.map(|said| match said {
            Said::Integer(number) => Some(Some(*number)),
            Said::Nothing => Some(None),
            _ => None,
        })
    }

    /// `id`
    pub fn id(&self) -> Option<Held<&str>> {
        self.text(Slot::Id)
    }

    /// `environment`
    pub fn environment(&self) -> Option<Held<&str>> {
        self.text(Slot::Environment)
    }

    /// `owner`
    pub fn owner(&self) -> Option<Held<&str>> {
        self.text(Slot::Owner)
    }

    /// `requester`
    pub fn requester(&self) -> Option<Held<&str>> {
        self.text(Slot::Requester)
    }

    /// `spec.bucketName`
    pub fn bucket_name(&self) -> Option<Held<&str>> {
        self.text(Slot::BucketName)
    }

    /// `spec.purpose.type`
    pub fn purpose(&self) -> Option<Held<Purpose>> {
        self.text(Slot::PurposeType)?.map(Purpose::from_word)
    }

    /// `spec.encryption.type`, or its default.
    pub fn encryption(&self) -> Option<Held<Encryption>> {
        self.text(Slot::EncryptionType)?.map(Encryption::from_word)
    }

    /// `spec.encryption.kmsKeyAlias`; the value is `None` if none is given.
    pub fn kms_key_alias(&self) -> Option<Held<Option<&str>>> {
        self.held(Slot::KmsKeyAlias)?.map(|said| match said {
            Said::Text(text) => Some(Some(text.as_str())),
            Said::Nothing => Some(None),
            _ => None,
        })
    }

    /// `spec.versioning`, or its default.
    pub fn versioning(&self) -> Option<Held<bool>> {
        self.boolean(Slot::Versioning)
    }

    /// `spec.publicAccess`, or its default.
    pub fn public_access(&self) -> Option<Held<PublicAccess>> {
        self.text(Slot::PublicAccess)?.map(PublicAccess::from_word)
    }

    /// `spec.retentionPolicy.type`
    pub fn retention(&self) -> Option<Held<Retention>> {
        self.text(Slot::RetentionType)?.map(Retention::from_word)
    }

    /// `spec.lifecycle.expireDays`; the value is `None` if objects do not expire.
    pub fn expire_days(&self) -> Option<Held<Option<u32>>> {
        self.number(Slot::ExpireDays)
    }

    /// `spec.accessLogging.enabled`, or its default.
    pub fn logging_enabled(&self) -> Option<Held<bool>> {
        self.boolean(Slot::LoggingEnabled)
    }

    /// `spec.costAlertGb`; the value is `None` if none is given.
    pub fn cost_alert_gb(&self) -> Option<Held<Option<u32>>> {
        self.number(Slot::CostAlertGb)
    }
}

fn said(contract: &Contract<'_>, field: &Field) -> Said {
    match contract.values[field.slot as usize].map(|at| at.value) {
        Some(Value::Text(text)) => Said::Text(text.to_owned()),
        Some(Value::Boolean(boolean)) => Said::Boolean(boolean),
        Some(Value::Integer(number)) => Said::Integer(number),
        Some(Value::Section | Value::Wrong) => Said::Unclear,
        None if contract.is_given(field.slot) => Said::Unclear,
        // What is left out and what is written out mean the same, so they are kept the same.
        None => match (field.need, field.shape) {
            (Need::Default(word), Shape::Boolean) => Said::Boolean(word == "true"),
            (Need::Default(word), _) => Said::Text(word.to_owned()),
            _ => Said::Nothing,
        },
    }
}
