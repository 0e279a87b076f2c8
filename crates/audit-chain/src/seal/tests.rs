//! What a sealed value promises.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::canonical::to_canonical;

fn key(id: u8) -> SubjectKey {
    SubjectKey::new(KeyId([id; 16]), [id ^ 0x55; 32])
}

fn entropy(seed: u8) -> Entropy {
    Entropy { nonce: [seed; 24], salt: [seed ^ 0xAA; 32] }
}

fn at(path: &str) -> Path {
    path.parse().unwrap()
}

fn json(text: &str) -> Value {
    Value::parse(text.as_bytes()).unwrap()
}

/// `{"person": {"name": …}, "n": 1}` with the name sealed.
fn sealed() -> Value {
    let mut details = json(r#"{"person": {"name": "Ada"}, "n": 1}"#);
    seal_field(&mut details, &at("person.name"), "log", &key(1), entropy(1)).unwrap();
    details
}

/// The code of what opening gives.
fn open(details: &Value, path: &str, log_id: &str, key: &SubjectKey) -> Result<(), &'static str> {
    let mut details = details.clone();
    open_field(&mut details, &at(path), log_id, KeyState::Held(key)).map_err(|error| error.code())
}

/// The member of the sealed value at `/person/name`.
fn member<'a>(details: &'a mut Value, name: &str) -> &'a mut Value {
    at("person.name").inner(details).into_iter().find(|(key, _)| key == name).unwrap().1
}

impl Path {
    /// The members of a sealed value at this place, which no path leads into.
    fn inner<'a>(&self, details: &'a mut Value) -> Vec<(String, &'a mut Value)> {
        let Ok(Value::Object(outer)) = self.find(details) else { panic!("a sealed value") };
        let Value::Object(members) = &mut outer[0].1 else { panic!("a sealed value") };
        members.iter_mut().map(|(name, value)| (name.to_string(), value)).collect()
    }
}

#[test]
fn a_sealed_value_looks_as_it_is_documented() {
    let mut details = sealed();
    assert_eq!(sealed_fields(&details), [(at("person.name"), Some(KeyId([1; 16])))]);
    let names: Vec<_> = at("person.name").inner(&mut details).into_iter().map(|m| m.0).collect();
    assert_eq!(names, ["alg", "commit", "ct", "kid", "nonce", "v"]);
    let text = String::from_utf8(to_canonical(&details)).unwrap();
    assert!(
        text.starts_with(
            r#"{"n": 1, "person": {"name": {"$sealed": {"alg": "XChaCha20-Poly1305","#
        )
    );
    assert!(!text.contains("Ada"));
}

/// The file was computed in plain Python from RFC 8439 and draft-irtf-cfrg-xchacha, whose example A.3.1
/// came out right, so the format is what its description says and cannot drift unnoticed.
#[test]
fn the_format_is_the_one_of_an_independent_implementation() {
    let text = String::from_utf8(to_canonical(&sealed())).unwrap();
    assert_eq!(text, include_str!("vector.json").trim_end());
}

#[test]
fn only_the_right_key_in_the_right_log_at_the_right_place_opens() {
    let details = sealed();
    assert_eq!(open(&details, "person.name", "log", &key(1)), Ok(()));
    assert_eq!(open(&details, "person.name", "log", &key(2)), Err("audit.seal_broken"));
    assert_eq!(open(&details, "person.name", "other", &key(1)), Err("audit.seal_broken"));
    let impostor = SubjectKey::new(KeyId([1; 16]), [9; 32]);
    assert_eq!(open(&details, "person.name", "log", &impostor), Err("audit.seal_broken"));

    let mut moved = details.clone();
    let Value::Object(members) = &mut moved else { panic!("an object") };
    let Value::Object(person) = &mut members[0].1 else { panic!("an object") };
    person[0].0 = "nickname".into();
    assert_eq!(open(&moved, "person.nickname", "log", &key(1)), Err("audit.seal_broken"));
}

#[test]
fn a_destroyed_key_is_told_from_a_missing_one() {
    for (state, code) in
        [(KeyState::Destroyed, "audit.seal_erased"), (KeyState::Unknown, "audit.seal_key_unknown")]
    {
        let mut details = sealed();
        let error = open_field(&mut details, &at("person.name"), "log", state).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains("`/person/name`"), "{error}");
        assert_eq!(details, sealed(), "nothing is changed by a failure");
    }
}

