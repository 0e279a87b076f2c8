//! Logs of the older Python logger, honest and not (`tests/vectors/audit/legacy`).

use audit_chain::json::Value;
use audit_chain::legacy::{Kind, LegacyReport, analyse, read};
use audit_chain::record::record_hash;
use audit_chain::verify::Severity;
use audit_chain::{Hash, canonical, merkle};
use proptest::prelude::*;
use serde_json::Value as Json;

fn file(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/audit/legacy/");
    std::fs::read_to_string(format!("{folder}{name}")).expect("a vector file of this repository")
}

type Objects = Vec<(String, String)>;

/// The objects of a vector, and what is expected of them.
fn vector(name: &str) -> (Objects, Json) {
    let text = |object: &Json, name: &str| object[name].as_str().expect("text").to_owned();
    let objects = file(&format!("{name}.objects.jsonl"))
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).expect("it is JSON"))
        .map(|object| (text(&object, "key"), text(&object, "body")))
        .collect();
    let expected = serde_json::from_str(&file(&format!("{name}.expect.json"))).expect("it is JSON");
    (objects, expected)
}

fn hashes(expected: &Json) -> Vec<Hash> {
    let one = |hash: &Json| hash.as_str().expect("text").parse().expect("a hash");
    match expected {
        Json::Array(all) => all.iter().map(one).collect(),
        hash => vec![one(hash)],
    }
}

fn kinds(report: &LegacyReport) -> Vec<Kind> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

/// As [`analyse`], without what is said about the clock: that of the vectors jumps.
fn analyse_links(objects: Objects) -> LegacyReport {
    let mut report = analyse(objects);
    report.findings.retain(|finding| finding.kind != Kind::ClockRegression);
    report
}

/// What the logger does: hashes, chains, stores.
struct Logger {
    last: Option<Hash>,
    seconds: u32,
    step: u32,
    objects: Objects,
}

impl Logger {
    /// An event every `step` seconds.
    fn every(step: u32) -> Self {
        Self { last: None, seconds: 0, step, objects: Vec::new() }
    }

    fn log(&mut self, event_type: &str, details: &str) -> Hash {
        self.log_hashed_as(event_type, details, details)
    }

    /// `hashed` is what `json.dumps(sort_keys=True)` made of the details before they were text.
    fn log_hashed_as(&mut self, event_type: &str, details: &str, hashed: &str) -> Hash {
        let s = self.seconds;
        self.seconds += self.step;
        let (day, hour) = (1 + s / 86_400, s / 3600 % 24);
        // As `isoformat()`: no fraction at a whole second.
        let micros =
            if s.is_multiple_of(3) { String::new() } else { format!(".{:06}", s % 1_000_000) };
        let timestamp =
            format!("2025-03-{day:02}T{hour:02}:{:02}:{:02}{micros}", s / 60 % 60, s % 60);
        let previous = self.last.map_or("null".to_owned(), |hash| format!("\"{hash}\""));
        let written = |details: &str| {
            format!(
                r#"{{"action": "read", "actor": "alice", "details": {details}, "event_type": "{event_type}", "previous_hash": {previous}, "resource": "r", "timestamp": "{timestamp}"}}"#
            )
        };
        let hash = Hash::of(written(hashed).as_bytes());
        let body = written(details);
        let body = format!("{}, \"record_hash\": \"{hash}\"}}", &body[..body.len() - 1]);
        let key = format!("audit/{event_type}/2025/03/{day:02}/{hour:02}/{hash}.json");
        self.objects.push((key, body));
        self.last = Some(hash);
        hash
    }

    fn many(mut self, count: u32) -> Objects {
        for number in 0..count {
            self.log("login", &format!("{{\"n\": {number}}}"));
        }
        self.objects
    }

    /// As the store lists them.
    fn listed(mut self) -> Objects {
        self.objects.sort();
        self.objects
    }
}

