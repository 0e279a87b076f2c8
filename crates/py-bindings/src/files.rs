//! Python's file objects, read and written by threads of Rust, and its callbacks for progress.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};

/// How much is asked of a file object at a time.
const PIECE: usize = 1 << 20;

/// The exception that a file object raised. Whoever called hears it, and not what we made of it.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    fn keep(&self, error: PyErr) -> io::Error {
        let message = error.to_string();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::other(message)
    }

    /// The exception, if there was one; else what `otherwise` says.
    pub(crate) fn or(&self, otherwise: impl FnOnce() -> PyErr) -> PyErr {
        let raised = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        raised.unwrap_or_else(otherwise)
    }
}

/// Something with a method `read`.
pub(crate) struct Reader {
    file: Py<PyAny>,
    raised: Raised,
    piece: Option<PyBackedBytes>,
    at: usize,
}

impl Reader {
    pub(crate) fn new(file: Py<PyAny>, raised: Raised) -> Self {
        Self { file, raised, piece: None, at: 0 }
    }

    fn ask(&self) -> io::Result<PyBackedBytes> {
        let asked = Python::try_attach(|py| {
            let given = self.file.bind(py).call_method1("read", (PIECE,))?;
            if given.is_instance_of::<PyString>() {
                return Err(PyTypeError::new_err("the file gives text: open it in binary mode"));
            }
            let bytes: PyBackedBytes = given.extract().map_err(|_| {
                PyTypeError::new_err("`read` of the file gave something else than bytes")
            })?;
            if bytes.len() > PIECE {
                return Err(PyValueError::new_err(
                    "`read` of the file gave more than it was asked for",
                ));
            }
            Ok(bytes)
        });
        match asked {
            Some(asked) => asked.map_err(|error| self.raised.keep(error)),
            None => Err(io::Error::other("Python has ended")),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.as_ref().is_none_or(|it| self.at == it.len()) {
            (self.piece, self.at) = (Some(self.ask()?), 0);
        }
        let left = self.piece.as_ref().map_or(&[][..], |it| &it[self.at..]);
        let length = left.len().min(buffer.len());
        buffer[..length].copy_from_slice(&left[..length]);
        self.at += length;
        Ok(length)
    }
}

/// The pieces of a file object, each asked for on a thread that may wait; `told` hears how many more
/// bytes there were.
pub(crate) fn pieces(
    file: Py<PyAny>,
    raised: Raised,
    told: Arc<dyn Fn(u64) + Send + Sync>,
) -> BoxStream<'static, io::Result<Bytes>> {
    let reader = Reader::new(file, raised);
    stream::try_unfold(reader, move |reader| {
        let told = told.clone();
        async move {
            let asked = tokio::task::spawn_blocking(move || (reader.ask(), reader)).await;
            let (piece, reader) = asked.map_err(io::Error::other)?;
            let piece = piece?;
            told(piece.len() as u64);
            Ok((!piece.is_empty()).then(|| (Bytes::from_owner(piece), reader)))
        }
    })
    .boxed()
}

/// Something with a method `write`.
pub(crate) struct Writer {
    file: Py<PyAny>,
    raised: Raised,
}

impl Writer {
    pub(crate) fn new(file: Py<PyAny>, raised: Raised) -> Self {
        Self { file, raised }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = Python::try_attach(|py| {
            let told = self.file.bind(py).call_method1("write", (PyBytes::new(py, bytes),))?;
            // Most say how many bytes they took; some say nothing and took all.
            let taken: Option<usize> = told.extract()?;
            Ok(taken.unwrap_or(bytes.len()).min(bytes.len()))
        });
        match written {
            Some(written) => written.map_err(|error| self.raised.keep(error)),
            None => Err(io::Error::other("Python has ended")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sums up what is told piece by piece: of what is sent, only the last is heard.
pub(crate) fn counting(tell: Sender<u64>) -> Arc<dyn Fn(u64) + Send + Sync> {
    let total = Mutex::new((0, tell));
    Arc::new(move |bytes| {
        let (total, tell) = &mut *total.lock().unwrap_or_else(PoisonError::into_inner);
        *total += bytes;
        // Nobody listens any more when the waiting was given up.
        let _ = tell.send(*total);
    })
}

/// Tells a callback how many more there are, as the `update` of a progress bar wants it.
pub(crate) fn more(progress: Option<Py<PyAny>>) -> impl FnMut(Python<'_>, u64) -> PyResult<()> {
    let mut before = 0;
    move |py, total: u64| {
        let Some(progress) = &progress else { return Ok(()) };
        let more = total.saturating_sub(before);
        before = total;
        progress.call1(py, (more,)).map(drop)
    }
}

/// Where the bytes of a file come from.
pub(crate) enum Given {
    Bytes(Bytes),
    Path(PathBuf),
    File(Py<PyAny>),
}

impl Given {
    /// Bytes, a path, or something with a method `read`.
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<PyBytes>() {
            return Ok(Self::Bytes(Bytes::from_owner(value.extract::<PyBackedBytes>()?)));
        }
        if value.hasattr("read")? {
            return Ok(Self::File(value.clone().unbind()));
        }
        value.extract().map(Self::Path).map_err(|_| {
            let kind = value.get_type().name().map_or_else(|_| "?".to_owned(), |it| it.to_string());
            PyTypeError::new_err(format!("a file is a path, bytes or an open file, not a {kind}"))
        })
    }
}
