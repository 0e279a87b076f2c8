//! One edition held against another, and against a count that was made another way.

use std::collections::BTreeMap;

use storage_core::factors::batch::{Body, Opened, Stamp, pack};
use storage_core::factors::import::{Layout, Options, read};
use storage_core::factors::{Candidate, Catalogue, Comparison, Draft, Release, Report};

use super::{bytes, flat, json};

fn candidates(year: u32) -> Vec<Candidate> {
    read(&bytes(&format!("uk_{year}.xlsx")), &Layout::Uk, &Options::default()).unwrap().candidates
}

/// Takes a release, as a store does.
fn take(catalogue: &mut Catalogue, candidates: &[Candidate], release: &Release) -> Report {
    let candidates = catalogue.spell(candidates.to_vec());
    let (report, written) = {
        let mut draft = Draft::new(catalogue);
        let mut comparison = Comparison::new(release.clone());
        let mut report = comparison.compare(&mut draft, &candidates, usize::MAX).unwrap().1;
        report.add(comparison.removed(&mut draft).unwrap());
        if draft.count() == 0 {
            return report;
        }
        (report, draft.finish().unwrap())
    };
    let stamp = Stamp {
        act: "imported",
        actor: "test".to_owned(),
        reason: None,
        nonce: [1; 16],
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    let first = written.first_seq();
    let frames: Vec<_> = written.blocks.iter().map(|it| pack(it)).collect();
    let body = written.body(&stamp, &frames).unwrap();
    catalogue.append(Opened::read(first, Body::new(body)).unwrap()).unwrap();
    report
}

fn counts(report: &Report) -> [usize; 5] {
    [&report.added, &report.changed, &report.unchanged, &report.superseded, &report.removed]
        .map(Vec::len)
}

/// What the published figures say, without any of our code: which names are in both, with other values.
fn independent_counts() -> [usize; 5] {
    let figures = |year: u32| -> BTreeMap<String, Vec<f64>> {
        let file = json(&format!("factors_defra_{year}_energy.json"));
        let factors = file["factors"].as_array().unwrap().iter();
        let values = |it: &serde_json::Value| {
            let gases = it["gases"].as_object().unwrap().values();
            gases.map(|it| it.as_str().unwrap().parse().unwrap()).collect()
        };
        factors.map(|it| (it["factor_id"].as_str().unwrap().to_owned(), values(it))).collect()
    };
    let (before, after) = (figures(2023), figures(2024));
    let added = after.keys().filter(|it| !before.contains_key(*it)).count();
    let removed = before.keys().filter(|it| !after.contains_key(*it)).count();
    let both = after.iter().filter_map(|(name, values)| Some((before.get(name)?, values)));
    let changed = both.clone().filter(|(a, b)| a != b).count();
    [added, changed, both.count() - changed, 0, removed]
}

#[test]
fn an_edition_over_another_counts_as_it_does_elsewhere() {
    let mut catalogue = Catalogue::default();
    let release = Release::default();
    let first = take(&mut catalogue, &candidates(2023), &release);
    assert_eq!(counts(&first), [124, 0, 0, 0, 0]);
    let second = take(&mut catalogue, &candidates(2024), &release);
    assert_eq!(counts(&second), independent_counts());
    assert!(second.changed.len() > 100 && second.rejected.is_empty());
    // Once more is nothing.
    let again = take(&mut catalogue, &candidates(2024), &release);
    assert_eq!((counts(&again), again.events), ([0, 0, 124, 0, 0], 0));
}

#[test]
fn what_an_edition_no_longer_has_is_named() {
    let edition = |year, rows: &[(&str, &str, &str)]| {
        let file = flat(year, rows);
        read(file.as_bytes(), &Layout::Uk, &Options::default()).unwrap().candidates
    };
    let mut catalogue = Catalogue::default();
    let before = [("Coal", "kg CO2e", "3"), ("Coke", "kg CO2e", "2"), ("Wood", "kg CO2e", "1")];
    take(&mut catalogue, &edition(2023, &before), &Release::default());
    // Coke has an empty cell, as withdrawn factors have; wood is not there at all.
    let after = [("Coal", "kg CO2e", "3"), ("Coke", "kg CO2e", ""), ("Peat", "kg CO2e", "4")];
    let report = take(&mut catalogue, &edition(2024, &after), &Release::default());
    assert_eq!(counts(&report), [1, 0, 1, 0, 2]);
    let gone: Vec<_> = report.removed.iter().map(|it| it.factor_id.as_str()).collect();
    assert_eq!(gone, ["defra.fuels.coke.per_litres", "defra.fuels.wood.per_litres"]);
}
