//! Silver: each number is what a single calculation gives, and each row is in one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray as _};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;
use lake::silver::{Code, EntityRule, Error, Options, Reference, Refiner, pin, refine};
use platform::factors::FactorStore;
use proptest::prelude::*;
use storage_core::calculation::{Request, Terms, Weighting, compute};
use storage_core::factors::{Catalogue, KnownAt};
use storage_core::gwp::GwpSet;
use storage_core::{Decimal, Ratio};

use super::making::{Row, batch, making, put, row, sorts};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn stocked() -> FactorStore {
    runtime().block_on(sorts())
}

fn options(catalogue: &Catalogue) -> Options {
    Options::new(pin(catalogue, &KnownAt::Now).unwrap())
}

/// The texts of a column; decimals in their plain spelling.
pub(crate) fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    match column.data_type() {
        DataType::Decimal128(_, places) => {
            let places = places.unsigned_abs().into();
            let digits = column.as_primitive::<Decimal128Type>().iter();
            digits.map(|it| it.map(|it| Decimal::scaled_by(it, places).to_string())).collect()
        }
        DataType::Timestamp(..) => {
            let micros = cast(column, &DataType::Int64).unwrap();
            micros
                .as_primitive::<Int64Type>()
                .iter()
                .map(|it| it.map(|it| it.to_string()))
                .collect()
        }
        _ => {
            let plain = cast(column, &DataType::Utf8).unwrap();
            plain.as_string::<i32>().iter().map(|it| it.map(str::to_owned)).collect()
        }
    }
}

/// The same calculation by the room of calculations, one row at a time.
fn single(
    catalogue: &Catalogue,
    row: &Row,
    gwp_set: Option<GwpSet>,
) -> Result<storage_core::calculation::Calculation, storage_core::calculation::Error> {
    let day = row.at[..10].parse().unwrap();
    let answer = catalogue.get_at(row.factor, day, &KnownAt::Now).unwrap();
    let found = answer.version().unwrap();
    let factor = catalogue.factor(row.factor).unwrap();
    let quantity = match &row.text {
        Some(text) => text.parse().unwrap(),
        None => Decimal::shortest(row.quantity).unwrap(),
    };
    let mut request = Request::new(quantity, row.unit, chrono::DateTime::UNIX_EPOCH);
    let terms = Terms::of(factor, &found.version);
    request.gwp_set = gwp_set.filter(|_| terms.weighting == Weighting::Mass);
    compute(&request, &terms)
}

/// Compares each row with the single calculation; gives how many were accepted.
fn compare(catalogue: &Catalogue, rows: &[Row], gwp_set: Option<GwpSet>) -> usize {
    let mut options = options(catalogue);
    options.gwp_set = gwp_set;
    let refined = refine(&batch(rows), catalogue, &options, "part-1").unwrap();
    let silver = &refined.accepted;
    assert_eq!(silver.num_rows() + refined.rejects.num_rows(), rows.len());
    let lines = silver.column_by_name("_line").unwrap().as_primitive::<Int64Type>();
    let [rounded, exact, outside, outside_exact, version, canonical] = [
        "emissions_kg",
        "emissions_exact",
        "outside_scopes_kg",
        "outside_scopes_exact",
        "factor_version",
        "canonical_quantity",
    ]
    .map(|name| texts(silver, name));
    let mut accepted = vec![None; rows.len()];
    for nth in 0..silver.num_rows() {
        accepted[lines.value(nth) as usize - 1] = Some(nth);
    }
    for (row, nth) in rows.iter().zip(accepted) {
        let single = single(catalogue, row, gwp_set);
        let Some(nth) = nth else {
            let holds = |it: &Decimal| it.digits() <= 38;
            let fits = single.as_ref().is_ok_and(|it| {
                holds(&it.value.rounded)
                    && it.outside_scopes.as_ref().is_none_or(|it| holds(&it.rounded))
            });
            let extreme = !(1e-60..1e20).contains(&row.quantity.abs());
            assert!(!fits || extreme, "{row:?} was rejected: {:?}", refined.report);
            continue;
        };
        // The single calculation also writes out each gas, which can have too many digits alone.
        let Ok(single) = single else {
            assert!(row.quantity.abs() < 1e-60, "{row:?}: {single:?}");
            continue;
        };
        let check =
            |amount: &storage_core::calculation::Amount, rounded: &str, exact: Option<&str>| {
                assert_eq!(rounded, amount.rounded.to_string(), "{row:?}");
                // The digits that are written of a longer one may look like the rounded value.
                let differs = !amount.exact || amount.unrounded != amount.rounded;
                let unrounded = differs.then(|| amount.unrounded.to_string());
                assert_eq!(exact, unrounded.as_deref(), "{row:?}");
            };
        check(&single.value, rounded[nth].as_deref().unwrap(), exact[nth].as_deref());
        assert_eq!(outside[nth].is_some(), single.outside_scopes.is_some(), "{row:?}");
        if let Some(amount) = &single.outside_scopes {
            check(amount, outside[nth].as_deref().unwrap(), outside_exact[nth].as_deref());
        }
        let id = single.pins.version_ids[0].to_string();
        assert_eq!(id.strip_prefix("sha256:"), version[nth].as_deref());
        if let Ok(unit) = row.unit.parse::<storage_core::units::Unit>() {
            let times = unit.to(&unit.canonical()).unwrap();
            let quantity = Ratio::from(&single.inputs.quantity) * times;
            assert_eq!(canonical[nth].as_deref(), Some(quantity.rounded(12).to_string().as_str()));
        }
    }
    silver.num_rows()
}

