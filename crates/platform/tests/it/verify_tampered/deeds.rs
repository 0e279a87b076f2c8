//! What can be done to a log, and how it may be called.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use audit_chain::segment::{self, Compression};
use audit_chain::verify::Kind::{self, *};
use fastrand::Rng;
use platform::store::{Put, Versioning};

use super::Done;
use super::forgery::{Lines, hash_of, rehashed, with_hash};
use crate::it::making::{Maker, checkpoint_key, erase, get, keys, replace, segment_key, signer};

type Deed =
    for<'a> fn(&'a mut Maker, &'a mut Rng) -> Pin<Box<dyn Future<Output = Option<Done>> + 'a>>;

macro_rules! deeds {
    ($($name:literal => $deed:ident,)*) => {
        &[$(($name, |log, rng| Box::pin($deed(log, rng))),)*]
    };
}

pub(super) const DEEDS: &[(&str, Deed)] = deeds! {
    "flip a bit of a segment" => flip_segment,
    "exchange two segments" => exchange_segments,
    "exchange two records" => exchange_records,
    "delete a segment" => delete_segment,
    "delete a record" => delete_record,
    "insert a record" => insert_record,
    "cut records off a segment" => cut_segment,
    "cut the end off" => cut_end,
    "cut the end off with its checkpoints" => cut_end_and_checkpoints,
    "roll the whole store back" => roll_back,
    "replay an old segment" => replay_segment,
    "replay an old checkpoint" => replay_checkpoint,
    "alter a record and its hash" => alter_one,
    "alter the end of a segment" => alter_end,
    "chain everything anew" => rechain,
    "chain and sign everything anew with a foreign key" => resign,
    "make the unsealed end anew" => rechain_tail,
    "shadow a segment" => shadow_segment,
    "shadow a checkpoint" => shadow_checkpoint,
    "shadow the document of the log" => shadow_document,
    "put a delete marker" => delete_marker,
    "flip a bit of a checkpoint" => flip_checkpoint,
    "edit a checkpoint" => edit_checkpoint,
    "sign a checkpoint with a foreign key" => foreign_checkpoint,
    "flip a bit of a tile" => flip_tile,
    "delete the document of the log" => delete_document,
    "edit the document of the log" => edit_document,
    "add a segment where one is" => overlap,
    "add garbage" => garbage,
    "name a member twice" => duplicate_member,
    "respell a record" => respell,
};

fn done(what: String, must: &'static [Kind]) -> Option<Done> {
    Some(Done { what, must })
}

const CONTENT: &[Kind] = &[
    ContentAltered,
    LinkBroken,
    Malformed,
    Noncanonical,
    DuplicateMember,
    Truncated,
    BadCheckpoint,
    Gap,
];

fn any_segment(log: &Maker, rng: &mut Rng) -> (usize, String) {
    let at = rng.usize(..log.segments.len());
    (at, segment_key(log.segments[at].0))
}

fn flipped(body: &[u8], rng: &mut Rng) -> (Vec<u8>, String) {
    let (mut body, at, bit) = (body.to_vec(), rng.usize(..body.len()), rng.u8(..8));
    body[at] ^= 1 << bit;
    (body, format!("bit {bit} of byte {at}"))
}

async fn flip_segment(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let (at, key) = any_segment(log, rng);
    let (body, which) = flipped(&log.segments[at].1, rng);
    replace(&log.store, &key, &body).await;
    // The nonce of the writer, and how a frame is packed, are not part of any record.
    let records = |body: &[u8]| {
        let opened = segment::open(body).ok()?;
        let mut header = opened.header.clone();
        header.batch = [0; 16];
        header.writer = None;
        Some((header, opened.lines().map(|(_, line)| line.to_vec()).collect::<Vec<_>>()))
    };
    let harmless = records(&body) == records(&log.segments[at].1);
    done(format!("{which} of `{key}`"), if harmless { &[] } else { CONTENT })
}