/// Changes a record and gives it the hash it has then; the key follows.
fn rewritten(object: &(String, String), change: impl Fn(String) -> String) -> (String, String) {
    let (key, body) = object;
    let value = Value::parse(change(body.clone()).as_bytes()).expect("still JSON");
    let old = value.get("record_hash").and_then(Value::as_str).expect("a hash").to_owned();
    let new = record_hash(&value).expect("a record").to_string();
    let text = String::from_utf8(canonical::to_canonical(&value)).expect("ASCII");
    (key.replace(&old, &new), text.replace(&old, &new))
}

#[track_caller]
fn one_sound_chain(report: &LegacyReport, count: usize) {
    assert_eq!(report.findings, []);
    assert!(report.is_one_chain());
    assert_eq!((report.severity(), report.order.len()), (Severity::Note, count));
    assert_eq!(report.importable().count(), count);
}

#[test]
fn an_honest_log_is_put_in_its_order() {
    let (objects, expected) = vector("honest-50");
    one_sound_chain(&analyse_links(objects.clone()), 50);
    let report = analyse(objects.clone());
    let order: Vec<Hash> = report.order.iter().map(|entry| entry.hash).collect();
    assert_eq!(order, hashes(&expected["order"]));
    assert_eq!(report.geneses, hashes(&expected["genesis"]));
    assert_eq!(report.heads, hashes(&expected["heads"]));
    let stamps = order.iter().map(|hash| {
        let (_, body) =
            objects.iter().find(|(key, _)| key.contains(&hash.to_string())).expect("one");
        let record: Json = serde_json::from_str(body).expect("it is JSON");
        let stamp = record["timestamp"].as_str().expect("text").to_owned();
        if stamp.contains('.') { stamp } else { stamp + ".000000" }
    });
    let stamps: Vec<String> = stamps.collect();
    let back = stamps.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(back > 0 && back == report.findings.len(), "{back} {:?}", report.findings);
    let leaves: Vec<Hash> = order.iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    assert_eq!(report.root(), merkle::Range::of(0, &leaves).root());
    for entry in &report.order {
        let (key, body) = &objects[usize::try_from(entry.object).expect("small")];
        let line = read(key, body.as_bytes()).line().expect("a sound record");
        let (hashed, suffix) = line.split_at(line.len() - 84);
        assert_eq!(Hash::of(&[hashed, b"}"].concat()), entry.hash);
        assert_eq!(suffix, format!(", \"record_hash\": \"{}\"}}", entry.hash).as_bytes());
    }
}

#[test]
fn an_edited_record_is_named_and_not_imported() {
    let (objects, expected) = vector("edited-record");
    let report = analyse_links(objects);
    assert_eq!(kinds(&report), [Kind::ContentAltered]);
    assert_eq!(report.findings[0].record_hash.as_slice(), hashes(&expected["bad_hash"]));
    assert_eq!((report.severity(), report.is_one_chain()), (Severity::Tampered, true));
    assert_eq!((report.order.len(), report.importable().count()), (50, 49));
}

#[test]
fn a_deleted_record_is_a_gap_that_names_what_is_missing() {
    let (objects, expected) = vector("deleted-middle");
    let report = analyse_links(objects);
    assert_eq!(kinds(&report), [Kind::Gap]);
    assert_eq!(report.findings[0].others, hashes(&expected["missing_hash"]));
    assert_eq!(report.findings[0].record_hash.as_slice(), hashes(&expected["missing_parent_of"]));
    assert_eq!(report.severity(), Severity::Tampered);
}

#[test]
fn case_23_a_duplicate_member_is_found_although_the_hash_is_right() {
    let (objects, expected) = vector("duplicate-key");
    let report = analyse_links(objects);
    assert_eq!(kinds(&report), [Kind::DuplicateMember]);
    assert_eq!(report.findings[0].record_hash.as_slice(), hashes(&expected["where"]));
    assert_eq!(report.severity(), Severity::Tampered);
}

#[test]
fn case_04_a_restart_is_named_and_is_no_tampering() {
    let (objects, expected) = vector("restart");
    let report = analyse_links(objects);
    assert_eq!(kinds(&report), [Kind::Restart]);
    let sorted = |mut hashes: Vec<Hash>| {
        hashes.sort();
        hashes
    };
    assert_eq!(sorted(report.geneses.clone()), sorted(hashes(&expected["genesis"])));
    assert_eq!(sorted(report.heads.clone()), sorted(hashes(&expected["heads"])));
    assert_eq!((report.severity(), report.is_one_chain()), (Severity::Note, false));
    assert_eq!(report.importable().count(), 40);
}

