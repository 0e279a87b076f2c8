//! Why a contract, looked at alone, waits for the platform team.

use super::{Outcome, Reason};
use crate::changes::Snapshot;
use crate::policy::Policy;
use crate::words::{PublicAccess, Purpose};

/// The reasons for which the platform team has to agree to `version`; none if it passes by
/// itself. A version in which a field of the matrix is not clear is refused, so that a mistake
/// elsewhere cannot let it pass.
pub fn matrix(version: &Snapshot, policy: &Policy) -> Vec<Reason> {
    let reason = |outcome, name, message: String| Reason {
        outcome,
        code: None,
        name,
        path: version.path.clone(),
        message,
    };
    let required = |name, message| reason(Outcome::Required, name, message);
    let unclear = |field: &str| {
        let message = format!("`{field}` is missing or not clear, so nobody can decide");
        reason(Outcome::Refused, "unclear-field", message)
    };
    let mut reasons = Vec::new();
    match version.environment().map(|it| it.value) {
        None => reasons.push(unclear("environment")),
        Some(environment) if policy.is_protected(environment) => {
            reasons.push(required("protected-environment", format!("{environment} environment")));
        }
        Some(_) => {}
    }
    match version.public_access().map(|it| it.value) {
        None => reasons.push(unclear("spec.publicAccess")),
        Some(PublicAccess::Blocked) => {}
        Some(access @ PublicAccess::ExceptionApproved) => {
            reasons.push(required("public-access-exception", format!("publicAccess {access}")));
        }
    }
    match version.purpose().map(|it| it.value) {
        None => reasons.push(unclear("spec.purpose.type")),
        Some(purpose @ Purpose::StaticAssets) => {
            reasons.push(required("static-assets", format!("purpose {purpose}")));
        }
        Some(Purpose::Logs | Purpose::Uploads | Purpose::Backups | Purpose::DataLake) => {}
    }
    reasons
}