async fn exchange_segments(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let (one, other) = (rng.usize(..log.segments.len()), rng.usize(..log.segments.len()));
    if one == other {
        return None;
    }
    for (at, from) in [(one, other), (other, one)] {
        replace(&log.store, &segment_key(log.segments[at].0), &log.segments[from].1).await;
    }
    done(format!("{one} and {other}"), &[Malformed, LinkBroken, Gap])
}

/// Changes the lines of one segment, and the header to fit.
async fn edit(
    log: &mut Maker,
    rng: &mut Rng,
    least: usize,
    change: impl FnOnce(&mut Vec<Vec<u8>>, &mut Rng) -> Option<String>,
    must: &'static [Kind],
) -> Option<Done> {
    let (at, key) = any_segment(log, rng);
    let mut lines = Lines::of(&log.segments[at].1);
    if lines.lines.len() < least {
        return None;
    }
    let what = change(&mut lines.lines, rng)?;
    if rng.u8(..) < 192 {
        lines.fit();
    }
    replace(&log.store, &key, &lines.body(log.compression)).await;
    done(format!("{what} of `{key}`"), must)
}

async fn exchange_records(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let at = rng.usize(1..lines.len());
        lines.swap(at - 1, at);
        Some(format!("records {at} and the one before"))
    };
    edit(log, rng, 2, change, CONTENT).await
}

async fn delete_record(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let at = rng.usize(..lines.len());
        lines.remove(at);
        Some(format!("record {at}"))
    };
    edit(log, rng, 2, change, &[ContentAltered, LinkBroken, Gap, Truncated, Malformed, RolledBack])
        .await
}

async fn insert_record(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let (at, from) = (rng.usize(..=lines.len()), rng.usize(..lines.len()));
        let forged = rehashed(&lines[from], "alice", "mallory");
        lines.insert(at, forged);
        Some(format!("a record before {at}"))
    };
    edit(log, rng, 1, change, &[ContentAltered, LinkBroken, Gap, Malformed, Fork, BadCheckpoint])
        .await
}

async fn cut_segment(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let keep = rng.usize(1..lines.len());
        lines.truncate(keep);
        Some(format!("all but {keep} records"))
    };
    edit(log, rng, 2, change, &[Gap, Truncated, RolledBack]).await
}

async fn alter_one(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let at = rng.usize(..lines.len());
        lines[at] = rehashed(&lines[at], "alice", "mallory");
        Some(format!("record {at}"))
    };
    edit(log, rng, 1, change, &[LinkBroken, BadCheckpoint, Fork]).await
}

async fn alter_end(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let at = rng.usize(..log.segments.len() - 1);
    let mut lines = Lines::of(&log.segments[at].1);
    let last = lines.lines.last_mut()?;
    *last = rehashed(last, "alice", "mallory");
    lines.fit();
    let key = segment_key(log.segments[at].0);
    replace(&log.store, &key, &lines.body(log.compression)).await;
    // Within the segment everything fits: only the next one gives it away.
    done(format!("`{key}`"), &[LinkBroken])
}

async fn duplicate_member(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let at = rng.usize(..lines.len());
        let twice = "\"actor\": \"mallory\", \"actor\": \"alice\"";
        lines[at] = rehashed(&lines[at], "\"actor\": \"alice\"", twice);
        Some(format!("record {at}"))
    };
    edit(log, rng, 1, change, &[DuplicateMember]).await
}

async fn respell(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let change = |lines: &mut Vec<Vec<u8>>, rng: &mut Rng| {
        let at = rng.usize(..lines.len());
        let (from, to) = *rng.choice(&[("alice", "\\u0061lice"), (", ", ","), (": ", " : ")])?;
        lines[at] = rehashed(&lines[at], from, to);
        Some(format!("record {at}"))
    };
    edit(log, rng, 1, change, &[Noncanonical, Malformed]).await
}

async fn delete_segment(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let (at, key) = any_segment(log, rng);
    erase(&log.store, &key).await;
    let last = at + 1 == log.segments.len();
    done(format!("`{key}`"), if last { &[Truncated, RolledBack] } else { &[Gap] })
}

