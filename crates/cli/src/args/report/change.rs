//! What was typed after the commands of `strongroom report` that change what protects a report.

use clap::{Args, Subcommand};
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
    /// Another time was said before, and that was wrong. What protects the report never ends earlier by
    /// that, but with `--bypass`
    #[arg(long)]
    pub(crate) correct: bool,
    /// The report may lose protection by the correction (governance mode only)
    #[arg(long, requires = "correct")]
    pub(crate) bypass: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

const SHORTEN_HELP: &str = "\
Takes back an extension, as far as the duties of the report allow. Only a report in governance mode knows
this; without `--bypass` nothing is shortened.

Exit status: 2 if the report is in compliance mode, or the bypass was not asked for.

Example:
  strongroom report shorten csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de 2040-01-31 --bypass \\
    --reason 'extended by mistake' --store s3://reports-prod --protection governance --actor ana";

#[derive(Debug, Args)]
#[command(after_help = SHORTEN_HELP)]
pub(crate) struct Shorten {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Until when: a day, which begins at midnight UTC, or a time such as `2040-01-31T09:00:00Z`
    pub(crate) until: Moment,
    /// The report shall lose protection
    #[arg(long)]
    pub(crate) bypass: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// What `strongroom report duty` does.
#[derive(Debug, Subcommand)]
pub(crate) enum Duty {
    /// Put a report under one more rule, or under a newer version of one; what protects it stays
    Add(AddDuty),
    /// Say that a rule never applied to a report (governance mode only)
    Withdraw(WithdrawDuty),
}

const DUTY_HELP: &str = "\
The rule is one of the built-in ones or of `--rules`; its current version is meant. As long as nobody said
when its event happened, it holds the report.

Example:
  strongroom report duty add csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de platform-csrd \\
    --reason 'the group adopted it' --store s3://reports-prod --actor ana";

#[derive(Debug, Args)]
#[command(after_help = DUTY_HELP)]
pub(crate) struct AddDuty {
    #[command(flatten)]
    pub(crate) named: Named,
    /// The rule, by its id
    pub(crate) rule: String,
    /// When its event happened, also for other rules that wait for it: a day, or a moment with its
    /// offset
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<TriggerDate>,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 2 if the report is in compliance mode, or the bypass was not asked for.")]
pub(crate) struct WithdrawDuty {
    #[command(flatten)]
    pub(crate) named: Named,
    /// The rule, by its id
    pub(crate) rule: String,
    /// The report may lose protection
    #[arg(long)]
    pub(crate) bypass: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
#[command(after_help = "There is no way back: from then on nobody shortens its protection.")]
pub(crate) struct Strengthen {
    #[command(flatten)]
    pub(crate) named: Named,
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