#[test]
fn case_05_two_writers_fork_the_chain_and_both_branches_are_kept() {
    let (objects, expected) = vector("two-writers");
    let report = analyse_links(objects);
    assert_eq!(kinds(&report), [Kind::Fork]);
    let mut branches = report.findings[0].others.clone();
    branches.sort();
    let mut children = hashes(&expected["children"]);
    children.sort();
    assert_eq!(branches, children);
    assert_eq!(report.findings[0].record_hash.as_slice(), hashes(&expected["fork_at"]));
    assert_eq!((report.severity(), report.heads.len()), (Severity::Note, 2));
    assert_eq!(report.importable().count(), 20);
}

/// The logger's own check calls all but one of n! of these broken.
#[test]
fn case_01_many_events_in_one_hour_verify() {
    let mut objects = Logger::every(1).many(60);
    objects.sort();
    one_sound_chain(&analyse(objects), 60);
}

#[test]
fn case_02_events_of_several_types_are_one_chain() {
    let mut logger = Logger::every(3600);
    for number in 0..6 {
        logger.log(["login", "admin.role"][number % 2], "{}");
    }
    one_sound_chain(&analyse(logger.listed()), 6);
}

#[test]
fn case_03_what_lies_behind_the_first_thousand_keys_is_read() {
    let mut objects = Logger::every(60).many(1200);
    objects[1101].1 = objects[1101].1.replace("alice", "mallory");
    let key = objects[1101].0.clone();
    objects.truncate(1190);
    let mut report = analyse(objects);
    assert_eq!(kinds(&report), [Kind::ContentAltered]);
    assert_eq!(report.findings[0].key, Some(key));
    report.ends_with(Hash::of(b"the last of 1200"));
    assert_eq!(kinds(&report), [Kind::Truncated, Kind::ContentAltered]);
}

#[test]
fn case_06_threads_that_share_a_logger_make_many_forks() {
    let mut logger = Logger::every(1);
    let first = logger.log("login", "{}");
    for _ in 0..8 {
        logger.last = Some(first);
        logger.log("login", "{}");
        logger.log("login", "{}");
    }
    let report = analyse(logger.listed());
    assert_eq!(kinds(&report), [Kind::Fork]);
    assert_eq!(report.findings[0].others.len(), 8);
    assert_eq!((report.heads.len(), report.importable().count()), (8, 17));
}

#[test]
fn case_07_a_missing_end_is_noticed_by_whoever_remembers_the_head() {
    let objects = Logger::every(1).many(20);
    let head = read(&objects[19].0, objects[19].1.as_bytes()).record_hash().expect("a record");
    let mut report = analyse(objects[..15].to_vec());
    assert_eq!(report.severity(), Severity::Note, "without a head nothing shows it");
    report.ends_with(head);
    assert_eq!((kinds(&report), report.severity()), (vec![Kind::Truncated], Severity::Tampered));
    let mut whole = analyse(objects);
    whole.ends_with(head);
    one_sound_chain(&whole, 20);
}

#[test]
fn case_08_the_first_record_is_a_beginning_or_there_is_a_gap() {
    let objects = Logger::every(1).many(20);
    let report = analyse(objects[5..].to_vec());
    assert_eq!((kinds(&report), report.geneses.len()), (vec![Kind::Gap], 0));

    let invented =
        rewritten(&objects[0], |body| body.replace("null", &format!("\"{}\"", "0".repeat(64))));
    let report = analyse([invented]);
    assert_eq!(kinds(&report), [Kind::Gap]);
}

