//! What was typed after `strongroom report archive`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use storage_core::reports::{MediaType, Period, ReportKey, ReportType, TenantId};
use storage_core::retention::{Jurisdiction, Trigger, TriggerDate};

use super::{Keeper, Protect, Target};
use crate::args::Plain;

const HELP: &str = "\
All of it or nothing: everything is checked before the first byte is stored, files are stored as they
are read, and the report begins to exist with its manifest, which is written last. With `--key` the
same command can be given again after any failure, and completes the same report.

How long it is kept follows from the rules of its type and of the jurisdictions that are named. A rule
whose event has no date yet holds the report until `strongroom report trigger` says when it was. A rule
that depends on a circumstance has to be told, with `--given`.

Exit status: 2 if something is refused, before anything is stored; 4 if the key stands for another
report; 6 if the store failed.

Examples:
  strongroom report archive report.xhtml figures.xlsx --store s3://reports-prod --type csrd \\
    --tenant acme --period 2026 --jurisdiction DE --given listed=no --key 2026-annual --actor ana
  strongroom report archive statement.pdf --store ./reports --protection rules-alone --type eudr \\
    --tenant acme --jurisdiction IE --given files_statement --since statement_submitted=2026-06-30
  strongroom report archive minutes.pdf --seal --body-keys s3://report-keys --application-key app.key \\
    --store s3://reports-prod --type custom --tenant acme --actor ana";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ArchiveReport {
    /// The files of the report
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
    /// What it is about: `csrd`, `cbam`, `eudr` or `custom`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) report_type: ReportType,
    /// Who it belongs to
    #[arg(long)]
    pub(crate) tenant: TenantId,
    /// The time it is about: `2026` or `2026-Q1` [default: the year in which it is archived]
    #[arg(long)]
    pub(crate) period: Option<Period>,
    /// More files: the figures, as tables or tagged facts; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Vec<PathBuf>,
    /// More files: what the report rests on; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// The media type of a file, where its extension does not say it; may be repeated
    #[arg(long, value_name = "NAME=TYPE")]
    pub(crate) media_type: Vec<Typed>,
    /// A JSON object that is kept with it, letter by letter
    #[arg(long, value_name = "FILE")]
    pub(crate) metadata: Option<PathBuf>,
    /// Whose laws reach it, such as `DE` or `US-CA`; may be repeated
    #[arg(long, value_name = "CODE")]
    pub(crate) jurisdiction: Vec<Jurisdiction>,
    /// What is so, or is not (`listed=no`), where a rule depends on it; may be repeated
    #[arg(long, value_name = "NAME[=no]")]
    pub(crate) given: Vec<Given>,
    /// Take it that a rule applies of which nobody said whether it does
    #[arg(long)]
    pub(crate) cautious: bool,
    /// When an event happened that starts the clock of a rule; may be repeated
    #[arg(long, value_name = "EVENT=DATE")]
    pub(crate) since: Vec<Since>,
    /// Seal its files and metadata before they are stored, with a key of its own that is destroyed with
    /// it; names, lengths and digests stay readable
    #[arg(long, requires = "body_keys")]
    pub(crate) seal: bool,
    /// The report that this one corrects
    #[arg(long, value_name = "REPORT")]
    pub(crate) amends: Option<Target>,
    /// The same key always means the same report of this type and tenant
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// The media type of a file.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) name: String,
    pub(crate) media_type: MediaType,
}

impl FromStr for Typed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, media_type) =
            text.split_once('=').ok_or("write `figures.dat=text/csv`".to_owned())?;
        let media_type = media_type.parse::<MediaType>().map_err(|error| error.to_string())?;
        Ok(Self { name: name.to_owned(), media_type })
    }
}

/// A circumstance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) is_so: bool,
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, is_so) = match text.split_once('=') {
            None => (text, true),
            Some((name, "yes")) => (name, true),
            Some((name, "no")) => (name, false),
            Some((_, other)) => return Err(format!("`{other}` is neither `yes` nor `no`")),
        };
        Ok(Self { name: name.to_owned(), is_so })
    }
}

/// When an event happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) trigger: Trigger,
    pub(crate) on: TriggerDate,
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (trigger, on) =
            text.split_once('=').ok_or("write `financial_year_end=2026-12-31`".to_owned())?;
        let on = on.parse::<TriggerDate>().map_err(|error| error.to_string())?;
        Ok(Self { trigger: event(trigger)?, on })
    }
}

/// Reads the name of an event.
pub(super) fn event(text: &str) -> Result<Trigger, String> {
    let named = text.parse::<Trigger>();
    named.map_err(|_| {
        format!(
            "`{text}` is no event: write one that `strongroom report get` names, such as \
             `financial_year_end` or `declaration_submitted`"
        )
    })
}

impl ArchiveReport {
    /// The report that is corrected, which has to be named whole.
    pub(crate) fn amended(&self) -> Result<Option<ReportKey>, String> {
        let Some(it) = &self.amends else { return Ok(None) };
        let period = it.period.clone().ok_or(format!("`{it}` does not say its period"))?;
        let (report_type, tenant, id) = (it.report_type, it.tenant.clone(), it.id.clone());
        Ok(Some(ReportKey { report_type, tenant, period, id }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circumstances_and_dates_are_read() {
        let given = |text: &str| text.parse::<Given>().map(|it| (it.name, it.is_so));
        assert_eq!(given("listed"), Ok(("listed".to_owned(), true)));
        assert_eq!(given("listed=no"), Ok(("listed".to_owned(), false)));
        assert!(given("listed=maybe").is_err());
        let since: Since = "financial_year_end=2026-12-31".parse().unwrap();
        assert_eq!(since.trigger, Trigger::FinancialYearEnd);
        for wrong in ["financial_year_end", "new_moon=2026-12-31", "drawn_up=31.12.2026"] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong}");
        }
    }
}
