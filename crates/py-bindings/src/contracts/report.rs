//! Many contracts at once.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate};
use contract_core as core;
use contract_core::report::{self, Format};
use platform::contracts::{Circumstances, Examined, Keep, Repository};
use pyo3::prelude::*;

use super::finding::Finding;
use super::policy::Policy;
use crate::error::{Problem, raise};

/// What was found in many files.
#[pyclass(frozen, module = "strongroom.contracts")]
pub(super) struct Report {
    pub(super) report: report::Report,
    counts: report::Counts,
    /// YAML files that are no contracts.
    #[pyo3(get)]
    passed_over: Vec<String>,
}

#[pymethods]
impl Report {
    #[getter]
    fn checked(&self) -> usize {
        self.report.checked
    }

    #[getter]
    fn findings(&self) -> Vec<Finding> {
        let findings = self.report.findings();
        findings.map(|(file, finding)| Finding::of(Some(&file.path), finding)).collect()
    }

    #[getter]
    fn errors(&self) -> usize {
        self.counts.errors
    }

    #[getter]
    fn warnings(&self) -> usize {
        self.counts.warnings
    }

    #[getter]
    fn advice(&self) -> usize {
        self.counts.advice
    }

    #[getter]
    fn waived(&self) -> usize {
        self.counts.waived
    }

    /// The report as text: `human`, `json`, `sarif`, `github` or `junit`.
    #[pyo3(signature = (format="human", *, colour=false))]
    fn write(&self, py: Python<'_>, format: &str, colour: bool) -> PyResult<String> {
        let format = match format {
            "human" => Format::Human,
            "json" => Format::Json,
            "sarif" => Format::Sarif,
            "github" => Format::Github,
            "junit" => Format::Junit,
            other => {
                let message = format!("there is no format `{other}`");
                let hint = "choose `human`, `json`, `sarif`, `github` or `junit`";
                let problem = Problem::invalid("contract.unknown_format", message);
                return Err(raise(py, problem.hint(Some(hint))));
            }
        };
        Ok(py.detach(|| self.report.write(format, colour)))
    }

    fn __repr__(&self) -> String {
        let report::Counts { errors, warnings, advice, waived, .. } = self.counts;
        format!(
            "<Report checked={} errors={errors} warnings={warnings} advice={advice} waived={waived}>",
            self.report.checked
        )
    }
}

/// Asks everything about the contracts at `paths`.
#[pyfunction]
#[pyo3(signature = (paths, *, policy=None, waivers=None, today=None, base=None))]
pub(super) fn validate(
    py: Python<'_>,
    paths: Paths,
    policy: Option<PolicySource<'_>>,
    waivers: Option<PathBuf>,
    today: Option<NaiveDate>,
    base: Option<PathBuf>,
) -> PyResult<Report> {
    let question = Question { paths: paths.into_vec(), waivers, today, base, compare: false };
    let (examined, _) = question.examine(py, policy)?;
    let counts = examined.report.counts();
    Ok(Report { report: examined.report, counts, passed_over: examined.passed_over })
}

/// What is asked about, and under which circumstances.
pub(super) struct Question {
    pub(super) paths: Vec<PathBuf>,
    pub(super) waivers: Option<PathBuf>,
    pub(super) today: Option<NaiveDate>,
    pub(super) base: Option<PathBuf>,
    /// Whether a version before that was not named counts as an empty one.
    pub(super) compare: bool,
}

impl Question {
    /// Everything there is to say, and the policy it was said under.
    pub(super) fn examine(
        &self,
        py: Python<'_>,
        policy: Option<PolicySource<'_>>,
    ) -> PyResult<(Examined, Policy)> {
        let policy = policy.map(PolicySource::take);
        let examine = || -> platform::Result<_> {
            let repository = open(&self.paths, policy)?;
            let before = match &self.base {
                Some(base) => {
                    Some(repository.only_below(&self.paths, Repository::earlier_files(base)?))
                }
                None => self.compare.then(Vec::new),
            };
            let circumstances = Circumstances {
                today: self.today.unwrap_or_else(this_day),
                waivers: self.waivers.as_deref(),
                before: before.as_deref(),
                keeps: Keep::Texts,
            };
            let examined = repository.examine(&self.paths, &circumstances, |_, _| ())?;
            Ok((examined, Policy(repository.policy)))
        };
        py.detach(examine).map_err(|error| raise(py, error))
    }
}

/// The repository of the first path, under the policy that was named.
pub(super) fn open(paths: &[PathBuf], policy: Option<Named>) -> platform::Result<Repository> {
    let start = paths.first().cloned().unwrap_or_else(|| PathBuf::from("."));
    if !start.exists() {
        return Err(platform::Error::NoSuchFile { path: start });
    }
    let (file, value) = match policy {
        Some(Named::File(file)) => (Some(file), None),
        Some(Named::Value(policy)) => (None, Some(*policy)),
        None => (None, None),
    };
    let mut repository = Repository::open(&start, file.as_deref())?;
    if let Some(policy) = value {
        repository.policy = policy;
    }
    Ok(repository)
}

/// One path or several.
#[derive(FromPyObject)]
pub(super) enum Paths {
    #[pyo3(transparent)]
    One(PathBuf),
    #[pyo3(transparent)]
    Several(Vec<PathBuf>),
}

impl Paths {
    pub(super) fn into_vec(self) -> Vec<PathBuf> {
        match self {
            Self::One(path) => vec![path],
            Self::Several(paths) => paths,
        }
    }
}

/// A policy, or the file that holds one.
#[derive(FromPyObject)]
pub(super) enum PolicySource<'py> {
    #[pyo3(transparent)]
    Value(Bound<'py, Policy>),
    #[pyo3(transparent)]
    File(PathBuf),
}

/// A policy that was handed in, free of Python.
pub(super) enum Named {
    Value(Box<core::Policy>),
    File(PathBuf),
}

impl PolicySource<'_> {
    pub(super) fn take(self) -> Named {
        match self {
            Self::Value(policy) => Named::Value(Box::new(policy.get().0.clone())),
            Self::File(file) => Named::File(file),
        }
    }
}

/// The day it is, in UTC.
fn this_day() -> NaiveDate {
    DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).date_naive()
}
