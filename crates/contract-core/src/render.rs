//! What a contract, and the rules about contracts, turn into.
//!
//! Pure: a value goes in, text comes out; the same value gives the same bytes. Who writes the text
//! where is somebody else's business.

pub mod alarm;
mod arn;
pub mod audit;
pub mod backstage;
pub mod block_yaml;
pub mod bucket_policy;
pub mod catalog;
pub mod iam_policy;
pub mod json_schema;
pub mod legacy;
mod markdown;
pub mod pull_request;
pub mod reference;
pub mod summary;
pub mod terraform_variables;
pub mod tfvars;

use serde::Serialize;
use serde_json::Value;

use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;

/// A file that follows from a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RenderedFile {
    /// Where it lies, relative to the root of the repository, with `/` between its parts.
    pub path: String,
    /// What it holds.
    pub content: String,
}

/// Every file that belongs to one request alone, by path.
pub fn files(spec: &BucketSpec, policy: &Policy) -> Vec<RenderedFile> {
    let mut files = vec![
        RenderedFile { path: tfvars::path(spec, policy), content: tfvars::text(spec) },
        RenderedFile {
            path: iam_policy::path(spec, policy),
            content: iam_policy::text(spec, policy),
        },
        RenderedFile {
            path: bucket_policy::path(spec, policy),
            content: bucket_policy::text(spec, policy),
        },
        RenderedFile { path: alarm::path(spec, policy), content: alarm::text(spec) },
    ];
    files.sort();
    files
}

/// `{output}/{environment}/s3/generated/{id}.{ending}`
fn beside_state(spec: &BucketSpec, policy: &Policy, ending: &str) -> String {
    format!("{}/{}/s3/generated/{}.{ending}", policy.paths.output, spec.environment, spec.id)
}

/// JSON with an indent of two spaces and a line break at the end.
fn json_text(value: &Value) -> String {
    format!("{value:#}\n")
}
