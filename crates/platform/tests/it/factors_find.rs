//! Finding a figure for a purpose: nothing is taken instead of anything silently.

use std::sync::Arc;

use storage_core::factors::{
    Answer, Fallback, KnownAt, OnTie, Penalty, ResolveError, S2Method, Selector, Step, Terms,
};

use super::figures::{World, day, factor, id, told, version};

fn grid(region: &str) -> Selector {
    Selector {
        activity: "electricity.grid".to_owned(),
        region: Some(region.to_owned()),
        unit: Some("kWh".to_owned()),
        ..Selector::default()
    }
}

async fn put_at(world: &World, name: &str, region: &str, figure: &str) {
    let version = Arc::new(version(name, figure, "2020-01-01/.."));
    world.factors.put(&factor(name, region), &version, &Terms::default()).await.unwrap();
}

fn resolve(
    world: &World,
    selector: &Selector,
    fallback: &Fallback,
) -> Result<storage_core::factors::Resolution, ResolveError> {
    world.factors.catalogue().resolve(selector, day("2024-06-01"), &KnownAt::Now, fallback)
}

#[tokio::test]
async fn t15_zone_country_and_world_are_tried_in_turn_and_each_step_is_named() {
    let world = World::new().await;
    put_at(&world, "grid/WORLD", "WORLD", "480").await;
    let mut fallback = Fallback::default();
    let error = resolve(&world, &grid("IT-SAR"), &fallback).unwrap_err();
    assert_eq!(error.code(), "factors.resolve_not_known");
    fallback.regions = vec!["IT".to_owned(), "WORLD".to_owned()];
    let found = resolve(&world, &grid("IT-SAR"), &fallback).unwrap();
    assert_eq!(found.factor.region.as_deref(), Some("WORLD"));
    let step = |region: &str, found| Step::Region { region: Some(region.to_owned()), found };
    assert_eq!(found.steps, [step("IT-SAR", false), step("IT", false), step("WORLD", true)]);
    assert_eq!(found.penalties, [Penalty::Regions(2)]);
    assert!(!found.warnings.is_empty(), "no boundary was asked for");

    put_at(&world, "grid/IT", "IT", "300").await;
    let nearer = resolve(&world, &grid("IT-SAR"), &fallback).unwrap();
    assert_eq!(nearer.factor.region.as_deref(), Some("IT"));
    // What was found before is found again from what was known then.
    let pinned = KnownAt::Seq(found.known_at.unwrap());
    let again = world.factors.resolve(&grid("IT-SAR"), day("2024-06-01"), &pinned, &fallback);
    assert_eq!(again.unwrap(), found);
}

#[tokio::test]
async fn t16_a_renamed_factor_has_one_history_under_both_names() {
    let world = World::new().await;
    world.put("ember.Africa", "500", "2000-01-01/..").await;
    let before = world.factors.catalogue().next_seq() - 1;
    world.factors.alias(&id("ember.Africa"), &id("ember.AFRICA"), &Terms::default()).await.unwrap();
    world.put("ember.Africa", "490", "2000-01-01/..").await;
    for factors in [world.factors.clone(), world.reopened().await] {
        for name in ["ember.Africa", "ember.AFRICA"] {
            let answer = factors.get_at(name, day("2024-01-01"), &KnownAt::Now).unwrap();
            assert_eq!(told(&answer), "490");
            assert_eq!(factors.history(name).unwrap().events.len(), 3);
        }
        let then = factors.get_at("ember.AFRICA", day("2024-01-01"), &KnownAt::Seq(before));
        assert_eq!(then.unwrap(), Answer::NotKnown, "the name was not known then");
    }
    let (old, new) = (id("ember.Africa"), id("ember.AFRICA"));
    let again = world.factors.alias(&old, &new, &Terms::default()).await;
    assert!(!again.unwrap().created);
    // The new name cannot become a second factor.
    let taken = Arc::new(version("ember.AFRICA", "1", "2000-01-01/.."));
    let put = world.factors.put(&factor("ember.AFRICA", "GB"), &taken, &Terms::default()).await;
    assert_eq!(put.unwrap_err().code(), "factors.alias_taken");
}

