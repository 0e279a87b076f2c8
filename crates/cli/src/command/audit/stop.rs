//! Being asked to stop: SIGINT and SIGTERM.

use tokio::sync::watch;

use crate::output;
use crate::status::{Error, Result, Status};

/// Knows whether somebody asked to stop, and with what.
pub(super) struct Stop(watch::Receiver<Option<Status>>);

impl Stop {
    /// Listens from now on: the first signal is told by [`Stop::asked`], the second one ends the
    /// program at once.
    pub(super) fn listen() -> Result<Self> {
        let (tell, told) = watch::channel(None);
        let mut signals =
            Signals::new().map_err(|source| Error::System { act: "listen for signals", source })?;
        tokio::spawn(async move {
            let first = signals.next().await;
            output::talk("stopping when all that is on its way is stored; again to leave at once");
            // Nobody may be listening any more.
            let _ = tell.send(Some(first));
            let second = signals.next().await;
            std::process::exit(second as i32);
        });
        Ok(Self(told))
    }

    /// Resolves when somebody asks to stop.
    pub(super) async fn asked(&mut self) -> Status {
        match self.0.wait_for(Option::is_some).await.map(|told| *told) {
            Ok(Some(status)) => status,
            // The task listens as long as the program runs.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Status {
        tokio::select! {
            _ = self.interrupt.recv() => Status::Interrupted,
            _ = self.terminate.recv() => Status::Terminated,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Status {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Status::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}
