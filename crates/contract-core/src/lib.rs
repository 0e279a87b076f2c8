//! Bucket contracts: from a YAML document to findings, approval and every rendered file.
//!
//! Everything here is a pure function over bytes and values. You will not find a clock, a file, a
//! network or a git call: days and documents are handed in, and what comes out is a value.
//!
//! Start with [`check`].

pub mod approval;
mod bucket_spec;
pub mod changes;
mod check;
mod contract;
mod draft;
pub mod fields;
mod finding;
pub mod fix;
pub mod guardrails;
pub mod ids;
pub mod naming;
mod policy;
mod read;
pub mod render;
pub mod report;
pub mod request;
mod rule;
mod severity;
mod slot;
mod span;
pub mod tree;
pub mod waivers;
pub mod words;
pub mod yaml;

pub use bucket_spec::{
    Alarm, BYTES_PER_GB, BucketSpec, CorsRule, Dropped, LifecycleRule, PublicAccessBlock,
    Transition,
};
pub use check::{Document, check};
pub use contract::{At, Contract, Tag};
pub use draft::{Draft, PurposeDefaults};
pub use finding::{Edit, Finding, Findings, Fix, Related, Severity, Waived};
pub use policy::{Environment, Level, Paths, Policy, PolicyError, Verdict};
pub use request::S3BucketRequest;
pub use rule::{Group, Rule};
pub use slot::Slot;
pub use span::{Place, Places, Span};
pub use words::{Encryption, PublicAccess, Purpose, Retention, StorageClass};

/// Every rule, in the order of codes.
pub fn rules() -> Vec<&'static Rule> {
    let mut rules = [yaml::RULES, fields::RULES].concat();
    rules.extend(guardrails::GUARDRAILS.iter().map(|guardrail| guardrail.rule));
    rules.extend(tree::RULES);
    rules.push(&ids::unledgered::RULE);
    rules.extend(changes::CHANGES.iter().map(|guardrail| guardrail.rule));
    rules.extend(waivers::RULES);
    rules
}
