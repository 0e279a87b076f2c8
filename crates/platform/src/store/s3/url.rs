//! The address of a bucket.

use std::fmt;
use std::str::FromStr;

use crate::store::StoreError;

/// The address of a bucket: `s3://bucket/prefix?endpoint=…&region=…&path_style=…`.
///
/// - `endpoint`: the server, if it is not AWS. `http://` only if it is written so.
/// - `region`: which one to sign for. Left out, the environment says; with an `endpoint`,
///   `us-east-1` is the last resort, because most other servers do not care.
/// - `path_style`: `true` asks for `https://server/bucket/key`, `false` for
///   `https://bucket.server/key`. Left out, it is `true` exactly if there is an `endpoint`.
///
/// Credentials are refused here: addresses end up in logs and in the history of shells.
///
/// ```
/// use platform::store::s3::S3Url;
///
/// let url: S3Url = "s3://records/audit?endpoint=http://127.0.0.1:9000".parse()?;
/// assert_eq!((url.bucket.as_str(), url.prefix.as_str()), ("records", "audit"));
/// assert!(url.path_style);
///
/// assert!("s3://name:secret@records/audit".parse::<S3Url>().is_err());
/// # Ok::<(), platform::store::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3Url {
    /// The bucket.
    pub bucket: String,
    /// What all keys begin with, as it was written; may be empty.
    pub prefix: String,
    /// The server, if it is not AWS.
    pub endpoint: Option<String>,
    /// Which region to sign for.
    pub region: Option<String>,
    /// Whether the bucket is named in the path instead of the host.
    pub path_style: bool,
}

impl FromStr for S3Url {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let bad = |what: &str| StoreError::invalid(format!("an address of S3 {what}"));
        let rest = text.strip_prefix("s3://").ok_or_else(|| bad("begins with `s3://`"))?;
        // Looked for before anything of the text is repeated in a message.
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(bad(
                "holds no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                 or AWS_PROFILE",
            ));
        }
        if rest.contains('#') {
            return Err(bad("has no fragment; write `#` in a prefix as `%23`"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        check_bucket(bucket)?;
        let prefix = decode(prefix).ok_or_else(|| bad("has a prefix of UTF-8"))?;
        let mut url = Self {
            bucket: bucket.to_owned(),
            prefix,
            endpoint: None,
            region: None,
            path_style: false,
        };
        let mut path_style = None;
        for (name, value) in ::url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "endpoint" => url.endpoint = Some(endpoint(&value)?),
                "region" => url.region = Some(region(&value)?),
                "path_style" => {
                    path_style = Some(value.parse().map_err(|_| {
                        bad(&format!("has `path_style=true` or `path_style=false`, not `{value}`"))
                    })?);
                }
                // The value may be a secret that somebody put there.
                _ => {
                    return Err(bad(&format!(
                        "takes `endpoint`, `region` and `path_style`, not `{}`",
                        name.escape_debug()
                    )));
                }
            }
        }
        url.path_style = path_style.unwrap_or(url.endpoint.is_some());
        Ok(url)
    }
}

impl fmt::Display for S3Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

/// AWS: "General purpose bucket naming rules"; upper case and underscores are let through, because
/// other servers and old buckets have them.
fn check_bucket(bucket: &str) -> Result<(), StoreError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !(3..=255).contains(&bucket.len())
        || !bucket.chars().all(fits)
        || !bucket.starts_with(|c: char| c.is_ascii_alphanumeric())
        || bucket.contains("..")
    {
        return Err(StoreError::invalid(format!(
            "`{}` is no name of a bucket: 3 to 63 lower case letters, digits, dots and hyphens",
            bucket.escape_debug()
        )));
    }
    Ok(())
}

fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

fn endpoint(text: &str) -> Result<String, StoreError> {
    let bad = |what: &str| StoreError::invalid(format!("the endpoint of an address {what}"));
    let url = ::url::Url::parse(text)
        .map_err(|_| bad("is an address such as `https://s3.example.org`"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("holds no credentials"));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("begins with `https://` or `http://`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("has no parameters"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn region(text: &str) -> Result<String, StoreError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
        return Err(StoreError::invalid(format!("`{}` is no region", text.escape_debug())));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        text.parse::<S3Url>().unwrap_err().to_string()
    }

    #[test]
    fn an_address_is_taken_apart() {
        let url: S3Url =
            "s3://bucket/a%20b//c/?region=eu-central-1&endpoint=https%3A%2F%2Fs3.example.org%2F"
                .parse()
                .unwrap();
        assert_eq!(url.prefix, "a b//c/");
        assert_eq!(url.region.as_deref(), Some("eu-central-1"));
        assert_eq!(url.endpoint.as_deref(), Some("https://s3.example.org"));
        assert!(url.path_style);
        let plain: S3Url = "s3://bucket".parse().unwrap();
        assert_eq!((plain.prefix.as_str(), plain.path_style), ("", false));
        let hosted: S3Url =
            "s3://bucket?endpoint=http://localhost:9000&path_style=false".parse().unwrap();
        assert!(!hosted.path_style);
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        for text in [
            "s3://key:hunter2@bucket/prefix",
            "s3://hunter2@bucket",
            "s3://bucket?endpoint=https://key:hunter2@server",
            "s3://bucket?secret_access_key=hunter2",
            "s3://key:hunter2@",
        ] {
            let error = text.parse::<S3Url>().unwrap_err();
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{text}: {error:?}");
        }
        assert!(reason("s3://key:hunter2@bucket").contains("AWS_PROFILE"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "s3:bucket",
            "s3://",
            "s3:///prefix",
            "s3://ab",
            "s3://bu cket",
            "s3://bucket#here",
            "s3://bucket/%ff",
            "s3://bucket?path_style=yes",
            "s3://bucket?endpoint=ftp://server",
            "s3://bucket?endpoint=server:9000",
            "s3://bucket?endpoint=http://server/?x=1",
            "s3://bucket?region=",
            "s3://bucket?region=a/b",
            "s3://bucket?regoin=x",
        ] {
            assert!(text.parse::<S3Url>().is_err(), "{text}");
        }
    }
}
