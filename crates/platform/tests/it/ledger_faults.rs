//! Crashes and lost answers in every window between two writes: what was acknowledged is there, once;
//! what was not is there at most once; and the log verifies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit_chain::verify::Verdict;
use platform::ledger::{self, Error, Ledger, Options, Receipt};
use platform::numbered::Retry;
use platform::store::fault::{Call, Fault, Faulty};
use platform::store::{Backend, Conditions, Store, Versioning};

use super::logs::{event, event_with_id, names, quick, receipt_of, records};
use super::making;
use super::weak::{self, Weakness};

/// A kind of store, calm.
#[derive(Clone, Copy)]
struct World {
    store: fn() -> Store,
    conditions: Conditions,
}

const STRONG: World =
    World { store: || making::bucket(Versioning::Off).0, conditions: Conditions::Atomic };

const WEAK: World =
    World { store: || weak::store(Weakness::Ignores), conditions: Conditions::OldestVersion };

/// What the callers of a log know.
#[derive(Debug, Default)]
struct Told {
    stored: Vec<(String, Receipt)>,
    refused: Vec<String>,
    /// Perhaps stored.
    open: Vec<String>,
}

impl Told {
    fn hears(&mut self, name: &str, answer: Result<Receipt, Error>) {
        match answer {
            Ok(receipt) => self.stored.push((name.to_owned(), receipt)),
            Err(error) if error.is_certainly_not_stored() => self.refused.push(name.to_owned()),
            Err(_) => self.open.push(name.to_owned()),
        }
    }
}

fn options(world: World, retry: Retry, signer: u8) -> Options {
    let mut options = quick();
    options.log_id = Some(making::LOG_ID.to_owned());
    options.origin = Some(making::ORIGIN.to_owned());
    options.signer = Some(making::signer(signer).into());
    options.verifier_keys = [7, 9].map(|it| making::signer(it).verifier_key()).to_vec();
    options.conditions = Some(world.conditions);
    options.retry = retry;
    options
}

/// The number of the record that hands over to the second key, if it is there.
async fn rotated(calm: &Store) -> Option<u64> {
    calm.get_if_there("log").await.unwrap()?;
    let kept = records(calm).await;
    kept.iter().find(|(_, _, resource)| resource == making::LOG_ID).map(|it| it.0)
}

async fn opened(store: &Store, world: World, retry: Retry, calm: &Store) -> Option<Ledger> {
    let signer = if rotated(calm).await.is_some() { 9 } else { 7 };
    for _ in 0..3 {
        if let Ok(ledger) = Ledger::open(store, options(world, retry, signer)).await {
            return Some(ledger);
        }
    }
    None
}

/// One life of a process: events alone and together, checkpoints, another key. It goes on whatever
/// fails, as callers do; where an event has an id it is sent again.
async fn live(store: Store, world: World, retry: Retry, calm: &Store, life: u8, told: &mut Told) {
    let Some(ledger) = opened(&store, world, retry, calm).await else { return };
    let name = |step: &str| format!("{life}-{step}");
    let alone = name("alone");
    told.hears(&alone, ledger.append(event(&alone)).await);
    let together = ["x", "y"].map(name);
    let answers = together.each_ref().map(|name| ledger.append(event(name)));
    for (name, answer) in together.iter().zip(answers) {
        told.hears(name, answer.await);
    }
    let _ = ledger.checkpoint().await;
    let known = name("known");
    let mut answer = ledger.append(event_with_id(&known, &known)).await;
    for _ in 0..2 {
        if answer.is_err() {
            answer = ledger.append(event_with_id(&known, &known)).await;
        }
    }
    told.hears(&known, answer);
    if life == 0 {
        let _ = ledger.rotate_key(making::signer(9)).await;
    }
    let last = name("last");
    told.hears(&last, ledger.append(event(&last)).await);
    let _ = ledger.close().await;
}

/// Opens the log once more, on the calm store, and compares it with what was told.
async fn judge(calm: &Store, world: World, mut told: Told, place: &str) {
    let ledger = opened(calm, world, quick().retry, calm).await.expect(place);
    told.hears("end", ledger.append(event("end")).await);
    ledger.close().await.expect(place);

    let kept = records(calm).await;
    let known: BTreeMap<u64, _> = kept.iter().map(|it| (it.0, it)).collect();
    for (name, receipt) in &told.stored {
        let there = known.get(&receipt.seq).copied();
        assert_eq!(there, Some(&receipt_of(receipt, name)), "{place}: `{name}` was acknowledged");
    }
    let times = names(&kept);
    assert!(times.values().all(|times| *times == 1), "{place}: {times:?}");
    for name in &told.refused {
        assert_eq!(times.get(name), None, "{place}: `{name}` was refused for certain");
    }
    let mut options = making::options();
    options.require_anchor = false;
    if let Some(seq) = rotated(calm).await {
        let keyring = making::keyring(7).rotated(making::signer(9).verifier_key(), seq + 1);
        options.keyring = Some(keyring.unwrap());
    }
    let report = ledger::verify(calm, &options, |_| ()).await;
    assert_eq!(report.status, Verdict::Ok, "{place}: {report}");
    assert_eq!(report.records, kept.len() as u64, "{place}");
}

/// The same place, seen through something that fails.
fn wrapped(calm: &Store, faulty: impl FnOnce(Arc<dyn Backend>) -> Faulty) -> (Store, Arc<Faulty>) {
    let mut kept = None;
    let store = calm.wrapped(|inner| kept.insert(Arc::new(faulty(inner))).clone());
    (store, kept.unwrap())
}