#[tokio::test]
async fn t17_a_tie_is_an_error_unless_the_newest_and_then_the_highest_is_asked_for() {
    let world = World::new().await;
    for (name, figure) in [("grid/a", "300"), ("grid/b", "310.5"), ("grid/c", "99")] {
        put_at(&world, name, "FR", figure).await;
    }
    let mut fallback = Fallback::default();
    match resolve(&world, &grid("FR"), &fallback).unwrap_err() {
        ResolveError::Ambiguous { among, differ_in: None } => assert_eq!(among.len(), 3),
        other => panic!("{other:?}"),
    }
    fallback.on_tie = OnTie::NewestThenHighest;
    let found = resolve(&world, &grid("FR"), &fallback).unwrap();
    assert_eq!(found.factor.factor_id, id("grid/b"));
    assert!(matches!(&found.steps[..], [_, Step::Tie { among }] if among.len() == 3));

    // In kilograms, and still higher.
    let mut heavier = version("grid/d", "0.4", "2020-01-01/..");
    heavier.result_unit = storage_core::factors::ResultUnit::Kg;
    let put = world.factors.put(&factor("grid/d", "FR"), &heavier.into(), &Terms::default()).await;
    put.unwrap();
    let found = resolve(&world, &grid("FR"), &fallback).unwrap();
    assert_eq!(found.factor.factor_id, id("grid/d"));

    // Across boundaries nothing is chosen, asked for or not.
    let mut wider = storage_core::factors::Factor::clone(&factor("grid/e", "FR"));
    wider.lca_boundary = Some("cradle_to_gate".to_owned());
    let one = Arc::new(version("grid/e", "1", "2020-01-01/.."));
    world.factors.put(&wider.into(), &one, &Terms::default()).await.unwrap();
    match resolve(&world, &grid("FR"), &fallback).unwrap_err() {
        ResolveError::Ambiguous { differ_in, .. } => assert_eq!(differ_in, Some("boundary")),
        other => panic!("{other:?}"),
    }
    let mut selector = grid("FR");
    selector.lca_boundary = Some("cradle_to_gate".to_owned());
    let found = resolve(&world, &selector, &fallback).unwrap();
    assert_eq!(found.factor.factor_id, id("grid/e"));
}

#[tokio::test]
async fn t18_a_marginal_figure_is_not_taken_for_the_average_of_the_grid() {
    let world = World::new().await;
    let mut marginal = storage_core::factors::Factor::clone(&factor("grid/nonbaseload", "US"));
    marginal.s2_method = Some(S2Method::Marginal);
    let figure = Arc::new(version("grid/nonbaseload", "700", "2020-01-01/.."));
    world.factors.put(&marginal.into(), &figure, &Terms::default()).await.unwrap();
    for method in [Some(S2Method::Location), Some(S2Method::Market), None] {
        let mut selector = grid("US");
        selector.s2_method = method;
        match resolve(&world, &selector, &Fallback::default()).unwrap_err() {
            ResolveError::NotKnown { near, .. } => {
                assert_eq!(near[0].factor_id, id("grid/nonbaseload"), "{method:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    let mut selector = grid("US");
    selector.s2_method = Some(S2Method::Marginal);
    assert!(resolve(&world, &selector, &Fallback::default()).is_ok());
}

#[tokio::test]
async fn nothing_of_another_unit_basis_source_label_or_licence_is_found() {
    let world = World::new().await;
    let mut gas = storage_core::factors::Factor::new(id("gas"), "fuels.gas", Some("GB"), "kWh");
    gas.basis = Some("HHV".to_owned());
    let mut figure = version("gas", "182.5", "2020-01-01/..");
    figure.gwp_set = Some("AR5".to_owned());
    figure.quality.insert("estimated".to_owned());
    figure.licence = storage_core::factors::Licence {
        name: "proprietary".to_owned(),
        redistribute: false,
        attribution: None,
    }
    .into();
    world.factors.put(&gas.into(), &figure.into(), &Terms::default()).await.unwrap();
    let mut right = grid("GB");
    right.activity = "fuels.gas".to_owned();
    right.basis = Some("HHV".to_owned());
    let found = resolve(&world, &right, &Fallback::default()).unwrap();
    assert!(found.warnings.iter().any(|it| it.contains("proprietary")), "{:?}", found.warnings);
    let wrong: [fn(&mut Selector); 7] = [
        |it| it.basis = Some("LHV".to_owned()),
        |it| it.basis = None,
        |it| it.unit = Some("MWh".to_owned()),
        |it| it.gwp_set = Some("AR4".to_owned()),
        |it| it.gas_basis = Some(storage_core::factors::GasBasis::Mass),
        |it| it.redistributable = true,
        |it| _ = it.quality_excluded.insert("estimated".to_owned()),
    ];
    for (nth, change) in wrong.iter().enumerate() {
        let mut selector = right.clone();
        change(&mut selector);
        let error = resolve(&world, &selector, &Fallback::default()).unwrap_err();
        assert!(
            matches!(&error, ResolveError::NotKnown { near, .. } if near.len() == 1),
            "{nth}: {error}"
        );
    }
    let mut selector = right.clone();
    selector.sources.insert("somebody else".to_owned());
    assert!(resolve(&world, &selector, &Fallback::default()).is_err());
    selector.sources.insert("grid".to_owned());
    assert!(resolve(&world, &selector, &Fallback::default()).is_ok());
}
