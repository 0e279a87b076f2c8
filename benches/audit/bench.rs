//! The promises about the formats of a log. A bench is named after its promise.
//!
//! Run `cargo bench --package benches --bench audit`. Figures are processor time of the one thread, as
//! Linux accounts it, so that what else runs on the machine counts little.
#![expect(clippy::print_stderr, reason = "what was measured is said beside the figures")]

use std::hint::black_box;
use std::time::Duration;

use audit_chain::canonical::{Scanner, canonical_json};
use audit_chain::json::Value;
use audit_chain::legacy::{Analysis, read};
use audit_chain::record::{Event, Head, Prepared, Suffixed};
use audit_chain::segment::{Builder, CheckOptions, Compression, Segment, check, open};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};

const RECORDS: u64 = 10_000;

/// Events as a service writes them, no two alike. `padding` brings their records to a length.
fn events(padding: usize) -> Vec<Event> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        // xorshift64, so that every run measures the same bytes.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let event = |_| {
        let (user, report, request) = (random() % 5000, random() % 100_000, random());
        let details = format!(
            r#"{{"bytes": {}, "request": "{request:016x}{}"}}"#,
            random() % 1_000_000,
            "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut"
                .chars()
                .cycle()
                .skip((random() % 80) as usize)
                .take(padding)
                .collect::<String>()
        );
        let details = Value::parse_strict(details.as_bytes()).expect("details are JSON");
        let actor = format!("user-{user}");
        Event::new("read", actor, format!("report/{report}"), "get", details)
    };
    (0..RECORDS).map(event).collect()
}

fn segment(events: &[Prepared], compression: Compression) -> Segment {
    let mut builder = Builder::new("main", None, [7; 16], Head::default());
    for (number, event) in events.iter().enumerate() {
        let time = format!("2026-01-31T09:{:02}:00.{:06}Z", number / 1_000_000, number % 1_000_000);
        builder.push_prepared(event, &time).expect("an event as it should be");
    }
    builder.finish(compression).expect("it has records")
}

fn prepared(events: &[Event]) -> Vec<Prepared> {
    events.iter().map(|event| Prepared::new(event).expect("as it should be")).collect()
}

/// Processor time of this thread.
struct ProcessorTime;

