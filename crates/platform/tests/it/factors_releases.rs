//! Releases of publishers: what they bring, and what is known of them afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platform::factors::Import;
use storage_core::Digest;
use storage_core::calculation::{Calculation, Request, compute, recompute};
use storage_core::factors::{
    Candidate, Interval, KnownAt, Licence, LicenceFilter, Point, Reason, ReasonKind, Release,
    Terms, Version, VersionId,
};

use super::figures::{
    World, day, edition, factor, free, id, moment, releases, source, told, version,
};

async fn take(world: &World, candidates: Vec<Candidate>) -> storage_core::factors::Report {
    let imported = world.factors.import(candidates, &Import::default(), |_| {}).await.unwrap();
    imported.report
}

fn ids(lines: &[storage_core::factors::Line]) -> BTreeSet<String> {
    lines.iter().map(|it| it.factor_id.to_string()).collect()
}

#[tokio::test]
async fn t06_an_edition_ends_where_the_next_begins() {
    let world = World::new().await;
    take(&world, edition(2023)).await;
    take(&world, edition(2024)).await;
    let editions = |valid_at: &str| {
        let catalogue = world.factors.catalogue();
        let versions = edition(2023).into_iter().map(|it| {
            let answer =
                catalogue.get_at(it.factor.factor_id.as_str(), day(valid_at), &KnownAt::Now);
            let answer = answer.unwrap();
            answer.version().map(|it| it.version.source.edition.clone().unwrap())
        });
        versions.collect::<BTreeSet<_>>()
    };
    let only = |edition: Option<&str>| BTreeSet::from([edition.map(str::to_owned)]);
    assert_eq!(editions("2022-12-31"), only(None));
    assert_eq!(editions("2023-01-01"), only(Some("2023 v1.1")));
    assert_eq!(editions("2023-12-31"), only(Some("2023 v1.1")));
    assert_eq!(editions("2024-01-01"), only(Some("2024 v1.1")));
    assert_eq!(editions("2025-01-01"), only(None));
}

#[tokio::test]
async fn t25_the_report_of_an_edition_is_what_comparing_the_two_files_gives() {
    let world = World::new().await;
    let before = edition(2023);
    take(&world, before.clone()).await;
    // The edition of 2024 with some rows gone, some as in 2023, and some new.
    let mut after = Vec::new();
    for (nth, mut candidate) in edition(2024).into_iter().enumerate() {
        let version = Arc::make_mut(&mut candidate.version);
        match nth % 10 {
            3 => continue,
            5 => version.gases = before[nth].version.gases.clone(),
            7 => {
                let factor = Arc::make_mut(&mut candidate.factor);
                factor.factor_id = id(&format!("new.{nth}"));
                version.factor_id = factor.factor_id.clone();
            }
            _ => {}
        }
        after.push(candidate);
    }
    let figures = |candidates: &[Candidate]| -> BTreeMap<String, BTreeMap<String, String>> {
        let text = |it: &Candidate| {
            let gases = it.version.gases.iter();
            gases.map(|(gas, figure)| (gas.clone(), figure.trimmed().to_string())).collect()
        };
        candidates.iter().map(|it| (it.factor.factor_id.to_string(), text(it))).collect()
    };
    let (old, new) = (figures(&before), figures(&after));
    let dry = Import::default();
    let dry = {
        let mut dry = dry;
        dry.dry_run = true;
        dry
    };
    let foreseen = world.factors.import(after.clone(), &dry, |_| {}).await.unwrap();
    assert_eq!(world.factors.catalogue().next_seq(), 124, "a dry run writes nothing");
    let report = take(&world, after.clone()).await;
    assert_eq!(foreseen.report, report);

    let added: BTreeSet<_> = new.keys().filter(|it| !old.contains_key(*it)).cloned().collect();
    let removed: BTreeSet<_> = old.keys().filter(|it| !new.contains_key(*it)).cloned().collect();
    let both = || new.iter().filter(|(name, _)| old.contains_key(*name));
    let names = |same: bool| -> BTreeSet<String> {
        both().filter(|(name, it)| (old[*name] == **it) == same).map(|it| it.0.clone()).collect()
    };
    assert_eq!(ids(&report.added), added);
    assert_eq!(ids(&report.removed), removed);
    assert_eq!(ids(&report.changed), names(false));
    assert_eq!(ids(&report.unchanged), names(true));
    let counts = [&report.added, &report.removed, &report.changed, &report.unchanged].map(Vec::len);
    assert!(counts.iter().all(|it| *it > 10), "the test says something: {counts:?}");
    assert_eq!(report.events, after.len() as u64);

    // Once more, and the older one once more: nothing is written, nothing is undone.
    for candidates in [after, before] {
        let again = take(&world, candidates).await;
        assert_eq!((again.events, again.changed.len(), again.added.len()), (0, 0, 0));
    }
    // The same is found by asking about the two years.
    let point = |text: &str| Point { valid_at: Some(day(text)), known_at: KnownAt::Now };
    let diff = world.factors.diff(&point("2023-06-01"), &point("2024-06-01")).unwrap();
    assert_eq!(diff.added.len(), added.len());
    assert_eq!(diff.removed.len(), removed.len());
    assert_eq!(diff.changed.len(), names(false).len());
    assert_eq!(diff.restated.len(), names(true).len());
}

