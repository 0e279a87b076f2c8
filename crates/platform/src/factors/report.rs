//! Recording batches, and results that are kept, in the ledger as well.
//!
//! The batch is stored first, because only then it has a number. A record that did not come about,
//! because the process died in between, is made up for when the store is opened with a ledger again: a
//! hint says up to where records were written. The id of a record is that of the batch, so that the
//! ledger passes over one that it has.

use audit_chain::json::Value;
use audit_chain::record::Event;
use storage_core::Digest;
use storage_core::factors::{BatchHead, VersionId};

use super::{Error, FactorStore, Result};
use crate::ledger::stamp;
use crate::store::Put;

/// Up to which event records were written. A hint: without it some are written once more.
const HINT: &str = "hint/recorded";

impl FactorStore {
    /// Records the batch with this number, if there is a ledger.
    pub(super) async fn report(&self, number: u64) -> Result<()> {
        if self.shared.options.ledger.is_some() {
            self.report_from(number).await?;
        }
        Ok(())
    }

    /// Records the batches for which that was not done.
    pub(super) async fn report_what_was_not(&self) -> Result<()> {
        if self.shared.options.ledger.is_none() {
            return Ok(());
        }
        let hint = self.shared.store.get_if_there(HINT).await;
        let hint = hint.ok().flatten().and_then(|it| serde_json::from_slice(&it.body).ok());
        self.report_from(hint.unwrap_or(0)).await
    }

    async fn report_from(&self, seq: u64) -> Result<()> {
        let Some(ledger) = &self.shared.options.ledger else { return Ok(()) };
        let (events, next) = {
            let catalogue = self.catalogue();
            let next = catalogue.next_seq();
            if seq >= next {
                return Ok(());
            }
            let events: Vec<_> = catalogue.batches_from(seq).map(|it| self.record(&it)).collect();
            (events, next)
        };
        let recorded = ledger.append_all(events).await;
        recorded.map_err(|source| Error::Ledger { source: Box::new(source) })?;
        // A hint may get lost.
        let _ = self.shared.store.put(HINT, next.to_string(), &Put::default()).await;
        Ok(())
    }

    /// Records that a result is going to be kept, if there is a ledger.
    pub(super) async fn report_result(&self, result: Digest, versions: &[VersionId]) -> Result<()> {
        let (options, document) = (&self.shared.options, &self.shared.document);
        let Some(ledger) = &options.ledger else { return Ok(()) };
        let versions = versions.iter().map(|it| Value::from(&*it.to_string())).collect();
        let details = Value::Object(vec![
            ("result".into(), Value::from(&*result.to_string())),
            ("versions".into(), Value::Array(versions)),
        ]);
        let place = format!("factors/{}/calc/{}", document.store_id, result.hex());
        let actor = options.actor.as_str();
        let act = "result_kept";
        let mut event = Event::new(format!("factor.{act}"), actor, place.as_str(), act, details);
        // Of each who keeps it: for the same id with another actor the ledger would refuse.
        event.event_id = Some(format!("{place}/{}", &Digest::of(actor.as_bytes()).hex()[..16]));
        let recorded = ledger.append(event).await;
        recorded.map(drop).map_err(|source| Error::Ledger { source: Box::new(source) })
    }

    fn record(&self, batch: &BatchHead<'_>) -> Event {
        let number = |it: u64| Value::Int(it.into());
        let details = Value::Object(vec![
            ("count".into(), number(batch.count)),
            ("digest".into(), Value::from(&*batch.digest.to_string())),
            ("first_seq".into(), number(batch.first_seq)),
            ("recorded_at".into(), Value::from(&*stamp(batch.recorded_at))),
        ]);
        let id = format!("factors/{}/{}", self.shared.document.store_id, batch.first_seq);
        let kind = format!("factor.{}", batch.act);
        let mut event = Event::new(kind, batch.actor, id.as_str(), batch.act, details);
        event.event_id = Some(id);
        event
    }
}
