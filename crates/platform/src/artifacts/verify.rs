//! Holding the logs of artifacts against the ledger, and the bytes against the logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::ControlFlow;

use serde::Serialize;
use storage_core::artifacts::{Log, LogName};
use storage_core::{Digest, Plan};

use super::{ArtifactStore, Error, Result};
use crate::ledger::{self, records};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// A change stands in a log, and the ledger has no record of it: it never happened.
    Unrecorded {
        /// Which log.
        log: String,
        /// The number of the change.
        number: u64,
    },
    /// The ledger has a change that stands in no log: it was taken away.
    Missing {
        /// The number of the record.
        seq: u64,
        /// What happened, as the ledger calls it.
        act: String,
        /// To what.
        resource: String,
    },
    /// A log cannot be read.
    Unreadable {
        /// Which log.
        log: String,
        /// Why.
        reason: String,
    },
    /// The bytes of an artifact are not there, or are not those that were accepted.
    Altered {
        /// Its key.
        key: String,
        /// How.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrecorded { log, number } => {
                write!(f, "the change {number} of `{log}` is not in the ledger")
            }
            Self::Missing { seq, act, resource } => {
                let resource = resource.escape_debug();
                write!(f, "`{act}` of `{resource}`, record {seq} of the ledger, is in no log")
            }
            Self::Unreadable { log, reason } => write!(f, "the log `{log}`: {reason}"),
            Self::Altered { key, reason } => write!(f, "`{key}`: {reason}"),
        }
    }
}

impl ArtifactStore {
    /// Finishes what is open, then compares every log with the ledger, both ways; with `content` the bytes of
    /// every artifact with what was accepted, too. Whether the ledger itself is as it was written is another
    /// question: [`ledger::verify`](crate::ledger).
    ///
    /// # Errors
    ///
    /// What keeps it from being found out.
    pub async fn verify(&self, content: bool) -> Result<Vec<Finding>> {
        self.heal().await?;
        let mut findings = BTreeSet::new();
        let mut claimed = BTreeMap::new();
        for name in self.reader.logs("").await? {
            let changes = self.reader.changes(&name).await?;
            for (number, body) in &changes {
                // What is none is told by the log.
                let plan = serde_json::from_slice::<Plan>(body).ok();
                if let Some(digest) = plan.and_then(|plan| plan.digest().ok()) {
                    claimed.insert(digest, (name.clone(), *number));
                }
            }
            if let Err(error) = Log::read(name.clone(), changes) {
                let (log, reason) = (name.to_string(), error.to_string());
                findings.insert(Finding::Unreadable { log, reason });
            }
        }
        findings.extend(self.against_ledger(claimed).await?);
        if content {
            findings.extend(self.contents().await?);
        }
        Ok(findings.into_iter().collect())
    }

    async fn against_ledger(
        &self,
        claimed: BTreeMap<Digest, (LogName, u64)>,
    ) -> Result<Vec<Finding>> {
        // Two who finish the same act may both record it, which is no change more.
        let mut recorded = BTreeSet::new();
        let mut findings = Vec::new();
        let filter = ledger::Filter::default();
        let looked = records(self.ledger().store(), &filter, |seq, line| {
            let Ok(record) = serde_json::from_slice::<serde_json::Value>(line) else {
                return ControlFlow::Continue(());
            };
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let (act, id) = (text(&record["event_type"]), text(&record["event_id"]));
            // What is about a release stands in the log of that release.
            let ours = act.starts_with("artifact.") || act.starts_with("model.");
            if ours && record["details"]["release"].is_string() {
                let id: Option<Digest> = id.parse().ok();
                match id.filter(|id| claimed.contains_key(id)) {
                    Some(id) => drop(recorded.insert(id)),
                    None => {
                        let resource = text(&record["resource"]);
                        findings.push(Finding::Missing { seq, act, resource });
                    }
                }
            }
            ControlFlow::Continue(())
        });
        looked.await.map_err(|source| {
            let source = Box::new(crate::acts::Error::Lookup { source: Box::new(source) });
            Error::Act { act: "read the ledger", source }
        })?;
        let left = claimed.into_iter().filter(|(id, _)| !recorded.contains(id));
        findings.extend(
            left.map(|(_, (log, number))| Finding::Unrecorded { log: log.to_string(), number }),
        );
        Ok(findings)
    }

    async fn contents(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for name in self.reader.logs("").await? {
            let log = match self.reader.log(&name).await {
                Err(Error::Refused(_)) => continue,
                log => log?,
            };
            for (release, state) in &log.releases {
                for (file, _) in state.artifacts() {
                    let key = release.file(file)?;
                    match self.reader.fetch(&key, &mut io::sink()).await {
                        Ok(_) => {}
                        Err(error @ (Error::Altered { .. } | Error::Removed { .. })) => {
                            let (key, reason) = (key.to_string(), error.to_string());
                            findings.push(Finding::Altered { key, reason });
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(findings)
    }
}