impl ProcessorTime {
    /// Nanoseconds on a processor: the first figure of `schedstat`, see proc(5).
    fn now() -> Duration {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
        let figure = text.split(' ').next().and_then(|figure| figure.parse().ok());
        Duration::from_nanos(figure.expect("it begins with a number"))
    }
}

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        Self::now()
    }

    fn end(&self, start: Duration) -> Duration {
        Self::now() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn checking(criterion: &mut Criterion<ProcessorTime>) {
    let mut group = criterion.benchmark_group("checking 10,000 records");
    group.throughput(Throughput::Elements(RECORDS));
    // With the suffix and a line feed: 316 bytes are hashed of the first, 400 of the second.
    for (bytes, padding) in [(400, 0), (484, 83)] {
        let events = prepared(&events(padding));
        for (name, compression) in [("plain", Compression::None), ("zstd", Compression::Zstd(3))] {
            let body = segment(&events, compression).body;
            let opened = open(&body).expect("it can be opened");
            let lines: usize = opened.lines().map(|(_, line)| line.len() + 1).sum();
            let mean = lines as u64 / RECORDS;
            let stored = body.len() as u64 / RECORDS;
            eprintln!("{bytes} bytes, {name}: {mean} bytes a line, {stored} stored");
            let options = CheckOptions { log_id: Some("main"), split_at: &[] };
            group.bench_function(format!("{bytes} bytes, {name}"), |bencher| {
                bencher.iter(|| {
                    let checked = check(0, black_box(&body), &options);
                    assert!(checked.findings.is_empty() && checked.records == RECORDS);
                    checked
                });
            });
        }
    }
    group.finish();
}

fn parts(criterion: &mut Criterion<ProcessorTime>) {
    let body = segment(&prepared(&events(83)), Compression::None).body;
    let opened = open(&body).expect("it can be opened");
    let preimages: Vec<Vec<u8>> = opened
        .lines()
        .map(|(_, line)| Suffixed::of(line).expect("a line of a record").preimage())
        .collect();
    let mut group = criterion.benchmark_group("10,000 documents of 400 bytes");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("seeing that they are canonical", |bencher| {
        let mut scanner = Scanner::new();
        bencher.iter(|| preimages.iter().all(|bytes| scanner.passes(black_box(bytes))));
    });
    group.bench_function("making them canonical", |bencher| {
        bencher.iter(|| {
            preimages.iter().for_each(|bytes| {
                black_box(canonical_json(black_box(bytes)).expect("they are JSON"));
            });
        });
    });
    group.bench_function("hashing them", |bencher| {
        bencher.iter(|| {
            preimages.iter().for_each(|bytes| {
                black_box(audit_chain::Hash::of(black_box(bytes)));
            });
        });
    });
    group.finish();
}

fn building(criterion: &mut Criterion<ProcessorTime>) {
    let events = events(83);
    let ready = prepared(&events);
    let mut group = criterion.benchmark_group("building a segment of 10,000 records");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("preparing the events", |bencher| {
        bencher.iter(|| prepared(black_box(&events)));
    });
    for (name, compression) in [("plain", Compression::None), ("zstd", Compression::Zstd(3))] {
        group.bench_function(format!("chaining them, {name}"), |bencher| {
            bencher.iter(|| segment(black_box(&ready), compression));
        });
    }
    group.finish();
}

/// Objects of the older logger: one for each event, indented, named by the hash.
fn legacy_objects() -> Vec<(String, Vec<u8>)> {
    let mut previous = "null".to_owned();
    let object = |number: u64| {
        let members = |previous: &str| {
            [
                r#""action": "read""#.to_owned(),
                format!(r#""actor": "user-{}@example.com""#, number % 97),
                format!(
                    r#""details": {{"address": "192.0.2.17", "outcome": "granted", "session": "{number:032x}"}}"#
                ),
                r#""event_type": "report.read""#.to_owned(),
                format!(r#""previous_hash": {previous}"#),
                format!(r#""resource": "report/{number}""#),
                format!(r#""timestamp": "2025-03-01T22:58:00.{:06}""#, number + 1),
            ]
        };
        let members = members(&previous);
        let hash = audit_chain::Hash::of(format!("{{{}}}", members.join(", ")).as_bytes());
        let body = format!("{{\n  {},\n  \"record_hash\": \"{hash}\"\n}}", members.join(",\n  "));
        previous = format!("\"{hash}\"");
        (format!("audit/report.read/2025/03/01/22/{hash}.json"), body.into_bytes())
    };
    (0..RECORDS).map(object).collect()
}

fn legacy(criterion: &mut Criterion<ProcessorTime>) {
    let objects = legacy_objects();
    let mut group = criterion.benchmark_group("10,000 objects of an older log");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("reading them and putting them in order", |bencher| {
        bencher.iter(|| {
            let mut analysis = Analysis::new();
            objects.iter().for_each(|(key, body)| analysis.add(read(key, black_box(body))));
            let report = analysis.finish();
            assert!(report.findings.is_empty() && report.is_one_chain());
            report
        });
    });
    let read: Vec<_> = objects.iter().map(|(key, body)| read(key, body)).collect();
    group.bench_function("making a segment of them", |bencher| {
        bencher.iter(|| {
            let mut builder = Builder::legacy("main", None, [7; 16], Head::default());
            for object in &read {
                let preimage = object.preimage().expect("a record as it was written");
                builder.push_legacy(black_box(preimage)).expect("canonical");
            }
            builder.finish(Compression::None).expect("it has records")
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().with_measurement(ProcessorTime).configure_from_args();
    checking(&mut criterion);
    parts(&mut criterion);
    building(&mut criterion);
    legacy(&mut criterion);
    criterion.final_summary();
}
