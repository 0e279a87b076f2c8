//! `contract validate`

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use contract_core::report::{self, Report};
use contract_core::{Finding, fix};
use platform::contracts::Keep;
use platform::files;

use super::{examine, open};
use crate::args::{Colour, FailOn, Format, Validate};
use crate::output;
use crate::status::{Result, Status};

/// Mending one finding can bring up another; in practice two rounds are enough.
const ROUNDS_OF_FIXES: usize = 8;

pub(super) fn run(arguments: &Validate, colour: Colour) -> Result<Status> {
    let repository = open(&arguments.paths, &arguments.rules)?;
    // The others name places alone, and the texts of ten thousand files are not for nothing.
    let shows_lines = matches!(arguments.format, Format::Human | Format::Sarif);
    let keeps = if shows_lines || arguments.fix { Keep::Texts } else { Keep::Nothing };
    let (paths, rules, base) = (&arguments.paths, &arguments.rules, &arguments.base);
    let look = || examine(&repository, paths, rules, base, false, keeps);
    let mut report = look()?.report;
    if arguments.fix {
        report = mend(report, || Ok(look()?.report))?;
    }
    if let Some(path) = &arguments.summary {
        let text = contract_core::render::summary::text(&report, None);
        let failed = |source| platform::Error::File { act: "write", path: path.clone(), source };
        let open = std::fs::File::options().create(true).append(true).open(path);
        open.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
    }
    let format = match arguments.format {
        Format::Human => report::Format::Human,
        Format::Json => report::Format::Json,
        Format::Sarif => report::Format::Sarif,
        Format::Github => report::Format::Github,
        Format::Junit => report::Format::Junit,
    };
    output::stream(|out| report.write_to(out, format, output::coloured(colour)))?;
    Ok(if weighs(&report, arguments.fail_on) { Status::Findings } else { Status::Fine })
}

/// Applies every mechanical remedy and looks again, until nothing changes.
fn mend(mut report: Report, look_again: impl Fn() -> Result<Report>) -> Result<Report> {
    let mut mended: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..ROUNDS_OF_FIXES {
        let mut changed = false;
        for file in &report.files {
            let open: Vec<Finding> =
                file.findings.iter().filter(|it| it.waived.is_none()).cloned().collect();
            let (text, count) = fix::apply(&file.text, &open);
            if count > 0 && text != file.text {
                let path = PathBuf::from(&file.path);
                // A name that is no UTF-8 is shown as another one, which must not be written to.
                if !path.is_file() {
                    continue;
                }
                files::replace(&path, &text)?;
                *mended.entry(file.path.clone()).or_default() += count;
                changed = true;
            }
        }
        if !changed {
            break;
        }
        report = look_again()?;
    }
    for (path, count) in mended {
        output::talk(&format!("mended {count} in {path}"));
    }
    Ok(report)
}

fn weighs(report: &Report, fail_on: FailOn) -> bool {
    let counts = report.counts();
    counts.errors > 0
        || fail_on != FailOn::Error && counts.warnings > 0
        || fail_on == FailOn::Advice && counts.advice > 0
}
