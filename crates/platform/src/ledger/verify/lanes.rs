//! Verification of a ledger with lanes: each log by itself, and what the root log says of the others.
//!
//! The root log comes first. What it binds was stored before, so that lanes that grow meanwhile are
//! never behind it.

use audit_chain::Hash;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::lanes::{self, Bound};
use audit_chain::merkle::empty_root;
use audit_chain::verify::{By, Finding, Findings, Kind, LaneReport, Pin, Report, Vouched};

use super::fetch::Fetcher;
use super::{Part, Progress, VerifyOptions, said, verify_log};
use crate::ledger::LogDocument;
use crate::ledger::lanes::document::{self, LanesDocument};
use crate::ledger::objects::{self, Versions};
use crate::ledger::reader::oldest;
use crate::store::{Conditions, Store, StoreError};

/// Whether the ledger at `store` has lanes. Its document may be gone, and its logs still there.
pub(super) async fn has_lanes(store: &Store) -> Result<bool, StoreError> {
    if oldest(store, document::KEY).await?.is_some() {
        return Ok(true);
    }
    if oldest(store, crate::ledger::document::KEY).await?.is_some() {
        return Ok(false);
    }
    Ok(holds(store, "root/").await? || holds(store, "lane/").await?)
}

/// Whether there is anything under `prefix`.
async fn holds(store: &Store, prefix: &str) -> Result<bool, StoreError> {
    let page = objects::patiently(async || store.list(prefix, None, 1).await).await?;
    Ok(!page.entries.is_empty())
}

/// What the root log says of the lanes, record by record.
pub(super) struct Bounds {
    ledger_id: String,
    lanes: Vec<LaneBounds>,
    /// There is a record: all logs of the ledger were there when it was written.
    begun: bool,
    findings: Findings,
}

/// What it says of one lane.
#[derive(Default)]
struct LaneBounds {
    vouched: Vouched,
    /// Numbers of records of the root log, and the size that was bound then where it rose.
    rising: Vec<(u64, u64)>,
}

impl Bounds {
    fn new(document: &LanesDocument) -> Self {
        let lanes = (0..document.lanes).map(|_| LaneBounds::default()).collect();
        let ledger_id = document.ledger_id.clone();
        Self { ledger_id, lanes, begun: false, findings: Findings::default() }
    }

    /// Takes a record of the ledger's own from the root log.
    pub(super) fn take(&mut self, key: &str, seq: u64, event_type: &str, line: &[u8]) {
        if event_type != lanes::BOUND {
            return;
        }
        self.begun = true;
        let bounds = match lanes::read_line(line) {
            Ok(bounds) => bounds,
            Err(reason) => {
                let message =
                    format!("what the root log says of the lanes makes no sense: {reason}");
                self.findings.push(Finding::new(Kind::Malformed, message).at(seq).of(key));
                return;
            }
        };
        for bound in bounds {
            if let Some(finding) = self.bind(seq, bound) {
                self.findings.push(finding.at(seq).of(key));
            }
        }
    }

    fn bind(&mut self, seq: u64, bound: Bound) -> Option<Finding> {
        let Bound { lane, log_id, size, root } = bound;
        let expected = lanes::lane_id(&self.ledger_id, lane);
        let known = self.lanes.get_mut(usize::from(lane)).filter(|_| log_id == expected);
        let Some(known) = known else {
            let message = "it binds a lane that the ledger does not have";
            return Some(Finding::new(Kind::Malformed, message).instead(expected, log_id));
        };
        if size == 0 {
            let message = "it binds an empty lane with a root that no empty log has";
            let finding = Finding::new(Kind::Malformed, message).instead(empty_root(), root);
            return (root != empty_root()).then_some(finding);
        }
        if known.rising.last().is_none_or(|(_, before)| size > *before) {
            known.rising.push((seq, size));
        }
        let finding = known.vouched.add(size, root, By::RootLog)?;
        Some(Finding { message: format!("lane {lane}: {}", finding.message), ..finding })
    }
}