#[tokio::test]
async fn t26_results_that_used_a_wrong_figure_are_found() {
    let world = World::new().await;
    let wrong = version("waste", "0.446", "2021-01-01/2022-01-01");
    let (other, used) = (version("waste", "3", "2020-01-01/2021-01-01"), wrong.id());
    for version in [&wrong, &other] {
        let version = Arc::new(version.clone());
        world.factors.put(&factor("waste", "GB"), &version, &Terms::default()).await.unwrap();
    }
    let results: Vec<Digest> = (0..3_u8).map(|it| Digest::of(&[it])).collect();
    for result in &results[..2] {
        assert!(world.factors.keep(*result, &[used], "{\"value\":\"1\"}").await.unwrap());
        assert!(!world.factors.keep(*result, &[used], "{\"value\":\"1\"}").await.unwrap());
    }
    world.factors.keep(results[2], &[other.id()], "{}").await.unwrap();
    let error = world.factors.keep(results[0], &[used], "{\"value\":\"2\"}").await.unwrap_err();
    assert_eq!(error.code(), "factors.result_taken");

    // Tonnes had been taken for kilograms.
    let reason = Reason { kind: ReasonKind::Error, text: Some("x1000".to_owned()) };
    let release = Release { reason: Some(reason), ..Release::default() };
    let mut import = Import::default();
    import.release = release;
    let right = Arc::new(version("waste", "446", "2021-01-01/2022-01-01"));
    let candidate = Candidate { row: None, factor: factor("waste", "GB"), version: right };
    let imported = world.factors.import([candidate], &import, |_| {}).await.unwrap();
    let line = &imported.report.changed[0];
    assert_eq!(line.before, Some(used));
    let history = world.factors.history("waste").unwrap();
    let event = history.events.last().unwrap();
    assert_eq!(event.reason.as_ref().unwrap().kind, ReasonKind::Error);
    assert_eq!(event.supersedes, [used]);

    let mut expected = results[..2].to_vec();
    expected.sort();
    assert_eq!(world.factors.impact(line.before.unwrap()).await.unwrap().results, expected);
    assert!(world.factors.impact(line.after.unwrap()).await.unwrap().results.is_empty());
    let unknown = version("none", "1", "2020-01-01/..").id();
    assert_eq!(world.factors.impact(unknown).await.unwrap_err().exit_status(), 3);
}

#[tokio::test]
async fn t27_the_same_number_under_another_label_is_a_change() {
    let world = World::new().await;
    let labelled = |set: &str| {
        let mut version = version("a", "1.25", "2021-01-01/2022-01-01");
        version.gwp_set = Some(set.to_owned());
        Candidate { row: None, factor: factor("a", "GB"), version: version.into() }
    };
    let first = take(&world, vec![labelled("AR4")]).await;
    let second = take(&world, vec![labelled("AR5")]).await;
    assert_eq!((first.added.len(), second.changed.len()), (1, 1));
    assert_ne!(second.changed[0].before, second.changed[0].after);
    let found = world.at("a", "2021-06-01", &KnownAt::Now);
    assert_eq!(found.version().unwrap().version.gwp_set.as_deref(), Some("AR5"));
}

#[tokio::test]
async fn t28_what_may_not_be_handed_on_is_held_back_and_counted() {
    let world = World::new().await;
    let owned = Arc::new(Licence { name: "ecoinvent EULA".to_owned(), ..Licence::default() });
    let shared = Arc::new(Licence {
        name: "OGL-UK-3.0".to_owned(),
        redistribute: true,
        attribution: Some("Contains public sector information".to_owned()),
    });
    for (nth, licence) in [&owned, &shared, &owned, &free()].into_iter().enumerate() {
        let name = format!("f{nth}");
        let mut version = version(&name, "1", "2020-01-01/..");
        version.licence = licence.clone();
        let version = version.into();
        world.factors.put(&factor(&name, "GB"), &version, &Terms::default()).await.unwrap();
    }
    let export = |filter: LicenceFilter| {
        let mut names = Vec::new();
        let export = world.factors.export(&KnownAt::Now, &filter, |line| {
            names.push(line.factor.factor_id.to_string());
            Ok::<_, storage_core::factors::Error>(())
        });
        (names, export.unwrap())
    };
    let (names, summary) = export(LicenceFilter::default());
    assert_eq!(names, ["f1", "f3"]);
    assert_eq!(summary.excluded, BTreeMap::from([("ecoinvent EULA".to_owned(), 2)]));
    assert_eq!(summary.attributions.len(), 1);
    let named = LicenceFilter::Named(BTreeSet::from(["CC0-1.0".to_owned()]));
    assert_eq!(export(named).0, ["f3"]);
    assert_eq!(export(LicenceFilter::All).0.len(), 4);
}

