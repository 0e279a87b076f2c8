//! What was opened before a process was forked, and must not be touched in its child.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Something with threads behind it. A fork copies the memory and none of the threads.
pub(crate) struct Held<T> {
    /// `None` only while it is dropped.
    value: Option<T>,
    process: u32,
    /// What it is, in the plural: `these reports`.
    what: &'static str,
}

impl<T> Held<T> {
    pub(crate) fn new(what: &'static str, value: T) -> Self {
        Self { value: Some(value), process: std::process::id(), what }
    }

    /// What is held.
    ///
    /// # Errors
    ///
    /// `RuntimeError` in a child process.
    pub(crate) fn get(&self) -> PyResult<&T> {
        let what = self.what;
        if self.process != std::process::id() {
            return Err(PyRuntimeError::new_err(format!(
                "{what} were opened before the process was forked, and the threads were not forked \
                 with them: open them in the child process, after the fork"
            )));
        }
        self.value
            .as_ref()
            .ok_or_else(|| PyRuntimeError::new_err(format!("{what} are being dropped")))
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // A lock that a thread of the parent held while it forked is held here for ever.
            std::mem::forget(self.value.take());
        }
    }
}
