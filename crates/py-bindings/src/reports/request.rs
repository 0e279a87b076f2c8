//! What is to be archived, as Python says it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use platform::reports::{self, Archive, NewFile, Undecided};
use pyo3::prelude::*;
use serde::Deserialize;
use storage_core::reports::{FileName, MediaType, ReportKey, Role};
use storage_core::retention::{Act, RuleTable, Trigger, TriggerDate};

use super::store::retention;
use crate::error::{Problem, raise};
use crate::files::{Given, Raised, Reader};

/// A report without its files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(rename = "type")]
    report_type: String,
    tenant: String,
    period: Option<String>,
    metadata: Option<String>,
    #[serde(default)]
    jurisdictions: Vec<String>,
    #[serde(default)]
    given: BTreeMap<String, bool>,
    cautious: bool,
    #[serde(default)]
    since: BTreeMap<String, String>,
    zone: Option<String>,
    amends: Option<String>,
    key: Option<String>,
    seal: bool,
}

impl Asked {
    pub(super) fn request(self) -> Result<Archive, Problem> {
        let refused = |error: storage_core::reports::Error| Problem::from(error);
        let report_type = self.report_type.parse().map_err(refused)?;
        let mut request = Archive::new(report_type, self.tenant.parse().map_err(refused)?);
        request.period = self.period.map(|it| it.parse()).transpose().map_err(refused)?;
        request.metadata = self.metadata;
        for jurisdiction in self.jurisdictions {
            request.jurisdictions.push(jurisdiction.parse().map_err(retention)?);
        }
        request.circumstances = self.given;
        if self.cautious {
            request.undecided = Undecided::Apply;
        }
        for (event, on) in self.since {
            request.triggers.insert(trigger(&event)?, date(&on)?);
        }
        request.zone = self.zone.map(|it| it.parse()).transpose().map_err(retention)?;
        request.amends = self.amends.map(|it| whole(&it)).transpose()?;
        request.idempotency_key = self.key;
        request.sealed = self.seal;
        Ok(request)
    }
}

/// A file as the package hands it over: name, media type if it was said, role, bytes.
#[derive(FromPyObject)]
pub(crate) struct Content<'py>(String, Option<String>, String, Bound<'py, PyAny>);

impl Content<'_> {
    pub(super) fn read(self, py: Python<'_>, raised: &Raised) -> PyResult<NewFile> {
        let Self(name, media_type, role, content) = self;
        let content = match Given::of(&content)? {
            Given::Bytes(bytes) => reports::Content::Bytes(bytes),
            Given::Path(path) => reports::Content::Path(path),
            Given::File(file) => {
                reports::Content::Reader(Box::new(Reader::new(file, raised.clone())))
            }
        };
        let read = || {
            let name: FileName = name.parse()?;
            let media_type = match media_type {
                Some(said) => said.parse()?,
                None => of_name(&name),
            };
            Ok(NewFile::new(name, media_type, content))
        };
        let file = read().map_err(|error: storage_core::reports::Error| raise(py, error))?;
        let role: Role = serde_json::from_value(role.clone().into()).map_err(|_| {
            let message = format!("`{role}` is no part of a report");
            let problem = Problem::invalid(super::store::INPUT, message);
            raise(py, problem.hint(Some("say `report`, `data` or `evidence`")))
        })?;
        Ok(file.as_role(role))
    }
}

/// What the ending of a name stands for.
fn of_name(name: &FileName) -> MediaType {
    name.extension().and_then(MediaType::of_extension).unwrap_or_else(MediaType::unknown)
}

/// What is done to the protection of a report.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Done {
    Hold { name: String },
    Release { name: String },
    Extend { until: DateTime<Utc> },
    Trigger { event: String, on: String, correct: bool },
    Shorten { until: DateTime<Utc> },
    AddDuty { rule: String, since: Option<String> },
    WithdrawDuty { rule: String },
    Strengthen,
}

impl Done {
    pub(super) fn act(self, rules: &RuleTable) -> Result<Act, Problem> {
        Ok(match self {
            Self::Hold { name } => Act::Hold { name },
            Self::Release { name } => Act::Release { name },
            Self::Extend { until } => Act::Extend { until },
            Self::Shorten { until } => Act::Shorten { until },
            Self::WithdrawDuty { rule } => Act::WithdrawDuty { rule },
            Self::Strengthen => Act::Strengthen,
            Self::AddDuty { rule, since } => {
                let current = rules.current(&rule).ok_or_else(|| {
                    let known: Vec<_> = rules.current_rules().map(|it| it.id.as_str()).collect();
                    let message = format!("there is no rule `{}`", rule.escape_debug());
                    Problem::invalid("retention.rule_unknown", message)
                        .hint(Some(format!("there are {}", known.join(", "))))
                })?;
                let trigger = since.map(|it| date(&it)).transpose()?;
                Act::AddDuty { rule: Box::new(current.clone()), trigger }
            }
            Self::Trigger { event, on, correct } => {
                let (trigger, on) = (trigger(&event)?, date(&on)?);
                match correct {
                    true => Act::CorrectTrigger { trigger, on },
                    false => Act::SetTrigger { trigger, on },
                }
            }
        })
    }
}

fn trigger(text: &str) -> Result<Trigger, Problem> {
    text.parse().map_err(|_| {
        let message = format!("`{}` is no event", text.escape_debug());
        Problem::invalid("retention.word_unknown", message).hint(Some(
            "write one that the report waits for, such as `financial_year_end` or `drawn_up`",
        ))
    })
}

fn date(text: &str) -> Result<TriggerDate, Problem> {
    text.parse().map_err(retention)
}

/// A report that was named whole.
fn whole(text: &str) -> Result<ReportKey, Problem> {
    let found = ReportKey::of_manifest(&format!("{text}/manifest.json"));
    found.ok_or_else(|| {
        let message = format!("`{}` names no report", text.escape_debug());
        Problem::invalid("reports.name_invalid", message)
            .hint(Some("write it as `type/tenant/period/id`"))
    })
}

/// A report as it was named, its period perhaps left out.
pub(super) async fn named(reports: &reports::Reports, text: &str) -> Result<ReportKey, Problem> {
    let refused = |error: storage_core::reports::Error| Problem::from(error);
    match text.split('/').collect::<Vec<_>>()[..] {
        [report_type, tenant, period, id] => Ok(ReportKey {
            report_type: report_type.parse().map_err(refused)?,
            tenant: tenant.parse().map_err(refused)?,
            period: period.parse().map_err(refused)?,
            id: id.parse().map_err(refused)?,
        }),
        [report_type, tenant, id] => {
            let report_type = report_type.parse().map_err(refused)?;
            let tenant = tenant.parse().map_err(refused)?;
            let found = reports.locate(report_type, &tenant, &id.parse().map_err(refused)?).await?;
            let missing = || reports::Error::NoReport { report: text.to_owned() };
            Ok(found.ok_or_else(missing)?)
        }
        _ => {
            let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
            let message = format!("`{shown}` names no report");
            Err(Problem::invalid("reports.name_invalid", message)
                .hint(Some("write it as `type/tenant/period/id` or `type/tenant/id`")))
        }
    }
}