impl LaneBounds {
    /// How many records of the lane are bound by the first `sealed` records of the root log.
    fn size(&self, sealed: u64) -> u64 {
        let covered = self.rising.partition_point(|(seq, _)| *seq < sealed);
        covered.checked_sub(1).and_then(|last| self.rising.get(last)).map_or(0, |(_, size)| *size)
    }
}

/// Verifies the ledger with lanes at `store`.
pub(super) async fn verify(
    store: &Store,
    options: &VerifyOptions,
    progress: &mut impl FnMut(Progress),
) -> Report {
    let mut findings = Findings::default();
    if options.records.is_some() {
        let message = "records are numbered lane by lane: ask for some of one lane";
        return Report::empty().conclude([Finding::new(Kind::CouldNotCheck, message)]);
    }
    let (document, digest) = read_document(store, options, &mut findings).await;
    let Some(document) = document else {
        let digest = Report { document: digest, ..Report::empty() };
        return concluded(digest, findings);
    };
    if let Err(error) = look_for_strays(store, document.lanes, &mut findings).await {
        findings.push(Finding::new(Kind::CouldNotCheck, said(&error)));
    }
    let pin = options.pin.as_ref();
    findings.extend(pin.into_iter().flat_map(|pin| pin_findings(pin, &document, digest)));
    let mut whole = Report {
        log_id: Some(document.ledger_id.clone()),
        origin: Some(document.origin.clone()),
        document: digest,
        ..Report::empty()
    };

    let mut bounds = Bounds::new(&document);
    let part = Part { bounds: Some(&mut bounds), ..Part::default() };
    let of_root = root_options(options, &document);
    let place = store.at(lanes::ROOT);
    let mut root =
        verify_log(&place, &of_root, part, &mut further(progress, Progress::default())).await;
    let root_id = lanes::root_id(&document.ledger_id);
    findings.extend(misplaced(&root, &document, lanes::ROOT, &root_id));
    findings.extend(std::mem::take(&mut bounds.findings).take().0.into_iter().map(in_root));
    take(&mut whole, &mut root, lanes::ROOT, &mut findings);
    (whole.size, whole.root, whole.last_hash) = (root.size, root.root, root.last_hash);
    (whole.sealed_size, whole.checkpoint) = (root.sealed_size, root.checkpoint.take());
    (whole.sealed_checkpoints, whole.anchored) = (root.sealed_checkpoints, root.anchored);
    whole.witnessed_by = std::mem::take(&mut root.witnessed_by);

    for (lane, bounds_of_lane) in (0..document.lanes).zip(&mut bounds.lanes) {
        let folder = lanes::folder(lane);
        let mut vouched = std::mem::take(&mut bounds_of_lane.vouched);
        for pinned in pin.iter().flat_map(|pin| &pin.lanes).filter(|it| it.lane == lane) {
            if pinned.size > 0 {
                let finding = vouched.add(pinned.size, pinned.root, By::Pin);
                findings.extend(finding.map(|finding| finding.of(&folder)));
            }
        }
        let part = Part { vouched, bounds: None, begun: bounds.begun };
        let of_lane = lane_options(options, &folder);
        let so_far = Progress { records: whole.records, segments: whole.segments, bytes: 0 };
        let mut report =
            verify_log(&store.at(&folder), &of_lane, part, &mut further(progress, so_far)).await;
        let lane_id = lanes::lane_id(&document.ledger_id, lane);
        findings.extend(misplaced(&report, &document, &folder, &lane_id));
        // What is sealed is told by the root log.
        report.findings.retain(|finding| finding.kind != Kind::UnsealedTail);
        take(&mut whole, &mut report, &folder, &mut findings);
        let Report { size, root, last_hash, log_id, .. } = report;
        let bound_size = bounds_of_lane.size(whole.sealed_size).min(size);
        findings.extend(unbound(size, bound_size, &folder, options.require_sealed));
        whole.lanes.push(LaneReport { lane, log_id, size, root, last_hash, bound_size });
    }
    if whole.size == 0 && whole.lanes.iter().any(|lane| lane.size > 0) {
        let begun_since = holds(&place, "seg/").await.unwrap_or(false);
        findings.push(if begun_since {
            let message = "the ledger was begun while it was verified";
            Finding::new(Kind::CouldNotCheck, message)
        } else {
            let message =
                "lanes have records, and the root log, which begins before them, has none";
            Finding::new(Kind::Truncated, message).of(lanes::ROOT)
        });
    }
    concluded(whole, findings)
}

