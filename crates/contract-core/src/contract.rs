//! A contract as it was read: each value with its place, as far as it could be understood.

use crate::slot::Slot;
use crate::span::Span;
use crate::words::{self, Encryption, PublicAccess, Purpose, Retention, StorageClass};

/// A value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands; for a default, where it would belong.
    pub span: Span,
}

impl<T> At<T> {
    fn map<U>(self, to: impl FnOnce(T) -> Option<U>) -> Option<At<U>> {
        to(self.value).map(|value| At { value, span: self.span })
    }
}

/// One value that follows the table of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'t> {
    Text(&'t str),
    Boolean(bool),
    Integer(u32),
    Section,
    /// There is something, but it does not follow the table; only contracts made in code say so.
    Wrong,
}

/// One tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'t> {
    /// Its key.
    pub key: At<&'t str>,
    /// Its value.
    pub value: At<&'t str>,
}

/// What a document asks for, as far as it could be understood.
///
/// A field that is missing or wrong is `None`, and there is a finding about it already: rules ask
/// only about what is there. A field that may be left out gives its default.
pub struct Contract<'t> {
    /// The text, for remedies that insert or remove lines; empty for a contract made in code.
    pub text: &'t str,
    pub(crate) values: [Option<At<Value<'t>>>; Slot::COUNT],
    pub(crate) keys: [Span; Slot::COUNT],
    // Where the document begins, for what has no section to be missed in.
    pub(crate) start: Span,
    /// All tags, `costCenter` among them, in the order of the text.
    pub tags: Vec<Tag<'t>>,
}

