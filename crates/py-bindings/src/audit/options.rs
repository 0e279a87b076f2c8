//! How a log is opened, read from what Python handed over.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use audit_chain::note::{Signer, VerifierKey};
use audit_chain::segment::Compression;
use platform::ledger::{Retention, SubjectKeys};
use platform::store::{Conditions, LockMode, Store};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::{Problem, raise};

/// What stands before the text of a private key (C2SP signed notes).
const PRIVATE_KEY: &str = "PRIVATE+KEY+";

/// The levels of zstd that need no special memory to read.
const ZSTD_LEVELS: RangeInclusive<i32> = 1..=19;

/// What is held in memory and put in one segment at most; what is left out is as in Rust.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Limits {
    segment_records: Option<u64>,
    segment_bytes: Option<usize>,
    queue_records: Option<usize>,
    queue_bytes: Option<usize>,
    event_ids: Option<usize>,
    races: Option<u32>,
}

impl Limits {
    pub(super) fn change(self, limits: &mut platform::ledger::Limits) {
        fn set<T>(limit: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *limit = given;
            }
        }
        set(&mut limits.segment_records, self.segment_records);
        set(&mut limits.segment_bytes, self.segment_bytes);
        set(&mut limits.queue_records, self.queue_records);
        set(&mut limits.queue_bytes, self.queue_bytes);
        set(&mut limits.event_ids, self.event_ids);
        set(&mut limits.races, self.races);
    }
}

/// The key itself, or the file that holds it.
pub(crate) fn read_signer(py: Python<'_>, signer: &str) -> PyResult<Signer> {
    let text = if signer.starts_with(PRIVATE_KEY) {
        signer.to_owned()
    } else {
        std::fs::read_to_string(Path::new(signer)).map_err(|error| {
            PyErr::from(std::io::Error::new(
                error.kind(),
                format!("the signing key `{signer}` cannot be read: {error}"),
            ))
        })?
    };
    text.trim().parse().map_err(|error: audit_chain::Error| raise(py, error))
}

pub(crate) fn read_keys(py: Python<'_>, keys: &[String]) -> PyResult<Vec<VerifierKey>> {
    let keys: Result<_, _> = keys.iter().map(|it| it.trim().parse()).collect();
    keys.map_err(|error: audit_chain::Error| raise(py, error))
}

pub(super) fn read_retention(
    (mode, days, class_days): (String, u32, BTreeMap<String, u32>),
) -> PyResult<Retention> {
    let mode = read_mode(&mode)?;
    Ok(Retention { mode, days, class_days })
}

pub(super) fn read_mode(mode: &str) -> PyResult<LockMode> {
    match mode {
        "governance" => Ok(LockMode::Governance),
        "compliance" => Ok(LockMode::Compliance),
        other => Err(PyValueError::new_err(format!(
            "`{other}` is no mode of retention: `governance` or `compliance`"
        ))),
    }
}

pub(super) fn name_of(mode: LockMode) -> &'static str {
    match mode {
        LockMode::Governance => "governance",
        LockMode::Compliance => "compliance",
    }
}

/// Whether to compress, or how hard.
#[derive(FromPyObject)]
pub(crate) enum Compress {
    Whether(bool),
    Level(i32),
}

pub(super) fn read_compression(compress: Compress) -> PyResult<Compression> {
    match compress {
        Compress::Whether(false) => Ok(Compression::None),
        Compress::Whether(true) => Ok(Compression::default()),
        Compress::Level(level) if ZSTD_LEVELS.contains(&level) => Ok(Compression::Zstd(level)),
        Compress::Level(level) => Err(PyValueError::new_err(format!(
            "`{level}` is no level of compression: 1 to 19, or `True`, or `False`"
        ))),
    }
}

pub(super) fn read_conditions(conditions: &str) -> PyResult<Conditions> {
    match conditions {
        "atomic" => Ok(Conditions::Atomic),
        "oldest-version" => Ok(Conditions::OldestVersion),
        other => Err(PyValueError::new_err(format!(
            "`{other}` says nothing about conditional writes: `atomic` or `oldest-version`"
        ))),
    }
}

/// Opens the keys at `url`, which must not lie in the log at `log`: they would be locked with it.
pub(super) async fn open_subject_keys(url: &str, log: &str) -> Result<SubjectKeys, Problem> {
    let place = |url: &str| {
        let url = url.split('?').next().unwrap_or_default();
        let path = url.strip_prefix("file://").unwrap_or(url);
        format!("{}/", path.trim_end_matches('/'))
    };
    if place(url).starts_with(&place(log)) {
        let message = "the keys of the subjects lie in the log that they seal";
        let hint = "name another store, best one that other people look after";
        return Err(Problem::invalid("ledger.options_invalid", message).hint(Some(hint)));
    }
    let store = Store::open(url).await.map_err(Problem::from)?;
    SubjectKeys::open(&store).await.map_err(Problem::from)
}
