//! Records and segments: what is built passes the check, and what is changed does not.

use audit_chain::json::{Text, Value};
use audit_chain::merkle::{Range, leaf_hash};
use audit_chain::record::{Event, Head, Suffixed, record_hash};
use audit_chain::segment::{
    Builder, CheckOptions, Checked, Compression, MAX_BODY_BYTES, Segment, check, open,
};
use audit_chain::verify::Kind;
use audit_chain::{Error, Hash};
use proptest::prelude::*;

const FIRST: u64 = 5;
const OPTIONS: CheckOptions<'_> = CheckOptions { log_id: Some("log-1"), split_at: &[] };

fn time(second: u64) -> String {
    format!("2026-01-31T09:00:{second:02}.000000Z")
}

fn event(number: u64) -> Event {
    let details = format!(r#"{{"n": {number}, "note": "\", \"record_hash\": \"", "rate": 0.25}}"#);
    let details = Value::parse_strict(details.as_bytes()).expect("details are JSON");
    Event::new("report.read", "Jörg \"J\"", format!("report/{number}"), "read", details)
}

fn builder() -> Builder {
    let head = Head { size: FIRST, last_hash: Some(Hash::of(b"before")) };
    Builder::new("log-1", Some("w1"), [7; 16], head)
}

/// Four records, from 5 on.
fn segment(compression: Compression) -> Segment {
    let mut builder = builder();
    for number in 0..4 {
        builder.push(&event(number), &time(number)).expect("an event as it should be");
    }
    builder.finish(compression).expect("it has records")
}

fn plain() -> String {
    String::from_utf8(segment(Compression::None).body).expect("records are ASCII")
}

fn kinds(checked: &Checked) -> Vec<(Kind, Option<u64>)> {
    checked.findings.iter().map(|finding| (finding.kind, finding.first_seq)).collect()
}

fn found(body: &str) -> Vec<(Kind, Option<u64>)> {
    kinds(&check(FIRST, body.as_bytes(), &OPTIONS))
}

/// The body with the line of one record (0 to 3) replaced by others.
fn with(index: usize, lines: &[String]) -> String {
    let body = plain();
    let mut all: Vec<String> = body.lines().map(str::to_owned).collect();
    all.splice(index + 1..index + 2, lines.iter().cloned());
    all.join("\n") + "\n"
}

fn line(index: usize) -> String {
    plain().lines().nth(index + 1).expect("a record").to_owned()
}

/// The line with its content changed and its hash made to fit.
fn rehashed(line: &str, from: &str, to: &str) -> String {
    let suffixed = Suffixed::of(line.as_bytes()).expect("a line of a record");
    let preimage = String::from_utf8(suffixed.preimage()).expect("ASCII");
    let changed = preimage.replacen(from, to, 1);
    assert_ne!(changed, preimage, "`{from}` is in the record");
    let hash = Hash::of(changed.as_bytes());
    format!("{}, \"record_hash\": \"{hash}\"}}", &changed[..changed.len() - 1])
}

#[test]
fn what_is_built_passes_the_check() {
    for compression in [Compression::None, Compression::Zstd(1), Compression::Zstd(19)] {
        let segment = segment(compression);
        let split_at = [2, 5, 7, 8, 40];
        let options = CheckOptions { split_at: &split_at, ..OPTIONS };
        let checked = check(FIRST, &segment.body, &options);
        assert_eq!(checked.findings, []);
        assert_eq!(checked.header.as_ref(), Some(&segment.header));
        assert_eq!((checked.records, checked.first_previous), (4, Some(Hash::of(b"before"))));
        assert_eq!(checked.last_hash, segment.hashes.last().copied());
        assert_eq!(checked.first_timestamp, Some(time(0)));
        assert_eq!(checked.last_timestamp, Some(time(3)));

        let leaves: Vec<Hash> = segment.hashes.iter().map(|hash| leaf_hash(&hash.0)).collect();
        let expected =
            [Range::of(5, &leaves[..2]), Range::of(7, &leaves[2..3]), Range::of(8, &leaves[3..])];
        assert_eq!(checked.ranges, expected);

        let opened = open(&segment.body).expect("it can be opened");
        for ((seq, line), hash) in opened.lines().zip(&segment.hashes) {
            let record = Value::parse_strict(line).expect("a line is JSON");
            assert_eq!(record.get("seq").and_then(Value::as_u64), Some(seq));
            assert_eq!(record_hash(&record), Ok(*hash));
        }
        assert_eq!(opened.lines().count(), 4);
        assert_eq!(opened.line(9), None);
    }
}

#[test]
fn the_layout_of_a_line_is_that_of_python() {
    assert!(line(1).starts_with(
        r#"{"action": "read", "actor": "J\u00f6rg \"J\"", "details": {"n": 1, "note": "\", \"record_hash\": \"", "rate": 0.25}, "event_type": "report.read", "log_id": "log-1", "previous_hash": ""#
    ));
    assert!(line(1).contains(
        r#", "resource": "report/1", "seq": 6, "timestamp": "2026-01-31T09:00:01.000000Z", "v": 1, "writer": "w1", "record_hash": ""#
    ));
    let header = plain().lines().next().expect("a header").to_owned();
    assert!(header.starts_with(
        r#"{"batch": "07070707070707070707070707070707", "count": 4, "first_seq": 5, "kind": "records", "last_hash": ""#
    ));
}

#[test]
fn content_that_was_altered_is_found_where_it_was() {
    let changed = with(2, &[line(2).replace("report/2", "report/9")]);
    let checked = check(FIRST, changed.as_bytes(), &OPTIONS);
    assert_eq!(kinds(&checked), [(Kind::ContentAltered, Some(7))]);
    let finding = &checked.findings[0];
    assert_ne!(finding.expected, finding.found);

    // The hash was altered, not the content.
    let hash = Suffixed::of(line(2).as_bytes()).expect("a line of a record").record_hash;
    let other = with(2, &[line(2).replace(&hash.to_string(), &Hash::of(b"").to_string())]);
    assert_eq!(found(&other), [(Kind::ContentAltered, Some(7))]);

    assert_eq!(
        found(&with(2, &[line(2).replace("record_hash\\\"", "record_hush\\\"")])),
        [(Kind::ContentAltered, Some(7))],
        "within the details",
    );
    let cut = line(2)[..line(2).len() - 3].to_owned();
    assert_eq!(found(&with(2, &[cut])), [(Kind::Malformed, Some(7))]);
}

#[test]
fn a_record_that_was_hashed_anew_breaks_the_link_behind_it() {
    let forged = rehashed(&line(1), "report/1", "report/9");
    assert_eq!(found(&with(1, &[forged])), [(Kind::LinkBroken, Some(7))]);
    // The last one breaks what the header says.
    let forged = rehashed(&line(3), "report/3", "report/9");
    assert_eq!(found(&with(3, &[forged])), [(Kind::LinkBroken, Some(8))]);
}

#[test]
fn records_that_are_moved_removed_or_repeated_are_found() {
    let body = plain();
    let lines: Vec<&str> = body.lines().collect();
    let join = |order: &[usize]| {
        order.iter().map(|index| format!("{}\n", lines[*index])).collect::<String>()
    };
    let swapped = found(&join(&[0, 1, 3, 2, 4]));
    assert!(swapped.contains(&(Kind::LinkBroken, Some(6))), "{swapped:?}");
    let removed = found(&join(&[0, 1, 3, 4]));
    assert!(removed.contains(&(Kind::Gap, Some(6))), "{removed:?}");
    assert!(!removed.contains(&(Kind::LinkBroken, Some(7))), "one gap is one finding: {removed:?}");
    let repeated = found(&join(&[0, 1, 2, 2, 3, 4]));
    assert_eq!(repeated, [(Kind::LinkBroken, Some(6))]);
    let cut = check(FIRST, join(&[0, 1, 2, 3]).as_bytes(), &OPTIONS);
    assert_eq!(kinds(&cut), [(Kind::Truncated, Some(8))]);
    assert_eq!(found(&join(&[0, 1, 2])), [(Kind::Truncated, Some(7))]);
    assert_eq!(found(&join(&[0])), [(Kind::Truncated, Some(5))]);
}

#[test]
fn what_hashes_rightly_but_reads_in_two_ways_is_found() {
    let twice = rehashed(&line(3), ", \"resource\"", ", \"resource\": \"x\", \"resource\"");
    let checked = check(FIRST, with(3, &[twice]).as_bytes(), &OPTIONS);
    let finding = &checked.findings[0];
    assert_eq!((finding.kind, finding.first_seq), (Kind::DuplicateMember, Some(8)));
    assert!(finding.message.starts_with("`resource` is given twice"), "{}", finding.message);

    for (from, to) in [
        ("0.25", "0.250"),
        ("\"n\": 3", "\"n\":3"),
        ("\\u00f6", "\\u00F6"),
        ("\"v\": 1", "\"v\": 1 "),
    ] {
        let spelled = rehashed(&line(3), from, to);
        let findings = found(&with(3, &[spelled]));
        assert_eq!(findings[0], (Kind::Noncanonical, Some(8)), "{to}");
    }
    for (from, to) in [("0.25", "NaN"), ("\"seq\": 8", "\"seq\": 8.0"), ("\"v\": 1", "\"v\": 2")] {
        let spelled = rehashed(&line(3), from, to);
        assert_eq!(found(&with(3, &[spelled]))[0], (Kind::Malformed, Some(8)), "{to}");
    }
}

#[test]
fn a_segment_in_the_wrong_place_is_found() {
    let body = segment(Compression::Zstd(3)).body;
    let elsewhere = kinds(&check(6, &body, &OPTIONS));
    assert_eq!(elsewhere[0], (Kind::Malformed, None));
    let other = CheckOptions { log_id: Some("log-2"), ..OPTIONS };
    let findings = check(FIRST, &body, &other).findings;
    assert_eq!(findings.len(), 5, "header and four records");
    assert!(findings[0].message.contains("another log"), "{}", findings[0]);
}

#[test]
fn a_clock_that_goes_back_is_a_note_and_one_that_differs_a_little_is_nothing() {
    let checked = |minutes: &[u64]| {
        let mut builder = builder();
        for minute in minutes {
            let stamp = format!("2026-01-31T09:{minute:02}:00.000000Z");
            builder.push(&event(0), &stamp).expect("an event as it should be");
        }
        let segment = builder.finish(Compression::None).expect("it has records");
        check(FIRST, &segment.body, &OPTIONS)
    };
    assert_eq!(kinds(&checked(&[30, 24, 25])), [(Kind::ClockRegression, Some(6))]);
    // As far as queues and clocks of several machines go.
    let little = checked(&[30, 25, 31]);
    assert_eq!(kinds(&little), []);
    assert_eq!(little.last_timestamp.as_deref(), Some("2026-01-31T09:31:00.000000Z"));
    // Little by little is as far in the end.
    assert_eq!(kinds(&checked(&[30, 27, 24])), [(Kind::ClockRegression, Some(7))]);
}

#[test]
fn bytes_that_are_no_segment_are_a_finding_each() {
    let zstd = segment(Compression::Zstd(3)).body;
    let plain = plain();
    let garbage: [&[u8]; 7] = [
        b"",
        b"\n",
        b"no header\n",
        b"{\"v\": 1}\n",
        b"\x28\xB5\x2F\xFD",
        &zstd[..zstd.len() - 1],
        plain.trim_end().as_bytes(),
    ];
    for bytes in garbage {
        let checked = check(FIRST, bytes, &OPTIONS);
        assert!(
            checked.findings.iter().any(|finding| finding.kind == Kind::Malformed),
            "{:?}: {:?}",
            bytes.get(..20),
            checked.findings
        );
    }
    let twice = [zstd.as_slice(), &zstd].concat();
    let findings = check(FIRST, &twice, &OPTIONS).findings;
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("something follows the zstd frame"), "{}", findings[0]);
    assert!(matches!(open(&twice), Err(Error::SegmentInvalid { .. })));
}

