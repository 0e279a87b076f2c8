//! What is to be done, decided from what is known. Nothing here does it.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::act::{
    ARCHIVED, DISPOSED, FIXITY_CHECKED, KEY_DESTROYED, TIMESTAMPED, name_of, resource,
};
use super::{
    Approval, Certificate, DisposalList, Eligible, Error, Fixity, Manifest, ReportKey, State,
    TokenBytes,
};
use crate::retention::{Change, ClockGuard, Effect, Protection};
use crate::{Digest, Lock, Plan, Step};

const JSON: &str = "application/json";

/// What of the protection the store can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locks {
    /// It locks versions: what the rules protect, the store protects.
    Kept,
    /// It cannot, or shall not: the rules alone protect.
    None,
}

/// Archives a report whose files are stored: protects them, then writes the manifest, with which the
/// report begins to exist. A report that it amends gets to know it in the same act.
///
/// # Errors
///
/// What the rules about retention say to the duties of the report.
pub fn archive(manifest: &Manifest, locks: Locks) -> Result<Plan, Error> {
    let report = &manifest.report;
    let body = manifest.to_bytes();
    let protection = manifest.retention.protection()?;
    let governing = manifest.retention.governing()?;
    let at = manifest.archived_at;
    let mut plan = Plan::new(ARCHIVED, &manifest.archived_by, resource(report), at)
        .claiming(report.events(), 0)
        .saying("manifest", Digest::of(&body).to_string())
        .saying("files", manifest.contents().count())
        .saying("bytes", manifest.size_bytes())
        .saying("until", protection.until.to_string())
        .saying("governed_by", governing.to_string());
    if let Some(amended) = &manifest.amends {
        plan = plan.saying("amends", amended.to_string());
        plan = plan.with_step(Step::Put {
            key: amended.amended_by(report),
            body: json!({"v": 1, "report": report}).to_string(),
            content_type: JSON.to_owned(),
            lock: None,
            legal_hold: false,
        });
    }
    let (lock, hold) = match locks {
        // A date that is over protects nothing, and no store takes it.
        Locks::Kept => (protection.lock().filter(|it| it.until > at), protection.needs_hold()),
        Locks::None => (None, false),
    };
    let files = manifest.contents().map(|it| (report.file(&it.name), it.version.clone()));
    for (key, version) in files.chain([(report.event(0), None)]) {
        plan = protect(plan, key, version, lock, hold);
    }
    Ok(plan.with_step(Step::Put {
        key: report.manifest(),
        body: String::from_utf8(body).expect("JSON is text"),
        content_type: JSON.to_owned(),
        lock,
        legal_hold: hold,
    }))
}

/// Holds before it dates: at no time is there nothing.
fn protect(
    mut plan: Plan,
    key: String,
    version: Option<String>,
    lock: Option<Lock>,
    hold: bool,
) -> Plan {
    if hold {
        let (key, version) = (key.clone(), version.clone());
        plan = plan.with_step(Step::Hold { key, version, on: true });
    }
    match lock {
        Some(lock) => plan.with_step(Step::Retain { key, version, lock }),
        None => plan,
    }
}

/// Changes what protects a report: a hold, a release, the date of an event, an extension.
///
/// # Errors
///
/// [`Error::Gone`], and what the rules about retention say.
pub fn change(
    state: &State,
    change: &Change,
    guard: &ClockGuard,
    locks: Locks,
) -> Result<Plan, Error> {
    state.there()?;
    let effect = state.retention.weigh(change, guard)?;
    let report = state.report();
    let mut plan = follow(state, name_of(change), &change.actor, change.at)
        .saying("change", serde_json::to_value(change).expect("a change is plain data"))
        .saying("until", effect.after.until.to_string());
    let mine = (report.event(state.next_number()), None);
    if locks == Locks::Kept {
        let after = steps_of(effect, change.at);
        for (key, version) in objects(state) {
            for step in &after {
                plan = plan.with_step(step.on(key.clone(), version.clone()));
            }
        }
        let lock = effect.after.lock().filter(|it| it.until > change.at);
        plan = protect(plan, mine.0, mine.1, lock, effect.after.needs_hold());
    }
    Ok(plan)
}

/// What is done to each object of a report.
#[derive(Clone, Copy)]
enum Measure {
    Hold(bool),
    Retain(Lock),
    Relock(Lock),
}

