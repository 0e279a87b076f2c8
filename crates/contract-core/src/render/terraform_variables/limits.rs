//! The limits, one function for each part of a request.

use storage_core::{BucketName, TAG_KEY_LENGTH, TAG_VALUE_LENGTH, TAGS_PER_BUCKET};

use super::spelling::{Limit, constant, limit, list, one_of, text, whole};
use crate::bucket_spec::BYTES_PER_GB;
use crate::fields::{Shape, find};
use crate::slot::Slot;
use crate::words::{Encryption, StorageClass, storage_class};

/// The tags in which the rendered file repeats a field of the contract.
const TAGS_OF_FIELDS: [(&str, Slot); 5] = [
    ("Application", Slot::Application),
    ("CostCenter", Slot::CostCenter),
    ("Owner", Slot::Owner),
    ("Purpose", Slot::PurposeType),
    ("RequestId", Slot::Id),
];

/// The most characters of an alarm's name. Source: Amazon CloudWatch API, `PutMetricAlarm`.
const ALARM_NAME_LENGTH: usize = 255;

/// The most characters of a lifecycle rule's id. Source: Amazon S3 API, `LifecycleRule`.
const RULE_ID_LENGTH: usize = 255;

/// The most CORS rules of a bucket. Source: Amazon S3 user guide, "Using cross-origin resource
/// sharing".
const CORS_RULES: usize = 100;

/// The HTTP methods that a CORS rule can allow. Source: Amazon S3 API, `CORSRule`.
const CORS_METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