#[test]
fn a_frame_that_unpacks_without_end_is_stopped() {
    // Legible records without end would be read; so the lines have to be wrong in a way that is not
    // a finding for each.
    let mut bomb = plain().into_bytes();
    bomb.extend(std::iter::repeat_n(b' ', MAX_BODY_BYTES));
    for body in [zstd::bulk::compress(&bomb, 1).expect("memory takes it"), bomb] {
        let findings = check(FIRST, &body, &OPTIONS).findings;
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("are allowed"), "{}", findings[0]);
        assert!(matches!(open(&body), Err(Error::SegmentTooLarge { .. })));
    }
    let mut lines = plain().into_bytes();
    lines.extend(std::iter::repeat_n(b'\n', 1 << 20));
    let checked = check(FIRST, &lines, &OPTIONS);
    assert_eq!(checked.findings.len(), 201, "as many findings as anyone reads");
    assert_eq!(checked.findings[200].kind, Kind::CouldNotCheck);

    let mut long = plain().into_bytes();
    long.extend(std::iter::repeat_n(b'x', 3 << 20));
    let packed = zstd::bulk::compress(&long, 1).expect("memory takes it");
    let findings = check(FIRST, &packed, &OPTIONS).findings;
    assert!(findings.iter().any(|finding| finding.message.contains("1048576 are allowed")));
}

