//! What the root log has said of the lanes last.

use audit_chain::canonical::Scanner;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::lanes::{self, Bound};
use audit_chain::merkle::empty_root;
use audit_chain::record::Line;
use audit_chain::segment;
use audit_chain::verify::{Finding, Kind};
use futures_util::TryStreamExt as _;

use super::super::{Error, Ledger, Result};
use super::LanesDocument;
use crate::numbered::Numbered;

/// How far each lane is bound, in order of lanes.
pub(super) type Binding = Vec<Bound>;

/// A ledger that was just begun.
pub(super) fn empty(document: &LanesDocument) -> Binding {
    let bound = |lane| Bound {
        lane,
        log_id: lanes::lane_id(&document.ledger_id, lane),
        size: 0,
        root: empty_root(),
    };
    (0..document.lanes).map(bound).collect()
}

/// What the newest record of the root log says of the lanes; `None` if there is no such record.
pub(super) async fn newest(root: &Ledger, document: &LanesDocument) -> Result<Option<Binding>> {
    let segments = numbered(root, "seg/");
    let act = "find what the root log says of the lanes";
    let Some(last) = segments.last(0).await.map_err(Error::store(act))? else { return Ok(None) };
    if let Some(binding) = in_segment(&segments, last, document).await? {
        return Ok(Some(binding));
    }
    // Another key signs since, for example. Such records are rare.
    let all = segments.list_from(0).map_ok(|entry| entry.number);
    let numbers: Vec<u64> = all.try_collect().await.map_err(Error::store(act))?;
    for number in numbers.into_iter().rev() {
        if let Some(binding) = in_segment(&segments, number, document).await? {
            return Ok(Some(binding));
        }
    }
    Ok(None)
}

fn numbered(ledger: &Ledger, prefix: &str) -> Numbered {
    Numbered::new(ledger.store().clone(), prefix, ledger.document().conditions)
}

/// What the last record of a segment that speaks of the lanes says.
async fn in_segment(
    segments: &Numbered,
    number: u64,
    document: &LanesDocument,
) -> Result<Option<Binding>> {
    let found = segments.get(number).await.map_err(Error::store("read the root log"))?;
    let Some(found) = found else { return Ok(None) };
    let wrong = |reason: String| {
        let finding = Finding::new(Kind::Malformed, reason);
        Error::poisoned(finding.of(format!("{}/seg/{number:020}", lanes::ROOT)))
    };
    let opened = segment::open(&found.body).map_err(|error| wrong(error.to_string()))?;
    let mut scanner = Scanner::new();
    let mut newest = None;
    for (_, line) in opened.lines() {
        let record = Line::read(line, &mut scanner).map_err(|error| wrong(error.to_string()))?;
        if record.event_type == lanes::BOUND.as_bytes() {
            newest = Some(line);
        }
    }
    let Some(line) = newest else { return Ok(None) };
    // Lanes that are not named are as in a new ledger; others than the ledger has must not be.
    let mut binding = empty(document);
    for bound in lanes::read_line(line).map_err(wrong)? {
        match binding.get_mut(usize::from(bound.lane)).filter(|it| it.log_id == bound.log_id) {
            Some(known) => *known = bound,
            None => return Err(wrong("it binds a lane that the ledger does not have".to_owned())),
        }
    }
    Ok(Some(binding))
}

/// Whether a lane still has what was bound of it: not fewer records, and the checkpoint that was bound
/// says the same. Whether that is the one of the records is found out by a verification.
pub(super) async fn holds(lane: &Ledger, bound: &Bound) -> Result<()> {
    if bound.size == 0 {
        return Ok(());
    }
    let size = lane.head().size;
    let wrong = |kind: Kind, message: String| {
        Error::poisoned(Finding::new(kind, message).of(lanes::folder(bound.lane)))
    };
    if size < bound.size {
        let message = format!("the root log binds {} records, and there are {size}", bound.size);
        return Err(wrong(Kind::RolledBack, message));
    }
    let found = numbered(lane, "ckpt/").get(bound.size).await;
    let Some(found) = found.map_err(Error::store("read a checkpoint"))? else {
        let message = format!("the checkpoint of {} records, which is bound, is gone", bound.size);
        return Err(wrong(Kind::RolledBack, message));
    };
    let text = String::from_utf8_lossy(&found.body);
    let text = text.split_once("\n\n").map_or("", |(text, _)| text);
    match Checkpoint::parse(&format!("{text}\n")) {
        Ok(checkpoint) if checkpoint.root == bound.root => Ok(()),
        _ => {
            let message = format!("the root log binds {} records with another root", bound.size);
            Err(wrong(Kind::Fork, message))
        }
    }
}
