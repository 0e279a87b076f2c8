//! What a difference in one field does at AWS.

use super::super::snapshot::Said;
use super::Effect;
use crate::slot::Slot;

type Told = (Effect, Option<&'static str>);

/// What happens when the value goes from `was` to `is`.
pub(super) fn of(slot: Slot, was: &Said, is: &Said) -> Told {
    match slot {
        Slot::BucketName | Slot::Environment => {
            (Effect::Replace, Some("a bucket cannot be renamed: this is a new, empty one"))
        }
        Slot::Id => {
            (Effect::Replace, Some("the id names the Terraform state: the old state stays behind"))
        }
        Slot::EncryptionType | Slot::KmsKeyAlias => {
            (Effect::InPlace, Some("objects that are there stay encrypted as they are"))
        }
        Slot::Versioning if *is == Said::Boolean(false) => (
            Effect::Destroy,
            Some(
                "versioning is suspended: versions stay, but what is overwritten from now on is lost",
            ),
        ),
        Slot::LoggingEnabled if *is == Said::Boolean(false) => {
            (Effect::Destroy, Some("requests from now on leave no log"))
        }
        Slot::ExpireDays if expires_earlier(was, is) => {
            (Effect::Destroy, Some("objects that are older are deleted within about a day"))
        }
        Slot::StorageClass | Slot::TransitionToIaDays | Slot::TransitionToGlacierDays => {
            (Effect::InPlace, Some("objects only move to colder classes, never back"))
        }
        Slot::PublicAccess => {
            (Effect::InPlace, Some("it holds for objects that are there as well"))
        }
        _ if is_record(slot) => (Effect::Record, None),
        _ => (Effect::InPlace, None),
    }
}

/// What the field is for a bucket that is made.
pub(super) fn when_made(slot: Slot) -> Effect {
    if is_record(slot) { Effect::Record } else { Effect::Create }
}

/// Whether the field stands in the contract alone, so that nothing at AWS follows from it.
fn is_record(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::ApiVersion
            | Slot::Kind
            | Slot::Title
            | Slot::Description
            | Slot::Created
            | Slot::PurposeDescription
            | Slot::RetentionType
            | Slot::RetentionRationale
    )
}

fn expires_earlier(was: &Said, is: &Said) -> bool {
    match (was, is) {
        (Said::Integer(was), Said::Integer(is)) => is < was,
        (Said::Nothing, Said::Integer(_)) => true,
        _ => false,
    }
}