impl Measure {
    fn on(self, key: String, version: Option<String>) -> Step {
        match self {
            Self::Hold(on) => Step::Hold { key, version, on },
            Self::Retain(lock) => Step::Retain { key, version, lock },
            Self::Relock(lock) => Step::Relock { key, version, lock },
        }
    }
}

/// Holds, then dates, then releases: whatever falls away is replaced first.
fn steps_of(effect: Effect, at: DateTime<Utc>) -> Vec<Measure> {
    let Effect { before, after } = effect;
    let mut steps = Vec::new();
    if after.needs_hold() && !before.needs_hold() {
        steps.push(Measure::Hold(true));
    }
    let lock = |it: Protection| it.lock();
    if let Some(lock) = lock(after).filter(|it| it.until > at && lock(before) != Some(*it)) {
        let weaker =
            before.lock().is_some_and(|was| lock.until < was.until || lock.mode != was.mode);
        steps.push(if weaker { Measure::Relock(lock) } else { Measure::Retain(lock) });
    }
    if before.needs_hold() && !after.needs_hold() {
        steps.push(Measure::Hold(false));
    }
    steps
}

/// Everything of a report that is protected: its content, its manifest, and the acts that tell what
/// protects it.
fn objects(state: &State) -> impl Iterator<Item = (String, Option<String>)> {
    let report = state.report();
    let contents = state.manifest.contents().map(|it| (report.file(&it.name), it.version.clone()));
    let acts = state.events.iter().filter(|it| !matches!(it.what, super::What::FixityChecked(_)));
    let acts = acts.map(|it| report.event(it.number));
    let own = [report.manifest()].into_iter().chain(acts);
    // By version: what somebody put over it is not what has to be kept.
    let own = own.map(|key| (state.versions.get(&key).cloned(), key));
    contents.chain(own.map(|(version, key)| (key, version)))
}

/// Notes the outcome of a check of the content.
///
/// # Errors
///
/// [`Error::Gone`].
pub fn record_fixity(
    state: &State,
    fixity: &Fixity,
    actor: &str,
    at: DateTime<Utc>,
    locks: Locks,
) -> Result<Plan, Error> {
    state.there()?;
    let fixity = serde_json::to_value(fixity).expect("the outcome is plain data");
    let plan = follow(state, FIXITY_CHECKED, actor, at).saying("fixity", fixity);
    let lock = state.retention.protection()?.lock().filter(|it| it.until > at);
    Ok(match (locks, lock) {
        (Locks::Kept, Some(_)) => {
            protect(plan, state.report().event(state.next_number()), None, lock, false)
        }
        _ => plan,
    })
}

/// Keeps a token of a time-stamping authority with a report. It has been verified.
///
/// # Errors
///
/// [`Error::Gone`].
pub fn timestamp(
    state: &State,
    token: &TokenBytes,
    actor: &str,
    at: DateTime<Utc>,
    locks: Locks,
) -> Result<Plan, Error> {
    state.there()?;
    let token = serde_json::to_value(token).expect("a token is a text");
    let plan = follow(state, TIMESTAMPED, actor, at)
        .saying("about", state.to_be_stamped().to_string())
        .saying("token", token);
    let protection = state.retention.protection()?;
    let (lock, hold) = match locks {
        Locks::Kept => (protection.lock().filter(|it| it.until > at), protection.needs_hold()),
        Locks::None => (None, false),
    };
    Ok(protect(plan, state.report().event(state.next_number()), None, lock, hold))
}

/// The entry of a report on a list that somebody else agreed to, if it is still what it was.
fn agreed(
    state: &State,
    list: &DisposalList,
    approval: &Approval,
    now: DateTime<Utc>,
    guard: &ClockGuard,
) -> Result<Eligible, Error> {
    let entry = Eligible::of(state, now, guard)?;
    let refuse = |broken: &str| Err(Error::ApprovalInvalid { broken: broken.to_owned() });
    if approval.list != list.digest()? {
        return refuse("another list was approved");
    }
    if approval.approved_by == list.listed_by {
        return refuse("who drew the list up approved it");
    }
    match list.reports.iter().find(|it| it.report == *state.report()) {
        None => refuse("the report is not on the list"),
        Some(listed) if *listed != entry => {
            refuse("the report is not what it was when the list was drawn up")
        }
        Some(_) => Ok(entry),
    }
}