#[test]
fn every_changed_octet_is_noticed() {
    for name in ["nonce", "ct", "commit"] {
        let Value::String(text) = member(&mut sealed(), name).clone() else { panic!("a text") };
        let octets = STANDARD.decode(text.as_str().unwrap()).unwrap();
        for at in 0..octets.len() {
            let mut changed = octets.clone();
            changed[at] ^= 1;
            let mut details = sealed();
            *member(&mut details, name) = Value::from(STANDARD.encode(changed).as_str());
            let found = open(&details, "person.name", "log", &key(1));
            assert_eq!(found, Err("audit.seal_broken"), "{name} {at}");
        }
    }
}

#[test]
fn another_form_is_malformed() {
    let spoil: [(&str, Value); 8] = [
        ("v", Value::from(2)),
        ("v", Value::from("1")),
        ("alg", Value::from("none")),
        ("kid", Value::from("00")),
        ("kid", Value::from("0101010101010101010101010101010G")),
        ("nonce", Value::from("AAAA")),
        ("ct", Value::from("?")),
        ("commit", Value::Null),
    ];
    for (name, value) in spoil {
        let mut details = sealed();
        *member(&mut details, name) = value;
        assert_eq!(
            open(&details, "person.name", "log", &key(1)),
            Err("audit.seal_malformed"),
            "{name}"
        );
        assert_eq!(sealed_fields(&details), [(at("person.name"), None)]);
    }
    for text in [r#"{"$sealed": 1}"#, r#"{"$sealed": {}, "more": 1}"#, "1", "{}"] {
        assert_eq!(open(&json(text), "", "log", &key(1)), Err("audit.seal_malformed"), "{text}");
    }
}

#[test]
fn what_is_sealed_is_not_sealed_again() {
    let mut details = sealed();
    for path in ["person.name", "/person/name/$sealed", "/person/name/$sealed/ct"] {
        let found = seal_field(&mut details, &at(path), "log", &key(2), entropy(2));
        assert_eq!(found, Err(Error::SealNested { path: at(path).to_string() }));
    }
}

