//! `contract validate`

use contract_core::report::{self, Report};

use super::{examine, open};
use crate::args::{Colour, FailOn, Format, Validate};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Validate, colour: Colour) -> Result<Status> {
    let repository = open(&arguments.paths, &arguments.rules)?;
    let report =
        examine(&repository, &arguments.paths, &arguments.rules, &arguments.base, false)?.report;
    let format = match arguments.format {
        Format::Human => report::Format::Human,
        Format::Json => report::Format::Json,
        Format::Sarif => report::Format::Sarif,
        Format::Github => report::Format::Github,
        Format::Junit => report::Format::Junit,
    };
    output::data(&report.write(format, output::coloured(colour)))?;
    Ok(if weighs(&report, arguments.fail_on) { Status::Findings } else { Status::Fine })
}

fn weighs(report: &Report, fail_on: FailOn) -> bool {
    let counts = report.counts();
    counts.errors > 0
        || fail_on != FailOn::Error && counts.warnings > 0
        || fail_on == FailOn::Advice && counts.advice > 0
}
