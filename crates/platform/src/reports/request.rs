//! What is to be archived.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::json;
use storage_core::reports::{
    Error as Refused, FileName, MAX_KEY_BYTES, MediaType, Period, ReportKey, ReportType, Role,
    TenantId, check_files, check_metadata,
};
use storage_core::retention::{
    Jurisdiction, Question, Regime, Retention, Rule, RuleTable, Trigger, TriggerDate, Zone,
};
use storage_core::{Digest, LockMode, canonical_json};

use super::{Content, Error, Result};

/// What is to be archived, and what decides how long it is kept.
#[non_exhaustive]
pub struct Archive {
    /// What it is about.
    pub report_type: ReportType,
    /// Who it belongs to.
    pub tenant: TenantId,
    /// The time it is about; the year in which it is archived if `None`.
    pub period: Option<Period>,
    /// Its files.
    pub files: Vec<NewFile>,
    /// A JSON object that is kept with it, letter by letter.
    pub metadata: Option<String>,
    /// Whose laws reach it.
    pub jurisdictions: Vec<Jurisdiction>,
    /// What is so (`true`), or is not, where a rule depends on it.
    pub circumstances: BTreeMap<String, bool>,
    /// What to do about a rule of which nobody said whether it applies.
    pub undecided: Undecided,
    /// Rules of its own, besides those of the table.
    pub rules: Vec<Rule>,
    /// When something happened that starts the clock of a rule. Without it the report is held.
    pub triggers: BTreeMap<Trigger, TriggerDate>,
    /// Where it belongs to: on which day things happen.
    pub zone: Option<Zone>,
    /// Who may lift its lock, if not what the options say.
    pub mode: Option<LockMode>,
    /// Whether its content is sealed before it is stored; needs the keys of the options.
    pub sealed: bool,
    /// The report that it corrects.
    pub amends: Option<ReportKey>,
    /// The same key always means the same report, so that a call can be made again.
    pub idempotency_key: Option<String>,
    /// Who archives it, if not the actor of the options.
    pub actor: Option<String>,
    /// Is told how many bytes were stored since it was last told.
    pub on_progress: Option<OnProgress>,
}

/// Is told how many more bytes were read or stored.
pub type OnProgress = Arc<dyn Fn(u64) + Send + Sync>;

/// What to do about a rule of which nobody said whether it applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undecided {
    /// Refuse the report, and name what has to be said.
    #[default]
    Refuse,
    /// Take it that it applies: the report is kept until all such rules are over.
    Apply,
}

/// A file to be archived.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewFile {
    /// Its name, with its own extension.
    pub name: FileName,
    /// Its media type.
    pub media_type: MediaType,
    /// What it is for.
    pub role: Role,
    /// Its bytes.
    pub content: Content,
}

impl NewFile {
    /// A file with the part of the report itself.
    pub fn new(name: FileName, media_type: MediaType, content: impl Into<Content>) -> Self {
        Self { name, media_type, role: Role::default(), content: content.into() }
    }

    /// The same with another part.
    #[must_use]
    pub fn as_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("report_type", &self.report_type)
            .field("tenant", &self.tenant)
            .field("period", &self.period)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// A report without files yet.
    pub fn new(report_type: ReportType, tenant: TenantId) -> Self {
        Self {
            report_type,
            tenant,
            period: None,
            files: Vec::new(),
            metadata: None,
            jurisdictions: Vec::new(),
            circumstances: BTreeMap::new(),
            undecided: Undecided::default(),
            rules: Vec::new(),
            triggers: BTreeMap::new(),
            zone: None,
            mode: None,
            sealed: false,
            amends: None,
            idempotency_key: None,
            actor: None,
            on_progress: None,
        }
    }

    /// The same about this period.
    #[must_use]
    pub fn of_period(self, period: Period) -> Self {
        Self { period: Some(period), ..self }
    }

    /// The same with one more file.
    #[must_use]
    pub fn with_file(mut self, file: NewFile) -> Self {
        self.files.push(file);
        self
    }

    /// The same with a JSON object that is kept letter by letter.
    #[must_use]
    pub fn with_metadata(self, text: impl Into<String>) -> Self {
        Self { metadata: Some(text.into()), ..self }
    }

