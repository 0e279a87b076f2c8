//! Events that are sealed for somebody before they are queued.

use audit_chain::record::Event;
use audit_chain::seal::Path;
use platform::ledger::{Error, Ledger, SubjectKeys};

use super::super::event::{Refusal, Told};
use super::super::subject_keys;
use super::receipts::Outcome;
use crate::args::Append;
use crate::status;

/// What is sealed in each event, and with which keys.
pub(super) struct Sealer<'a> {
    keys: SubjectKeys,
    paths: &'a [Path],
}

impl<'a> Sealer<'a> {
    /// As was typed; nothing if nothing is to be sealed.
    pub(super) async fn open(arguments: &'a Append) -> status::Result<Option<Self>> {
        let Some(url) = &arguments.sealing.subject_keys else { return Ok(None) };
        let keys = subject_keys::open(url, &arguments.url).await?;
        Ok(Some(Self { keys, paths: &arguments.sealing.seal }))
    }
}

/// The event as it is to be recorded, or why it cannot be.
pub(super) async fn seal(
    sealer: Option<&Sealer<'_>>,
    ledger: &Ledger,
    told: Told,
) -> Result<Event, Outcome> {
    let Told { mut event, subject } = told;
    let refused = |message: &str| {
        Err(Outcome::Refused(Refusal { code: "cli.event_invalid", message: message.to_owned() }))
    };
    match (sealer, subject) {
        (None, None) => Ok(event),
        // Without a place to seal, the line would say more than is recorded.
        (None, Some(_)) => refused("`subject` needs `--seal` and `--subject-keys`"),
        (Some(_), None) => {
            refused("`subject` is missing: write it, or set `--subject` for all lines")
        }
        (Some(_), Some(subject)) if subject.is_empty() => refused("`subject` is empty"),
        (Some(Sealer { keys, paths }), Some(subject)) => {
            let log_id = &ledger.document().log_id;
            match keys.seal(&mut event, log_id, &subject, paths).await {
                Ok(()) => Ok(event),
                Err(Error::EventInvalid { source }) => Err(Outcome::Refused(Refusal {
                    code: source.code(),
                    message: source.to_string(),
                })),
                Err(error) => Err(Outcome::Queued(Box::pin(std::future::ready(Err(error))))),
            }
        }
    }
}
