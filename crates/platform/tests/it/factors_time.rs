//! Two axes of time: for which days, and known since when.

use std::sync::Arc;
use std::time::Duration;

use platform::factors::Error;
use storage_core::factors::{
    Answer, Change, Factor, FactorId, Kind, KnownAt, Reason, ReasonKind, Terms,
};

use super::figures::{World, day, factor, free, id, moment, source, told, version};

const NOW: KnownAt = KnownAt::Now;

#[tokio::test]
async fn t01_the_same_put_twice_is_one_version() {
    let world = World::new().await;
    let (factor, version) = (factor("a", "GB"), Arc::new(version("a", "1.50", "2024-01-01/..")));
    let first = world.factors.put(&factor, &version, &Terms::default()).await.unwrap();
    let second = world.factors.put(&factor, &version, &Terms::default()).await.unwrap();
    assert!(first.created && !second.created);
    assert_eq!((first.seq, first.version_id), (second.seq, second.version_id));
    assert_eq!(world.factors.catalogue().next_seq(), 1);
    assert_eq!(world.factors.history("a").unwrap().events.len(), 1);
}

#[tokio::test]
async fn t02_another_source_label_or_validity_is_another_version() {
    let world = World::new().await;
    let plain = version("a", "1.5", "2024-01-01/2025-01-01");
    let mut labelled = plain.clone();
    labelled.gwp_set = Some("AR5".to_owned());
    let mut elsewhere = plain.clone();
    elsewhere.source = source("another");
    let mut longer = plain.clone();
    longer.valid = "2024-01-01/2026-01-01".parse().unwrap();
    let versions = [plain, labelled, elsewhere, longer];
    for version in &versions {
        let version = Arc::new(version.clone());
        let put = world.factors.put(&factor("a", "GB"), &version, &Terms::default()).await;
        assert!(put.unwrap().created);
    }
    for version in &versions {
        assert_eq!(*world.factors.get(version.id()).unwrap(), *version);
    }
}

#[tokio::test]
async fn t03_a_year_that_is_filled_in_later_does_not_become_the_present() {
    let world = World::new().await;
    world.put("a", "25", "2025-01-01/..").await;
    let back = world.put("a", "20", "2020-01-01/..").await;
    assert_eq!(world.figure("a", "2026-11-21", &NOW), "25");
    assert_eq!(world.figure("a", "2020-06-01", &NOW), "20");
    assert_eq!(world.figure("a", "2024-12-31", &NOW), "20");
    assert_eq!(world.figure("a", "2020-06-01", &KnownAt::Seq(back - 1)), "not valid");
}

#[tokio::test]
async fn t04_a_year_that_is_over_is_restated() {
    // Our World in Data, United Arab Emirates, 2022: the figures of two of its releases.
    let world = World::new().await;
    world.clock.set(moment("2024-04-10T00:00:00Z"));
    world.put("ARE", "407.975", "2022-01-01/2023-01-01").await;
    world.clock.set(moment("2024-12-01T00:00:00Z"));
    world.put("ARE", "561.135", "2022-01-01/2023-01-01").await;
    let known = |text: &str| KnownAt::Moment(moment(text));
    assert_eq!(world.figure("ARE", "2022-07-01", &known("2024-04-10T00:00:00Z")), "407.975");
    assert_eq!(world.figure("ARE", "2022-07-01", &known("2024-12-01T00:00:00Z")), "561.135");
    assert_eq!(world.figure("ARE", "2022-07-01", &known("2024-04-09T23:59:59Z")), "not known");
}

#[tokio::test]
async fn t05_moments_are_ordered_as_moments_whatever_their_offsets() {
    let world = World::new().await;
    world.clock.set(moment("2022-02-01T12:00:00Z"));
    world.put("a", "1", "2022-01-01/..").await;
    // 13:00 UTC. As texts, its second before, written in UTC, would come after it.
    world.clock.set(moment("2022-02-04T17:30:00+04:30"));
    world.put("a", "2", "2022-01-01/..").await;
    for (text, figure) in [
        ("2022-02-04T12:59:59Z", "1"),
        ("2022-02-04T17:29:59+04:30", "1"),
        ("2022-02-04T22:59:59+10:00", "1"),
        ("2022-02-04T17:30:00+04:30", "2"),
        ("2022-02-04T13:00:00Z", "2"),
        ("2022-02-04T05:00:00-08:00", "2"),
    ] {
        let known: KnownAt = text.parse().unwrap();
        assert_eq!(world.figure("a", "2022-06-01", &known), figure, "{text}");
    }
}