/// How many writes the two lives of the script are, where nothing goes wrong.
async fn calm_writes(world: World) -> [u64; 2] {
    let (calm, mut told, mut writes) = ((world.store)(), Told::default(), [0; 2]);
    for (life, writes) in (0..).zip(&mut writes) {
        let (store, faulty) = wrapped(&calm, |inner| Faulty::new(inner, |_| None));
        live(store, world, quick().retry, &calm, life, &mut told).await;
        *writes = faulty.writes();
    }
    assert_eq!(told.stored.len(), 10, "{told:?}");
    judge(&calm, world, told, "calm").await;
    writes
}

fn pairs() -> impl Iterator<Item = [Fault; 2]> {
    let faults = [Fault::Lost, Fault::Kept];
    faults.clone().into_iter().flat_map(move |a| faults.clone().map(|b| [a.clone(), b]))
}

/// Two writes of one life go wrong, each pair of places in each pair of ways.
async fn faults_in_pairs(world: World, retry: Retry) {
    let writes = calm_writes(world).await[0];
    assert!(writes > 8, "the script is worth the trouble: {writes}");
    for (first, second) in (0..writes).flat_map(|a| (a + 1..=writes).map(move |b| (a, b))) {
        for faults in pairs() {
            let place = format!("{faults:?} at the writes {first} and {second}");
            let (calm, mut told) = ((world.store)(), Told::default());
            let plan = move |call: &Call<'_>| {
                let at = [first, second].iter().position(|it| *it == call.writes);
                at.filter(|_| call.is_write()).map(|at| faults[at].clone())
            };
            let (store, faulty) = wrapped(&calm, |inner| Faulty::new(inner, plan));
            live(store, world, retry, &calm, 0, &mut told).await;
            assert!(faulty.met() > 0, "{place}");
            if retry.times > 2 {
                // Two failures are fewer than the attempts of any write.
                assert_eq!(told.stored.len(), 5, "{place}: {told:?}");
            }
            judge(&calm, world, told, &place).await;
        }
    }
}

/// One write goes wrong, and so do the looks at what became of it: the caller is told that nobody
/// knows, and goes on.
async fn doubts_that_no_read_settles(world: World) {
    let writes = calm_writes(world).await[0];
    let mut unsettled = 0;
    for at in 0..writes {
        for (fault, looks) in
            [(Fault::Lost, 1), (Fault::Kept, 1), (Fault::Lost, 3), (Fault::Kept, 3)]
        {
            let place = format!("{fault:?} at the write {at}, and {looks} requests after it");
            let (calm, mut told) = ((world.store)(), Told::default());
            let failed = AtomicU64::new(u64::MAX);
            let plan = move |call: &Call<'_>| {
                if call.is_write() && call.writes == at {
                    failed.store(call.number, Ordering::SeqCst);
                    return Some(fault.clone());
                }
                let since = call.number.checked_sub(failed.load(Ordering::SeqCst));
                let looks = !call.is_write() && since.is_some_and(|it| (1..=looks).contains(&it));
                looks.then_some(Fault::Lost)
            };
            let (store, faulty) = wrapped(&calm, |inner| Faulty::new(inner, plan));
            live(store, world, Retry::NEVER, &calm, 0, &mut told).await;
            assert!(faulty.met() > 0, "{place}");
            unsettled += told.open.len();
            judge(&calm, world, told, &place).await;
        }
    }
    assert!(unsettled > 0, "some of them were told that nobody knows");
}

/// A process dies at one write, the next one at another, the third one lives.
async fn deaths_in_pairs(world: World) {
    let [first, second] = calm_writes(world).await;
    for (first, second) in (0..first).flat_map(|a| (0..=second).map(move |b| (a, b))) {
        for faults in pairs() {
            let place = format!("{faults:?}, dead at the writes {first} and {second}");
            let (calm, mut told) = ((world.store)(), Told::default());
            for (life, (at, fault)) in (0..).zip([first, second].into_iter().zip(faults)) {
                let (store, _) = wrapped(&calm, |inner| Faulty::dies_at_write(inner, at, fault));
                live(store, world, Retry::NEVER, &calm, life, &mut told).await;
            }
            judge(&calm, world, told, &place).await;
        }
    }
}

#[tokio::test]
async fn two_lost_answers_anywhere_lose_nothing() {
    faults_in_pairs(STRONG, quick().retry).await;
}

#[tokio::test]
async fn two_lost_answers_anywhere_lose_nothing_where_the_oldest_version_counts() {
    faults_in_pairs(WEAK, quick().retry).await;
}

#[tokio::test]
async fn a_caller_who_is_told_the_truth_can_go_on_without_any_retry() {
    faults_in_pairs(STRONG, Retry::NEVER).await;
}

#[tokio::test]
async fn a_caller_can_go_on_without_any_retry_where_the_oldest_version_counts() {
    faults_in_pairs(WEAK, Retry::NEVER).await;
}

#[tokio::test]
async fn two_deaths_anywhere_leave_a_log_that_can_be_continued() {
    deaths_in_pairs(STRONG).await;
}

#[tokio::test]
async fn two_deaths_leave_a_log_that_can_be_continued_where_the_oldest_version_counts() {
    deaths_in_pairs(WEAK).await;
}

#[tokio::test]
async fn what_nobody_knows_is_there_once_or_not_at_all() {
    doubts_that_no_read_settles(STRONG).await;
}

#[tokio::test]
async fn what_nobody_knows_is_there_once_or_not_at_all_where_the_oldest_version_counts() {
    doubts_that_no_read_settles(WEAK).await;
}
