//! What the tests of the ledger have in common: events, quick options, and the whole log read back.

use std::time::Duration;

use audit_chain::json::Value;
use audit_chain::note::Signer;
use audit_chain::record::{Event, Head, Line};
use audit_chain::segment::{self, CheckOptions};
use platform::ledger::{LogDocument, Options, Receipt};
use platform::numbered::{Numbered, Retry, WriteOnce};
use platform::store::{Conditions, Key, Store};

/// An event that can be told from others.
pub(super) fn event(name: impl Into<String>) -> Event {
    let details = Value::Object(vec![("note".into(), Value::from("Grüße"))]);
    Event::new("test.done", "alice", name, "do", details)
}

/// The same with an id.
pub(super) fn event_with_id(name: impl Into<String>, id: impl Into<String>) -> Event {
    let mut event = event(name);
    event.event_id = Some(id.into());
    event
}

/// Options that do not wait long for anything.
pub(super) fn quick() -> Options {
    let mut options = Options::default();
    options.retry =
        Retry { times: 6, first: Duration::from_millis(1), longest: Duration::from_millis(4) };
    options.conditions = Some(Conditions::Atomic);
    options
}

/// The same with a key.
pub(super) fn signing() -> Options {
    let mut options = quick();
    options.signer = Some(signer().into());
    options
}

/// The key of the tests.
pub(super) fn signer() -> Signer {
    Signer::from_seed("example.com/log", &[7; 32]).unwrap()
}

/// What a record is known by: its place, its hash, and the resource it is about.
pub(super) type Kept = (u64, audit_chain::Hash, String);

/// All records of a log, in order. Panics if they are not one chain without gaps or forks.
pub(super) async fn records(store: &Store) -> Vec<Kept> {
    // Of several versions the oldest counts, as everywhere in a log.
    let documents = WriteOnce::new(store.clone(), Conditions::OldestVersion);
    let document = documents.get_oldest(&Key::new("log").unwrap()).await.unwrap().unwrap();
    let document = LogDocument::read(&document.body).unwrap();
    let segments = Numbered::new(store.clone(), "seg/", document.conditions);
    let (mut head, mut kept) = (Head::default(), Vec::new());
    while let Some(found) = segments.get_oldest(head.size).await.unwrap() {
        let options = CheckOptions { log_id: Some(&document.log_id), split_at: &[] };
        let checked = segment::check(head.size, &found.body, &options);
        assert_eq!(checked.findings, [], "segment {}", head.size);
        assert_eq!(checked.first_previous, head.last_hash, "segment {}", head.size);
        let opened = segment::open(&found.body).unwrap();
        let mut scanner = audit_chain::canonical::Scanner::new();
        for (seq, line) in opened.lines() {
            let line = Line::read(line, &mut scanner).unwrap();
            let resource = String::from_utf8(line.resource.to_vec()).unwrap();
            kept.push((seq, line.record_hash, resource));
        }
        head = Head { size: head.size + checked.records, last_hash: checked.last_hash };
    }
    let last = segments.last(0).await.unwrap();
    assert!(last.is_none_or(|it| it < head.size), "{last:?} lies beyond the end {}", head.size);
    kept
}

/// How often each name was recorded, for the names that were.
pub(super) fn names(kept: &[Kept]) -> std::collections::BTreeMap<String, usize> {
    let mut names = std::collections::BTreeMap::new();
    for (_, _, name) in kept {
        *names.entry(name.clone()).or_default() += 1;
    }
    names
}

/// A receipt as [`records`] has it.
pub(super) fn receipt_of(receipt: &Receipt, name: &str) -> Kept {
    (receipt.seq, receipt.record_hash, name.to_owned())
}
