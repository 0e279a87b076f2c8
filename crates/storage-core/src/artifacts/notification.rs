//! Notifications of S3 about objects, in all the wrappings in which they come.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::Error;

/// The most bytes of a message: what a Lambda is handed at most (AWS: "Lambda quotas", invocation
/// payload). Queues and topics carry less.
const MOST_BYTES: usize = 6 << 20;

/// How deep a notification may be wrapped: SQS around SNS around S3.
const WRAPPINGS: u32 = 3;

/// Something that happened to an object, as S3 tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// What happened.
    pub happening: Happening,
    /// In which bucket.
    pub bucket: String,
    /// To which key, decoded.
    pub key: String,
    /// To which version of it, in a bucket that keeps versions.
    pub version: Option<String>,
    /// Its length in bytes, if it is there.
    pub size_bytes: Option<u64>,
    /// Where this stands among the notifications of the same key (see [`is_later`]).
    pub sequencer: Option<String>,
    /// When it happened, by the clock of S3.
    pub at: Option<DateTime<Utc>>,
    /// Whose request it was.
    pub principal: Option<String>,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happening {
    /// It was written.
    Created,
    /// It was deleted, or hidden by a delete marker.
    Removed,
    /// Something that concerns no content: a tag, a transition, a test.
    Other(String),
}

#[derive(Deserialize)]
struct S3Record {
    #[serde(rename = "eventName")]
    event_name: String,
    #[serde(rename = "eventTime")]
    event_time: Option<String>,
    #[serde(rename = "userIdentity")]
    user_identity: Option<Identity>,
    s3: S3,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "principalId")]
    principal_id: Option<String>,
}

#[derive(Deserialize)]
struct S3 {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    size: Option<u64>,
    #[serde(rename = "versionId", alias = "version-id")]
    version: Option<String>,
    sequencer: Option<String>,
}

#[derive(Deserialize)]
struct Bridged {
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Option<String>,
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
    requester: Option<String>,
}

/// Reads a message: the records of S3 as a Lambda, a queue or a topic is handed them, or one event of
/// EventBridge. The test message that S3 sends when notifications are switched on holds nothing.
///
/// Keys of records are decoded as in a form, with `+` for a space; keys of EventBridge are taken as they
/// are (AWS: "Event message structure", "EventBridge event message structure").
///
/// ```
/// use storage_core::artifacts::{Happening, read_notifications};
///
/// let message = br#"{"Records": [{"eventName": "ObjectCreated:Put", "s3": {
///     "bucket": {"name": "artifacts"}, "object": {"key": "builds/ci/7/a%2Bb+c", "size": 3}}}]}"#;
/// let read = read_notifications(message)?;
/// assert_eq!((read[0].key.as_str(), &read[0].happening), ("builds/ci/7/a+b c", &Happening::Created));
/// # Ok::<(), storage_core::artifacts::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::NotificationInvalid`] with the place. Then nothing of the message is to be acted upon.
pub fn read_notifications(message: &[u8]) -> Result<Vec<Notification>, Error> {
    if message.len() > MOST_BYTES {
        return Err(invalid(format!("it has more than {MOST_BYTES} bytes")));
    }
    let value = serde_json::from_slice(message).map_err(|error| invalid(error.to_string()))?;
    let mut read = Vec::new();
    unwrap(&value, WRAPPINGS, &mut read)?;
    Ok(read)
}

/// Whether one notification comes after another about the same key.
///
/// The shorter sequencer is filled with zeros on the right; then the texts are compared (AWS: "Event
/// message structure").
///
/// ```
/// use storage_core::artifacts::is_later;
///
/// assert!(is_later("0055AED6DCD90281E5", "0055AED6DCD90281E4"));
/// assert!(!is_later("0055AED6", "0055AED600"));
/// ```
pub fn is_later(one: &str, other: &str) -> bool {
    let length = one.len().max(other.len());
    let filled = |text: &str| {
        let digits = text.bytes().map(|it| it.to_ascii_uppercase());
        digits.chain(std::iter::repeat(b'0')).take(length).collect::<Vec<u8>>()
    };
    filled(one).cmp(&filled(other)) == Ordering::Greater
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::NotificationInvalid { reason: reason.into() }
}

fn unwrap(value: &Value, wrappings: u32, read: &mut Vec<Notification>) -> Result<(), Error> {
    if value.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(());
    }
    if value.get("detail-type").is_some() {
        read.push(of_bridge(value)?);
        return Ok(());
    }
    // One message of a queue or a topic, with the notification as its text.
    let inner = ["Message", "body", "Body"];
    if let Some(text) = inner.iter().find_map(|name| value.get(name)).and_then(Value::as_str) {
        return unwrap_text(text, wrappings, read);
    }
    let Some(records) = value.get("Records").and_then(Value::as_array) else {
        return Err(invalid("it has neither `Records` nor `detail-type`"));
    };
    for (nth, record) in records.iter().enumerate() {
        let at = |error: Error| match error {
            Error::NotificationInvalid { reason } => invalid(format!("record {nth}: {reason}")),
            other => other,
        };
        let topic = record.get("Sns").and_then(|it| it.get("Message")).and_then(Value::as_str);
        let queue = record.get("body").and_then(Value::as_str);
        match topic.or(queue) {
            Some(text) => unwrap_text(text, wrappings, read).map_err(at)?,
            None => read.push(of_record(record).map_err(at)?),
        }
    }
    Ok(())
}

fn unwrap_text(text: &str, wrappings: u32, read: &mut Vec<Notification>) -> Result<(), Error> {
    if wrappings == 0 {
        return Err(invalid("it is wrapped too often"));
    }
    let value = serde_json::from_str(text)
        .map_err(|error| invalid(format!("the text of a message is no JSON: {error}")))?;
    unwrap(&value, wrappings - 1, read)
}