#[test]
fn events_are_refused_before_anything_is_written() {
    let mut builder = builder();
    let before = builder.bytes();
    let code = |builder: &mut Builder, change: &dyn Fn(&mut Event), time: &str| {
        let mut event = event(0);
        change(&mut event);
        builder.push(&event, time).expect_err("it has to be refused").code()
    };
    for event_type in ["", "Login", "a..b", "a b", "ログイン", &"x".repeat(65)] {
        let change = |event: &mut Event| event_type.clone_into(&mut event.event_type);
        assert_eq!(code(&mut builder, &change, &time(0)), "audit.event_type_invalid");
    }
    let own = |event: &mut Event| "_audit.pruned".clone_into(&mut event.event_type);
    assert_eq!(code(&mut builder, &own, &time(0)), "audit.event_type_reserved");
    let class = |event: &mut Event| event.class = Some("Ten Years".to_owned());
    assert_eq!(code(&mut builder, &class, &time(0)), "audit.class_invalid");
    let large = |event: &mut Event| event.resource = "x".repeat(1 << 20);
    assert_eq!(code(&mut builder, &large, &time(0)), "audit.record_too_large");
    let nan = |event: &mut Event| {
        let number = Value::Array(vec![Value::Float(f64::NAN)]);
        event.details = Value::Object(vec![("x".into(), number)]);
    };
    assert_eq!(code(&mut builder, &nan, &time(0)), "audit.non_finite");
    for time in ["2026-01-31", "2026-01-31T09:00:00Z", "2026-13-31T09:00:00.000000Z"] {
        assert_eq!(code(&mut builder, &|_| (), time), "audit.timestamp_invalid");
    }
    assert_eq!((builder.count(), builder.bytes()), (0, before));
    let mut nan_event = event(0);
    nan(&mut nan_event);
    let error = nan_event.check().expect_err("not finite");
    assert_eq!(error.to_string(), "`details.x[0]` is not a finite number");
    let error = builder.push_own(&event(0), &time(0)).expect_err("not the ledger's own");
    assert_eq!(error.code(), "audit.event_type_not_reserved");
    assert_eq!(builder.finish(Compression::None).expect_err("empty").code(), "audit.segment_empty");
}

