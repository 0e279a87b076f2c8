//! What the verification of a log in a local directory costs: a million records of 400 bytes.
//!
//! One round is a whole `platform::ledger::verify`: listing, reading, hashing, links, tree, signed
//! checkpoints, tiles. Prints records per second of wall time and of CPU time, and the most memory the
//! process ever had. `-- THREADS` says how many threads hash (1 if not given), `-- THREADS zstd`
//! has the segments compressed,
//! and `-- THREADS plain FOLDER` leaves the log in a new folder, for `ledger/python_verify.py`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench reads the clock and prints"
)]

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use audit_chain::checkpoint::Checkpoint;
use audit_chain::json::Value;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::note::Signer;
use audit_chain::record::{Event, Head};
use audit_chain::segment::{Builder, Compression};
use audit_chain::tile;
use audit_chain::verify::Verdict;
use platform::ledger::{LogDocument, VerifyOptions, verify};
use platform::store::{Conditions, Put, Store};

/// That of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RECORDS: u64 = 1_000_000;
const SEGMENT: u64 = 10_000;
const ROUNDS: u32 = 5;
const ORIGIN: &str = "example.com/log";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let threads = arguments.first().and_then(|it| it.parse().ok()).unwrap_or(NonZeroUsize::MIN);
    let compression = match arguments.get(1).map(String::as_str) {
        Some("zstd") => Compression::Zstd(3),
        _ => Compression::None,
    };
    let temporary = tempfile::tempdir()?;
    let folder = arguments.get(2).map_or(temporary.path().to_owned(), PathBuf::from);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build()?;
    let store = Store::local(&folder);
    let bytes = runtime.block_on(make(&store, compression))?;
    println!("{RECORDS} records, {bytes} bytes each, {threads} threads, {compression:?}");
    let keys = vec![Key::always(signer()?.verifier_key())];
    for skip_tiles in [false, true] {
        let mut options = VerifyOptions::default();
        options.keyring = Some(Keyring::new(keys.clone(), Vec::new(), 0)?);
        options.threads = Some(threads);
        options.skip_tiles = skip_tiles;
        for _ in 0..ROUNDS {
            let (wall, cpu) = (Instant::now(), cpu_seconds()?);
            let report = runtime.block_on(verify(&store, &options, |_| ()));
            assert_eq!((report.status, report.records), (Verdict::Ok, RECORDS), "{report}");
            let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
            println!(
                "tiles {}: {:.2} M records/s, {:.2} M records/s of CPU, peak {} MB",
                if skip_tiles { "passed over" } else { "checked" },
                RECORDS as f64 / wall / 1e6,
                RECORDS as f64 / cpu / 1e6,
                status("VmHWM:")? / 1024,
            );
        }
    }
    Ok(())
}

fn signer() -> Result<Signer, audit_chain::Error> {
    Signer::from_seed(ORIGIN, &[7; 32])
}

/// Writes the log, and says how long its lines are.
async fn make(store: &Store, compression: Compression) -> Result<usize, Box<dyn Error>> {
    let write = async |key: &str, body: &[u8]| {
        store.put(key, body.to_vec(), &Put::default()).await.map(drop)
    };
    let document = LogDocument {
        v: 1,
        log_id: "log-1".to_owned(),
        origin: ORIGIN.to_owned(),
        conditions: Conditions::Atomic,
        max_segment_records: 65_536,
        created_at: "2026-03-01T12:00:00Z".to_owned(),
        verifier_keys: vec![signer()?.verifier_key()],
    };
    write("log", &serde_json::to_vec(&document)?).await?;
    let details = |n: u64| {
        Value::Object(vec![
            ("request".into(), Value::from(n)),
            ("note".into(), Value::from("figures, third quarter")),
        ])
    };
    let (mut head, mut tiles, mut bytes) = (Head::default(), tile::Builder::new(), 0);
    for first in (0..RECORDS).step_by(SEGMENT as usize) {
        let mut builder = Builder::new("log-1", None, [1; 16], head);
        for n in first..first + SEGMENT {
            let event =
                Event::new("report.read", "alice", format!("report/{n}"), "read", details(n));
            builder.push(&event, "2026-03-01T12:00:00.000000Z")?;
        }
        bytes = builder.bytes() / SEGMENT as usize;
        let segment = builder.finish(compression)?;
        segment.hashes.iter().for_each(|hash| tiles.append(*hash));
        head = Head { size: first + SEGMENT, last_hash: segment.hashes.last().copied() };
        write(&format!("seg/{first:020}"), &segment.body).await?;
        if head.size % 100_000 == 0 {
            for file in tiles.seal() {
                write(&file.path, &file.body).await?;
            }
            let origin = ORIGIN.to_owned();
            let checkpoint = Checkpoint { origin, size: head.size, root: tiles.root() };
            let note = checkpoint.sign(&[&signer()?])?;
            write(&format!("ckpt/{:020}", head.size), note.as_bytes()).await?;
        }
    }
    Ok(bytes)
}

/// User and system time of this process (proc(5): fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = fields.get(11).ok_or("no user time")?.parse::<f64>()?
        + fields.get(12).ok_or("no system time")?.parse::<f64>()?;
    Ok(ticks / 100.0)
}

/// A line of `/proc/self/status`, in KiB.
fn status(name: &str) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
    Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
}