/// No key was ever involved, so only a remembered head shows it.
#[test]
fn case_09_a_chain_computed_anew_does_not_have_the_remembered_head() {
    let honest = Logger::every(1).many(10);
    let head = read(&honest[9].0, honest[9].1.as_bytes()).record_hash().expect("a record");
    let mut forged: Objects = honest[..4].to_vec();
    let mut renamed = Vec::new();
    for object in &honest[4..] {
        let before = read(&object.0, object.1.as_bytes()).record_hash().expect("a record");
        let new = rewritten(object, |body| {
            let body = if renamed.is_empty() { body.replace("alice", "mallory") } else { body };
            renamed.iter().fold(body, |body, (old, new): &(String, String)| body.replace(old, new))
        });
        let after = read(&new.0, new.1.as_bytes()).record_hash().expect("a record");
        renamed.push((before.to_string(), after.to_string()));
        forged.push(new);
    }
    let mut report = analyse(forged);
    one_sound_chain(&report, 10);
    report.ends_with(head);
    assert_eq!(report.severity(), Severity::Tampered);
}

#[test]
fn case_12_no_records_are_no_proof() {
    let report = analyse(Objects::new());
    assert_eq!((kinds(&report), report.severity()), (vec![Kind::Empty], Severity::CouldNotCheck));
    assert_eq!(report.root(), merkle::empty_root());
}

#[test]
fn case_13_a_record_that_was_moved_is_noticed() {
    let [(key, body)] = Logger::every(1).many(1).try_into().expect("one");
    for wrong in [
        key.replace("2025/03/01/00", "2031/12/31/23"),
        key.replace("2025/03/01/00", "2025/03/01/01"),
        key.replace("/login/", "/logout/"),
        key.replace("/login/", "/login/login/"),
        key.replace("audit/", "other/"),
        key.replace("audit/", "xaudit/"),
        key.replace(".json", ""),
        key.replace(".json", "0.json"),
        "audit/login/2025/03/01/00/0000.json".to_owned(),
        String::new(),
    ] {
        let report = analyse([(&wrong, &body)]);
        assert_eq!(kinds(&report), [Kind::KeyMismatch], "{wrong}");
        assert_eq!(report.findings[0].key.as_ref(), Some(&wrong));
    }
    assert_eq!(analyse([(format!("prod/logs/{key}"), &body)]).findings, []);
}

#[test]
fn case_14_a_stray_or_broken_object_is_a_finding_and_the_rest_goes_on() {
    let honest = Logger::every(1).many(3);
    let deep = "[".repeat(100_000);
    let strays: [&[u8]; 12] = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"not json",
        b"\xff\xfe\x00",
        b"{\"record_hash\": 1, \"previous_hash\": null}",
        b"{\"record_hash\": \"00\", \"previous_hash\": null}",
        b"{\"a\": 1e999999999999999999999}",
        b"{\"record_hash\": \"0000000000000000000000000000000000000000000000000000000000000000\"}",
        deep.as_bytes(),
        b"{\"previous_hash\": [], \"record_hash\": \"0000000000000000000000000000000000000000000000000000000000000000\"}",
    ];
    for stray in strays {
        let objects = honest.iter().map(|(key, body)| (key.as_str(), body.as_bytes()));
        let report = analyse(objects.chain([("audit/stray.json", stray)]));
        assert_eq!(kinds(&report), [Kind::Malformed], "{}", String::from_utf8_lossy(stray));
        assert_eq!(report.findings[0].key.as_deref(), Some("audit/stray.json"));
        assert_eq!((report.objects, report.importable().count()), (4, 3));
    }
}

/// The put was stored, its answer was lost, and the caller tried again.
#[test]
fn case_15_a_retried_event_is_a_fork_with_a_dead_end() {
    let mut logger = Logger::every(1);
    let first = logger.log("login", "{\"n\": 1}");
    logger.log("login", "{\"n\": 2}");
    logger.last = Some(first);
    logger.log("login", "{\"n\": 2}");
    logger.log("login", "{\"n\": 3}");
    let report = analyse(logger.listed());
    assert_eq!((kinds(&report), report.heads.len()), (vec![Kind::Fork], 2));
    assert_eq!(report.severity(), Severity::Note);
}