fn concluded(report: Report, findings: Findings) -> Report {
    let (findings, omitted) = findings.take();
    let findings_omitted = report.findings_omitted + omitted;
    Report { findings_omitted, ..report }.conclude(findings)
}

/// Counts what was seen of one log, and takes its findings under the names they have in the ledger.
fn take(whole: &mut Report, part: &mut Report, folder: &str, findings: &mut Findings) {
    whole.records += part.records;
    whole.segments += part.segments;
    whole.checkpoints += part.checkpoints;
    whole.findings_omitted += part.findings_omitted;
    findings.extend(std::mem::take(&mut part.findings).into_iter().map(|it| within(folder, it)));
}

/// The same finding, seen from the ledger.
fn within(folder: &str, finding: Finding) -> Finding {
    let key = match &finding.key {
        Some(key) => format!("{folder}/{key}"),
        None => folder.to_owned(),
    };
    finding.of(key)
}

fn in_root(finding: Finding) -> Finding {
    within(lanes::ROOT, finding)
}

/// Goes on counting where the logs before ended.
fn further<P: FnMut(Progress)>(progress: &mut P, so_far: Progress) -> impl FnMut(Progress) {
    move |it: Progress| {
        progress(Progress {
            records: so_far.records + it.records,
            segments: so_far.segments + it.segments,
            bytes: so_far.bytes + it.bytes,
        });
    }
}

/// Records that no sealed record of the root log binds.
fn unbound(size: u64, bound: u64, folder: &str, is_missed: bool) -> Vec<Finding> {
    if bound >= size {
        return Vec::new();
    }
    let message = format!("{} records are bound by no sealed record of the root log", size - bound);
    let finding = |kind| Finding::new(kind, message.clone()).between(bound, size - 1).of(folder);
    let missed = is_missed.then(|| finding(Kind::CouldNotCheck));
    std::iter::once(finding(Kind::UnsealedTail)).chain(missed).collect()
}

/// Another log than the one whose place it is.
fn misplaced(
    report: &Report,
    document: &LanesDocument,
    folder: &str,
    log_id: &str,
) -> Vec<Finding> {
    let origin = lanes::origin(&document.origin, folder);
    let pairs = [("id", log_id, &report.log_id), ("origin", &origin, &report.origin)];
    let other = pairs.into_iter().filter_map(|(what, expected, found)| {
        let found = found.as_ref().filter(|found| *found != expected)?;
        let message = format!("a log with another {what} stands in the place of this one");
        Some(Finding::new(Kind::Malformed, message).of(folder).instead(expected, found))
    });
    other.collect()
}

/// Another log beside, and lanes that the ledger does not have.
async fn look_for_strays(
    store: &Store,
    lanes: u16,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    for prefix in ["log", "seg/", "ckpt/"] {
        if holds(store, prefix).await? {
            let message = "there are objects of a log without lanes beside those of the lanes";
            findings.push(Finding::new(Kind::Malformed, message).of(prefix));
        }
    }
    // `0` is the character after `/`.
    let after = format!("{}0", lanes::folder(lanes.saturating_sub(1)));
    let more = objects::patiently(async || store.list("lane/", Some(&after), 1).await).await?;
    if let Some(entry) = more.entries.first() {
        let message = format!("the ledger has {lanes} lanes, and there is another one");
        findings.push(Finding::new(Kind::Malformed, message).of(entry.key.as_str()));
    }
    Ok(())
}