impl<'t> Contract<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            values: [None; Slot::COUNT],
            keys: [Span::NOWHERE; Slot::COUNT],
            start: Span::NOWHERE,
            tags: Vec::new(),
        }
    }

    /// Whether the field is there, right or wrong.
    pub fn is_given(&self, slot: Slot) -> bool {
        self.values[slot as usize].is_some() || self.keys[slot as usize].is_somewhere()
    }

    /// Where the key of the field stands.
    pub fn key_span(&self, slot: Slot) -> Span {
        self.keys[slot as usize]
    }

    /// Where the field stands, or else the section that it belongs in, or else the document begins.
    pub fn place(&self, slot: Slot) -> Span {
        if let Some(at) = self.values[slot as usize]
            && at.value != Value::Section
        {
            return at.span;
        }
        match (self.keys[slot as usize], parent(slot)) {
            (key, _) if key.is_somewhere() => key,
            (_, Some(section)) => self.place(section),
            (_, None) => self.start,
        }
    }

    /// Where the value of the field stands, if it was understood.
    pub fn value_span(&self, slot: Slot) -> Option<Span> {
        self.values[slot as usize].map(|at| at.span).filter(|span| span.is_somewhere())
    }

    /// Whether a section that the field belongs in is written in braces.
    pub fn is_in_flow_style(&self, slot: Slot) -> bool {
        parent(slot).is_some_and(|section| {
            self.value_span(section).is_some_and(|span| span.of(self.text).starts_with('{'))
                || self.is_in_flow_style(section)
        })
    }

    /// The text in the field.
    pub fn text_in(&self, slot: Slot) -> Option<At<&'t str>> {
        self.values[slot as usize]?.map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// The number in the field.
    pub fn number_in(&self, slot: Slot) -> Option<At<u32>> {
        self.values[slot as usize]?.map(|value| match value {
            Value::Integer(number) => Some(number),
            _ => None,
        })
    }

    /// The boolean in the field, or `default` if the field is not given.
    fn boolean_or(&self, slot: Slot, default: bool) -> Option<At<bool>> {
        if !self.is_given(slot) {
            return Some(At { value: default, span: self.place(slot) });
        }
        self.values[slot as usize]?.map(|value| match value {
            Value::Boolean(boolean) => Some(boolean),
            _ => None,
        })
    }

    /// The word in the field, or `default` if the field is not given.
    fn word_or<T>(&self, slot: Slot, default: T, from: fn(&str) -> Option<T>) -> Option<At<T>> {
        if !self.is_given(slot) {
            return Some(At { value: default, span: self.place(slot) });
        }
        self.text_in(slot)?.map(from)
    }

    /// `id`
    pub fn id(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::Id)
    }

    /// `environment`
    pub fn environment(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::Environment)
    }

    /// `owner`
    pub fn owner(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::Owner)
    }

    /// `application`
    pub fn application(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::Application)
    }

    /// `spec.bucketName`
    pub fn bucket_name(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::BucketName)
    }

    /// `spec.purpose.type`
    pub fn purpose(&self) -> Option<At<Purpose>> {
        self.text_in(Slot::PurposeType)?.map(Purpose::from_word)
    }

    /// `spec.storageClass`
    pub fn storage_class(&self) -> Option<At<StorageClass>> {
        self.word_or(Slot::StorageClass, StorageClass::Standard, words::storage_class)
    }

    /// `spec.encryption.type`
    pub fn encryption(&self) -> Option<At<Encryption>> {
        self.word_or(Slot::EncryptionType, Encryption::SseS3, Encryption::from_word)
    }

    /// `spec.encryption.kmsKeyAlias`
    pub fn kms_key_alias(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::KmsKeyAlias)
    }

    /// `spec.versioning`
    pub fn versioning(&self) -> Option<At<bool>> {
        self.boolean_or(Slot::Versioning, true)
    }

    /// `spec.publicAccess`
    pub fn public_access(&self) -> Option<At<PublicAccess>> {
        self.word_or(Slot::PublicAccess, PublicAccess::Blocked, PublicAccess::from_word)
    }

    /// `spec.retentionPolicy.type`
    pub fn retention(&self) -> Option<At<Retention>> {
        self.text_in(Slot::RetentionType)?.map(Retention::from_word)
    }

    /// `spec.lifecycle.expireDays`
    pub fn expire_days(&self) -> Option<At<u32>> {
        self.number_in(Slot::ExpireDays)
    }

    /// `spec.lifecycle.transitionToIaDays`
    pub fn transition_to_ia_days(&self) -> Option<At<u32>> {
        self.number_in(Slot::TransitionToIaDays)
    }

    /// `spec.lifecycle.transitionToGlacierDays`
    pub fn transition_to_glacier_days(&self) -> Option<At<u32>> {
        self.number_in(Slot::TransitionToGlacierDays)
    }

    /// `spec.accessLogging.enabled`
    pub fn logging_enabled(&self) -> Option<At<bool>> {
        self.boolean_or(Slot::LoggingEnabled, false)
    }

    /// `spec.accessLogging.targetBucket`
    pub fn target_bucket(&self) -> Option<At<&'t str>> {
        self.text_in(Slot::TargetBucket)
    }

    /// `spec.costAlertGb`
    pub fn cost_alert_gb(&self) -> Option<At<u32>> {
        self.number_in(Slot::CostAlertGb)
    }

    /// `spec.corsEnabled`
    pub fn cors_enabled(&self) -> Option<At<bool>> {
        self.boolean_or(Slot::CorsEnabled, false)
    }
}

/// The section that a field belongs in.
fn parent(slot: Slot) -> Option<Slot> {
    Some(match slot {
        Slot::Title | Slot::Description | Slot::Created => Slot::Metadata,
        Slot::BucketName
        | Slot::Purpose
        | Slot::StorageClass
        | Slot::Encryption
        | Slot::Versioning
        | Slot::PublicAccess
        | Slot::RetentionPolicy
        | Slot::Lifecycle
        | Slot::AccessLogging
        | Slot::CostAlertGb
        | Slot::CorsEnabled
        | Slot::Tags => Slot::Spec,
        Slot::PurposeType | Slot::PurposeDescription => Slot::Purpose,
        Slot::EncryptionType | Slot::KmsKeyAlias => Slot::Encryption,
        Slot::RetentionType | Slot::RetentionRationale => Slot::RetentionPolicy,
        Slot::ExpireDays | Slot::TransitionToIaDays | Slot::TransitionToGlacierDays => {
            Slot::Lifecycle
        }
        Slot::LoggingEnabled | Slot::TargetBucket => Slot::AccessLogging,
        Slot::CostCenter => Slot::Tags,
        _ => return None,
    })
}