    /// The same, reached by the laws of one more jurisdiction.
    #[must_use]
    pub fn under(mut self, jurisdiction: Jurisdiction) -> Self {
        self.jurisdictions.push(jurisdiction);
        self
    }

    /// The same in this circumstance, or expressly not.
    #[must_use]
    pub fn given(mut self, circumstance: impl Into<String>, is_so: bool) -> Self {
        self.circumstances.insert(circumstance.into(), is_so);
        self
    }

    /// The same with the date of an event that starts a clock.
    #[must_use]
    pub fn since(mut self, trigger: Trigger, on: TriggerDate) -> Self {
        self.triggers.insert(trigger, on);
        self
    }

    /// The same with its files and its metadata sealed before they are stored. Their names, their lengths
    /// and their digests are not.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self { sealed: true, ..self }
    }

    /// The same as a correction of another report.
    #[must_use]
    pub fn amending(self, report: ReportKey) -> Self {
        Self { amends: Some(report), ..self }
    }

    /// The same under a key that always means this report.
    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }

    /// Refuses what cannot be archived, before anything of it is stored.
    pub(super) fn check(&self, actor: &str) -> Result<()> {
        check_files(self.files.iter().map(|it| (&it.name, &it.media_type)))?;
        if let Some(text) = &self.metadata {
            check_metadata(text)?;
        }
        let refuse = |broken: String| Err(Error::Refused(Refused::RequestInvalid { broken }));
        if actor.trim().is_empty() || actor.len() > 256 || actor.contains(char::is_control) {
            return refuse("it does not say who archives it, in 1 to 256 bytes".to_owned());
        }
        match &self.idempotency_key {
            Some(key) if key.is_empty() || key.len() > MAX_KEY_BYTES => {
                refuse(format!("its idempotency key does not have 1 to {MAX_KEY_BYTES} bytes"))
            }
            _ => Ok(()),
        }
    }

    /// What protects it, if it is archived now.
    pub(super) fn retention(
        &self,
        table: &RuleTable,
        zone: Zone,
        mode: LockMode,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Retention, Refused> {
        let mut question = Question::new(match self.report_type {
            ReportType::Cbam => Regime::Cbam,
            ReportType::Csrd => Regime::Csrd,
            ReportType::Custom => Regime::Custom,
            ReportType::Eudr => Regime::Eudr,
        });
        for jurisdiction in &self.jurisdictions {
            question = question.within(jurisdiction.clone());
        }
        for (name, is_so) in &self.circumstances {
            question = question.given(name, *is_so);
        }
        let selected = table.select(&question)?;
        let mut rules = match self.undecided {
            Undecided::Refuse => selected.decided()?,
            Undecided::Apply => selected.cautious()?,
        };
        rules.extend(self.rules.iter().cloned());
        let (zone, mode) = (self.zone.unwrap_or(zone), self.mode.unwrap_or(mode));
        let mut retention = Retention::new(mode, now, zone, rules)?;
        for (trigger, on) in &self.triggers {
            retention = retention.since(*trigger, *on)?;
        }
        Ok(retention)
    }

    /// What tells this request from another one under the same key: all of it but the contents,
    /// which are compared by themselves.
    pub(super) fn digest(&self, actor: &str) -> Result<Digest, Refused> {
        let files: Vec<_> =
            self.files.iter().map(|it| json!([it.name, it.media_type, it.role])).collect();
        let mut jurisdictions = self.jurisdictions.clone();
        jurisdictions.sort();
        let triggers: BTreeMap<_, _> =
            self.triggers.iter().map(|(it, on)| (it.to_string(), on.to_string())).collect();
        let mut said = json!({
            "type": self.report_type,
            "tenant": self.tenant,
            "period": self.period,
            "files": files,
            "metadata": self.metadata.as_ref().map(|it| Digest::of(it.as_bytes())),
            "jurisdictions": jurisdictions,
            "circumstances": self.circumstances,
            "undecided": self.undecided == Undecided::Apply,
            "rules": self.rules,
            "triggers": triggers,
            "zone": self.zone,
            "mode": self.mode,
            "amends": self.amends,
            "actor": actor,
        });
        // Not said of reports that are not: requests of before have the digests that they had.
        if self.sealed {
            said["sealed"] = true.into();
        }
        Ok(Digest::of(&canonical_json(&said)?))
    }
}