async fn cut_end(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let keep = rng.usize(1..log.segments.len());
    for (number, _) in &log.segments[keep..] {
        erase(&log.store, &segment_key(*number)).await;
    }
    let end = log.segments[keep].0;
    let sealed = log.checkpoints.iter().any(|size| *size > end);
    done(format!("all but {keep} segments"), if sealed { &[Truncated] } else { &[RolledBack] })
}

async fn cut_end_and_checkpoints(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let keep = rng.usize(1..log.segments.len());
    let end = log.segments[keep].0;
    for (number, _) in &log.segments[keep..] {
        erase(&log.store, &segment_key(*number)).await;
    }
    for size in log.checkpoints.iter().filter(|size| **size > end) {
        erase(&log.store, &checkpoint_key(*size)).await;
    }
    done(format!("all but {keep} segments"), &[RolledBack])
}

async fn roll_back(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let keep = rng.usize(..log.checkpoints.len());
    // As after an earlier checkpoint, tiles and all.
    let size = log.checkpoints[keep];
    let later: Vec<u64> = log.segments.iter().map(|it| it.0).filter(|it| *it >= size).collect();
    if later.is_empty() {
        return None;
    }
    for number in later {
        erase(&log.store, &segment_key(number)).await;
    }
    for later in &log.checkpoints[keep + 1..] {
        erase(&log.store, &checkpoint_key(*later)).await;
    }
    done(format!("to {size} records"), &[RolledBack])
}

async fn replay_segment(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let (to, from) = (rng.usize(1..log.segments.len()), 0);
    let from = from + rng.usize(..to);
    replace(&log.store, &segment_key(log.segments[to].0), &log.segments[from].1).await;
    done(format!("{from} in the place of {to}"), &[Malformed, LinkBroken, Gap])
}

async fn replay_checkpoint(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    if log.checkpoints.len() < 2 {
        return None;
    }
    let to = rng.usize(1..log.checkpoints.len());
    let old = get(&log.store, &checkpoint_key(log.checkpoints[to - 1])).await;
    replace(&log.store, &checkpoint_key(log.checkpoints[to]), &old).await;
    done(format!("checkpoint {to}"), &[BadCheckpoint])
}

/// All lines from the record `from` on, with another word in that record and every hash anew.
fn chained_anew(log: &Maker, from: u64) -> Vec<(u64, Lines)> {
    let mut changed = Vec::new();
    let mut previous: Option<(String, String)> = None;
    for (number, body) in &log.segments {
        let mut lines = Lines::of(body);
        let end = number + lines.lines.len() as u64;
        if end <= from {
            continue;
        }
        if let Some((old, new)) = &previous {
            lines.header.previous_hash = Some(new.parse().unwrap());
            let _ = old;
        }
        for (seq, line) in (*number..).zip(&mut lines.lines) {
            let old = hash_of(line).to_string();
            if seq == from {
                *line = rehashed(line, "alice", "mallory");
            } else if let Some((before, after)) = &previous {
                *line = rehashed(line, before, after);
            } else {
                continue;
            }
            previous = Some((old, hash_of(line).to_string()));
        }
        lines.fit();
        changed.push((*number, lines));
    }
    changed
}

async fn rechain(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let from = rng.u64(..*log.checkpoints.last()?);
    for (number, lines) in chained_anew(log, from) {
        replace(&log.store, &segment_key(number), &lines.body(log.compression)).await;
    }
    done(format!("from record {from} on"), &[BadCheckpoint])
}

async fn rechain_tail(log: &mut Maker, _: &mut Rng) -> Option<Done> {
    let from = *log.checkpoints.last()?;
    if from == log.hashes.len() as u64 {
        return None;
    }
    for (number, lines) in chained_anew(log, from) {
        replace(&log.store, &segment_key(number), &lines.body(log.compression)).await;
    }
    done(format!("from record {from} on"), &[Fork])
}

