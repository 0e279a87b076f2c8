//! What an answer of a server means for the caller.
//!
//! The question that matters for a write is whether it may have happened. Sources: AWS, "Error
//! responses" of the S3 API reference; AWS, "Conditional requests"; and what Ceph, MinIO, SeaweedFS
//! and the Versity gateway were seen to answer.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::{DateTime, Utc};

use crate::store::StoreErrorKind::{
    Ambiguous, Corrupt, Denied, Exists, Invalid, NotFound, Protected, Unavailable,
};
use crate::store::{Key, StoreError, StoreErrorKind};

/// Whether a request changes something, so that a lost answer leaves a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
}

/// What a server answered, as far as it tells failures apart.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) code: &'a str,
    message: &'a str,
}

/// Turns a failure of the client into one of the store.
pub(super) fn failure<E>(
    effect: Effect,
    act: &'static str,
    key: Option<&Key>,
    error: SdkError<E, HttpResponse>,
) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let (kind, reason) = explain(effect, &error);
    let failure = StoreError::new(kind, act, key, reason);
    // An answer is told in full already; what kept it from coming is told by the layers below.
    if error.raw_response().is_some() { failure } else { failure.caused_by(error) }
}

/// What the server answered, if it answered.
pub(super) fn answer<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
) -> Option<Answer<'_>> {
    let status = error.raw_response()?.status().as_u16();
    let service = error.as_service_error();
    let code = service.and_then(|error| error.code()).unwrap_or_default();
    let message = service.and_then(|error| error.message()).unwrap_or_default();
    Some(Answer { status, code, message })
}

/// The server's clock, from the `Date` of its answer.
pub(super) fn server_time<E>(error: &SdkError<E, HttpResponse>) -> Option<DateTime<Utc>> {
    let date = error.raw_response()?.headers().get("date")?;
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
}

fn explain<E>(effect: Effect, error: &SdkError<E, HttpResponse>) -> (StoreErrorKind, String)
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let Some(answer) = answer(error) {
        // An answer that could not be read: the status alone counts. A success means that the
        // server did it, and what it said about it is lost.
        if answer.status < 300 {
            return (doubt(effect), "the answer of the server could not be read".to_owned());
        }
        return (kind(effect, &answer), say(&answer));
    }
    if let Some(credentials) = find::<CredentialsError>(error) {
        // Nothing was sent without them.
        return match credentials {
            CredentialsError::ProviderTimedOut(_) | CredentialsError::ProviderError(_) => {
                (Unavailable, "the credentials could not be fetched".to_owned())
            }
            _ => (Denied, NO_CREDENTIALS.to_owned()),
        };
    }
    match error {
        SdkError::ConstructionFailure(_) => (Invalid, "the request could not be made".to_owned()),
        SdkError::DispatchFailure(_) if never_connected(error) => {
            (Unavailable, "the server cannot be reached".to_owned())
        }
        SdkError::TimeoutError(_) => {
            (doubt(effect), "the server did not answer in time".to_owned())
        }
        _ => (doubt(effect), "the connection was lost before the answer came".to_owned()),
    }
}

const NO_CREDENTIALS: &str = "no credentials were found; set AWS_ACCESS_KEY_ID and \
                              AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";