fn some_row() -> impl Strategy<Value = Row> {
    let factors = prop::sample::select(vec![
        ("gas", vec!["kWh (Gross CV)", "therms (HHV)", "GJ (Gross CV)"]),
        ("GAS-GB", vec!["MWh (Gross CV)"]),
        ("long", vec!["kWh", "MWh", "GJ"]),
        ("visitor", vec!["visitor"]),
        ("freight", vec!["t.km", "tkm", "short ton mile"]),
        ("masses", vec!["mmBtu (HHV)", "kWh (HHV)"]),
        ("wood", vec!["t", "kg", "lb", "short ton"]),
        ("outside", vec!["kWh", "TJ"]),
        ("grid", vec!["kWh", "MWh", "MJ"]),
    ]);
    let quantity = prop_oneof![
        4 => (any::<i32>(), 0_i32..9).prop_map(|(digits, places)| f64::from(digits) / 10_f64.powi(places)),
        2 => any::<i64>().prop_map(|bits| f64::from_bits(bits as u64)).prop_filter("finite", |it| it.is_finite()),
        1 => Just(0.0),
        1 => Just(-0.0),
    ];
    let text = prop::option::weighted(0.1, "(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?");
    (factors, any::<prop::sample::Index>(), quantity, text).prop_map(
        |((factor, units), unit, quantity, text)| {
            let unit = unit.get(&units);
            let quantity = text.as_ref().map_or(quantity, |it| it.parse().unwrap());
            Row { text, ..row(factor, quantity, unit) }
        },
    )
}

#[test]
fn each_row_is_what_a_single_calculation_gives() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let mut accepted = 0;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(&prop::collection::vec(some_row(), 1..40), |rows| {
            // A quantity of hundreds of digits has no decimal, here or there.
            let rows: Vec<Row> =
                rows.into_iter().filter(|it| Decimal::shortest(it.quantity).is_ok()).collect();
            // A property test may be run again while it shrinks; the count only has to be large.
            std::hint::black_box(compare(&catalogue, &rows, Some(GwpSet::Ar5)));
            Ok(())
        })
        .unwrap();
    for quantity in ["0.0000000000005", "12.5", "1234567.8901", "99999999999999999999999.99"] {
        let rows: Vec<Row> = ["kWh", "MWh", "GJ"]
            .map(|unit| Row { text: Some(quantity.to_owned()), ..row("long", 1.0, unit) })
            .to_vec();
        accepted += compare(&catalogue, &rows, None);
    }
    assert_eq!(accepted, 12);
}