#[tokio::test]
async fn t07_a_year_without_an_edition_is_a_gap() {
    let world = World::new().await;
    world.put("a", "20", "2020-01-01/2021-01-01").await;
    world.put("a", "22", "2022-01-01/2023-01-01").await;
    match world.at("a", "2021-06-01", &NOW) {
        Answer::NotValid { nearest: Some(nearest) } => {
            assert_eq!(nearest.version.gases["co2e"].to_string(), "20");
        }
        other => panic!("{other:?}"),
    }
    let selector = storage_core::factors::Selector {
        activity: "electricity.grid".to_owned(),
        region: Some("GB".to_owned()),
        ..Default::default()
    };
    let never = storage_core::factors::Fallback::default();
    let error = world.factors.resolve(&selector, day("2021-06-01"), &NOW, &never).unwrap_err();
    assert_eq!(error.code(), "factors.resolve_not_valid");
    let mut earlier = never.clone();
    earlier.year = storage_core::factors::YearFallback::Earlier { most_years: 1 };
    let found = world.factors.resolve(&selector, day("2021-06-01"), &NOW, &earlier).unwrap();
    assert_eq!(found.found.version.gases["co2e"].to_string(), "20");
    assert_eq!(found.steps.len(), 2, "{:?}", found.steps);
    assert_eq!(found.penalties, [storage_core::factors::Penalty::Years(1)]);
    let late = world.factors.resolve(&selector, day("2024-06-01"), &NOW, &earlier);
    assert_eq!(late.unwrap_err().code(), "factors.resolve_not_valid", "more than a year back");
}

