//! Names and paths in a policy.

use serde_saphyr::{Location, Spanned};
use storage_core::{BucketName, check_tag};

use super::super::document::{EnvironmentEntry, Text};
use super::super::reading::listed;
use super::super::{Environment, Policy, PolicyError};
use super::{not_empty, shown};
use crate::naming;
use crate::words::Purpose;

/// The fewest characters of an application, by the table of fields.
const SHORTEST_APPLICATION: &str = "app";

/// The AWS partitions. Source: AWS General Reference, "Amazon Resource Names".
const PARTITIONS: [&str; 4] = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"];

fn refuse<T>(at: &Text, what: &str, hint: &str) -> Result<T, PolicyError> {
    Err(PolicyError::new(at.referenced, format!("`{}` {what}", shown(&at.value))).hint(hint))
}

/// Lower case letters, digits and hyphens, a letter first: fit for bucket names and folders.
fn is_label(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

pub(super) fn prefix(text: Text) -> Result<String, PolicyError> {
    if is_label(&text.value) {
        return Ok(text.value);
    }
    let hint = "write lower case letters, digits and hyphens, a letter first and no hyphen last";
    refuse(&text, "is no prefix of bucket names", hint)
}

pub(super) fn environments(
    list: Spanned<Vec<Spanned<EnvironmentEntry>>>,
) -> Result<Vec<Environment>, PolicyError> {
    not_empty(&list, "environments")?;
    let mut environments: Vec<Environment> = Vec::new();
    for entry in list.value {
        let EnvironmentEntry { name, protected } = entry.value;
        if !is_label(&name.value) {
            let hint = "write lower case letters, digits and hyphens, a letter first";
            return refuse(&name, "is no name of an environment", hint);
        }
        if environments.iter().any(|other| other.name == name.value) {
            return refuse(&name, "stands twice in `environments`", "keep one of them");
        }
        environments.push(Environment { name: name.value, protected: protected.0 });
    }
    Ok(environments)
}

/// Every purpose in every environment must leave room for an application of three characters.
pub(super) fn fit_together(policy: &Policy, at: Location) -> Result<(), PolicyError> {
    for environment in &policy.environments {
        let derived = Purpose::ALL.iter().map(|purpose| {
            naming::bucket(policy, &environment.name, SHORTEST_APPLICATION, *purpose)
        });
        for name in derived.chain([naming::log_bucket(policy, &environment.name)]) {
            if let Err(error) = BucketName::check(&name) {
                let message = format!("with these names a bucket would be `{name}`, but {error}");
                return Err(PolicyError::new(at, message)
                    .hint("choose another prefix, or other names of environments"));
            }
        }
    }
    Ok(())
}

pub(super) fn owner(text: &Text) -> Result<(), PolicyError> {
    let length = text.value.chars().count();
    if (1..=64).contains(&length) && check_tag("Owner", &text.value).is_ok() {
        return Ok(());
    }
    let hint = "write 1 to 64 letters, digits, spaces or `_ . : / = + - @`, as tags allow";
    refuse(text, "is no name of a team", hint)
}

/// GitHub takes labels of up to 50 characters; commas separate them on our command line.
pub(super) fn label(text: &Text) -> Result<(), PolicyError> {
    let label = text.value.as_str();
    let fits = (1..=50).contains(&label.chars().count()) && label == label.trim();
    if fits && !label.contains(|c: char| c == ',' || c.is_control()) {
        return Ok(());
    }
    refuse(text, "is no label", "write 1 to 50 characters without commas")
}

pub(super) fn tag(text: &Text) -> Result<(), PolicyError> {
    match check_tag(&text.value, "") {
        Ok(()) => Ok(()),
        Err(error) => refuse(text, "is no key of a tag", &error.to_string()),
    }
}

/// Scheme, host and perhaps port, as browsers send it (RFC 6454 section 6.2).
pub(super) fn origin(text: &Text) -> Result<(), PolicyError> {
    let host = ["https://", "http://"].iter().find_map(|scheme| text.value.strip_prefix(scheme));
    let is_host = |host: &str| {
        let (name, port) = host.split_once(':').unwrap_or((host, "443"));
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if host.is_some_and(is_host) {
        return Ok(());
    }
    refuse(text, "is no origin", "write scheme and host alone, for example `https://example.com`")
}

pub(super) fn path(text: &Text, key: &str) -> Result<(), PolicyError> {
    let path = text.value.as_str();
    if path.starts_with('/') || path.contains(['\\', ':']) || path.chars().any(char::is_control) {
        let hint = "write it relative to the root of the repository, with `/` between its parts";
        return refuse(text, "is no path in the repository", hint);
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        let hint = "write it without `.`, `..`, a slash at the end or two in a row";
        return refuse(text, "is no plain path", hint);
    }
    let bare = if key == "audit" { path.replace("{environment}", "") } else { path.to_owned() };
    if bare.contains(['{', '}', '*', '?']) {
        let hint = "only `paths.audit` has a placeholder, and it is `{environment}`";
        return refuse(text, "has a placeholder that nothing replaces", hint);
    }
    Ok(())
}

/// CloudWatch takes names of 1 to 255 characters (CloudWatch API, "PutMetricAlarm").
pub(super) fn alarm(text: Text) -> Result<String, PolicyError> {
    let bare = text.value.replace("{bucket}", "");
    if bare == text.value {
        return refuse(&text, "gives every alarm the same name", "put `{bucket}` into it");
    }
    let longest = bare.chars().count() + BucketName::MAX_LENGTH;
    if longest > 255 || bare.contains(|c: char| matches!(c, '{' | '}') || c.is_control()) {
        let hint = "write at most 255 characters, and `{bucket}` once";
        return refuse(&text, "is no name of an alarm", hint);
    }
    Ok(text.value)
}

pub(super) fn partition(text: Text) -> Result<String, PolicyError> {
    if PARTITIONS.contains(&text.value.as_str()) {
        return Ok(text.value);
    }
    refuse(&text, "is no partition of AWS", &format!("write one of {}", listed(&PARTITIONS)))
}
