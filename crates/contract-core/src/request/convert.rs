//! Between the typed model and the contract that the rules look at.

use super::{
    AccessLogging, EncryptionSpec, Lifecycle, Metadata, PurposeSpec, RetentionPolicy,
    S3BucketRequest, Spec,
};
use crate::contract::{At, Contract, Tag, Value};
use crate::slot::Slot;
use crate::span::Span;
use crate::words;

impl S3BucketRequest {
    /// The request that a document made; `None` while a required field is missing or wrong, or an
    /// optional one is wrong.
    pub fn from_contract(contract: &Contract<'_>) -> Option<Self> {
        Some(Self {
            api_version: text(contract, Slot::ApiVersion)?,
            kind: text(contract, Slot::Kind)?,
            id: text(contract, Slot::Id)?,
            environment: text(contract, Slot::Environment)?,
            owner: text(contract, Slot::Owner)?,
            application: text(contract, Slot::Application)?,
            requester: text(contract, Slot::Requester)?,
            metadata: metadata(contract)?,
            spec: spec(contract)?,
        })
    }

    /// The contract that the rules look at. Values stand nowhere, and none is judged yet.
    pub(super) fn as_contract(&self) -> Contract<'_> {
        let mut contract = Contract::new("");
        let mut set = |slot: Slot, value| {
            contract.values[slot as usize] = Some(At { value, span: Span::NOWHERE });
        };
        set(Slot::ApiVersion, Value::Text(&self.api_version));
        set(Slot::Kind, Value::Text(&self.kind));
        set(Slot::Id, Value::Text(&self.id));
        set(Slot::Environment, Value::Text(&self.environment));
        set(Slot::Owner, Value::Text(&self.owner));
        set(Slot::Application, Value::Text(&self.application));
        set(Slot::Requester, Value::Text(&self.requester));
        if let Some(metadata) = &self.metadata {
            set(Slot::Metadata, Value::Section);
            set_optional(&mut set, Slot::Title, &metadata.title);
            set_optional(&mut set, Slot::Description, &metadata.description);
            set_optional(&mut set, Slot::Created, &metadata.created);
        }
        self.spec.set(&mut set);
        let here = |value| At { value, span: Span::NOWHERE };
        let tags = self.spec.tags.iter();
        contract.tags =
            tags.map(|(key, value)| Tag { key: here(key.as_str()), value: here(value) }).collect();
        contract
    }
}

impl Spec {
    fn set<'t>(&'t self, set: &mut impl FnMut(Slot, Value<'t>)) {
        for section in [
            Slot::Spec,
            Slot::Purpose,
            Slot::Encryption,
            Slot::RetentionPolicy,
            Slot::AccessLogging,
            Slot::Tags,
        ] {
            set(section, Value::Section);
        }
        set(Slot::BucketName, Value::Text(&self.bucket_name));
        set(Slot::PurposeType, Value::Text(self.purpose.kind.word()));
        set(Slot::PurposeDescription, Value::Text(&self.purpose.description));
        set(Slot::StorageClass, Value::Text(words::storage_class_word(self.storage_class)));
        set(Slot::EncryptionType, Value::Text(self.encryption.kind.word()));
        set_optional(set, Slot::KmsKeyAlias, &self.encryption.kms_key_alias);
        set(Slot::Versioning, Value::Boolean(self.versioning));
        set(Slot::PublicAccess, Value::Text(self.public_access.word()));
        set(Slot::RetentionType, Value::Text(self.retention_policy.kind.word()));
        set(Slot::RetentionRationale, Value::Text(&self.retention_policy.rationale));
        if let Some(lifecycle) = &self.lifecycle {
            set(Slot::Lifecycle, Value::Section);
            for (slot, days) in [
                (Slot::ExpireDays, lifecycle.expire_days),
                (Slot::TransitionToIaDays, lifecycle.transition_to_ia_days),
                (Slot::TransitionToGlacierDays, lifecycle.transition_to_glacier_days),
            ] {
                if let Some(days) = days {
                    set(slot, Value::Integer(days));
                }
            }
        }
        set(Slot::LoggingEnabled, Value::Boolean(self.access_logging.enabled));
        set_optional(set, Slot::TargetBucket, &self.access_logging.target_bucket);
        set(Slot::CostAlertGb, Value::Integer(self.cost_alert_gb));
        set(Slot::CorsEnabled, Value::Boolean(self.cors_enabled));
        if let Some(cost_center) = self.tags.get("costCenter") {
            set(Slot::CostCenter, Value::Text(cost_center));
        }
    }
}

