//! A process that writes to a directory is killed, again and again.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use platform::clock::{Clock as _, SetClock, SystemClock};
use platform::store::{BucketState, Local, Put, Store, Versioning};

/// Tells the writing process where, and from which number on: `dir\nnumber`.
const ORDER: &str = "STRONGROOM_TEST_KILLED_WRITER";
/// How often a writer is killed.
const KILLS: u64 = 50;
/// More than any writer comes to.
const NUMBERS_EACH: u64 = 1_000_000;

/// The body of the object with this number: its number again and again, and an end. From a few bytes
/// to some megabytes, which take a while to write.
fn body(number: u64) -> String {
    let times = 1 + (number % 13).pow(4) + if number % 11 == 4 { 300_000 } else { 0 };
    format!("{{{}end", format!("{number:020};").repeat(times as usize))
}

fn how(number: u64) -> Put {
    let put = Put::absent().typed("application/x-ndjson");
    if number.is_multiple_of(3) { put.said("number", number.to_string()) } else { put }
}

/// Both ways to keep objects: a file each, and versions.
fn stores(folder: &Path) -> [Store; 2] {
    let mut versioned = BucketState::plain();
    versioned.versioning = Versioning::On;
    [
        Store::local(folder.join("plain")),
        Store::configure_local(folder.join("versioned"), &versioned).unwrap(),
    ]
}

/// Writes and says so, until somebody ends it.
async fn write_until_killed(folder: &Path, first: u64) {
    let stores = stores(folder);
    let writes = stream::iter(first..).map(|number| {
        let store = stores[(number % 2) as usize].clone();
        async move {
            let (key, body) = (format!("seg/{number:020}"), body(number));
            if number.is_multiple_of(5) {
                let parts: Vec<_> =
                    body.as_bytes().chunks(1000).map(|part| Ok(part.to_vec().into())).collect();
                store.upload(&key, stream::iter(parts).boxed(), &how(number)).await.unwrap();
            } else {
                store.put(&key, body, &how(number)).await.unwrap();
            }
            if number.is_multiple_of(7) {
                // The same key again and again, over what is there.
                store.put("head", self::body(number), &Put::default()).await.unwrap();
            }
            let mut out = std::io::stdout().lock();
            writeln!(out, "stored {number}").unwrap();
            out.flush().unwrap();
        }
    });
    writes.buffer_unordered(4).for_each(async |()| {}).await;
}

/// Kills a writer after some of its writes, and gives the numbers that it said were stored.
fn written_until_killed(folder: &Path, first: u64) -> Vec<u64> {
    let order = format!("{}\n{first}", folder.display());
    let mut writer: Child = Command::new(std::env::current_exe().unwrap())
        .args(["it::killed::what_was_stored_survives_every_kill", "--exact", "--nocapture"])
        .env(ORDER, order)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
    let number = |line: String| Some(line.rsplit_once("stored ")?.1.parse::<u64>().unwrap());
    let mut stored: Vec<u64> =
        lines.by_ref().filter_map(number).take(fastrand::usize(1..20)).collect();
    std::thread::sleep(Duration::from_micros(fastrand::u64(0..20_000)));
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What was said and not yet read.
    stored.extend(lines.filter_map(number));
    stored
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test starts itself as the writer")]
fn what_was_stored_survives_every_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    if let Ok(order) = std::env::var(ORDER) {
        let (folder, first) = order.split_once('\n').unwrap();
        return runtime.block_on(write_until_killed(Path::new(folder), first.parse().unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut stored = 0;
    for kill in 0..KILLS {
        let first = kill * NUMBERS_EACH;
        let said = written_until_killed(folder.path(), first);
        assert!(!said.is_empty(), "a writer that is killed before it wrote shows nothing");
        stored += said.len();
        runtime.block_on(all_whole(folder.path(), first, &said));
    }
    let left: usize = ["plain", "versioned"].iter().map(|it| temporary(folder.path(), it)).sum();
    assert!(left > 0, "none of {KILLS} kills met a writer who was writing ({stored} objects)");

    // What the dead left is removed when it is old, and not before.
    let clock = Arc::new(SetClock::at(SystemClock.now()));
    for (days, kept) in [(0, true), (2, false)] {
        clock.advance(Duration::from_secs(days * 24 * 60 * 60));
        for name in ["plain", "versioned"] {
            let before = temporary(folder.path(), name);
            let local = Local::new(folder.path().join(name), clock.clone());
            let store = Store::new(Arc::new(local), "");
            runtime.block_on(store.put("last", "body", &Put::default())).unwrap();
            let after = temporary(folder.path(), name);
            assert_eq!(after, if kept { before } else { 0 }, "{name} after {days} days");
        }
    }
}

/// How many temporary files there are.
fn temporary(folder: &Path, name: &str) -> usize {
    folder.join(name).join(".strongroom/tmp").read_dir().unwrap().count()
}

/// Whatever is there is whole, and whatever was said to be stored is there.
async fn all_whole(folder: &Path, first: u64, said: &[u64]) {
    let mut found = BTreeMap::new();
    for store in stores(folder) {
        let after = first.checked_sub(1).map(|last| format!("seg/{last:020}"));
        let listed: Vec<_> = store.list_all("seg/", after.as_deref()).try_collect().await.unwrap();
        for entry in listed {
            let number: u64 = entry.key.as_str()[4..].parse().unwrap();
            let read = store.get(&entry.key).await.unwrap();
            assert!(read.body == body(number).as_bytes(), "`{}` is not whole", entry.key);
            assert_eq!(read.object.content_type, how(number).content_type, "{number}");
            assert_eq!(read.object.metadata, how(number).metadata, "{number}");
            assert!(found.insert(number, entry.size_bytes).is_none());
        }
        if let Some(head) = store.get_if_there("head").await.unwrap() {
            let text = String::from_utf8(head.body.to_vec()).unwrap();
            let number = text[1..21].parse().unwrap();
            assert!(text == body(number), "`head` is not whole");
        }
        let strays: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
        let stray = strays.iter().find(|it| !it.key.as_str().starts_with("seg/"));
        assert!(stray.is_none_or(|it| it.key.as_str() == "head"), "{stray:?}");
    }
    for number in said {
        let size = found.get(number).copied();
        assert_eq!(size, Some(body(*number).len() as u64), "{number} was said to be stored");
    }
}