#[test]
fn case_16_numbers_as_names_are_explained_and_imported() {
    let names: Json = serde_json::from_str(&file("python_names.json")).expect("it is JSON");
    let all = names["vectors"].as_array().expect("a list");
    let mut numeric = 0;
    for case in all {
        let hashed = case["canonical"].as_str().expect("text");
        let mut logger = Logger::every(1);
        logger.log_hashed_as("login", hashed, hashed);
        let report = analyse(logger.objects.clone());
        let kinds = kinds(&report);
        assert_eq!(report.importable().count(), 1, "{hashed}");
        let explained = kinds.contains(&Kind::NumericKeys);
        assert_eq!(explained, case["round_trip_equal"] == false, "{hashed}");
        assert_eq!(report.severity(), Severity::Note, "{hashed}");
        numeric += usize::from(explained);
        let (key, body) = &logger.objects[0];
        let line = read(key, body.as_bytes()).line().expect("a sound record");
        assert!(String::from_utf8(line).expect("ASCII").contains(hashed));
    }
    assert!(numeric >= 8 && numeric < all.len(), "{numeric} of {}", all.len());
}

#[test]
fn an_altered_record_is_altered_in_every_order_of_its_names() {
    let mut logger = Logger::every(1);
    logger.log_hashed_as("login", r#"{"9": 1, "10": 2}"#, r#"{"9": 1, "10": 3}"#);
    assert_eq!(kinds(&analyse(logger.objects)), [Kind::ContentAltered]);
}

#[test]
fn case_17_nan_in_an_old_record_is_read_and_noted() {
    let mut logger = Logger::every(1);
    logger.log("login", r#"{"list": [-Infinity], "n": NaN}"#);
    logger.log("login", r#"{"n": 1}"#);
    let report = analyse(logger.objects);
    assert_eq!((kinds(&report), report.severity()), (vec![Kind::NonFinite], Severity::Note));
    assert_eq!(report.importable().count(), 2);
}

#[test]
fn case_20_a_type_with_slashes_is_read_as_the_logger_wrote_it() {
    let mut logger = Logger::every(1);
    for event_type in ["login/2026/01/17/00", "", "..", "a b"] {
        logger.log(event_type, "{}");
    }
    one_sound_chain(&analyse(logger.listed()), 4);
}

#[test]
fn case_21_both_widths_of_a_moment_are_read() {
    let objects = Logger::every(1).many(4);
    assert!(objects[0].1.contains(":00\"") && objects[1].1.contains(":01.000001\""));
    one_sound_chain(&analyse(objects), 4);
}

#[test]
fn case_22_a_clock_set_back_over_the_hour_is_noted() {
    let mut logger = Logger::every(1);
    logger.seconds = 7200;
    logger.log("login", "{}");
    logger.seconds = 7198;
    logger.log("login", "{}");
    let report = analyse(logger.listed());
    assert_eq!((kinds(&report), report.severity()), (vec![Kind::ClockRegression], Severity::Note));
    assert!(report.is_one_chain());
}

#[test]
fn a_copy_under_another_key_is_counted_once() {
    let mut objects = Logger::every(1).many(3);
    let copy = (objects[1].0.replace("2025/03/01", "2031/03/01"), objects[1].1.clone());
    objects.push(copy.clone());
    let report = analyse(objects);
    let mut found = kinds(&report);
    found.sort();
    assert_eq!(found, [Kind::KeyMismatch, Kind::Duplicate]);
    assert!(report.findings.iter().all(|finding| finding.key.as_ref() == Some(&copy.0)));
    assert_eq!((report.order.len(), report.is_one_chain()), (3, true));
}

/// The sound record stays in the chain, whichever is listed first.
#[test]
fn an_altered_copy_does_not_push_out_the_sound_record() {
    let mut objects = Logger::every(1).many(3);
    let (key, body) = objects[1].clone();
    objects.push((key.replace("audit/", "a/audit/"), body.replace("alice", "mallory")));
    for _ in 0..2 {
        let report = analyse(objects.clone());
        assert_eq!(kinds(&report), [Kind::ContentAltered]);
        assert_eq!(report.importable().count(), 3);
        objects.reverse();
    }
}

#[test]
fn records_that_name_each_other_in_a_circle_are_named() {
    let (a, b, c) = ("aa".repeat(32), "bb".repeat(32), "cc".repeat(32));
    let object = |hash: &str, previous: &str| {
        let body = format!(
            r#"{{"event_type": "t", "previous_hash": "{previous}", "record_hash": "{hash}", "timestamp": "2025-03-01T00:00:00"}}"#
        );
        (format!("audit/t/2025/03/01/00/{hash}.json"), body)
    };
    let itself = "dd".repeat(32);
    let objects = [object(&a, &b), object(&b, &a), object(&c, &a), object(&itself, &itself)];
    let report = analyse(objects);
    let loops = report.findings.iter().filter(|finding| finding.kind == Kind::Loop);
    let loops: Vec<String> = loops.map(|f| f.record_hash.expect("a record").to_string()).collect();
    assert_eq!(loops, [a, itself]);
    assert_eq!((report.order.len(), report.importable().count()), (4, 0));
}

#[test]
fn every_finding_says_where() {
    let (objects, _) = vector("edited-record");
    let text = analyse_links(objects).findings[0].to_string();
    assert!(text.starts_with("content_altered in `audit/") && text.is_ascii(), "{text}");
    let report = analyse([("k\n", "{}")]);
    let json = serde_json::to_value(report.findings.last()).expect("plain data");
    assert_eq!((&json["kind"], &json["key"]), (&"malformed".into(), &"k\n".into()));
}

proptest! {
    /// The same objects give the same report, however the store lists them.
    #[test]
    fn the_order_of_listing_does_not_matter(
        parents in prop::collection::vec(any::<u16>(), 1..40),
        shuffled in any::<u64>(),
        lost in any::<u16>(),
    ) {
        let mut logger = Logger::every(1);
        let mut known = vec![None];
        for parent in parents {
            logger.last = known[usize::from(parent) % known.len()];
            known.push(Some(logger.log("login", "{}")));
        }
        let mut objects = logger.objects;
        objects.remove(usize::from(lost) % objects.len());
        let first = analyse(objects.clone());
        objects.sort_by_key(|(key, _)| Hash::of(format!("{shuffled}{key}").as_bytes()));
        let second = analyse(objects.clone());
        let order = |report: &LegacyReport| -> Vec<Hash> { report.order.iter().map(|e| e.hash).collect() };
        prop_assert_eq!(order(&first), order(&second));
        prop_assert_eq!(&first.findings, &second.findings);
        prop_assert_eq!((&first.heads, &first.geneses), (&second.heads, &second.geneses));
        prop_assert_eq!(order(&first).len(), objects.len());
        // A predecessor that is there stands before what names it.
        for (at, entry) in second.order.iter().enumerate() {
            let body = &objects[usize::try_from(entry.object).expect("small")].1;
            for other in &second.order[at..] {
                let link = format!("\"previous_hash\": \"{}\"", other.hash);
                prop_assert!(!body.contains(&link), "{link} comes later");
            }
        }
    }

    #[test]
    fn no_object_is_too_strange(key in "\\PC{0,60}", body in prop::collection::vec(any::<u8>(), 0..80)) {
        let report = analyse([(key, body)]);
        prop_assert_eq!(report.objects, 1);
        prop_assert!(report.severity() >= Severity::CouldNotCheck);
    }

    #[test]
    fn a_flipped_bit_in_a_body_is_noticed(at in any::<u16>(), bit in 0..8_u8) {
        let objects = Logger::every(1).many(3);
        let (key, body) = &objects[1];
        let mut body = body.clone().into_bytes();
        let at = usize::from(at) % body.len();
        body[at] ^= 1 << bit;
        let before = Value::parse(objects[1].1.as_bytes()).expect("JSON");
        prop_assume!(Value::parse(&body).map_or(true, |after| after != before));
        let all = [(&objects[0].0, objects[0].1.as_bytes()), (key, &body), (&objects[2].0, objects[2].1.as_bytes())];
        prop_assert_eq!(analyse(all).severity(), Severity::Tampered);
    }
}
