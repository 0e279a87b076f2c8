//! What was typed after the commands of `strongroom report` that change what protects a report.

use clap::Args;
use storage_core::retention::{Trigger, TriggerDate};

use super::archive::event;
use super::{Keeper, Named, Protect};
use crate::args::Plain;
use crate::args::audit::Moment;

const HOLD_HELP: &str = "\
Many holds may be in force at a time, each with its own name; the report stays until all are released.

Exit status: 3 if there is no such report, or it was destroyed; 2 if the hold is in force already.

Example:
  strongroom report hold csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de case-4711 \\
    --reason 'litigation, letter of 3 May' --store s3://reports-prod --actor legal";

#[derive(Debug, Args)]
#[command(after_help = HOLD_HELP)]
pub(crate) struct Hold {
    #[command(flatten)]
    pub(crate) named: Named,
    /// What the hold is called: a case, an audit
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct Release {
    #[command(flatten)]
    pub(crate) named: Named,
    /// What the hold is called
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct Extend {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Until when: a day, which begins at midnight UTC, or a time such as `2040-01-31T09:00:00Z`
    pub(crate) until: Moment,
    #[command(flatten)]
    pub(crate) why: Why,
}

const TRIGGER_HELP: &str = "\
`strongroom report get` names the events that a report waits for. While one is missing the report is
held; once all are known it is locked until the day that follows, and only then is the hold lifted.

Example:
  strongroom report trigger cbam/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de declaration_submitted \\
    2027-09-28 --reason 'receipt 17 of the registry' --store s3://reports-prod --actor ana";

#[derive(Debug, Args)]
#[command(after_help = TRIGGER_HELP)]
pub(crate) struct SetTrigger {
    #[command(flatten)]
    pub(crate) named: Named,
    /// What happened
    #[arg(value_parser = event)]
    pub(crate) event: Trigger,
    /// When: a day, or a moment with its offset
    pub(crate) on: TriggerDate,
    /// Another time was said before, and that was wrong
    #[arg(long)]
    pub(crate) correct: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// Why a report is changed, and where it is.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why, for the record
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