#[tokio::test]
async fn t29_what_is_pinned_is_found_again_letter_by_letter_after_any_number_of_events() {
    let world = World::new().await;
    take(&world, edition(2023)).await;
    let name = edition(2023)[17].factor.factor_id.to_string();
    let asked = |known: &KnownAt| {
        let answer = world.factors.get_at(&name, day("2023-07-01"), known).unwrap();
        answer.version().unwrap().clone()
    };
    let found = asked(&KnownAt::Now);
    let pin = KnownAt::Seq(world.factors.catalogue().next_seq() - 1);
    let about = edition(2023)[17].factor.clone();
    let computed_at = moment("2024-02-01T09:00:00Z");
    let request = Request::new("1234.5".parse().unwrap(), &about.unit, computed_at);
    let request = request.known_at("123");
    let result = compute(&request, &found.version.terms(&about)).unwrap();
    assert!(world.factors.keep_calculation(&result).await.unwrap());
    for nth in 0..50 {
        let mut version = Version::clone(&edition(2023)[17].version);
        version.gases.insert("co2e".to_owned(), format!("{nth}.125").parse().unwrap());
        let factor = edition(2023)[17].factor.clone();
        world.factors.put(&factor, &version.into(), &Terms::default()).await.unwrap();
    }
    assert_eq!(asked(&KnownAt::Now).version.gases["co2e"].to_string(), "49.125");
    assert_eq!(asked(&pin), found);
    let reopened = world.reopened().await;
    let again = reopened.get_at(&name, day("2023-07-01"), &pin).unwrap();
    assert_eq!(again.version().unwrap().version.line(), found.version.line());
    let kept = reopened.kept_calculation(result.result_hash).await.unwrap().unwrap();
    let version = reopened.get(VersionId(kept.pins.version_ids[0])).unwrap();
    let again = recompute(&kept, &version.terms(&about)).unwrap();
    let bytes = |it: &Calculation| storage_core::canonical_json(it).unwrap();
    assert_eq!(bytes(&again), bytes(&result));
    let key = format!("calc/{}", &result.result_hash.to_string()["sha256:".len()..]);
    let altered = String::from_utf8(bytes(&result)).unwrap().replace("1234.5", "1234.6");
    world.store.put(&key, altered, &platform::store::Put::default()).await.unwrap();
    let error = reopened.kept_calculation(result.result_hash).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("factors.calculation_altered", 7));
    let used = reopened.impact(found.version_id).await.unwrap();
    assert_eq!(used.results, [result.result_hash]);
}

#[tokio::test]
async fn what_a_release_no_longer_has_is_withdrawn_if_that_is_asked_for() {
    let world = World::new().await;
    let open = |name: &str, figure: &str, from: &str| Candidate {
        row: None,
        factor: factor(name, "GB"),
        version: version(name, figure, &format!("{from}/..")).into(),
    };
    take(&world, vec![open("a", "1", "2020-01-01"), open("b", "2", "2020-01-01")]).await;
    // Of another dataset, so it is none of its business.
    let mut other = version("c", "3", "2020-01-01/..");
    other.source = source("another");
    take(&world, vec![Candidate { row: None, factor: factor("c", "GB"), version: other.into() }])
        .await;
    let mut import = Import::default();
    import.release.withdraw_removed = true;
    import.tag = Some("grid@2".to_owned());
    let imported = world.factors.import([open("a", "1.5", "2021-01-01")], &import, |_| {}).await;
    let imported = imported.unwrap();
    assert_eq!(ids(&imported.report.removed), BTreeSet::from(["b".to_owned()]));
    let shown = |name: &str, valid_at: &str| world.figure(name, valid_at, &KnownAt::Now);
    assert_eq!([shown("b", "2020-12-31"), shown("b", "2021-01-01")], ["2", "withdrawn"]);
    assert_eq!([shown("a", "2020-12-31"), shown("a", "2021-01-01")], ["1", "1.5"]);
    assert_eq!(shown("c", "2022-01-01"), "3");
    let tag = KnownAt::Tag("grid@2".to_owned());
    assert_eq!(world.figure("b", "2021-01-01", &tag), "withdrawn");
}

