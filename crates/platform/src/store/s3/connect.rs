//! The clients.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::{S3, S3Url};
use crate::store::StoreError;

/// How long it may take until a connection stands. A region away takes a tenth of it.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a server may be silent before it answers.
const FIRST_BYTE: Duration = Duration::from_secs(30);

/// How long one attempt may take, its body included: a part of 80 MiB at 1 MB/s fits.
const ATTEMPT: Duration = Duration::from_secs(120);

/// How often a request that may be repeated is tried (AWS: "Retry behavior", standard mode).
const ATTEMPTS: u32 = 4;

/// How AWS is asked: the client of HTTP, time limits, repetitions, and credentials as the environment or
/// the profile has them. For clients of other services than S3.
pub async fn shared_config(endpoint: Option<&str>, region: Option<&str>) -> SdkConfig {
    shared(endpoint, region, None).await
}

async fn shared(
    endpoint: Option<&str>,
    region: Option<&str>,
    credentials: Option<SharedCredentialsProvider>,
) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(FIRST_BYTE)
        .operation_attempt_timeout(ATTEMPT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(credentials) = credentials {
        loader = loader.credentials_provider(credentials);
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

pub(super) async fn open(
    url: &S3Url,
    credentials: Option<SharedCredentialsProvider>,
) -> Result<S3, StoreError> {
    let named = (url.endpoint.as_deref(), url.region.as_deref());
    let shared = shared(named.0, named.1, credentials).await;

    let mut config = Builder::from(&shared)
        .force_path_style(url.path_style)
        // We send the SHA-256 of every body ourselves. What the client would add on its own, in a
        // trailer of a chunked body, older servers refuse.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if shared.region().is_none() {
        if url.endpoint.is_none() {
            return Err(StoreError::invalid(
                "no region is named; add `region=…` to the address or set AWS_REGION",
            ));
        }
        config = config.region(Region::new("us-east-1"));
    }
    let patient = Client::from_conf(config.clone().build());
    let once = Client::from_conf(config.retry_config(RetryConfig::disabled()).build());
    Ok(S3 { bucket: url.bucket.clone(), endpoint: url.endpoint.clone(), patient, once })
}
