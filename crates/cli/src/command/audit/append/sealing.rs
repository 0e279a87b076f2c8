//! For whom events are sealed.

use platform::ledger::Sealing;

use super::super::event::{Refusal, Told};
use super::super::subject_keys;
use crate::args::Append;
use crate::status::{Error, Result};

/// What the ledger seals, as it was typed; nothing if nothing is to be sealed.
pub(super) async fn open(arguments: &Append) -> Result<Option<Sealing>> {
    let typed = &arguments.sealing;
    let Some(url) = &typed.subject_keys else { return Ok(None) };
    if typed.seal.is_empty() && !typed.seal_actor {
        return Err(Error::invalid(
            "`--subject-keys` without anything to seal",
            "say what with `--seal PATH` or `--seal-actor`",
        ));
    }
    let keys = subject_keys::open(url, &arguments.url).await?;
    let mut sealing = Sealing::new(keys, typed.seal.clone());
    sealing.may_be_missing = typed.seal_if_there;
    sealing.seal_actor = typed.seal_actor;
    sealing.subject = typed.subject_at.clone();
    Ok(Some(sealing))
}

/// Whether the line says for whom it is sealed, where it has to.
pub(super) fn check(arguments: &Append, told: &Told) -> std::result::Result<(), Refusal> {
    let typed = &arguments.sealing;
    let message = match (&typed.subject_keys, &told.subject) {
        // Without a place to seal, the line would say more than is recorded.
        (None, Some(_)) => "`subject` needs `--seal` and `--subject-keys`",
        (Some(_), None) if typed.subject_at.is_none() => {
            "`subject` is missing: write it, or set `--subject` for all lines"
        }
        (Some(_), Some(subject)) if subject.is_empty() => "`subject` is empty",
        _ => return Ok(()),
    };
    Err(Refusal { code: "cli.event_invalid", message: message.to_owned() })
}