#[test]
fn a_row_says_all_that_it_was_made_of() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let options = options(&catalogue);
    let rows = [
        row("grid", 1500.0, "kWh"),
        row("wood", 2.0, "short ton"),
        row("GAS-GB", 1.0, "MWh (HHV)"),
    ];
    let silver = refine(&batch(&rows), &catalogue, &options, "bronze/part-1").unwrap().accepted;
    let some = |name: &str| -> Vec<String> {
        texts(&silver, name).into_iter().map(|it| it.unwrap_or_else(|| "-".to_owned())).collect()
    };
    assert_eq!(some("factor_id"), ["grid", "wood", "gas"]);
    assert_eq!(some("emission_factor_id"), ["grid", "wood", "GAS-GB"], "bronze stays as it is");
    assert_eq!(some("scope"), ["2", "-", "1"], "`1|3` is not one scope");
    assert_eq!(some("scope2_method"), ["location", "-", "-"]);
    assert_eq!(some("category"), ["-", "fuels", "fuels"]);
    assert_eq!(some("activity"), ["activity.grid", "activity.wood", "activity.gas"]);
    assert_eq!(some("region"), ["GB", "GB", "GB"]);
    assert_eq!(some("canonical_unit"), ["kWh", "kg", "kWh (Gross CV)"]);
    assert_eq!(
        some("canonical_quantity"),
        ["1500.000000000000", "1814.369480000000", "1000.000000000000"]
    );
    // 1.5 MWh x 456.1 lb x 0.45359237 kg.
    assert_eq!(some("emissions_kg"), ["310.325219935500", "112.128033864000", "183.870000000000"]);
    assert_eq!(some("emissions_exact"), ["-", "-", "-"]);
    assert_eq!(some("outside_scopes_kg"), ["-", "2903.214335446040", "-"]);
    assert_eq!(some("factor_known_at"), vec![options.known_at.to_string(); 3]);
    assert_eq!(some("unit_table"), ["units/1"; 3]);
    assert_eq!(some("gwp_table"), ["gwp/1"; 3]);
    assert_eq!(some("method"), ["calculation/1"; 3]);
    assert_eq!(some("_bronze_file"), ["bronze/part-1"; 3]);
    assert_eq!(some("_line"), ["1", "2", "3"]);
    let names: Vec<_> = silver.schema().fields().iter().map(|it| it.name().clone()).collect();
    assert_eq!(names[names.len() - 3..], ["_file", "_line", "_bronze_file"]);
    let none = refine(&batch(&[]), &catalogue, &options, "bronze/part-1").unwrap().accepted;
    assert_eq!(none.schema(), silver.schema());
}

#[test]
fn what_has_no_answer_is_rejected_with_the_reason() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let cases = [
        (row("nobody", 1.0, "kWh"), Code::FactorUnknown, "emission_factor_id"),
        (row("old", 1.0, "kWh"), Code::FactorNotValid, "emission_factor_id"),
        (row("withdrawn", 1.0, "kWh"), Code::FactorWithdrawn, "emission_factor_id"),
        (row("marginal", 1.0, "MWh"), Code::FactorMarginal, "emission_factor_id"),
        (row("masses", 1.0, "mmBtu (HHV)"), Code::GwpSetMissing, "unit"),
        (row("long", 1.0, "widgets"), Code::UnitUnknown, "unit"),
        (row("wood", 1.0, "ton"), Code::UnitAmbiguous, "unit"),
        (row("long", 1.0, "kg"), Code::UnitUnfit, "unit"),
        (row("gas", 1.0, "kWh"), Code::UnitBasis, "unit"),
        (row("gas", 1.0, "kWh (Net CV)"), Code::UnitBasis, "unit"),
        (row("long", 1e40, "kWh"), Code::OutOfRange, "quantity"),
        (row("long", f64::NAN, "kWh"), Code::OutOfRange, "quantity"),
        (
            Row { at: "2019-12-31T23:59:59Z", ..row("long", 1.0, "kWh") },
            Code::FactorNotValid,
            "emission_factor_id",
        ),
    ];
    let mut rows: Vec<Row> = cases.iter().map(|it| it.0.clone()).collect();
    rows.push(Row { at: "2020-01-01T00:00:00Z", ..row("long", 1.0, "kWh") });
    let refined = refine(&batch(&rows), &catalogue, &options(&catalogue), "part-1").unwrap();
    assert_eq!(refined.accepted.num_rows(), 1);
    let (codes, columns) = (texts(&refined.rejects, "_code"), texts(&refined.rejects, "_column"));
    let wanted =
        |of: &dyn Fn(usize) -> String| (0..cases.len()).map(|it| Some(of(it))).collect::<Vec<_>>();
    assert_eq!(codes, wanted(&|nth| cases[nth].1.name().to_owned()));
    assert_eq!(columns, wanted(&|nth| cases[nth].2.to_owned()));
    assert_eq!(texts(&refined.rejects, "_line"), wanted(&|nth| (nth + 1).to_string()));
    assert_eq!(refined.report.rejected[&Code::FactorNotValid], 2);
    assert_eq!(refined.report.rows, refined.report.accepted + refined.report.rejects());
    assert_eq!(texts(&refined.rejects, "_detail")[0].as_deref(), Some("no such factor was known"));
    assert_eq!(
        texts(&refined.rejects, "unit")[5].as_deref(),
        Some("widgets"),
        "bronze stays as it is"
    );
}

