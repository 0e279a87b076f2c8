//! What the name of a bucket says, compared with the other fields of its contract.

use storage_core::BucketName;

use super::Question;
use crate::contract::At;
use crate::naming;
use crate::policy::Policy;

/// How the name of a bucket and the fields of its contract go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They do, or one of them is not known.
    Fits,
    /// The name does not begin with prefix and environment.
    OtherEnvironment,
    /// The name goes on with another application.
    OtherApplication,
    /// Prefix, environment and application are right, and the rest is not the purpose.
    Underived,
}

/// Compares them. Asked three times for each contract, so it makes no names.
pub(super) fn verdict(question: &Question<'_>) -> Verdict {
    let contract = question.contract;
    let (Some(name), Some(environment)) = (contract.bucket_name(), contract.environment()) else {
        return Verdict::Fits;
    };
    let Some(rest) = after_environment(question.policy, environment.value, name.value) else {
        return Verdict::OtherEnvironment;
    };
    let Some(application) = contract.application() else { return Verdict::Fits };
    if rest == "logs" {
        return Verdict::Fits;
    }
    let Some(rest) = rest.strip_prefix(application.value) else {
        return Verdict::OtherApplication;
    };
    match (rest.strip_prefix('-'), contract.purpose()) {
        (None, _) if !rest.is_empty() => Verdict::OtherApplication,
        (Some(rest), Some(purpose)) if rest == purpose.value.word() => Verdict::Fits,
        (_, None) => Verdict::Fits,
        _ => Verdict::Underived,
    }
}

/// What follows `{prefix}-{environment}-` in `name`.
pub(super) fn after_environment<'n>(
    policy: &Policy,
    environment: &str,
    name: &'n str,
) -> Option<&'n str> {
    let rest = name.strip_prefix(policy.prefix.as_str())?.strip_prefix('-')?;
    rest.strip_prefix(environment)?.strip_prefix('-')
}

/// The name that follows from the fields, if they are known and S3 would take it.
pub(super) fn derived(question: &Question<'_>) -> Option<String> {
    let contract = question.contract;
    let (environment, application, purpose) =
        (contract.environment()?, contract.application()?, contract.purpose()?);
    let name = naming::bucket(question.policy, environment.value, application.value, purpose.value);
    BucketName::check(&name).is_ok().then_some(name)
}

/// How many characters the derived name has beyond those that S3 takes, and how many the
/// application may have.
pub(super) fn too_long<'a>(question: &Question<'a>) -> Option<(At<&'a str>, usize)> {
    let contract = question.contract;
    let (environment, application, purpose) =
        (contract.environment()?, contract.application()?, contract.purpose()?);
    let others = question.policy.prefix.len()
        + environment.value.len()
        + purpose.value.word().len()
        + "---".len();
    let room = BucketName::MAX_LENGTH.saturating_sub(others);
    (application.value.len() > room).then_some((application, room))
}