/// The kind of an answer that says no.
fn kind(effect: Effect, answer: &Answer<'_>) -> StoreErrorKind {
    match (answer.status, answer.code) {
        (412, _) | (_, "PreconditionFailed") => Exists,
        (_, "ObjectLocked") => Protected,
        (_, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired") => Denied,
        (_, "BadDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch") => Corrupt,
        // S3 says so with a 400 when the body came too slowly.
        (_, "RequestTimeout") => doubt(effect),
        // Says how the bucket is set up, not that somebody else was faster.
        (_, "InvalidBucketState") => Invalid,
        // Versity keeps objects as files: `a` and `a/b` cannot both be there.
        (_, "ObjectParentIsFile" | "DirectoryObjectContainsData" | "ObjectExistsAsDirectory") => {
            Invalid
        }
        // A condition met another request (ConditionalRequestConflict, OperationAborted, Ceph's
        // ConcurrentModification); some servers answer so after they have written.
        (409, _) => doubt(effect),
        // Versity's word for an access key that nobody has.
        (404, "XAdminUserNotFound") => Denied,
        (404, _) => NotFound,
        // A version that is a delete marker has nothing to read (AWS: "Working with delete
        // markers").
        (405, _) if effect == Effect::Reads => NotFound,
        (401 | 403, _) => Denied,
        (429, _) => Unavailable,
        // S3 refuses the request before it does anything. Without that code a 503 may come from a
        // proxy that gave up on a server that did not.
        (_, "SlowDown" | "Throttling" | "ThrottlingException" | "TooManyRequests") => Unavailable,
        (500..=599, "NotImplemented") | (501, _) => Invalid,
        (408 | 500..=599, _) => doubt(effect),
        _ => Invalid,
    }
}

/// No answer, or one that leaves it open.
fn doubt(effect: Effect) -> StoreErrorKind {
    match effect {
        Effect::Reads => Unavailable,
        Effect::Writes => Ambiguous,
    }
}

fn say(answer: &Answer<'_>) -> String {
    let Answer { status, code, message } = *answer;
    // A line of talk, whatever a server puts in there.
    let short = |text: &str| text.chars().take(300).collect::<String>().escape_debug().to_string();
    match (code, message) {
        ("", _) => format!("the server answered {status}"),
        (code, "") => format!("the server answered {status} {}", short(code)),
        (code, message) => {
            format!("the server answered {status} {}: {}", short(code), short(message))
        }
    }
}

/// Whether nothing can have been sent, because no connection was made: it was refused, or the name
/// of the server leads nowhere.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    chain(error).any(|error| {
        error.downcast_ref::<std::io::Error>().is_some_and(|error| {
            matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
        }) || error.downcast_ref::<aws_smithy_runtime_api::client::dns::ResolveDnsError>().is_some()
            || error.to_string() == "dns error"
    })
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref::<T>())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(status: u16, code: &str) -> (StoreErrorKind, StoreErrorKind) {
        let answer = Answer { status, code, message: "" };
        (kind(Effect::Reads, &answer), kind(Effect::Writes, &answer))
    }

    #[test]
    fn an_answer_that_leaves_it_open_is_never_taken_for_a_no() {
        for (status, code) in [
            (409, "ConditionalRequestConflict"),
            (409, "ConcurrentModification"),
            (500, "InternalError"),
            (500, "UnknownError"),
            (502, ""),
            (503, ""),
            (503, "ServiceUnavailable"),
            (504, ""),
            (400, "RequestTimeout"),
        ] {
            assert_eq!(kinds(status, code), (Unavailable, Ambiguous), "{status} {code}");
        }
        assert_eq!(kinds(503, "SlowDown"), (Unavailable, Unavailable));
        assert_eq!(kinds(429, ""), (Unavailable, Unavailable));
    }

    #[test]
    fn answers_that_say_no() {
        for (status, code, expected) in [
            (412, "PreconditionFailed", Exists),
            (404, "NoSuchKey", NotFound),
            (404, "", NotFound),
            (403, "AccessDenied", Denied),
            (403, "SignatureDoesNotMatch", Denied),
            (400, "ExpiredToken", Denied),
            (400, "BadDigest", Corrupt),
            (400, "InvalidRequest", Invalid),
            (409, "InvalidBucketState", Invalid),
            (501, "NotImplemented", Invalid),
            (301, "PermanentRedirect", Invalid),
        ] {
            assert_eq!(kinds(status, code), (expected, expected), "{status} {code}");
        }
    }

    #[test]
    fn what_a_server_says_stays_on_one_line() {
        let answer = Answer { status: 400, code: "Bad", message: "a\nb\u{1b}[31m" };
        let said = say(&answer);
        assert_eq!(said, "the server answered 400 Bad: a\\nb\\u{1b}[31m");
    }
}