/// Actors that a logger lost because it wrote them into the metadata of an object.
#[test]
fn events_with_any_text_are_recorded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/audit/canonical/");
    let calls = std::fs::read_to_string(format!("{folder}lost_events.jsonl")).expect("vectors");
    let mut recorded = 0;
    for line in calls.lines() {
        let vector: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        let call = Value::parse(vector["call"].as_str().expect("a text").as_bytes()).expect("JSON");
        let part = |name: &str| call.get(name).and_then(Value::as_str);
        let (Some(actor), Some(resource), Some("login")) =
            (part("actor"), part("resource"), part("event_type"))
        else {
            continue;
        };
        let mut builder = builder();
        let event = Event::new("login", actor, resource, "a", Value::Object(Vec::new()));
        builder.push(&event, &time(0)).expect("any text is recorded");
        let segment = builder.finish(Compression::None).expect("it has a record");
        assert_eq!(check(FIRST, &segment.body, &OPTIONS).findings, []);
        let opened = open(&segment.body).expect("it can be opened");
        let record = Value::parse_strict(opened.line(FIRST).expect("it is there")).expect("JSON");
        assert_eq!(record.get("actor").and_then(Value::as_str), Some(actor));
        recorded += 1;
    }
    assert_eq!(recorded, 2);
}