/// The document and the digest of its bytes.
async fn read_document(
    store: &Store,
    options: &VerifyOptions,
    findings: &mut Findings,
) -> (Option<LanesDocument>, Option<Hash>) {
    let versions = match objects::versions(store).await {
        Ok(versions) => versions,
        Err(error) => {
            findings.push(Finding::new(Kind::CouldNotCheck, said(&error)));
            Versions::Hidden
        }
    };
    let mut found = Vec::new();
    let fetcher = Fetcher::new(store, options, versions);
    let stored = fetcher.stored(document::KEY, &mut found).await;
    let body = match &stored {
        Some(stored) => {
            fetcher.facts(stored, &mut found).await;
            fetcher.body(stored, &mut found).await
        }
        None => None,
    };
    let document = body.as_ref().map(|body| LanesDocument::read(body));
    if let (Some(stored), Some(Ok(counted))) = (&stored, &document) {
        // How far the store can be trusted stands in the document of the root log.
        let root = oldest(&store.at(lanes::ROOT), crate::ledger::document::KEY).await;
        let root = root.ok().flatten().and_then(|body| LogDocument::read(&body).ok());
        let weak = root.is_some_and(|root| root.conditions == Conditions::OldestVersion);
        let alike =
            |body: &[u8]| LanesDocument::read(body).is_ok_and(|it| it.lanes == counted.lanes);
        fetcher.other_versions(stored, weak, alike, &mut found).await;
    }
    findings.extend(found);
    let digest = body.as_ref().map(|body| Hash::of(body));
    let (kind, message) = match document {
        Some(Ok(document)) => return (Some(document), digest),
        Some(Err(reason)) => {
            (Kind::Malformed, format!("the document of the lanes cannot be used: {reason}"))
        }
        None => {
            let message = "there are lanes, but not the document that says how many";
            (Kind::MissingLogDocument, message.to_owned())
        }
    };
    findings.push(Finding::new(kind, message).of(document::KEY));
    (None, digest)
}

/// What a pin says of the ledger as a whole; what it says of records is compared log by log.
fn pin_findings(pin: &Pin, document: &LanesDocument, digest: Option<Hash>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pairs =
        [("id", &pin.log_id, &document.ledger_id), ("origin", &pin.origin, &document.origin)];
    for (what, pinned, found) in pairs.into_iter().filter(|(_, pinned, found)| pinned != found) {
        let message = format!("the ledger has another {what} than the one that was seen before");
        findings.push(Finding::new(Kind::Fork, message).instead(pinned, found));
    }
    if let (Some(pinned), Some(found)) = (pin.document, digest)
        && pinned != found
    {
        let message = "the document of the lanes is not the one that was seen before";
        let finding = Finding::new(Kind::ContentAltered, message).of(document::KEY);
        findings.push(finding.instead(pinned, found));
    }
    findings
}

/// The root log is verified as whoever verifies the ledger asks for.
fn root_options(options: &VerifyOptions, document: &LanesDocument) -> VerifyOptions {
    let pin = options.pin.clone().map(|pin| Pin {
        log_id: lanes::root_id(&document.ledger_id),
        origin: lanes::origin(&document.origin, lanes::ROOT),
        document: None,
        lanes: Vec::new(),
        ..pin
    });
    let keyring = options.keyring.clone().map(|ring| match ring.origin() {
        Some(ledger) => {
            let origin = lanes::origin(ledger, lanes::ROOT);
            ring.with_origin(origin)
        }
        None => ring,
    });
    VerifyOptions { pin, keyring, ..options.clone() }
}

/// What is asked of a lane. The sizes in a keyring, its witnesses and the anchor are about the root log,
/// which says what of the lanes counts; here a signature only tells whose log this is.
fn lane_options(options: &VerifyOptions, folder: &str) -> VerifyOptions {
    let keyring = options.keyring.as_ref().and_then(|ring| {
        let keys = ring.keys().iter().map(|key| Key::always(key.vkey.clone())).collect();
        // The keys of a keyring are those of a keyring.
        let keys = Keyring::new(keys, Vec::new(), 0).ok()?;
        Some(match ring.origin() {
            Some(ledger) => keys.with_origin(lanes::origin(ledger, folder)),
            None => keys,
        })
    });
    VerifyOptions {
        keyring,
        pin: None,
        require_anchor: false,
        require_sealed: false,
        ..options.clone()
    }
}
