//! What was typed after `strongroom report`.

mod archive;
mod change;
mod dispose;
mod read;
mod search;
mod target;
mod timestamp;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use platform::reports::Protection;
use platform::store::LockMode;
use storage_core::reports::{Period, ReportType, Status, TenantId};
use storage_core::retention::Zone;

pub(crate) use archive::ArchiveReport;
pub(crate) use change::{
    AddDuty, Duty, Extend, Hold, Release, SetTrigger, Shorten, Strengthen, Why, WithdrawDuty,
};
pub(crate) use dispose::{ApproveList, DestroyList, Dispose, ListEligible};
pub(crate) use read::{ExportReport, GetReport, ListReports, VerifyReports};
pub(crate) use search::{IndexReports, SearchReports};
pub(crate) use target::Target;
pub(crate) use timestamp::Timestamp;

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Archive files as one report, protected from the first moment on
    Archive(Box<ArchiveReport>),
    /// Show what is known of a report, or fetch its files
    Get(GetReport),
    /// Find reports by type, tenant, period and status
    List(ListReports),
    /// Make the index by which reports are found by their words, or bring it up to date
    Index(IndexReports),
    /// Find the reports of one tenant by their words, metadata and digests
    Search(Box<SearchReports>),
    /// Place a named hold: the report stays until it is released, whatever the calendar says
    Hold(Hold),
    /// Lift a named hold; others stay
    Release(Release),
    /// Protect a report for longer than its rules do
    Extend(Extend),
    /// Take back an extension (governance mode only)
    Shorten(Shorten),
    /// Turn a lock in governance mode into one in compliance mode
    Strengthen(Strengthen),
    /// Add a rule to those that protect a report, or withdraw one
    #[command(subcommand)]
    Duty(Duty),
    /// Say when something happened that starts the clock of a rule
    Trigger(SetTrigger),
    /// Have somebody else say when a report was there (RFC 3161): make a request, keep the token
    Timestamp(Timestamp),
    /// Read all content again, compare it, look after its protection, and record the outcome
    Verify(VerifyReports),
    /// Destroy what may go: list it, have the list approved, destroy, certify
    #[command(subcommand)]
    Dispose(Dispose),
    /// Hand a report out as a bag (BagIt 1.0)
    Export(ExportReport),
}

/// Where reports are kept.
#[derive(Debug, Args)]
pub(crate) struct Keeper {
    /// Where the reports are: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(long = "store", value_name = "URL", env = "STRONGROOM_REPORTS")]
    pub(crate) url: String,
    /// The log that records what is done to them [default: `_strongroom/ledger` below the store]
    #[arg(long, value_name = "URL", env = "STRONGROOM_REPORTS_LEDGER")]
    pub(crate) ledger: Option<String>,
    /// Where the keys of sealed reports are: another store, without versions, that forgets what is
    /// deleted
    #[arg(long, value_name = "URL", env = "STRONGROOM_BODY_KEYS", requires = "application_key")]
    pub(crate) body_keys: Option<String>,
    /// The key that wraps those keys: a file of 64 hexadecimal digits that only you may read
    #[arg(long, value_name = "FILE", env = "STRONGROOM_APPLICATION_KEY", requires = "body_keys")]
    pub(crate) application_key: Option<PathBuf>,
}

/// What protects reports, and who acts.
#[derive(Debug, Args)]
pub(crate) struct Protect {
    /// What protects reports besides the rules
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        env = "STRONGROOM_PROTECTION",
        default_value_t = How::Compliance
    )]
    pub(crate) protection: How,
    /// Who acts, for the record
    #[arg(long, value_name = "NAME", env = "STRONGROOM_ACTOR")]
    pub(crate) actor: String,
    /// The key that signs checkpoints of the log and certificates, as `strongroom audit keys
    /// generate` wrote it
    #[arg(long, value_name = "FILE", env = "STRONGROOM_SIGNER")]
    pub(crate) signer: Option<PathBuf>,
    /// Rules of yours besides the built-in ones, as JSON or YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Where records belong to, which decides on which day things happen [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<Zone>,
}

/// What protects reports besides the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum How {
    /// Object Lock of the store; nobody can lift it
    Compliance,
    /// Object Lock of the store; a special permission lifts it
    Governance,
    /// Nothing: whoever may write to the store may destroy reports
    RulesAlone,
}

impl From<How> for Protection {
    fn from(how: How) -> Self {
        match how {
            How::Compliance => Self::Locked(LockMode::Compliance),
            How::Governance => Self::Locked(LockMode::Governance),
            How::RulesAlone => Self::RulesAlone,
        }
    }
}

/// Which report.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The report: `type/tenant/period/id` or `type/tenant/id`
    #[arg(value_name = "REPORT")]
    pub(crate) report: Target,
}

/// Which reports; all that fit everything that is named.
#[derive(Debug, Default, Args)]
pub(crate) struct Asked {
    /// Of this type: `csrd`, `cbam`, `eudr` or `custom`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) report_type: Option<ReportType>,
    /// Of exactly this tenant
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// About this time: `2026` or `2026-Q1`
    #[arg(long)]
    pub(crate) period: Option<Period>,
}

impl Asked {
    pub(crate) fn query(&self, status: Option<Status>) -> platform::reports::Query {
        let mut query = platform::reports::Query::default();
        query.report_type = self.report_type;
        query.tenant = self.tenant.clone();
        query.period = self.period.clone();
        query.status = status;
        query
    }
}