#[test]
fn records_of_the_ledgers_own_and_classes_are_handed_out() {
    let mut builder = builder();
    let mut sealed = event(0);
    sealed.class = Some("ten-years".to_owned());
    builder.push(&sealed, &time(0)).expect("an event as it should be");
    let mut own = event(1);
    "_audit.pruned".clone_into(&mut own.event_type);
    builder.push_own(&own, &time(1)).expect("an event as it should be");
    let segment = builder.finish(Compression::Zstd(3)).expect("it has records");
    let checked = check(FIRST, &segment.body, &OPTIONS);
    assert_eq!(checked.findings, []);
    assert_eq!(checked.classes.into_iter().collect::<Vec<_>>(), ["ten-years"]);
    let own = &checked.own[0];
    assert_eq!((own.seq, own.event_type.as_str()), (6, "_audit.pruned"));
    assert_eq!(Some(own.line.as_slice()), open(&segment.body).expect("opens").line(6));
}

#[test]
fn legacy_lines_are_checked_by_their_hash_and_spelling() {
    let head = Head { size: FIRST, last_hash: Some(Hash::of(b"before")) };
    let mut builder = Builder::legacy("log-1", None, [1; 16], head);
    // Hashed with the numbers of the names in order, and with NaN.
    let old = br#"{"action": "a", "details": {"9": NaN, "10": 1}, "previous_hash": null}"#;
    let hash = builder.push_legacy(old).expect("Python printed it");
    assert_eq!(hash, Hash::of(old));
    let twice = builder.push_legacy(br#"{"a": 1, "a": 2}"#).expect_err("no one printed it");
    assert_eq!(twice.code(), "audit.duplicate_member");
    assert!(builder.push_legacy(b"{\"a\":1}").is_err());
    assert!(builder.push(&event(0), &time(0)).is_err());
    let segment = builder.finish(Compression::Zstd(3)).expect("it has a record");
    let checked = check(FIRST, &segment.body, &OPTIONS);
    assert_eq!(checked.findings, []);
    assert_eq!(checked.first_previous, Some(Hash::of(b"before")));
    assert_eq!(checked.ranges, [Range::of(FIRST, &[leaf_hash(&hash.0)])]);

    let body = String::from_utf8(zstd::decode_all(&segment.body[..]).expect("a frame"));
    let body = body.expect("ASCII").replace("\"9\": NaN", "\"9\": nan");
    assert_eq!(found(&body), [(Kind::ContentAltered, Some(FIRST))]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// One bit anywhere in the records.
    #[test]
    fn no_bit_can_be_flipped(at in any::<prop::sample::Index>(), bit in 0..8_u32, zstd in any::<bool>()) {
        let compression = if zstd { Compression::Zstd(3) } else { Compression::None };
        let mut body = segment(compression).body;
        // The header is not hashed; its members are tested on their own.
        let start = if zstd { 0 } else { plain().find('\n').expect("a header") };
        let at = start + at.index(body.len() - start);
        body[at] ^= 1_u8 << bit;
        let checked = check(FIRST, &body, &OPTIONS);
        let unchanged = open(&body).is_ok_and(|opened| {
            let lines: Vec<_> = opened.lines().map(|(_, line)| line.to_vec()).collect();
            lines == plain().lines().skip(1).map(|l| l.as_bytes().to_vec()).collect::<Vec<_>>()
        });
        prop_assert!(!checked.findings.is_empty() || unchanged, "byte {at}, bit {bit}");
    }
}

/// A value put together by hand may hold the two halves of a surrogate pair as two characters. To every
/// reader of the line they are one, which has another place among the names of members.
#[test]
fn halves_of_a_surrogate_pair_are_recorded_as_the_character_that_readers_see() {
    let text = |points: &[u32]| Text::from_code_points(points.iter().copied());
    let halves = text(&[0xd83d, 0xde00]).expect("code points");
    let beyond = text(&[0xe000]).expect("a code point");
    let details = Value::Object(vec![(beyond, Value::Null), (halves.clone(), Value::Null)]);
    let mut builder = builder();
    let event = Event::new("t", "a", "r", "x", details);
    builder.push(&event, &time(0)).expect("an event as it should be");
    let body = builder.finish(Compression::None).expect("it has a record").body;
    assert_eq!(kinds(&check(FIRST, &body, &OPTIONS)), []);

    let twice = vec![(halves, Value::Null), (Text::from("\u{1f600}"), Value::Null)];
    let error = Event::new("t", "a", "r", "x", Value::Object(twice)).check().unwrap_err();
    assert!(error.to_string().contains("twice"), "{error}");
}
