//! A log for as long as one act takes: opened before it, sealed after it however it ended.

use std::path::Path;
use std::sync::Arc;

use platform::ledger::{self, Lanes, Ledger, Options};
use platform::store::Store;

use super::audit::key_file;
use crate::output;
use crate::status::{Error, Result, Status};

/// What is sealed when an act is over.
pub(super) trait Sealed {
    /// Waits until everything that was queued is stored, and seals it.
    async fn seal(&self) -> ledger::Result<()>;
}

impl Sealed for Ledger {
    async fn seal(&self) -> ledger::Result<()> {
        self.close().await
    }
}

impl Sealed for Lanes {
    async fn seal(&self) -> ledger::Result<()> {
        self.close().await
    }
}

/// Where nobody named a log there is none.
impl Sealed for Option<Ledger> {
    async fn seal(&self) -> ledger::Result<()> {
        match self {
            Some(ledger) => ledger.close().await,
            None => Ok(()),
        }
    }
}

/// Opens the log that was named beside something else, if one was; it is begun if it is not there.
pub(super) async fn named(url: Option<&str>, signer: Option<&Path>) -> Result<Option<Ledger>> {
    let Some(url) = url else { return Ok(None) };
    let mut options = Options::default();
    if let Some(path) = signer {
        options.signer = Some(Arc::new(key_file::signer(path)?));
    }
    Ok(Some(Ledger::open(&Store::open(url).await?, options).await?))
}

/// Carries an act out and seals the log, whatever came of the act.
///
/// Where both fail, the error is that of the act, because it says what was not done; the other one is
/// said before it. Only a log that is not as it was written outranks the act.
pub(super) async fn sealing<T>(
    log: &impl Sealed,
    act: impl Future<Output = Result<T>>,
) -> Result<T> {
    let outcome = act.await;
    let sealed = log.seal().await.map_err(Error::from);
    match (outcome, sealed) {
        (outcome, Ok(())) => outcome,
        (Ok(_), Err(unsealed)) => Err(unsealed),
        (Err(error), Err(unsealed)) => {
            let outranks = |a: &Error, b: &Error| {
                a.status() == Status::Tampered && b.status() != Status::Tampered
            };
            let (first, second) = match outranks(&unsealed, &error) {
                true => (unsealed, error),
                false => (error, unsealed),
            };
            // What stopped the act may be what stops the sealing.
            if !chain(&first).any(|it| it == second.to_string()) {
                let told: Vec<_> = chain(&second).collect();
                output::talk(&format!("error: {}", told.join(": ")));
            }
            Err(first)
        }
    }
}

/// What an error says, and then its causes.
fn chain(error: &Error) -> impl Iterator<Item = String> {
    let error: &dyn std::error::Error = error;
    std::iter::successors(Some(error), |it| it.source()).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use audit_chain::json::Value;
    use audit_chain::note::Signer;
    use audit_chain::record::Event;
    use audit_chain::verify::{Finding, Kind};
    use platform::ledger::newest_checkpoint;

    use super::*;
    use crate::command::audit::runtime;

    /// A log that cannot be sealed.
    struct Broken(ledger::Error);

    impl Sealed for Broken {
        async fn seal(&self) -> ledger::Result<()> {
            Err(self.0.clone())
        }
    }

    fn failed() -> Error {
        Error::NotFound { message: "there is no table".to_owned() }
    }

    fn with_both(unsealed: ledger::Error) -> Error {
        let both = async { sealing(&Broken(unsealed), async { Err::<(), _>(failed()) }).await };
        runtime().unwrap().block_on(both).unwrap_err()
    }

    #[test]
    fn what_was_queued_is_stored_and_sealed_though_the_act_failed() {
        let sealed = runtime().unwrap().block_on(async {
            let store = Store::memory();
            let mut options = Options::default();
            options.origin = Some("example.com/log".to_owned());
            options.signer =
                Some(Arc::new(Signer::from_seed("example.com/log", &[7; 32]).unwrap()));
            let ledger = Ledger::open(&store, options).await.unwrap();
            let act = async {
                // Nobody waits for the receipt.
                let event = Event::new("a", "me", "r", "x", Value::Object(Vec::new()));
                drop(ledger.submit(event).await?);
                Err::<(), _>(failed())
            };
            let error = sealing(&ledger, act).await.unwrap_err();
            assert_eq!(error.to_string(), "there is no table");
            newest_checkpoint(&store).await.unwrap()
        });
        assert_eq!(sealed.lines().take(2).collect::<Vec<_>>(), ["example.com/log", "1"]);
    }

    #[test]
    fn the_error_of_the_act_wins_unless_the_log_was_changed() {
        assert_eq!(with_both(ledger::Error::Stopped).status(), Status::NotFound);
        let finding = Arc::new(Finding::new(Kind::ContentAltered, "x"));
        let changed = ledger::Error::Poisoned { finding };
        assert_eq!(with_both(changed).status(), Status::Tampered);
    }

    #[test]
    fn an_act_that_is_not_sealed_is_not_done() {
        let done = async { sealing(&Broken(ledger::Error::Stopped), async { Ok(()) }).await };
        let error = runtime().unwrap().block_on(done).unwrap_err();
        assert_eq!(error.status(), Status::Unavailable);
    }
}