#[tokio::test]
async fn rows_that_cannot_be_taken_are_named_and_stop_no_others() {
    let world = World::new().await;
    let row = |row: u64, name: &str, figure: &str, unit: &str| {
        let mut about = storage_core::factors::Factor::clone(&factor(name, "GB"));
        about.unit = unit.to_owned();
        let version = version(name, figure, "2024-01-01/2025-01-01").into();
        Candidate { row: Some(row), factor: about.into(), version }
    };
    let rows = vec![
        row(2, "a", "1", "kWh"),
        row(3, "b", "-1", "kWh"),
        row(4, "a", "1", "kWh"),
        row(5, "a", "2", "kWh"),
        row(6, "c", "1", "kWh"),
        row(7, "c", "1", "MWh"),
    ];
    let report = take(&world, rows).await;
    let rejected: Vec<_> = report.rejected.iter().map(|it| (it.row, it.code)).collect();
    let expected = [
        (Some(3), "factors.version_invalid"),
        (Some(5), "factors.version_invalid"),
        (Some(7), "factors.identity_differs"),
    ];
    assert_eq!(rejected, expected);
    assert_eq!((report.added.len(), report.events), (2, 2));
}

/// What the class that this replaces answers: the version that was stored last, whatever is asked.
#[derive(Default)]
struct LatestWins(BTreeMap<String, String>);

/// "Which figure was valid on V, as it was known at T?", over two editions of the UK's factors and three
/// releases of a table of intensities. The expectation is read from the files, not from the store.
#[tokio::test]
async fn historic_questions_are_answered_exactly() {
    let world = World::new().await;
    let mut old = LatestWins::default();
    // The days on which the files came out stand for when they were imported.
    let editions = [("2023-06-28", edition(2023)), ("2024-10-30", edition(2024))];
    let releases = releases();
    let always = "1990-01-01/..".parse::<Interval>().unwrap();
    let mut dates: BTreeSet<&str> = editions.iter().map(|it| it.0).collect();
    dates.extend(releases.iter().map(|it| it.0.as_str()));
    for date in &dates {
        world.clock.set(moment(&format!("{date}T09:00:00Z")));
        for (_, candidates) in editions.iter().filter(|it| it.0 == *date) {
            for it in candidates {
                let figure = it.version.gases["co2e"].to_string();
                old.0.insert(it.factor.factor_id.to_string(), figure);
            }
            take(&world, candidates.clone()).await;
        }
        for (_, values) in releases.iter().filter(|it| it.0 == *date) {
            // The table gives no year, so each release speaks for all days.
            let candidates = values.iter().map(|(region, figure)| {
                old.0.insert(format!("ember.{region}"), figure.clone());
                let name = format!("ember.{region}");
                let mut version = version(&name, figure, "1990-01-01/..");
                version.valid = always;
                Candidate { row: None, factor: factor(&name, region), version: version.into() }
            });
            take(&world, candidates.collect()).await;
        }
    }

    let mut moments: Vec<String> = Vec::new();
    for date in &dates {
        moments.push(format!("{date}T08:59:59.999999Z"));
        moments.push(format!("{date}T09:00:00Z"));
    }
    moments.push("2026-11-21T00:00:00Z".to_owned());
    let days = ["2022-12-31", "2023-01-01", "2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01"];
    let (mut asked, mut right, mut old_right) = (0, 0, 0);
    let mut ask = |name: &str, valid_at: &str, known: &str, expected: Option<String>| {
        let known = KnownAt::Moment(moment(known));
        let answer = world.factors.get_at(name, day(valid_at), &known).unwrap();
        let told = answer.version().map(|_| told(&answer));
        asked += 1;
        assert_eq!(told, expected, "{name} valid {valid_at} known {known:?}");
        right += 1;
        old_right += usize::from(old.0.get(name).cloned() == expected);
    };
    let taken = |date: &str, known: &str| moment(&format!("{date}T09:00:00Z")) <= moment(known);
    for known in &moments {
        for valid_at in days {
            for candidate in &editions[0].1 {
                let name = &candidate.factor.factor_id;
                let said = editions.iter().filter(|it| taken(it.0, known)).flat_map(|it| &it.1);
                let said = said.filter(|it| it.factor.factor_id == *name);
                let mut said = said.filter(|it| it.version.valid.covers(day(valid_at)));
                let figure = said.next().map(|it| it.version.gases["co2e"].to_string());
                ask(name.as_str(), valid_at, known, figure);
            }
        }
        for region in releases[0].1.keys() {
            let mut said = releases.iter().filter(|it| taken(&it.0, known));
            let figure = said.next_back().and_then(|it| it.1.get(region)).cloned();
            ask(&format!("ember.{region}"), "2022-07-01", known, figure);
        }
    }
    println!("{asked} questions: {right} right, and {old_right} of the class that this replaces");
    assert_eq!((asked, right), (9295, 9295));
    assert!(old_right * 2 < asked, "{old_right}");
}
