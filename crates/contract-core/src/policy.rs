//! What the organisation has decided: names, environments, owners, paths, labels, severities.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Severity;
use crate::rule::Rule;

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

/// What happens to a change that a change guardrail noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is refused: a finding that is an error.
    Refuse,
    /// It waits for the platform team: a finding that is a warning.
    Approve,
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