#[tokio::test]
async fn t08_what_no_longer_appears_is_not_valid_and_the_last_edition_is_named() {
    let world = World::new().await;
    world.put("wood.closed_loop", "1.5", "2023-01-01/2024-01-01").await;
    match world.at("wood.closed_loop", "2024-05-01", &NOW) {
        Answer::NotValid { nearest: Some(nearest) } => {
            assert_eq!(nearest.version.valid.to_string(), "2023-01-01/2024-01-01");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn t09_what_was_removed_and_added_again_was_withdrawn_in_between() {
    let world = World::new().await;
    world.put("a", "1", "2020-01-01/..").await;
    world.clock.set(moment("2024-02-01T00:00:00Z"));
    let terms = Terms { reason: Some(ReasonKind::Reclassified.into()), ..Terms::default() };
    let gone = world.factors.withdraw(&id("a"), None, &terms).await.unwrap();
    world.clock.set(moment("2024-03-01T00:00:00Z"));
    world.put("a", "1.1", "2020-01-01/..").await;
    let known = |text: &str| KnownAt::Moment(moment(text));
    assert_eq!(world.figure("a", "2021-01-01", &known("2024-01-15T00:00:00Z")), "1");
    match world.at("a", "2021-01-01", &known("2024-02-15T00:00:00Z")) {
        Answer::Withdrawn { since, seq, reason, version } => {
            assert_eq!((since, seq), (moment("2024-02-01T00:00:00Z"), gone.seq));
            assert_eq!(reason.unwrap().kind, ReasonKind::Reclassified);
            assert_eq!(version.unwrap().version.gases["co2e"].to_string(), "1");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.figure("a", "2021-01-01", &NOW), "1.1");

    let again = world.factors.withdraw(&id("a"), None, &terms).await.unwrap();
    assert!(again.created);
    assert!(!world.factors.withdraw(&id("a"), None, &terms).await.unwrap().created);
    world.factors.reinstate(&id("a"), None, &Terms::default()).await.unwrap();
    assert_eq!(world.figure("a", "2021-01-01", &NOW), "1.1");
    let error = world.factors.reinstate(&id("a"), None, &Terms::default()).await.unwrap_err();
    assert_eq!(error.code(), "factors.nothing_to");
}

#[tokio::test]
async fn t10_the_last_of_1100_versions_is_found_by_its_name() {
    let world = World::new().await;
    let first = day("2020-01-01");
    let puts: Vec<_> = (0..1100)
        .map(|nth| {
            let valid = format!(
                "{}/{}",
                first + chrono::Days::new(nth),
                first + chrono::Days::new(nth + 1)
            );
            let version = Arc::new(version("a", &format!("{nth}.5"), &valid));
            (Change::Put { factor: factor("a", "GB"), version }, Terms::default())
        })
        .collect();
    let outcomes = world.factors.put_all(&puts).await.unwrap();
    assert_eq!(outcomes.len(), 1100);
    for factors in [world.factors.clone(), world.reopened().await] {
        for nth in [0, 999, 1000, 1001, 1099] {
            let version = factors.get(outcomes[nth].version_id.unwrap()).unwrap();
            assert_eq!(version.gases["co2e"].to_string(), format!("{nth}.5"));
        }
        let answer = factors.get_at("a", first + chrono::Days::new(1099), &NOW).unwrap();
        assert_eq!(told(&answer), "1099.5");
    }
}

#[tokio::test]
async fn t11_names_are_compared_letter_by_letter_and_mean_nothing() {
    let world = World::new().await;
    let long = "x".repeat(FactorId::LENGTH);
    let digest = version("z", "1", "2020-01-01/..").id().to_string();
    let names = [
        "elec",
        "elec/private",
        "elec/",
        "/elec",
        "..",
        "../elec",
        "latest",
        "électricité",
        "電力",
        "elec%2Fprivate",
        "ELEC",
        &digest,
        &long,
        "a b",
        "2025",
    ];
    for (nth, name) in names.iter().enumerate() {
        world.put(name, &format!("{nth}.25"), "2020-01-01/..").await;
    }
    let reopened = world.reopened().await;
    for (nth, name) in names.iter().enumerate() {
        let answer = reopened.get_at(name, day("2024-01-01"), &NOW).unwrap();
        assert_eq!(told(&answer), format!("{nth}.25"), "{name}");
        assert_eq!(reopened.history(name).unwrap().events.len(), 1, "{name}");
    }
    for absent in ["ele", "private", "elec/priv", "e", "", "Latest"] {
        assert_eq!(reopened.get_at(absent, day("2024-01-01"), &NOW).unwrap(), Answer::NotKnown);
    }
    assert!("sha256:12".parse::<storage_core::factors::VersionId>().is_err());
    assert!("a\u{0}".parse::<FactorId>().is_err());
    let keys: Vec<_> = {
        use futures_util::TryStreamExt as _;
        world.store.list_all("", None).try_collect().await.unwrap()
    };
    let plain =
        |it: &platform::store::Listed| it.key.as_str().is_ascii() && it.key.as_str().len() < 40;
    assert!(keys.iter().all(plain), "no key shows a name: {keys:?}");
}

#[tokio::test]
async fn t14_a_clock_that_goes_back_does_not_turn_the_log_around() {
    let world = World::new().await;
    world.clock.set(moment("2024-06-01T00:00:00.123456789Z"));
    world.put("a", "1", "2020-01-01/..").await;
    world.clock.set(moment("2023-06-01T00:00:00Z"));
    world.put("a", "2", "2020-01-01/..").await;
    let reopened = world.reopened().await;
    let version = Arc::new(version("a", "3", "2020-01-01/.."));
    reopened.put(&factor("a", "GB"), &version, &Terms::default()).await.unwrap();
    let moments: Vec<_> =
        reopened.history("a").unwrap().events.iter().map(|it| it.recorded_at).collect();
    let expected = ["123456", "123457", "123458"];
    let expected = expected.map(|it| moment(&format!("2024-06-01T00:00:00.{it}Z")));
    assert_eq!(moments, expected);
    let known = KnownAt::Moment(expected[1]);
    assert_eq!(told(&reopened.get_at("a", day("2024-01-01"), &known).unwrap()), "2");
}

#[tokio::test]
async fn a_correction_says_what_it_replaces_and_splits_what_lies_beneath() {
    let world = World::new().await;
    world.put("a", "1", "2020-01-01/..").await;
    let right = Arc::new(version("a", "0.001", "2022-01-01/2023-01-01"));
    let reason = Reason { kind: ReasonKind::Error, text: Some("t for kg".to_owned()) };
    let terms = Terms { reason: Some(reason.clone()), ..Terms::default() };
    world.factors.correct(&factor("a", "GB"), &right, &terms).await.unwrap();
    let segments = world.factors.segments("a", &NOW).unwrap();
    let shown: Vec<_> =
        segments.iter().map(|it| (it.valid.unwrap().to_string(), told(&it.answer))).collect();
    let expected = [
        ("2020-01-01/2022-01-01", "1"),
        ("2022-01-01/2023-01-01", "0.001"),
        ("2023-01-01/..", "1"),
    ];
    assert_eq!(shown, expected.map(|(days, figure)| (days.to_owned(), figure.to_owned())));
    let history = world.factors.history("a").unwrap();
    let event = &history.events[1];
    assert_eq!((event.kind, event.reason.as_ref()), (Kind::Correct, Some(&reason)));
    assert_eq!(event.supersedes, [version("a", "1", "2020-01-01/..").id()]);
    let nothing = Arc::new(version("b", "1", "2020-01-01/.."));
    let error = world.factors.correct(&factor("b", "GB"), &nothing, &terms).await.unwrap_err();
    assert_eq!(error.code(), "factors.nothing_to");
}

#[tokio::test]
async fn a_factor_keeps_what_it_is_about_and_a_writer_can_insist_on_what_was_read() {
    let world = World::new().await;
    let head = world.put("a", "1", "2020-01-01/..").await;
    let mut other = Factor::clone(&factor("a", "GB"));
    other.unit = "MWh".to_owned();
    let new = Arc::new(version("a", "2", "2020-01-01/.."));
    let error = world.factors.put(&other.into(), &new, &Terms::default()).await.unwrap_err();
    assert_eq!(error.code(), "factors.identity_differs");
    for (expected, fits) in [(Some(None), false), (Some(Some(7)), false), (Some(Some(head)), true)]
    {
        let terms = Terms { expected_head: expected, ..Terms::default() };
        let put = world.factors.put(&factor("a", "GB"), &new, &terms).await;
        assert_eq!(put.is_ok(), fits, "{expected:?}");
        if let Err(error @ Error::Refused(_)) = put {
            assert_eq!((error.code(), error.exit_status()), ("factors.head_moved", 4));
        }
    }
    let mut negative = version("b", "-4", "2020-01-01/..");
    negative.licence = free();
    let refused = Arc::new(negative.clone());
    let put = world.factors.put(&factor("b", "GB"), &refused, &Terms::default()).await;
    assert_eq!(put.unwrap_err().code(), "factors.version_invalid");
    negative.may_be_negative = true;
    world.factors.put(&factor("b", "GB"), &negative.into(), &Terms::default()).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.figure("b", "2024-01-01", &NOW), "-4");
}

#[tokio::test]
async fn a_tag_names_a_position_for_good() {
    let world = World::new().await;
    let error = world.factors.tag("empty", None, &Terms::default()).await.unwrap_err();
    assert_eq!(error.code(), "factors.tag_invalid");
    world.put("a", "1", "2020-01-01/..").await;
    world.factors.tag("set@1", None, &Terms::default()).await.unwrap();
    world.put("a", "2", "2020-01-01/..").await;
    let tag = KnownAt::Tag("set@1".to_owned());
    for factors in [world.factors.clone(), world.reopened().await] {
        assert_eq!(told(&factors.get_at("a", day("2024-01-01"), &tag).unwrap()), "1");
        assert_eq!(told(&factors.get_at("a", day("2024-01-01"), &NOW).unwrap()), "2");
    }
    assert!(!world.factors.tag("set@1", Some(0), &Terms::default()).await.unwrap().created);
    for position in [None, Some(1)] {
        let error = world.factors.tag("set@1", position, &Terms::default()).await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("factors.tag_taken", 4));
    }
    let beyond = world.factors.tag("set@2", Some(99), &Terms::default()).await.unwrap_err();
    assert_eq!(beyond.code(), "factors.tag_invalid");
    let unknown = KnownAt::Tag("set@3".to_owned());
    let error = world.factors.get_at("a", day("2024-01-01"), &unknown).unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("factors.no_tag", 3));
}
