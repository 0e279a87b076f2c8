//! Plain objects, for what older classes stored under keys of their own.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use platform::store::{Put, Store, StoreErrorKind};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::audit::runtime::wait;
use crate::error::raise;

type About = (Option<String>, BTreeMap<String, String>);

/// The objects below a place of a store.
#[pyclass(frozen, module = "strongroom._strongroom.compat")]
pub(crate) struct Objects(Store);

#[pymethods]
impl Objects {
    #[staticmethod]
    fn open(py: Python<'_>, url: String) -> PyResult<Self> {
        let store = wait(py, async move { Store::open(&url).await }, None)?;
        Ok(Self(store.map_err(|error| raise(py, error))?))
    }

    fn get<'py>(&self, py: Python<'py>, key: String) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let store = self.0.clone();
        let read = wait(py, async move { store.get_if_there(&key).await }, None)?;
        let read = read.map_err(|error| raise(py, error))?;
        Ok(read.map(|it| PyBytes::new(py, &it.body)))
    }

    /// The media type of an object and what its writer said about it.
    fn about(&self, py: Python<'_>, key: String) -> PyResult<Option<About>> {
        let store = self.0.clone();
        let head = wait(py, async move { store.head(&key).await }, None)?;
        match head {
            Ok(object) => Ok(Some((object.content_type, object.metadata))),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(None),
            Err(error) => Err(raise(py, error)),
        }
    }

    /// Writes an object; with `absent` only where nothing is. Says whether it was written.
    #[pyo3(signature = (key, body, *, absent, metadata))]
    fn put(
        &self,
        py: Python<'_>,
        key: String,
        body: Vec<u8>,
        absent: bool,
        metadata: BTreeMap<String, String>,
    ) -> PyResult<bool> {
        let store = self.0.clone();
        let put = if absent { Put::absent() } else { Put::default() };
        let put = metadata.into_iter().fold(put, |put, (name, value)| put.said(name, value));
        let put = put.typed("application/json");
        let written = wait(py, async move { store.put(&key, body, &put).await }, None)?;
        match written {
            Ok(_) => Ok(true),
            Err(error) if absent && error.kind == StoreErrorKind::Exists => Ok(false),
            Err(error) => Err(raise(py, error)),
        }
    }

    /// All keys that begin with `prefix`, in the order of their bytes.
    fn keys(&self, py: Python<'_>, prefix: String) -> PyResult<Vec<String>> {
        let store = self.0.clone();
        let listing = async move { store.list_all(&prefix, None).try_collect::<Vec<_>>().await };
        let listed = wait(py, listing, None)?.map_err(|error| raise(py, error))?;
        Ok(listed.iter().map(|it| it.key.as_str().to_owned()).collect())
    }
}