async fn resign(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let from = rng.u64(..*log.checkpoints.first()?);
    let segments = chained_anew(log, from);
    let mut hashes = log.hashes[..segments.first()?.0 as usize].to_vec();
    for (number, lines) in segments {
        hashes.extend(lines.lines.iter().map(|line| hash_of(line)));
        replace(&log.store, &segment_key(number), &lines.body(log.compression)).await;
    }
    for path in keys(&log.store, "tile/").await {
        erase(&log.store, &path).await;
    }
    // A forger is as careful as the log was: tiles, checkpoints, the document.
    let stranger = signer(8);
    let mut tiles = audit_chain::tile::Builder::new();
    let sizes = log.checkpoints.clone();
    for (n, hash) in (1..).zip(hashes) {
        tiles.append(hash);
        if sizes.contains(&n) {
            for file in tiles.seal() {
                replace(&log.store, &file.path, &file.body).await;
            }
            let checkpoint = audit_chain::checkpoint::Checkpoint {
                origin: crate::it::making::ORIGIN.to_owned(),
                size: n,
                root: tiles.root(),
            };
            let note = checkpoint.sign(&[&stranger]).unwrap();
            replace(&log.store, &checkpoint_key(n), note.as_bytes()).await;
        }
    }
    if rng.bool() {
        let document = crate::it::making::document(&stranger);
        replace(&log.store, "log", &serde_json::to_vec(&document).unwrap()).await;
    }
    done(format!("from record {from} on"), &[KeyMismatch])
}

/// A later version, longer after than any race takes.
async fn shadow(log: &mut Maker, key: &str, body: Vec<u8>) {
    log.clock.advance(Duration::from_secs(3600));
    log.store.put(key, body, &Put::default()).await.unwrap();
}

async fn versioned(log: &Maker) -> bool {
    log.store.bucket().await.unwrap().versioning == Versioning::On
}

async fn shadow_segment(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    if !versioned(log).await {
        return None;
    }
    let (at, key) = any_segment(log, rng);
    let mut lines = Lines::of(&log.segments[at].1);
    lines.lines[0] = rehashed(&lines.lines[0], "alice", "mallory");
    let body = match rng.u8(..3) {
        0 => log.segments[at].1.clone(),
        1 => b"garbage".to_vec(),
        _ => lines.body(Compression::None),
    };
    shadow(log, &key, body).await;
    done(format!("`{key}`"), &[ShadowedVersion])
}

async fn shadow_checkpoint(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    if !versioned(log).await {
        return None;
    }
    let key = checkpoint_key(*rng.choice(&log.checkpoints)?);
    let (body, _) = flipped(&get(&log.store, &key).await, rng);
    shadow(log, &key, body).await;
    done(format!("`{key}`"), &[ShadowedVersion])
}

async fn shadow_document(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    if !versioned(log).await {
        return None;
    }
    let (body, _) = flipped(&get(&log.store, "log").await, rng);
    shadow(log, "log", body).await;
    done("`log`".to_owned(), &[ShadowedVersion])
}

async fn delete_marker(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    if !versioned(log).await {
        return None;
    }
    let key = match rng.u8(..5) {
        0 => "log".to_owned(),
        1 => checkpoint_key(*rng.choice(&log.checkpoints)?),
        _ => any_segment(log, rng).1,
    };
    log.store.delete(&key).await.unwrap();
    done(format!("`{key}`"), &[DeleteMarker])
}

async fn flip_checkpoint(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let key = checkpoint_key(*rng.choice(&log.checkpoints)?);
    let (body, which) = flipped(&get(&log.store, &key).await, rng);
    replace(&log.store, &key, &body).await;
    done(format!("{which} of `{key}`"), &[BadCheckpoint, KeyMismatch])
}