/// Destroys the key of the sealed content of a report, as it was listed and approved: an act of its own
/// before [`dispose`], so that a certificate is made when nothing of the content can be read any more.
///
/// # Errors
///
/// As [`dispose`].
pub fn destroy_key(
    state: &State,
    list: &DisposalList,
    approval: &Approval,
    actor: &str,
    now: DateTime<Utc>,
    guard: &ClockGuard,
) -> Result<Plan, Error> {
    agreed(state, list, approval, now, guard)?;
    state.there()?;
    let plan = follow(state, KEY_DESTROYED, actor, now)
        .saying("list", approval.list.to_string())
        .saying("approved_by", approval.approved_by.clone());
    Ok(plan.with_step(Step::DestroyKey { of: state.report().to_string() }))
}

/// Destroys the content of a report, as it was listed and approved. `signed` makes the certificate a
/// signed note. Of a report with sealed content the key has to be destroyed before: [`destroy_key`].
///
/// # Errors
///
/// [`Error::Protected`] and [`Error::Gone`]; [`Error::ApprovalInvalid`] if anything was done to the
/// report since the list was drawn up, or the approval is of another list.
pub fn dispose(
    state: &State,
    list: &DisposalList,
    approval: &Approval,
    actor: &str,
    now: DateTime<Utc>,
    guard: &ClockGuard,
    signed: impl FnOnce(&Certificate) -> Result<Option<String>, Error>,
) -> Result<Plan, Error> {
    let report = state.report();
    let entry = agreed(state, list, approval, now, guard)?;
    if state.manifest.is_sealed() && state.key_destroyed.is_none() {
        let reason = "the key of its content has to be destroyed first".to_owned();
        return Err(Error::Protected { report: report.clone(), reason });
    }
    let certificate = Certificate::of(state, &entry, list, approval, actor, now);
    let body = String::from_utf8(certificate.to_bytes()?).expect("JSON is text");
    let mut plan = follow(state, DISPOSED, actor, now)
        .saying("certificate", Digest::of(body.as_bytes()).to_string())
        .saying("list", approval.list.to_string())
        .saying("approved_by", approval.approved_by.clone());
    for it in state.manifest.contents() {
        plan = plan.with_step(Step::Delete { key: report.file(&it.name), version: None });
    }
    // Last: it certifies what has been done.
    let put = |key: String, body, content_type: &str| Step::Put {
        key,
        body,
        content_type: content_type.to_owned(),
        lock: None,
        legal_hold: false,
    };
    if let Some(note) = signed(&certificate)? {
        plan = plan.with_step(put(report.signed_certificate(), note, "text/plain; charset=utf-8"));
    }
    Ok(plan.with_step(put(report.certificate(), body, JSON)))
}

/// Keeps the list of what is to be destroyed, as somebody approved it.
///
/// # Errors
///
/// As [`DisposalList::approve`].
pub fn approve(list: &DisposalList, by: &str, at: DateTime<Utc>) -> Result<Plan, Error> {
    let approval = list.approve(by, at)?;
    let place = disposal_prefix(&approval.list);
    let put = |name: &str, body: Vec<u8>| Step::Put {
        key: format!("{place}{name}"),
        body: String::from_utf8(body).expect("JSON is text"),
        content_type: JSON.to_owned(),
        lock: None,
        legal_hold: false,
    };
    let plan = Plan::new("disposal.approved", by, format!("disposal/{}", approval.list), at)
        .claiming(format!("{place}_events/"), 0)
        .saying("list", approval.list.to_string())
        .saying("listed_by", list.listed_by.clone())
        .saying("reports", list.reports.len());
    Ok(plan
        .with_step(put("list.json", list.to_bytes()?))
        .with_step(put("approval.json", crate::canonical_json(&approval)?)))
}

/// Where a list of what is to be destroyed is kept, with its approval.
pub fn disposal_prefix(list: &Digest) -> String {
    format!("_strongroom/disposals/{}/", list.hex())
}

/// The next act of a report.
fn follow(state: &State, act: &str, actor: &str, at: DateTime<Utc>) -> Plan {
    let report: &ReportKey = state.report();
    Plan::new(act, actor, resource(report), at)
        .claiming(report.events(), state.next_number())
        .saying("previous", state.last().plan.to_string())
}
