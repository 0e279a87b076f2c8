//! Writing one batch, whoever else writes.

use bytes::Bytes;
use rayon::prelude::*;
use storage_core::factors::Draft;
use storage_core::factors::batch::{Opened, Stamp, Unpacked, pack};

use super::begin::random;
use super::{Error, FactorStore, Result};
use crate::numbered::{Outcome, Retry};
use crate::store::Put;

impl FactorStore {
    /// Plans changes against what is there, stores them as one batch, and takes them in. If somebody else
    /// is faster, reads what they wrote and plans again: so `plan` is called once or more, and only its
    /// last answer counts. A plan without events writes nothing.
    pub(super) async fn commit<T>(
        &self,
        act: &'static str,
        actor: Option<&str>,
        mut plan: impl FnMut(&mut Draft<'_>) -> Result<T>,
    ) -> Result<T> {
        let shared = &self.shared;
        let actor = actor.unwrap_or(&shared.options.actor);
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
            let stamp = Stamp { act, actor: actor.to_owned(), reason: None, nonce, now };
            let body = body(unpacked, &stamp)?;
            let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
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
fn body(unpacked: Unpacked, stamp: &Stamp) -> Result<Bytes> {
    let frames: Vec<_> = match unpacked.blocks.len() {
        0..=2 => unpacked.blocks.iter().map(|it| pack(it)).collect(),
        _ => unpacked.blocks.par_iter().map(|it| pack(it)).collect(),
    };
    Ok(unpacked.body(stamp, &frames)?.into())
}
