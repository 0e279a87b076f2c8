//! The threads behind all ledgers of a process: one runtime, and one thread that answers futures.
//!
//! A fork copies the memory and none of the threads. Whoever asks from a child process gets threads
//! of its own; what was opened before the fork is refused, because nobody would ever answer.

use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyRuntimeError, PyTimeoutError};
use pyo3::prelude::*;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::error::{Problem, raise};

/// How often a waiting thread looks for Ctrl-C.
const SIGNALS_EVERY: Duration = Duration::from_millis(100);

/// How many futures are answered before other threads may have Python again.
const ANSWERS_AT_ONCE: usize = 256;

/// What is done while Python is held.
pub(super) type Answer = Box<dyn FnOnce(Python<'_>) + Send>;

/// The threads of one process.
pub(crate) struct Threads {
    process: u32,
    parts: Result<Parts, String>,
    /// Those of the child that was forked, as that child sees it. Ours are never dropped there:
    /// that would wait for threads that do not exist.
    child: OnceLock<Box<Threads>>,
}

struct Parts {
    runtime: Runtime,
    answers: Sender<Answer>,
}

static THREADS: OnceLock<Threads> = OnceLock::new();

impl Threads {
    /// Those of this process.
    pub(super) fn get() -> &'static Self {
        let process = std::process::id();
        let mut threads = THREADS.get_or_init(|| Self::start(process));
        while threads.process != process {
            threads = threads.child.get_or_init(|| Box::new(Self::start(process)));
        }
        threads
    }

    /// Refuses what needs the threads that all libraries of a process share, in a child that was
    /// forked after they may have been started: it would wait for ever.
    ///
    /// # Errors
    ///
    /// `RuntimeError`.
    pub(crate) fn refuse_child() -> PyResult<()> {
        if THREADS.get().is_none_or(|it| it.process == std::process::id()) {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(
            "this process was forked from one that had used ledgers, and its threads were not \
             forked with it: start processes that verify with the `spawn` method",
        ))
    }

    fn start(process: u32) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.enable_all().thread_name("strongroom").build();
        let parts = runtime.and_then(|runtime| {
            let (answers, asked) = mpsc::channel();
            let answering = std::thread::Builder::new().name("strongroom-answers".to_owned());
            answering.spawn(move || answer(&asked))?;
            Ok(Parts { runtime, answers })
        });
        Self { process, parts: parts.map_err(|error| error.to_string()), child: OnceLock::new() }
    }

    fn parts(&self) -> PyResult<&Parts> {
        let failed =
            |error| PyRuntimeError::new_err(format!("the threads cannot be started: {error}"));
        self.parts.as_ref().map_err(failed)
    }

    pub(super) fn runtime(&self) -> PyResult<&Runtime> {
        self.parts().map(|it| &it.runtime)
    }

    pub(super) fn answers(&self) -> PyResult<Sender<Answer>> {
        self.parts().map(|it| it.answers.clone())
    }
}

/// Answers futures until Python ends. One thread does it for all: taking Python is what costs.
fn answer(asked: &mpsc::Receiver<Answer>) {
    while let Ok(first) = asked.recv() {
        let answered = Python::try_attach(|py| {
            first(py);
            asked.try_iter().take(ANSWERS_AT_ONCE).for_each(|next| next(py));
        });
        if answered.is_none() {
            return;
        }
    }
}

/// Waits for `future` with Python released; Ctrl-C and a time limit end the waiting, not the work.
///
/// # Errors
///
/// What a signal handler raises, `TimeoutError`.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    future: impl Future<Output = T> + Send + 'static,
    timeout: Option<Duration>,
) -> PyResult<T> {
    let (done, mut finished) = mpsc::sync_channel(1);
    Threads::get().runtime()?.spawn(async move {
        // Nobody may be waiting for it any more.
        let _ = done.send(future.await);
    });
    let deadline = timeout.and_then(|it| Instant::now().checked_add(it));
    loop {
        let left = deadline.map(|it| it.saturating_duration_since(Instant::now()));
        let step = left.map_or(SIGNALS_EVERY, |left| left.min(SIGNALS_EVERY));
        let finished = &mut finished;
        match py.detach(move || finished.recv_timeout(step)) {
            Ok(value) => return Ok(value),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(raise(py, Problem::internal("the work broke off")));
            }
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
        }
        if left.is_some_and(|it| it.is_zero()) {
            return Err(PyTimeoutError::new_err(
                "not stored in time; it may be stored later, so append it again with the same `event_id`",
            ));
        }
    }
}

/// Does `work` on a thread of its own, telling `progress` what it sends meanwhile; an exception of
/// `progress` and Ctrl-C end the work.
///
/// # Errors
///
/// What a signal handler or `progress` raises.
pub(crate) fn work<T, P, F, W>(
    py: Python<'_>,
    work: W,
    mut progress: impl FnMut(Python<'_>, P) -> PyResult<()>,
) -> PyResult<T>
where
    T: Send + 'static,
    P: Send + 'static,
    F: Future<Output = T>,
    W: FnOnce(Sender<P>) -> F + Send + 'static,
{
    let runtime = Threads::get().runtime()?;
    let (tell, told) = mpsc::channel();
    let (done, mut finished) = mpsc::channel();
    // Dropped when this returns early: that ends the work.
    let (go_on, stop) = oneshot::channel::<()>();
    let handle = runtime.handle().clone();
    runtime.spawn_blocking(move || {
        handle.block_on(async {
            tokio::select! {
                value = work(tell) => drop(done.send(value)),
                _ = stop => {}
            }
        });
    });
    loop {
        let waiting = &mut finished;
        let finished = py.detach(move || waiting.recv_timeout(SIGNALS_EVERY));
        py.check_signals()?;
        if let Some(latest) = told.try_iter().last() {
            progress(py, latest)?;
        }
        match finished {
            Ok(value) => {
                drop(go_on);
                return Ok(value);
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(raise(py, Problem::internal("the work broke off")));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
