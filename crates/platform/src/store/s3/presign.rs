//! Signing a request that somebody else will send.

use std::time::Duration;

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::S3;
use super::failure::{Effect, failure};
use crate::store::{Access, Key, SignedUrl, StoreError, presign};

pub(super) async fn sign(
    s3: &S3,
    key: &Key,
    access: &Access,
    valid_for: Duration,
) -> Result<SignedUrl, StoreError> {
    presign::check_time(valid_for)?;
    let config = PresigningConfig::expires_in(valid_for).map_err(|error| {
        StoreError::invalid("the time for an address cannot be used").caused_by(error)
    })?;
    match access {
        Access::Get { version } => {
            let request = s3.once.get_object().bucket(&s3.bucket).key(key.as_str());
            let request = request.set_version_id(version.as_ref().map(|it| it.0.clone()));
            let signed = request.presigned(config).await;
            let signed = signed.map_err(|it| failure(Effect::Reads, "sign", Some(key), it))?;
            Ok(taken_apart(&signed, "GET"))
        }
        Access::Put(put) => {
            let length = put.size_bytes.map(i64::try_from).transpose();
            let length = length.map_err(|_| StoreError::invalid("no object has so many bytes"))?;
            let request = s3
                .once
                .put_object()
                .bucket(&s3.bucket)
                .key(key.as_str())
                .set_content_type(put.content_type.clone())
                .set_content_length(length)
                .set_checksum_sha256(put.sha256.map(|sum| STANDARD.encode(sum)))
                .set_if_none_match(put.absent.then(|| "*".to_owned()));
            let signed = request.presigned(config).await;
            let signed = signed.map_err(|it| failure(Effect::Writes, "sign", Some(key), it))?;
            Ok(taken_apart(&signed, "PUT"))
        }
    }
}

fn taken_apart(signed: &PresignedRequest, method: &'static str) -> SignedUrl {
    let headers = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    SignedUrl::new(signed.uri().to_owned(), method, headers.collect())
}