fn set_optional<'t>(set: &mut impl FnMut(Slot, Value<'t>), slot: Slot, text: &'t Option<String>) {
    if let Some(text) = text {
        set(slot, Value::Text(text));
    }
}

fn text(contract: &Contract<'_>, slot: Slot) -> Option<String> {
    contract.text_in(slot).map(|at| at.value.to_owned())
}

/// The text in a field that may be left out; `None` if there is something else.
fn optional_text(contract: &Contract<'_>, slot: Slot) -> Option<Option<String>> {
    if contract.is_given(slot) { text(contract, slot).map(Some) } else { Some(None) }
}

fn optional_number(contract: &Contract<'_>, slot: Slot) -> Option<Option<u32>> {
    let number = contract.number_in(slot).map(|at| at.value);
    if contract.is_given(slot) { number.map(Some) } else { Some(None) }
}

/// Whether a section is there; `None` if something else stands in its place.
fn section(contract: &Contract<'_>, slot: Slot) -> Option<bool> {
    match contract.values[slot as usize] {
        Some(at) => (at.value == Value::Section).then_some(true),
        None => (!contract.is_given(slot)).then_some(false),
    }
}

fn metadata(contract: &Contract<'_>) -> Option<Option<Metadata>> {
    if !section(contract, Slot::Metadata)? {
        return Some(None);
    }
    let metadata = Metadata {
        title: optional_text(contract, Slot::Title)?,
        description: optional_text(contract, Slot::Description)?,
        created: optional_text(contract, Slot::Created)?,
    };
    // Older contracts have nothing under `metadata` but what belongs at the top.
    Some((metadata != Metadata::default()).then_some(metadata))
}

fn spec(contract: &Contract<'_>) -> Option<Spec> {
    section(contract, Slot::Encryption)?;
    section(contract, Slot::AccessLogging)?;
    text(contract, Slot::CostCenter)?;
    let tags = contract.tags.iter();
    Some(Spec {
        bucket_name: text(contract, Slot::BucketName)?,
        purpose: PurposeSpec {
            kind: contract.purpose()?.value,
            description: text(contract, Slot::PurposeDescription)?,
        },
        storage_class: contract.storage_class()?.value,
        encryption: EncryptionSpec {
            kind: contract.encryption()?.value,
            kms_key_alias: optional_text(contract, Slot::KmsKeyAlias)?,
        },
        versioning: contract.versioning()?.value,
        public_access: contract.public_access()?.value,
        retention_policy: RetentionPolicy {
            kind: contract.retention()?.value,
            rationale: text(contract, Slot::RetentionRationale)?,
        },
        lifecycle: lifecycle(contract)?,
        access_logging: AccessLogging {
            enabled: contract.logging_enabled()?.value,
            target_bucket: optional_text(contract, Slot::TargetBucket)?,
        },
        cost_alert_gb: contract.cost_alert_gb()?.value,
        cors_enabled: contract.cors_enabled()?.value,
        tags: tags.map(|tag| (tag.key.value.to_owned(), tag.value.value.to_owned())).collect(),
    })
}

fn lifecycle(contract: &Contract<'_>) -> Option<Option<Lifecycle>> {
    if !section(contract, Slot::Lifecycle)? {
        return Some(None);
    }
    Some(Some(Lifecycle {
        expire_days: optional_number(contract, Slot::ExpireDays)?,
        transition_to_ia_days: optional_number(contract, Slot::TransitionToIaDays)?,
        transition_to_glacier_days: optional_number(contract, Slot::TransitionToGlacierDays)?,
    }))
}