fn of_record(record: &Value) -> Result<Notification, Error> {
    let record: S3Record =
        serde_json::from_value(record.clone()).map_err(|error| invalid(error.to_string()))?;
    let spaced = record.s3.object.key.replace('+', " ");
    let key = percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map_err(|_| invalid("the key is not UTF-8"))?
        .into_owned();
    let name = record.event_name;
    // Some servers begin the name with `s3:`.
    let plain = name.strip_prefix("s3:").unwrap_or(&name);
    let happening = match plain.split_once(':').map_or(plain, |it| it.0) {
        "ObjectCreated" => Happening::Created,
        "ObjectRemoved" | "LifecycleExpiration" => Happening::Removed,
        _ => Happening::Other(name),
    };
    let object = Object { key, ..record.s3.object };
    let principal = record.user_identity.and_then(|it| it.principal_id);
    Ok(notification(happening, record.s3.bucket, object, record.event_time, principal))
}

fn of_bridge(value: &Value) -> Result<Notification, Error> {
    let event: Bridged =
        serde_json::from_value(value.clone()).map_err(|error| invalid(error.to_string()))?;
    let happening = match event.detail_type.as_str() {
        "Object Created" => Happening::Created,
        "Object Deleted" => Happening::Removed,
        _ => Happening::Other(event.detail_type),
    };
    let Detail { bucket, object, requester } = event.detail;
    Ok(notification(happening, bucket, object, event.time, requester))
}

fn notification(
    happening: Happening,
    bucket: Bucket,
    object: Object,
    time: Option<String>,
    principal: Option<String>,
) -> Notification {
    let given = |it: Option<String>| it.filter(|it| !it.is_empty() && it != "null");
    Notification {
        happening,
        bucket: bucket.name,
        key: object.key,
        version: given(object.version),
        size_bytes: object.size,
        sequencer: given(object.sequencer),
        at: time.and_then(|it| it.parse().ok()),
        principal: given(principal),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Value {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-west-2",
            "eventTime": "2026-03-01T12:00:00.000Z", "eventName": "ObjectCreated:CompleteMultipartUpload",
            "userIdentity": {"principalId": "AWS:AIDAJDPLRKLG7UEXAMPLE"},
            "s3": {
                "bucket": {"name": "artifacts", "arn": "arn:aws:s3:::artifacts"},
                "object": {"key": "builds/ci/7/gr%C3%B6%C3%9Fe+1.txt", "size": 1024, "eTag": "d41d8",
                    "versionId": "096fKKXTRTtl3on89fVO", "sequencer": "0055AED6DCD90281E5"},
            },
        })
    }

    fn read(message: &Value) -> Result<Vec<Notification>, Error> {
        read_notifications(message.to_string().as_bytes())
    }

    #[test]
    fn a_record_says_the_same_in_every_wrapping() {
        let plain = json!({"Records": [record()]});
        let topic = json!({"Type": "Notification", "Message": plain.to_string()});
        let queue = json!({"Records": [
            {"eventSource": "aws:sqs", "body": plain.to_string()},
            {"eventSource": "aws:sqs", "body": topic.to_string()},
        ]});
        let lambda =
            json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": plain.to_string()}}]});
        let expected = read(&plain).unwrap();
        let [one] = &expected[..] else { panic!("{expected:?}") };
        assert_eq!(one.key, "builds/ci/7/größe 1.txt");
        assert_eq!(
            (one.version.as_deref(), one.size_bytes),
            (Some("096fKKXTRTtl3on89fVO"), Some(1024))
        );
        assert_eq!(read(&topic).unwrap(), expected);
        assert_eq!(read(&lambda).unwrap(), expected);
        assert_eq!(read(&queue).unwrap(), [one.clone(), one.clone()]);
    }

    #[test]
    fn a_key_of_eventbridge_is_not_decoded() {
        let event = json!({
            "version": "0", "detail-type": "Object Deleted", "source": "aws.s3",
            "time": "2026-03-01T12:00:00Z",
            "detail": {"bucket": {"name": "artifacts"},
                "object": {"key": "a+b%20c", "version-id": "null", "sequencer": "61"},
                "requester": "123456789012", "deletion-type": "Permanently Deleted"},
        });
        let read = read(&event).unwrap();
        assert_eq!((read[0].key.as_str(), &read[0].happening), ("a+b%20c", &Happening::Removed));
        assert_eq!(read[0].version, None);
    }

    #[test]
    fn what_is_no_notification_is_refused_with_the_place() {
        let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "artifacts"});
        assert_eq!(read(&test).unwrap(), []);
        let mut wrapped = json!({"Records": [record()]});
        for _ in 0..4 {
            wrapped = json!({"Message": wrapped.to_string()});
        }
        let mut wrong = record();
        wrong["s3"]["object"]["key"] = "%ff".into();
        for (message, place) in [
            (json!({}), "neither"),
            (json!([]), "neither"),
            (json!({"Records": [record(), {}]}), "record 1: missing field"),
            (json!({"Records": [wrong]}), "record 0: the key is not UTF-8"),
            (json!({"Records": [{"body": "no"}]}), "record 0: the text of a message"),
            (wrapped, "too often"),
        ] {
            let error = read(&message).unwrap_err().to_string();
            assert!(error.contains(place), "{message}: {error}");
        }
    }

    #[test]
    fn sequencers_are_compared_as_s3_says() {
        assert!(is_later("B", "AFFF"));
        assert!(is_later("a1", "A0"));
        for (one, other) in [("A0", "a"), ("", ""), ("A", "B")] {
            assert!(!is_later(one, other), "{one} {other}");
        }
    }
}
