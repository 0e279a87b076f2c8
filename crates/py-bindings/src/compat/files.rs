//! Shared files, changed whole and one writer at a time.

use std::path::{Path, PathBuf};

use contract_core::render::audit::{self, Record};
use contract_core::render::block_yaml;
use contract_core::render::catalog::{self, Entry};
use contract_core::render::legacy;
use platform::files;
use pyo3::prelude::*;

use super::legacy::spec;
use crate::contracts::{Policy, S3BucketRequest};
use crate::error::raise;
use crate::plain::Plain;

/// Replaces a file, or leaves it alone if it holds `content` already.
#[pyfunction]
pub(super) fn replace_file(py: Python<'_>, path: PathBuf, content: &str) -> PyResult<bool> {
    py.detach(|| files::replace(&path, content)).map_err(|error| raise(py, error))
}

/// Puts the statements of a request into the IAM policy of its application.
#[pyfunction]
pub(super) fn update_iam_policy(
    py: Python<'_>,
    path: PathBuf,
    request: &Bound<'_, S3BucketRequest>,
    policy: &Bound<'_, Policy>,
) -> PyResult<bool> {
    let (spec, policy) = (spec(request, policy), &policy.get().0);
    let update = || {
        files::update(&path, |old| {
            let text = legacy::upsert_iam_policy(old, &spec, policy);
            Ok((text.map_err(shared(&path))?, ()))
        })
    };
    py.detach(update).map(|((), written)| written).map_err(|error| raise(py, error))
}

/// Puts a bucket into the catalogue. With `dry_run` nothing is written.
///
/// Returns whether something had to change.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "Python hands each over by itself")]
pub(super) fn update_catalog(
    py: Python<'_>,
    path: PathBuf,
    request: &Bound<'_, S3BucketRequest>,
    policy: &Bound<'_, Policy>,
    region: &str,
    status: &str,
    date: &str,
    dry_run: bool,
) -> PyResult<bool> {
    let spec = spec(request, policy);
    let entry = Entry { region, status, date };
    let upsert = |old: Option<&str>| catalog::upsert(old, &spec, &entry).map_err(shared(&path));
    let update = || match dry_run {
        true => {
            let old = files::read_if_there(&path)?;
            Ok(upsert(old.as_deref())? != old.unwrap_or_default())
        }
        false => files::update(&path, |old| Ok((upsert(old)?, ()))).map(|((), written)| written),
    };
    py.detach(update).map_err(|error: platform::Error| raise(py, error))
}

/// Plain values as a file of several YAML documents.
#[pyfunction]
pub(super) fn write_documents(documents: Vec<Bound<'_, PyAny>>) -> PyResult<String> {
    let mut text = String::new();
    for document in &documents {
        text.push_str("---\n");
        text.push_str(&block_yaml::document(&Plain::from_python(document)?.into_json()));
    }
    Ok(text)
}

/// Adds a row to an audit file, unless it is there already.
#[pyfunction]
#[pyo3(signature = (path, cells, run_id=None))]
pub(super) fn append_audit(
    py: Python<'_>,
    path: PathBuf,
    cells: [String; 9],
    run_id: Option<&str>,
) -> PyResult<bool> {
    // In the order of `audit::COLUMNS`.
    let [
        timestamp_utc,
        request_id,
        bucket_name,
        owner,
        environment,
        purpose,
        action,
        approver,
        status,
    ] = cells;
    let record = Record {
        timestamp_utc,
        request_id,
        bucket_name,
        owner,
        environment,
        purpose,
        action,
        approver,
        status,
    };
    let update = || {
        files::update(&path, |old| {
            let appended = audit::append(old.unwrap_or_default(), &record, run_id);
            let appended = appended.map_err(shared(&path))?;
            Ok((appended.text, appended.added))
        })
    };
    py.detach(update).map(|(added, _)| added).map_err(|error| raise(py, error))
}

fn shared<E>(path: &Path) -> impl FnOnce(E) -> platform::Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    let path = path.to_owned();
    move |error| platform::Error::Shared { path, source: Box::new(error) }
}
