//! Findings as text: for people, for machines, for the places where a build shows them.

mod github;
mod human;
mod json;
mod junit;
mod sarif;

use std::io;

use crate::finding::{Finding, Severity};

/// The findings in one file.
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    /// The path, with `/` between its parts, relative to where the report is read.
    pub path: String,
    /// The path relative to the root of the repository.
    pub relative: String,
    /// The text, to show the lines in question; empty if it could not be read as text.
    pub text: String,
    /// What was found, in the order of the text.
    pub findings: Vec<Finding>,
}

/// What was found in many files.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many files were looked at.
    pub checked: usize,
    /// The files with findings, by path.
    pub files: Vec<FileReport>,
}

/// How many findings there are of each kind. A waived finding counts as waived alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Errors that nobody waived.
    pub errors: usize,
    /// Warnings that nobody waived.
    pub warnings: usize,
    /// Advice that nobody waived.
    pub advice: usize,
    /// Findings under a waiver.
    pub waived: usize,
    /// Findings that can be mended mechanically.
    pub fixable: usize,
}

/// The forms a report can take. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: each finding with its lines and a caret.
    Human,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
}

impl Report {
    /// Every finding with the file it is in.
    pub fn findings(&self) -> impl Iterator<Item = (&FileReport, &Finding)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)))
    }

    /// How many findings there are of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, finding) in self.findings() {
            counts.fixable += usize::from(finding.fix.is_some());
            match (&finding.waived, finding.severity) {
                (Some(_), _) => counts.waived += 1,
                (None, Severity::Error) => counts.errors += 1,
                (None, Severity::Warning) => counts.warnings += 1,
                (None, Severity::Advice) => counts.advice += 1,
            }
        }
        counts
    }

    /// The report as text. `colour` matters to people alone; every form reads well without.
    pub fn write(&self, format: Format, colour: bool) -> String {
        let mut text = Vec::new();
        self.write_to(&mut text, format, colour).expect("a list takes everything");
        String::from_utf8(text).expect("every form is text")
    }

    /// Writes the report to `out`. JSON, which machines ask for by the ten thousand findings, is
    /// never held as a whole.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn write_to(
        &self,
        out: &mut dyn io::Write,
        format: Format,
        colour: bool,
    ) -> io::Result<()> {
        let text = match format {
            Format::Json => return json::write(self, out),
            Format::Human => human::write(self, colour),
            Format::Sarif => sarif::write(self),
            Format::Github => github::write(self),
            Format::Junit => junit::write(self),
        };
        out.write_all(text.as_bytes())
    }
}

/// `3 errors`, `1 warning`.
fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 || word == "advice" { "" } else { "s" };
    format!("{count} {word}{plural}")
}