pub(super) fn names() -> Vec<Limit> {
    let path = "s3_bucket.bucket_name";
    let [prefixes, suffixes] = [
        BucketName::reserved_prefixes().collect::<Vec<_>>(),
        BucketName::reserved_suffixes().collect::<Vec<_>>(),
    ];
    let mut limits = text(path, Slot::BucketName, None);
    limits.push(limit(
        format!(r#"!can(regex("^({})", var.{path}))"#, prefixes.join("|")),
        format!("{path} begins with none of {}, which S3 reserves.", prefixes.join(", ")),
    ));
    limits.push(limit(
        format!(r#"!can(regex("({})$", var.{path}))"#, suffixes.join("|")),
        format!("{path} ends in none of {}, which S3 reserves.", suffixes.join(", ")),
    ));
    limits
}

pub(super) fn encryption() -> Vec<Limit> {
    let alias = "s3_bucket.encryption.kms_key_alias";
    let kinds: Vec<_> = Encryption::ALL.iter().map(|kind| constant(kind.word())).collect();
    let kms = constant(Encryption::SseKms.word());
    let mut limits = vec![one_of("s3_bucket.encryption.type", &kinds)];
    limits.extend(text(alias, Slot::KmsKeyAlias, Some(&format!("var.{alias}"))));
    limits.push(limit(
        format!(r#"(var.s3_bucket.encryption.type == "{kms}") == (var.{alias} != null)"#),
        format!("{alias} is given with {kms} and only with {kms}."),
    ));
    limits
}

pub(super) fn lifecycle() -> Vec<Limit> {
    let (path, rules) = ("s3_bucket.lifecycle_rules", "var.s3_bucket.lifecycle_rules");
    let moves = format!("flatten({rules}[*].transition)");
    let (first, last) = bounds(Slot::ExpireDays);
    let (_, last_move) = bounds(Slot::TransitionToIaDays);
    let targets: Vec<_> =
        storage_classes().into_iter().filter(|class| *class != StorageClass::Standard).collect();
    let names: Vec<_> = targets.iter().map(|class| class.aws_name()).collect();
    let mut limits = vec![
        limit(
            format!("length(distinct({rules}[*].id)) == length({rules})"),
            format!("{path} has each id once."),
        ),
        limit(
            format!(
                "alltrue([for rule in {rules} : length(rule.id) >= 1 && length(rule.id) <= {RULE_ID_LENGTH}])"
            ),
            format!("{path}[*].id has 1 to {RULE_ID_LENGTH} characters."),
        ),
        limit(
            format!(
                "alltrue([for rule in {rules} : rule.expiration != null || length(rule.transition) > 0])"
            ),
            format!(
                "{path}[*] has an expiration or a transition: S3 refuses a rule without an action."
            ),
        ),
        limit(
            format!(
                "alltrue([for rule in {rules} : rule.expiration == null ? true : {}])",
                whole("rule.expiration.days", first, last)
            ),
            format!("{path}[*].expiration.days is a whole number from {first} to {last}."),
        ),
        limit(
            format!("alltrue([for move in {moves} : {}])", whole("move.days", 0, last_move)),
            format!("{path}[*].transition[*].days is a whole number from 0 to {last_move}."),
        ),
        limit(
            format!(
                "alltrue([for move in {moves} : contains({}, move.storage_class)])",
                list(&names)
            ),
            format!("{path}[*].transition[*].storage_class is one of {}.", names.join(", ")),
        ),
    ];
    for class in targets.iter().filter(|class| class.earliest_transition_days() > 0) {
        let (class, days) = (class.aws_name(), class.earliest_transition_days());
        limits.push(limit(
            format!(r#"alltrue([for move in {moves} : move.storage_class != "{class}" || move.days >= {days}])"#),
            format!("{path}[*].transition[*].days is at least {days} for {class}: S3 refuses an earlier one."),
        ));
    }
    let fields = [
        ("transition-to-ia", Slot::TransitionToIaDays),
        ("transition-to-glacier", Slot::TransitionToGlacierDays),
    ];
    for (id, slot) in fields {
        let (first, _) = bounds(slot);
        limits.push(limit(
            format!(r#"alltrue([for rule in {rules} : rule.id != "{id}" || alltrue([for move in rule.transition : move.days >= {first}])])"#),
            format!("{path} has the rule {id} from day {first} on."),
        ));
    }
    limits.push(limit(
        format!("alltrue([for rule in {rules} : rule.expiration == null ? true : alltrue([for move in {moves} : move.days < rule.expiration.days])])"),
        format!("{path} expires objects later than it moves them: every expiration.days is greater than every transition days."),
    ));
    limits
}

pub(super) fn logging() -> Vec<Limit> {
    let path = "s3_bucket.logging.target_bucket";
    let mut limits = text(path, Slot::TargetBucket, Some(&format!("try(var.{path}, null)")));
    limits.push(limit(
        format!("var.s3_bucket.logging == null ? true : !var.s3_bucket.logging.enabled || var.{path} != null"),
        format!("{path} is given when logging is enabled."),
    ));
    limits.push(limit(
        format!("try(var.{path}, null) != var.s3_bucket.bucket_name"),
        format!("{path} is another bucket: one that logs to itself never stops growing."),
    ));
    limits
}

pub(super) fn tags() -> Vec<Limit> {
    let (path, tags) = ("s3_bucket.tags", "var.s3_bucket.tags");
    let mut limits = vec![
        limit(
            format!("length({tags}) <= {TAGS_PER_BUCKET}"),
            format!("{path} has at most {TAGS_PER_BUCKET} tags."),
        ),
        limit(
            format!(
                "alltrue([for key, value in {tags} : length(key) >= 1 && length(key) <= {TAG_KEY_LENGTH} && length(value) <= {TAG_VALUE_LENGTH}])"
            ),
            format!(
                "{path} has keys of 1 to {TAG_KEY_LENGTH} and values of at most {TAG_VALUE_LENGTH} characters."
            ),
        ),
        limit(
            format!(
                r#"alltrue([for key, value in {tags} : can(regex("^[\\p{{L}}\\p{{N}} _.:/=+@-]*$", "${{key}}${{value}}"))])"#
            ),
            format!("{path} has letters, digits, spaces and _ . : / = + - @."),
        ),
        limit(
            format!(r#"alltrue([for key, value in {tags} : !startswith(lower(key), "aws:")])"#),
            format!("{path} has no key that begins with aws:, which AWS reserves."),
        ),
    ];
    for (key, slot) in TAGS_OF_FIELDS {
        let (path, value) = (format!("{path}.{key}"), format!(r#"lookup({tags}, "{key}", null)"#));
        limits.extend(text(&path, slot, Some(&value)));
    }
    limits
}

pub(super) fn storage() -> Vec<Limit> {
    let path = "s3_bucket.storage_class";
    let classes: Vec<_> = storage_classes().iter().map(|class| class.aws_name()).collect();
    let none = StorageClass::Standard.aws_name();
    vec![
        one_of(path, &classes),
        limit(
            format!(
                r#"var.{path} == "{none}" || anytrue([for rule in var.s3_bucket.lifecycle_rules : rule.enabled && contains(rule.transition[*].storage_class, var.{path})])"#
            ),
            format!(
                "{path} is reached by an enabled lifecycle rule: a bucket has no storage class of its own."
            ),
        ),
    ]
}

pub(super) fn cors() -> Vec<Limit> {
    let (path, rules) = ("s3_bucket.cors_rules", "var.s3_bucket.cors_rules");
    vec![
        limit(
            format!("length({rules}) <= {CORS_RULES}"),
            format!("{path} has at most {CORS_RULES} rules."),
        ),
        limit(
            format!(
                "alltrue([for rule in {rules} : length(rule.allowed_methods) > 0 && length(rule.allowed_origins) > 0])"
            ),
            format!("{path}[*] names at least one method and one origin."),
        ),
        limit(
            format!(
                "alltrue([for method in flatten({rules}[*].allowed_methods) : contains({}, method)])",
                list(&CORS_METHODS)
            ),
            format!("{path}[*].allowed_methods is made of {}.", CORS_METHODS.join(", ")),
        ),
    ]
}

pub(super) fn alert() -> Vec<Limit> {
    let (gigabytes, bytes) = ("cost_alert.threshold_gb", "cost_alert.threshold_bytes");
    let (least, most) = bounds(Slot::CostAlertGb);
    vec![
        limit(
            whole(&format!("var.{gigabytes}"), least, most),
            format!("{gigabytes} is a whole number from {least} to {most}."),
        ),
        limit(
            format!(
                "length(var.cost_alert.alarm_name) >= 1 && length(var.cost_alert.alarm_name) <= {ALARM_NAME_LENGTH}"
            ),
            format!("cost_alert.alarm_name has 1 to {ALARM_NAME_LENGTH} characters."),
        ),
        limit(
            format!("var.{bytes} == null ? true : var.{bytes} == var.{gigabytes} * {BYTES_PER_GB}"),
            format!("{bytes} is threshold_gb in bytes, {BYTES_PER_GB} each."),
        ),
    ]
}

fn bounds(slot: Slot) -> (u32, u32) {
    match find(slot).shape {
        Shape::Integer { min, max } => (min, max),
        _ => (0, u32::MAX),
    }
}

/// Every storage class that a contract can choose, in the order of the table.
fn storage_classes() -> Vec<StorageClass> {
    match find(Slot::StorageClass).shape {
        Shape::Choice(words) => words.iter().filter_map(|word| storage_class(word)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit that is looked up in a row of another shape would silently be no limit.
    #[test]
    fn every_row_has_the_shape_that_is_asked_of_it() {
        let days = [Slot::ExpireDays, Slot::TransitionToIaDays, Slot::TransitionToGlacierDays];
        for slot in days.into_iter().chain([Slot::CostAlertGb]) {
            assert!(matches!(find(slot).shape, Shape::Integer { .. }), "{slot:?}");
        }
        let texts = [Slot::BucketName, Slot::KmsKeyAlias, Slot::TargetBucket];
        for slot in texts.into_iter().chain(TAGS_OF_FIELDS.map(|(_, slot)| slot)) {
            assert!(!text("a", slot, None).is_empty(), "{slot:?}");
        }
        assert_eq!(storage_classes().len(), 4);
    }
}
