//! What events are appended to: one log, or a ledger with lanes.

use std::num::NonZeroU16;
use std::pin::Pin;

use audit_chain::record::Event;
use platform::ledger::{self, Error, Lanes, LanesOptions, Ledger, Options, Receipt};
use platform::store::Store;

use crate::command::ledger::Sealed;

/// Where events go. Its document tells which it is.
pub(super) enum Target {
    Log(Ledger),
    Lanes(Lanes),
}

/// What a caller keeps of an event.
pub(super) struct Stored {
    /// In a ledger with lanes, the one that has it.
    pub(super) lane: Option<u16>,
    pub(super) receipt: Receipt,
}

/// Resolves when the record is stored.
pub(super) type Answer = Pin<Box<dyn Future<Output = ledger::Result<Stored>> + Send>>;

impl Target {
    /// Opens what is there, or begins a log, or a ledger with as many lanes.
    pub(super) async fn open(
        store: &Store,
        log: Options,
        lanes: Option<NonZeroU16>,
    ) -> ledger::Result<Self> {
        if lanes.is_none() && !ledger::has_lanes(store).await? {
            return Ledger::open(store, log).await.map(Self::Log);
        }
        let mut options = LanesOptions::default();
        options.lanes = lanes.map(NonZeroU16::get);
        options.log = log;
        Lanes::open(store, options).await.map(Self::Lanes)
    }

    /// Queues an event, perhaps one about a subject, as soon as there is room.
    pub(super) async fn submit(&self, event: Event, subject: Option<String>) -> Answer {
        match self.queue(event, subject.as_deref()).await {
            Ok(answer) => answer,
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    async fn queue(&self, event: Event, subject: Option<&str>) -> ledger::Result<Answer> {
        let (lane, ledger) = match self {
            Self::Log(ledger) => (None, ledger),
            Self::Lanes(lanes) => {
                let lane = lanes.lane_of(&event.resource);
                (Some(lane), lanes.lane(lane).ok_or(Error::Closed)?)
            }
        };
        Ok(match subject {
            None => stored(lane, ledger.submit(event).await?),
            Some(subject) => stored(lane, ledger.submit_for(event, subject).await?),
        })
    }
}

impl Sealed for Target {
    async fn seal(&self) -> ledger::Result<()> {
        match self {
            Self::Log(ledger) => ledger.seal().await,
            Self::Lanes(lanes) => lanes.seal().await,
        }
    }
}

fn stored(
    lane: Option<u16>,
    answer: impl Future<Output = ledger::Result<Receipt>> + Send + 'static,
) -> Answer {
    Box::pin(async move { Ok(Stored { lane, receipt: answer.await? }) })
}
