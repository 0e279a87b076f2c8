//! `contract validate`

use std::path::PathBuf;

use contract_core::report::{self, Report};
use platform::contracts::Repository;

use super::{open, paths_or_all, today, version_before};
use crate::args::{Colour, FailOn, Format, Validate};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Validate, colour: Colour) -> Result<Status> {
    let repository = open(&arguments.paths, &arguments.rules)?;
    let paths = paths_or_all(&arguments.paths, &repository);
    let report = examine(&repository, arguments, &paths)?;
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

fn examine(repository: &Repository, arguments: &Validate, paths: &[PathBuf]) -> Result<Report> {
    let bar = output::progress("checking");
    let before = version_before::load(repository, &arguments.base, paths)?;
    let examined = repository.examine(
        paths,
        &platform::contracts::Circumstances {
            today: today(&arguments.rules),
            waivers: arguments.rules.waivers.as_deref(),
            before: before.as_deref(),
        },
        |done, all| {
            // A bar that is redrawn for every file costs more than the files.
            if done % 256 == 0 || done == all {
                bar.set_length(all as u64);
                bar.set_position(done as u64);
            }
        },
    )?;
    bar.finish_and_clear();
    if !examined.passed_over.is_empty() {
        let count = examined.passed_over.len();
        output::talk(&format!("passed over {count} YAML files that are no bucket requests"));
    }
    Ok(examined.report)
}

fn weighs(report: &Report, fail_on: FailOn) -> bool {
    let counts = report.counts();
    counts.errors > 0
        || fail_on != FailOn::Error && counts.warnings > 0
        || fail_on == FailOn::Advice && counts.advice > 0
}