async fn edit_checkpoint(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let size = *rng.choice(&log.checkpoints)?;
    let key = checkpoint_key(size);
    let note = String::from_utf8(get(&log.store, &key).await).unwrap();
    let lines: Vec<&str> = note.lines().collect();
    let edited = match rng.u8(..5) {
        0 => note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1),
        1 => note.replacen("example.com", "example.org", 1),
        2 => lines[..4].join("\n") + "\n",
        3 => note.replacen("\n\n", "\nextension\n\n", 1),
        _ => String::new(),
    };
    replace(&log.store, &key, edited.as_bytes()).await;
    done(format!("`{key}`: {edited}"), &[BadCheckpoint])
}

async fn foreign_checkpoint(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let key = checkpoint_key(*rng.choice(&log.checkpoints)?);
    let note = String::from_utf8(get(&log.store, &key).await).unwrap();
    let text = &note[..=note.find("\n\n")?];
    let forged = audit_chain::note::sign(text, &[&signer(8)]).unwrap();
    replace(&log.store, &key, forged.as_bytes()).await;
    done(format!("`{key}`"), &[KeyMismatch])
}

async fn flip_tile(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    // Partial tiles of earlier checkpoints are read by nobody any more.
    let size = *log.checkpoints.last()?;
    let mut paths: Vec<String> = (0..size.div_ceil(256))
        .flat_map(|index| {
            let tile = audit_chain::tile::Tile::of(0, index, size).map(|it| it.path());
            let bundle = audit_chain::tile::Bundle::of(index, size).map(|it| it.path());
            [tile, bundle]
        })
        .flatten()
        .collect();
    paths.extend(audit_chain::tile::Tile::of(1, 0, size).map(|it| it.path()));
    let path = rng.choice(&paths)?;
    let (body, which) = flipped(&get(&log.store, path).await, rng);
    replace(&log.store, path, &body).await;
    done(format!("{which} of `{path}`"), &[ContentAltered, Malformed])
}

async fn delete_document(log: &mut Maker, _: &mut Rng) -> Option<Done> {
    erase(&log.store, "log").await;
    done("`log`".to_owned(), &[MissingLogDocument])
}

async fn edit_document(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let (body, which) = flipped(&get(&log.store, "log").await, rng);
    replace(&log.store, "log", &body).await;
    let must = &[Malformed, MissingLogDocument, ContentAltered, Fork, KeyMismatch, BadCheckpoint];
    done(which, must)
}

async fn overlap(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let (at, _) = any_segment(log, rng);
    let mut lines = Lines::of(&log.segments[at].1);
    if lines.lines.len() < 2 {
        return None;
    }
    // The second half of a segment, as a segment of its own.
    let rest = lines.lines.split_off(1);
    lines.header.previous_hash = Some(hash_of(&lines.lines[0]));
    lines.header.first_seq += 1;
    lines.lines = rest;
    lines.fit();
    let key = segment_key(lines.header.first_seq);
    replace(&log.store, &key, &lines.body(log.compression)).await;
    done(format!("`{key}`"), &[Fork])
}

async fn garbage(log: &mut Maker, rng: &mut Rng) -> Option<Done> {
    let prefix = *rng.choice(&["seg/", "ckpt/"])?;
    let name = match rng.u8(..4) {
        0 => format!("{prefix}{:020}", log.hashes.len() as u64 + rng.u64(1..9)),
        1 => format!("{prefix}{}", rng.u64(..)),
        2 => format!("{prefix}\u{1F600}\n"),
        _ => format!("{prefix}{:020}.ndjson", rng.u64(..9)),
    };
    let length = rng.usize(..300);
    let body: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
    replace(&log.store, &name, &body).await;
    done(format!("`{name}`"), &[Malformed, BadCheckpoint])
}

#[test]
fn a_forged_line_has_the_hash_that_belongs_to_it() {
    let line = with_hash(br#"{"actor": "alice"}"#);
    let forged = rehashed(&line, "alice", "mallory");
    assert_ne!(hash_of(&line), hash_of(&forged));
    let suffixed = audit_chain::record::Suffixed::of(&forged).unwrap();
    assert_eq!(suffixed.computed_hash(), suffixed.record_hash);
}