#[test]
fn a_value_that_could_not_be_read_back_is_not_sealed() {
    let mut details = json(r#"{"a": NaN}"#);
    let before = to_canonical(&details);
    let found = seal_field(&mut details, &at("a"), "log", &key(1), entropy(1));
    assert_eq!(found.map_err(|error| error.code()), Err("audit.non_finite"));
    assert_eq!(to_canonical(&details), before);
}

#[test]
fn one_subject_can_be_erased_while_others_stay() {
    let text = r#"{"ada": {"name": "Ada", "tags": ["x", "y"]}, "bob": "Bob"}"#;
    let mut details = json(text);
    let (ada, bob) = (key(1), key(2));
    for (seed, path, key) in [(1, "ada.tags.1", &ada), (2, "ada", &ada), (3, "bob", &bob)] {
        seal_field(&mut details, &at(path), "log", key, entropy(seed)).unwrap();
    }
    let all = |id: KeyId| KeyState::Held(if id == ada.id() { &ada } else { &bob });
    let mut opened = details.clone();
    assert_eq!(open_all(&mut opened, "log", all), []);
    assert_eq!(opened, json(text), "the inner one as well");

    let some = |id: KeyId| if id == ada.id() { KeyState::Destroyed } else { all(id) };
    let kid = ada.id().to_string();
    let closed = open_all(&mut details, "log", some);
    assert_eq!(closed, [(at("ada"), Error::SealErased { path: "/ada".to_owned(), kid })]);
    assert_eq!(details.get("bob").and_then(Value::as_str), Some("Bob"));
    assert_eq!(sealed_fields(&details), [(at("ada"), Some(ada.id()))]);
}

/// With a short value the length would tell which one it was.
#[test]
fn likely_values_look_alike() {
    let length = |text: &str| {
        let mut value = json(text);
        seal_field(&mut value, &Path::root(), "log", &key(1), entropy(1)).unwrap();
        to_canonical(&value).len()
    };
    let lengths = ["true", "false", "null", "7", "\"male\"", "\"female\""].map(length);
    assert_eq!(lengths, [lengths[0]; 6]);
}

#[test]
fn a_disclosed_value_is_the_one_that_was_committed_to() {
    let mut details = sealed();
    let key = key(1);
    let state = KeyState::Held(&key);
    let (value, salt) = disclose(&mut details, &at("person.name"), "log", state).unwrap();
    let commit = STANDARD.encode(commitment(&salt, &value).0);
    assert_eq!(member(&mut details, "commit").as_str(), Some(commit.as_str()));
    assert_ne!(commitment(&salt, &json("\"Eve\"")), commitment(&salt, &value));
}

#[test]
fn a_key_is_shown_without_its_secret() {
    let key = SubjectKey::new(KeyId([7; 16]), [0xAB; 32]);
    let shown = format!("{key:?} {:?}", KeyState::Held(&key));
    assert!(
        shown.contains("KeyId") && !shown.contains("171") && !shown.contains("ab, "),
        "{shown}"
    );
    assert_eq!("07".repeat(16).parse(), Ok(key.id()));
    for wrong in ["", "07", &"0G".repeat(16), &"AB".repeat(16), &"07".repeat(17)] {
        assert_eq!(wrong.parse::<KeyId>(), Err(Error::KeyIdInvalid), "{wrong}");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::Float),
        "\\PC{0,80}".prop_map(|text| Value::from(text.as_str())),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-z~/.]{0,4}", inner, 0..4).prop_map(|members| {
                let members = members.into_iter();
                Value::Object(members.map(|(name, value)| (name.as_str().into(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_sealed_comes_back(
        value in values(), log in "\\PC{0,9}", secret: [u8; 32], nonce: [u8; 24], salt: [u8; 32],
    ) {
        let key = SubjectKey::new(KeyId([3; 16]), secret);
        let mut sealed = value.clone();
        let entropy = Entropy { nonce, salt };
        seal_field(&mut sealed, &Path::root(), &log, &key, entropy).unwrap();
        // Through the line of a record and back.
        let mut sealed = Value::parse_strict(&to_canonical(&sealed)).unwrap();
        open_field(&mut sealed, &Path::root(), &log, KeyState::Held(&key)).unwrap();
        prop_assert_eq!(to_canonical(&sealed), to_canonical(&value));
    }

    #[test]
    fn every_place_can_be_sealed_and_found_again(value in values()) {
        let mut places = Vec::new();
        visit(&mut value.clone(), &mut Path::root(), &mut |_, path| { places.push(path.clone()); true });
        let key = key(4);
        for place in places {
            prop_assert_eq!(place.to_string().parse::<Path>(), Ok(place.clone()));
            let mut sealed = value.clone();
            seal_field(&mut sealed, &place, "log", &key, entropy(4)).unwrap();
            prop_assert_eq!(sealed_fields(&sealed), [(place, Some(key.id()))]);
            prop_assert_eq!(open_all(&mut sealed, "log", |_| KeyState::Held(&key)), []);
            prop_assert_eq!(&sealed, &value);
        }
    }
}

#[test]
fn an_event_that_is_sent_again_is_sealed_the_same_and_nothing_else_is() {
    let key = SubjectKey::new(KeyId([7; 16]), [8; 32]);
    let value = Value::from("ada@example.com");
    let at = |path: &str| path.parse::<Path>().unwrap();
    let derived = |key: &SubjectKey, log: &str, path: &str, id: &str, value: &Value| {
        let Entropy { nonce, salt } = Entropy::derived(key, log, &at(path), id, value);
        (nonce, salt)
    };
    let first = derived(&key, "log", "/mail", "e-1", &value);
    assert_eq!(first, derived(&key, "log", "mail", "e-1", &value));
    let other_key = SubjectKey::new(KeyId([7; 16]), [9; 32]);
    let others = [
        derived(&other_key, "log", "/mail", "e-1", &value),
        derived(&key, "log2", "/mail", "e-1", &value),
        derived(&key, "log", "/mail2", "e-1", &value),
        derived(&key, "log", "/mail", "e-2", &value),
        derived(&key, "log", "/mail", "e-1", &Value::from("ada@example.org")),
    ];
    for other in &others {
        assert!(other.0 != first.0 && other.1 != first.1);
    }
    assert_ne!(first.0[..], first.1[..24], "nonce and salt differ");
    // Computed with Python's `hmac`.
    let expected = "82d102aadbbdd611880924bb4792519ebe427be366220689";
    let text: String = first.0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text, expected);
}