#[test]
fn what_was_weighed_is_weighed_again_only_if_that_is_asked_for() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let mut options = options(&catalogue);
    options.gwp_set = Some(GwpSet::Ar6);
    let rows = batch(&[row("masses", 1.0, "mmBtu (HHV)"), row("long", 1.0, "kWh")]);
    let silver = refine(&rows, &catalogue, &options, "p").unwrap().accepted;
    assert_eq!(texts(&silver, "gwp_set"), [Some("AR6".to_owned()), None]);
    // 53.06 + 0.001 x 27.9 + 0.0001 x 273, by hand.
    assert_eq!(texts(&silver, "emissions_kg")[0].as_deref(), Some("53.115200000000"));
    options.weigh_again = true;
    let refined = refine(&rows, &catalogue, &options, "p").unwrap();
    assert_eq!(texts(&refined.rejects, "_code"), [Some("gwp_set_unfit".to_owned())]);
}

#[test]
fn what_was_not_known_yet_does_not_count() {
    let runtime = runtime();
    let factors = runtime.block_on(sorts());
    let before = pin(&factors.catalogue(), &KnownAt::Now).unwrap();
    let corrected = making("long", "kWh", &[("co2e", "0.5")]);
    runtime.block_on(put(&factors, &corrected, true));
    runtime.block_on(put(&factors, &making("new", "kWh", &[("co2e", "1")]), false));
    let catalogue = factors.catalogue();
    let rows = batch(&[row("long", 2.0, "kWh"), row("new", 1.0, "kWh")]);
    let old = refine(&rows, &catalogue, &Options::new(before), "p").unwrap();
    assert_eq!(texts(&old.accepted, "emissions_exact"), [Some("0.0001778523489932886".to_owned())]);
    assert_eq!(texts(&old.rejects, "_code"), [Some("factor_unknown".to_owned())]);
    let new = refine(&rows, &catalogue, &options(&catalogue), "p").unwrap();
    assert_eq!(texts(&new.accepted, "emissions_kg")[0].as_deref(), Some("1.000000000000"));
    assert_eq!(new.accepted.num_rows(), 2);
}

