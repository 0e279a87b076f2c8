//! Any bytes as a document, as a line and as a segment: never a panic; what is canonical stays so;
//! the quick reader of canonical documents passes what the slow one writes, and nothing else.
#![no_main]

use audit_chain::canonical::{Rules, Scanner, canonical_json, to_canonical, uncanonical};
use audit_chain::json::Value;
use audit_chain::record::{Line, record_hash};
use audit_chain::segment::{CheckOptions, check, open};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let slow = uncanonical(bytes, Rules::Strict);
    assert_eq!(Scanner::new().passes(bytes), slow.is_none(), "{slow:?}");
    if let Ok(value) = Value::parse(bytes) {
        let canonical = to_canonical(&value);
        assert_eq!(canonical_json(&canonical).as_ref(), Ok(&canonical));
        assert_eq!(uncanonical(&canonical, Rules::Legacy), None);
        if let Ok(hash) = record_hash(&value) {
            // The line of it, so that more than the suffix is read.
            let body = canonical.strip_suffix(b"}").expect("an object ends with a brace");
            let line = [body, format!(", \"record_hash\": \"{hash}\"}}").as_bytes()].concat();
            let _ = Line::read(&line, &mut Scanner::new());
            let header = format!(
                "{{\"batch\": \"{0:032}\", \"count\": 1, \"first_seq\": 0, \"kind\": \"records\", \
                 \"last_hash\": \"{hash}\", \"log_id\": \"l\", \"previous_hash\": null, \"v\": 1}}\n",
                0
            );
            let body = [header.as_bytes(), &line, b"\n"].concat();
            check(0, &body, &CheckOptions { log_id: Some("l"), split_at: &[1] });
        }
    }
    check(0, bytes, &CheckOptions::default());
    if let Ok(opened) = open(bytes) {
        for (_, line) in opened.lines() {
            let _ = Line::read(line, &mut Scanner::new());
        }
    }
});
