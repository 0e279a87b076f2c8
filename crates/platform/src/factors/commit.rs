//! Writing one batch, whoever else writes.

use bytes::Bytes;
use rayon::prelude::*;
use storage_core::factors::batch::{Opened, Stamp, Unpacked, pack};
use storage_core::factors::{Draft, Reason};

use super::begin::random;
use super::{Error, FactorStore, Result};
use crate::numbered::{Outcome, Retry};
use crate::store::Put;

/// What is written about all events of a batch.
pub(super) struct Act<'a> {
    pub(super) name: &'static str,
    /// Who; `None` is the writer of the store.
    pub(super) actor: Option<&'a str>,
    /// Why, where an event does not say it itself.
    pub(super) reason: Option<Reason>,
}

/// A batch with so many frames is packed where it keeps nobody waiting.
const MANY: usize = 3;

impl FactorStore {
    /// Plans changes against what is there, stores them as one batch, and takes them in. If somebody else
    /// is faster, reads what they wrote and plans again: so `plan` is called once or more, and only its
    /// last answer counts. A plan without events writes nothing.
    pub(super) async fn commit<T>(
        &self,
        act: &Act<'_>,
        mut plan: impl FnMut(&mut Draft<'_>) -> Result<T>,
    ) -> Result<T> {
        let shared = &self.shared;
        let actor = act.actor.unwrap_or(&shared.options.actor);
        let _writing = shared.writing.lock().await;
        let mut races = 0;
        loop {
            let (planned, unpacked) = {
                let catalogue = self.catalogue();
                let mut draft = Draft::new(&catalogue);
                let planned = plan(&mut draft)?;
                if draft.count() == 0 {
                    return Ok(planned);
                }
                (planned, draft.finish()?)
            };
            let (number, now) = (unpacked.first_seq(), shared.options.clock.now());
            let nonce = random()?;
            let (actor, reason) = (actor.to_owned(), act.reason.clone());
            let stamp = Stamp { act: act.name, actor, reason, nonce, now };
            let body = match unpacked.blocks.len() {
                0..MANY => body(&unpacked, &stamp)?,
                _ => {
                    let work = move || body(&unpacked, &stamp);
                    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)??
                }
            };
            let nonce = storage_core::hex::encode(&nonce);
            let ours = |there: &[u8]| Opened::nonce(there).is_some_and(|it| it == nonce);
            let put = Put::absent().typed("application/zstd").locked(shared.options.lock());
            match shared.batches.put(number, body.clone(), ours, &put).await {
                Ok(Outcome::Won { .. }) => {
                    self.take(number, body)?;
                    self.report(number).await?;
                    return Ok(planned);
                }
                Ok(Outcome::Lost { body, .. }) => {
                    self.take(number, body)?;
                    self.follow().await?;
                    races += 1;
                    if races > shared.options.races {
                        return Err(Error::Contended { times: races });
                    }
                    Retry::between_races(races).await;
                }
                Err(error) => return Err(Error::of_write(error)),
            }
        }
    }
}

/// The body of a batch, packed on all cores.
fn body(unpacked: &Unpacked, stamp: &Stamp) -> Result<Bytes> {
    let frames: Vec<_> = match unpacked.blocks.len() {
        0..MANY => unpacked.blocks.iter().map(|it| pack(it)).collect(),
        _ => unpacked.blocks.par_iter().map(|it| pack(it)).collect(),
    };
    Ok(unpacked.body(stamp, &frames)?.into())
}
