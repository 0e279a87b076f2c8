//! What the organisation has decided: names, environments, owners, paths, labels, severities.

mod checks;
mod digest;
mod document;
mod error;
mod reading;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

pub use error::PolicyError;

use crate::rule::Rule;
use crate::severity::Severity;

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name, as contracts and folders have it.
    pub name: String,
    /// Whether it is protected: KMS, access logs and the platform team's approval are required.
    pub protected: bool,
}

/// What a rule weighs in this organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The rule is not asked.
    Off,
    /// Its findings weigh this much.
    At(Severity),
}

impl Level {
    /// Every level, from none to the heaviest.
    pub const ALL: &'static [Self] = &[
        Self::Off,
        Self::At(Severity::Advice),
        Self::At(Severity::Warning),
        Self::At(Severity::Error),
    ];

    /// The word in a policy.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::At(severity) => severity.word(),
        }
    }
}

/// What happens to a change that a change guardrail noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is refused: a finding that is an error.
    Refuse,
    /// It waits for the platform team: a finding that is a warning.
    Approve,
}

impl Verdict {
    /// Both verdicts.
    pub const ALL: &'static [Self] = &[Self::Refuse, Self::Approve];

    /// The word in a policy.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Approve => "approve",
        }
    }
}

/// Where things lie in the repository, relative to its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The folder of the contracts; below it `{environment}/{id}.yaml`.
    pub contracts: String,
    /// The catalogue.
    pub catalog: String,
    /// The audit file; `{environment}` is replaced.
    pub audit: String,
    /// The folder of the rendered files.
    pub output: String,
    /// The waivers.
    pub waivers: String,
    /// The ledger of ids.
    pub ids: String,
}

/// The decisions of one organisation. [`Policy::default`] holds those of the source documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The first part of every bucket name.
    pub prefix: String,
    /// The environments, in the order in which they are shown.
    pub environments: Vec<Environment>,
    /// The teams that may own a bucket; empty if the organisation does not say.
    pub owners: BTreeSet<String>,
    /// Where things lie.
    pub paths: Paths,
    /// The labels with which the platform team approves; any one is enough.
    pub approval_labels: Vec<String>,
    /// Levels by name of rule, where they differ from the rule's own.
    pub levels: BTreeMap<String, Level>,
    /// Verdicts by name of change guardrail, where they differ from its own.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Tags that every contract must carry besides `costCenter`.
    pub required_tags: BTreeSet<String>,
    /// The origins from which browsers may read, where a contract enables CORS.
    pub cors_origins: Vec<String>,
    /// The most days that a waiver may last.
    pub waiver_max_days: u32,
    /// How many days before its end a waiver is shown as expiring.
    pub waiver_notice_days: u32,
    /// The name of the storage alarm; `{bucket}` is replaced.
    pub alarm_name: String,
    /// The AWS partition that ARNs name: `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`.
    pub partition: String,
}

impl Default for Policy {
    fn default() -> Self {
        let environment =
            |(name, protected): (&str, _)| Environment { name: name.to_owned(), protected };
        let environments = [("dev", false), ("test", false), ("staging", true), ("prod", true)];
        Self {
            prefix: "goldenpath".to_owned(),
            environments: environments.map(environment).into(),
            owners: BTreeSet::new(),
            paths: Paths {
                contracts: "docs/20-contracts/s3-requests".to_owned(),
                catalog: "docs/20-contracts/resource-catalogs/s3-catalog.yaml".to_owned(),
                audit: "governance/{environment}/s3_request_audit.csv".to_owned(),
                output: "envs".to_owned(),
                waivers: "strongroom.waivers.yaml".to_owned(),
                ids: "docs/20-contracts/s3-requests/.s3-ids".to_owned(),
            },
            approval_labels: vec!["platform-approved".to_owned(), "s3-approved".to_owned()],
            levels: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            required_tags: BTreeSet::new(),
            cors_origins: Vec::new(),
            waiver_max_days: 90,
            waiver_notice_days: 14,
            alarm_name: "s3-cost-alert-{bucket}".to_owned(),
            partition: "aws".to_owned(),
        }
    }
}

impl Policy {
    /// Reads a policy document, `strongroom.yaml`. What it leaves out is as in
    /// [`Policy::default`].
    ///
    /// ```
    /// use contract_core::Policy;
    ///
    /// let policy = Policy::parse("apiVersion: strongroom/v1\nkind: Policy\nprefix: acme\n")?;
    /// assert_eq!(policy.prefix, "acme");
    /// assert_eq!(policy.approval_labels, Policy::default().approval_labels);
    ///
    /// let error = Policy::parse("apiVersion: strongroom/v1\nkind: Policy\nprefx: acme\n").unwrap_err();
    /// assert_eq!((error.line, error.column), (Some(3), Some(1)));
    /// assert_eq!(error.hint.as_deref(), Some("did you mean `prefix`?"));
    /// # Ok::<(), contract_core::PolicyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for the first thing that is wrong: not YAML that all tools read alike, an
    /// unknown key or rule, a rule that is not negotiable, an empty list, a path that leaves the
    /// repository, a prefix that makes no bucket names, or a document without any guardrail.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        checks::policy(reading::read(text)?)
    }

    /// Whether `environment` is one in which KMS, access logs and approval are required.
    pub fn is_protected(&self, environment: &str) -> bool {
        self.environments.iter().any(|it| it.protected && it.name == environment)
    }

    /// What a finding of `rule` weighs, if it counts at all. `own` is the finding's own severity.
    pub fn severity_of(&self, rule: &Rule, own: Severity) -> Option<Severity> {
        if self.levels.is_empty() || !rule.is_negotiable() {
            return Some(own);
        }
        match self.levels.get(rule.name) {
            None => Some(own),
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(*severity),
        }
    }
}
