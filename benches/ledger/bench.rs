//! How many events a second the ledger takes, and how many records a second verification reads.
//!
//! ```text
//! cargo bench -p benches --bench ledger -- append URL [EVENTS]
//! cargo bench -p benches --bench ledger -- verify DIRECTORY [RECORDS]
//! cargo bench -p benches --bench ledger -- lanes MILLISECONDS [EVENTS] [RECORDS OF A SEGMENT]
//! ```
//!
//! Each prints one JSON object. `benches/ledger/run.sh` sets it beside the logger that the ledger
//! replaces, in one run on one server.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stdout, reason = "the figures go to standard output")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit_chain::json::Value;
use audit_chain::record::Event;
use bytes::Bytes;
use futures_util::future::join_all;
use platform::ledger::{Lanes, LanesOptions, Ledger, Options, VerifyOptions, verify};
use platform::store::fault::{Fault, Faulty};
use platform::store::{Put, Store};
use serde_json::{Value as Json, json};

/// That of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Callers who each wait for their event before they send the next.
const WAITING: usize = 64;
/// Events that one caller has on their way at once.
const IN_FLIGHT: usize = 10_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let number = |at: usize, default: usize| match arguments.get(at) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let found = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["append", url, ..] => runtime.block_on(append(url, number(2, 1_000_000)?))?,
        ["verify", directory, ..] => runtime.block_on(check(directory, number(2, 1_000_000)?))?,
        ["lanes", milliseconds, ..] => runtime.block_on(lanes(
            Duration::from_millis(milliseconds.parse()?),
            number(2, 200_000)?,
            number(3, 1_000)?,
        ))?,
        // `cargo test --benches` comes without arguments.
        _ => {
            json!({"usage": "append URL [EVENTS] | verify DIRECTORY [RECORDS] | lanes MS [EVENTS] [RECORDS]"})
        }
    };
    println!("{found}");
    Ok(())
}

/// An event whose record has about 400 bytes.
fn event(number: usize) -> Event {
    let details = Value::Object(vec![
        ("address".into(), Value::from("192.0.2.17")),
        ("session".into(), Value::from(&*format!("{number:032x}"))),
        ("outcome".into(), Value::from("granted")),
    ]);
    let actor = format!("user-{}@example.com", number % 97);
    Event::new("report.read", actor, format!("report/{number}"), "read", details)
}

async fn append(url: &str, events: usize) -> Result<Json> {
    let store = Store::open(url).await?;
    let ledger = Ledger::open(&store.at("log/"), Options::default()).await?;
    // Warm: connections, the document, the first segment.
    ledger.append(event(0)).await?;

    // In turns, so that a slower moment of the machine meets both.
    let body = Bytes::from(vec![b'x'; 500]);
    let (mut bare, mut alone) = (Vec::new(), Vec::new());
    for number in 0..300 {
        let start = Instant::now();
        store.put(&format!("bare/{number}"), body.clone(), &Put::absent()).await?;
        bare.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        ledger.append(event(number)).await?;
        alone.push(start.elapsed().as_secs_f64());
    }
    let (bare, alone) = (median(bare), median(alone));

    let each = 200;
    let start = Instant::now();
    let callers = (0..WAITING).map(|caller| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            for number in 0..each {
                ledger.append(event(caller * each + number)).await?;
            }
            Ok::<(), platform::ledger::Error>(())
        })
    });
    for caller in join_all(callers).await {
        caller??;
    }
    let waiting = (WAITING * each) as f64 / start.elapsed().as_secs_f64();

    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut answers = std::collections::VecDeque::with_capacity(IN_FLIGHT);
    for number in 0..events {
        if answers.len() == IN_FLIGHT
            && let Some(oldest) = answers.pop_front()
        {
            oldest.await?;
        }
        // Queued by the call; the future waits for the answer.
        answers.push_back(Box::pin(ledger.append(event(number))));
    }
    for answer in answers {
        answer.await?;
    }
    let in_flight = events as f64 / start.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu;
    ledger.close().await?;
    Ok(json!({
        "bare_put_seconds": bare,
        "alone_seconds": alone,
        "alone_to_bare_put": alone / bare,
        "waiting_callers": WAITING,
        "waiting_per_second": waiting,
        "in_flight": IN_FLIGHT,
        "in_flight_per_second": in_flight,
        "in_flight_per_cpu_second": events as f64 / cpu,
        "peak_bytes": peak_bytes(),
    }))
}

/// Appends to one lane and to four of a store in memory, each of whose requests takes so long.
async fn lanes(late: Duration, events: usize, segment_records: usize) -> Result<Json> {
    let mut found = Vec::new();
    for lanes in [1, 4] {
        let store = Store::memory();
        let late =
            store.wrapped(|inner| Arc::new(Faulty::new(inner, move |_| Some(Fault::Late(late)))));
        let mut options = LanesOptions::default();
        options.lanes = Some(lanes);
        options.log.limits.segment_records = segment_records as u64;
        let ledger = Lanes::open(&late, options).await?;
        let start = Instant::now();
        let mut answers = std::collections::VecDeque::with_capacity(IN_FLIGHT);
        for number in 0..events {
            if answers.len() == IN_FLIGHT
                && let Some(oldest) = answers.pop_front()
            {
                oldest.await?;
            }
            answers.push_back(Box::pin(ledger.append(event(number))));
        }
        for answer in answers {
            answer.await?;
        }
        let per_second = events as f64 / start.elapsed().as_secs_f64();
        ledger.close().await?;
        found.push(json!({"lanes": lanes, "per_second": per_second}));
    }
    Ok(json!({"milliseconds": late.as_millis() as u64, "found": found}))
}

async fn check(directory: &str, records: usize) -> Result<Json> {
    let store = Store::local(directory);
    let there = store.list("seg/", None, 1).await?;
    if there.entries.is_empty() {
        let ledger = Ledger::open(&store, Options::default()).await?;
        for from in (0..records).step_by(IN_FLIGHT) {
            let events = (from..records.min(from + IN_FLIGHT)).map(event).collect();
            ledger.append_all(events).await?;
        }
        ledger.close().await?;
        return Ok(json!({"written": records, "again": "run it once more to verify"}));
    }
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let report = verify(&store, &VerifyOptions::default(), |_| {}).await;
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    Ok(json!({
        "status": serde_json::to_value(&report)?["status"],
        "records": report.records,
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "records_per_cpu_second": report.records as f64 / cpu,
        "peak_bytes": peak_bytes(),
    }))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// User and system time of this process (proc(5): fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold blanks, and ends with a parenthesis.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |at: usize| -> f64 {
        after_name.split_whitespace().nth(at).and_then(|it| it.parse().ok()).unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

/// The most memory this process had (proc(5): `VmHWM`).
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|it| it.parse::<u64>().ok()).unwrap_or(0) * 1024
}