#[test]
fn entities_are_resolved_or_rejected_and_never_guessed() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let table = "id,name,aliases,country\nS1,ERP Köln,erp|sap,DE\nS2,Meter,,\nS3,meter,,FR\n";
    let mut options = options(&catalogue);
    options.entities.push(EntityRule {
        column: "source".to_owned(),
        reference: Arc::new(Reference::csv("systems", table.as_bytes()).unwrap()),
        into: "system_id".to_owned(),
        keep: vec!["country".to_owned()],
    });
    let rows: Vec<Row> = [
        Some("SAP"),
        Some("S1"),
        Some("erp  köln"),
        None,
        Some("ERP Koln"),
        Some("METER"),
        Some("Meter"),
    ]
    .map(|source| Row { source, ..row("long", 1.0, "kWh") })
    .to_vec();
    let refined = refine(&batch(&rows), &catalogue, &options, "p").unwrap();
    let some = |name: &str| -> Vec<String> {
        texts(&refined.accepted, name)
            .into_iter()
            .map(|it| it.unwrap_or_else(|| "-".to_owned()))
            .collect()
    };
    assert_eq!(some("system_id"), ["S1", "S1", "S1", "-", "S2"]);
    assert_eq!(some("system_id_match"), ["alias", "exact", "normalised", "-", "exact"]);
    assert_eq!(some("system_id_country"), ["DE", "DE", "DE", "-", "-"]);
    let codes = texts(&refined.rejects, "_code");
    assert_eq!(codes, ["entity_unknown", "entity_ambiguous"].map(|it| Some(it.to_owned())));
    let unresolved = refined.report.unresolved(&options);
    assert_eq!(unresolved[0].suggestions[0].id, "S1");
    assert!(unresolved[1].suggestions.is_empty());

    options.entities[0].keep = vec!["planet".to_owned()];
    let error = refine(&batch(&rows), &catalogue, &options, "p").unwrap_err();
    assert!(matches!(error, Error::ColumnMissing { name } if name == "systems.planet"));
}

#[test]
fn a_batch_comes_out_the_same_whatever_was_refined_before_it() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let options = options(&catalogue);
    let first = batch(&[row("grid", 1.0, "kWh"), row("wood", 1.0, "t"), row("nobody", 1.0, "t")]);
    let second = batch(&[row("wood", 3.0, "kg"), row("long", 1.0, "kWh"), row("grid", 9.0, "MWh")]);
    let mut refiner = Refiner::new(options.clone());
    refiner.refine(&catalogue, &first, "a").unwrap();
    let after = refiner.refine(&catalogue, &second, "b").unwrap();
    let alone = refine(&second, &catalogue, &options, "b").unwrap();
    assert_eq!(after.accepted, alone.accepted);
    let dictionary = |batch: &RecordBatch| {
        batch.column_by_name("factor_id").unwrap().as_dictionary::<Int32Type>().values().clone()
    };
    assert_eq!(
        &dictionary(&after.accepted),
        &dictionary(&alone.accepted),
        "down to the dictionaries"
    );

    // In two halves, the same rows.
    let rows = [row("wood", 3.0, "kg"), row("nobody", 1.0, "kWh"), row("grid", 9.0, "MWh")];
    let whole = batch(&rows);
    let refined = refine(&whole, &catalogue, &options, "b").unwrap();
    let parts = [whole.slice(0, 2), whole.slice(2, 1)]
        .map(|it| refine(&it, &catalogue, &options, "b").unwrap());
    let joined =
        concat_batches(&refined.accepted.schema(), parts.iter().map(|it| &it.accepted)).unwrap();
    for field in refined.accepted.schema().fields() {
        assert_eq!(texts(&joined, field.name()), texts(&refined.accepted, field.name()));
    }
}

#[test]
fn a_batch_that_is_not_as_the_options_say_is_refused() {
    let factors = stocked();
    let catalogue = factors.catalogue();
    let rows = batch(&[row("long", 1.0, "kWh")]);
    let mut wrong = options(&catalogue);
    wrong.columns.quantity = "unit".to_owned();
    let error = refine(&rows, &catalogue, &wrong, "p").unwrap_err();
    assert_eq!(error.to_string(), "the column `unit` holds Utf8, not a double or a decimal");
    wrong.columns.quantity = "amount".to_owned();
    let error = refine(&rows, &catalogue, &wrong, "p").unwrap_err();
    assert_eq!(error.code(), "silver.column_missing");
    let silver = refine(&rows, &catalogue, &options(&catalogue), "p").unwrap().accepted;
    let error = refine(&silver, &catalogue, &options(&catalogue), "p").unwrap_err();
    assert_eq!(error.code(), "silver.column_twice");
    let counts: BTreeMap<&str, usize> = Code::NAMES.iter().map(|it| (*it, 1)).collect();
    assert_eq!(counts.len(), 15, "each code has a name of its own");
}
