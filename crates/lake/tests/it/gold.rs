//! Gold: exact totals, whatever the order of the rows.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray as _, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;
use lake::gold::{Benchmarks, Error, Metric, Month, Options, Scope2Method, Sums, aggregate};
use lake::silver::{self, pin, refine};
use platform::factors::FactorStore;
use proptest::prelude::*;
use storage_core::Decimal;
use storage_core::factors::{KnownAt, S2Method, Terms};
use strum::IntoEnumIterator as _;

use super::making::{Making, Row, batch, factors, making, put, row, sorts};
use super::silver::texts;

const MAY: Month = Month { year: 2024, month: 5 };

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Rows of silver and those without an answer, with the factors known now.
fn refined(factors: &FactorStore, rows: &[Row]) -> (RecordBatch, RecordBatch) {
    let catalogue = factors.catalogue();
    let mut options = silver::Options::new(pin(&catalogue, &KnownAt::Now).unwrap());
    options.gwp_set = Some(storage_core::gwp::GwpSet::Ar5);
    let refined = refine(&batch(rows), &catalogue, &options, "part-1").unwrap();
    (refined.accepted, refined.rejects)
}

fn sums(factors: &FactorStore, rows: &[Row]) -> Sums {
    let (silver, rejects) = refined(factors, rows);
    let mut sums = Sums::new();
    sums.add(&silver).unwrap();
    sums.add_unresolved(&rejects).unwrap();
    sums
}

fn table(metric: Metric, sums: &Sums) -> RecordBatch {
    aggregate(metric, MAY, sums, sums, &Options::default()).unwrap()
}

fn lines(batch: &RecordBatch, names: &[&str]) -> Vec<String> {
    let columns: Vec<_> = names.iter().map(|name| texts(batch, name)).collect();
    let cell = |column: &Vec<Option<String>>, row: usize| {
        column[row].clone().unwrap_or_else(|| "-".to_owned())
    };
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|it| cell(it, row)).collect::<Vec<_>>().join(" "))
        .collect()
}

fn some_row() -> impl Strategy<Value = Row> {
    let factor = prop::sample::select(vec![
        ("gas", "GJ (Gross CV)"),
        ("long", "kWh"),
        ("long", "GJ"),
        ("wood", "short ton"),
        ("outside", "TJ"),
        ("grid", "MJ"),
        ("masses", "mmBtu (HHV)"),
        ("nobody", "kWh"),
    ]);
    let tenant = prop::sample::select(vec!["acme", "globex"]);
    let quantity = (any::<i32>(), 0_i32..8)
        .prop_map(|(digits, places)| f64::from(digits) / 10_f64.powi(places));
    let at = prop::sample::select(vec![
        "2024-05-31T23:59:59Z",
        "2024-06-01T00:00:00Z",
        "2023-05-02T00:00:00Z",
    ]);
    (factor, tenant, quantity, at).prop_map(|((factor, unit), tenant, quantity, at)| Row {
        tenant,
        at,
        ..row(factor, quantity, unit)
    })
}

#[test]
fn any_order_and_any_cut_give_the_same_bytes_and_the_exact_total() {
    let stocked = runtime().block_on(sorts());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let rows = prop::collection::vec(some_row(), 1..60);
    let order = (rows, any::<prop::sample::Index>(), any::<u64>(), 1_usize..20);
    runner
        .run(&order, |(rows, cut, seed, size)| {
            let (silver, rejects) = refined(&stocked, &rows);
            let mut whole = Sums::new();
            whole.add(&silver).unwrap();
            whole.add_unresolved(&rejects).unwrap();

            // The same rows in another order, in batches of another size, added up by two.
            let mut order: Vec<u32> = (0..silver.num_rows() as u32).collect();
            let mut random = seed;
            for at in (1..order.len()).rev() {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                order.swap(at, (random >> 33) as usize % (at + 1));
            }
            let shuffled = take_record_batch(&silver, &UInt32Array::from(order)).unwrap();
            let (mut one, mut other) = (Sums::new(), Sums::new());
            other.add_unresolved(&rejects).unwrap();
            let half = cut.index(shuffled.num_rows() + 1);
            for from in (0..shuffled.num_rows()).step_by(size) {
                let part = shuffled.slice(from, size.min(shuffled.num_rows() - from));
                if from < half { one.add(&part).unwrap() } else { other.add(&part).unwrap() }
            }
            one.merge(&other);
            for month in whole.months() {
                for metric in Metric::iter() {
                    let [a, b] = [&whole, &one]
                        .map(|it| aggregate(metric, month, it, it, &Options::default()).unwrap());
                    prop_assert_eq!(&a, &b);
                    prop_assert_eq!(
                        lake::bronze::encode(&a).unwrap(),
                        lake::bronze::encode(&b).unwrap()
                    );
                }
            }

            // Against the sum of the texts of silver, one by one.
            let exact = |rounded: &str, exact: &str| -> Vec<Option<Decimal>> {
                let texts = texts(&silver, exact).into_iter().zip(texts(&silver, rounded));
                texts
                    .map(|(exact, rounded)| exact.or(rounded).map(|it| it.parse().unwrap()))
                    .collect()
            };
            let emissions = exact("emissions_kg", "emissions_exact");
            let mut wanted: BTreeMap<(String, String), Decimal> = BTreeMap::new();
            let months = texts(&silver, "timestamp");
            for (nth, tenant) in texts(&silver, "tenant_id").into_iter().enumerate() {
                let micros: i64 = months[nth].as_ref().unwrap().parse().unwrap();
                let month = chrono::DateTime::from_timestamp_micros(micros)
                    .unwrap()
                    .format("%Y-%m")
                    .to_string();
                let sum = wanted.entry((month, tenant.unwrap())).or_insert_with(Decimal::zero);
                *sum = &*sum + emissions[nth].as_ref().unwrap();
            }
            let mut found: BTreeMap<(String, String), Decimal> = BTreeMap::new();
            for month in whole.months() {
                let table =
                    aggregate(Metric::Summary, month, &whole, &whole, &Options::default()).unwrap();
                let totals = texts(&table, "total_emissions_exact")
                    .into_iter()
                    .zip(texts(&table, "total_emissions_kg"));
                let doubles =
                    table.column_by_name("total_emissions").unwrap().as_primitive::<Float64Type>();
                for (nth, (exact, rounded)) in totals.enumerate() {
                    let total: Decimal = exact.or(rounded).unwrap().parse().unwrap();
                    prop_assert_eq!(doubles.value(nth), total.to_string().parse::<f64>().unwrap());
                    let tenant = texts(&table, "tenant_id")[nth].clone().unwrap();
                    let sum =
                        found.entry((month.to_string(), tenant)).or_insert_with(Decimal::zero);
                    *sum = &*sum + &total;
                }
            }
            prop_assert_eq!(found, wanted);
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_summary_is_the_documented_table_and_says_what_it_was_made_of() {
    let stocked = runtime().block_on(sorts());
    let rows = [
        row("gas", 10.0, "kWh (Gross CV)"),
        row("gas", 0.5, "kWh (Gross CV)"),
        row("wood", 2.0, "t"),
        row("grid", 1.0, "MWh"),
        row("nobody", 1.0, "kWh"),
        Row { tenant: "globex", ..row("nobody", 1.0, "kWh") },
    ];
    let sums = sums(&stocked, &rows);
    let summary = table(Metric::Summary, &sums);
    let names: Vec<_> = summary.schema().fields().iter().map(|it| it.name().clone()).collect();
    assert_eq!(
        names[..6],
        ["tenant_id", "scope", "category", "total_emissions", "unit", "record_count"]
    );
    assert_eq!(
        lines(
            &summary,
            &["tenant_id", "scope", "category", "total_emissions_kg", "unit", "record_count"]
        ),
        [
            // `1|3` is not one scope; the CO2 of wood is outside, its other gases are not.
            "acme - fuels 123.600000000000 kgCO2e 1",
            "acme 1 fuels 1.930635000000 kgCO2e 2",
            "acme 2 - 206.883479957000 kgCO2e 1",
        ]
    );
    assert_eq!(lines(&summary, &["outside_scopes_kg"]), ["3200.246000000000", "-", "-"]);
    assert_eq!(lines(&summary, &["scope2_method"]), ["-", "-", "location"]);
    assert_eq!(lines(&summary, &["coverage"]), ["0.8", "0.8", "0.8"]);
    assert_eq!(lines(&summary, &["factor_versions"]), ["1", "1", "1"]);
    let pins = lines(&summary, &["factor_pin"]);
    assert!(pins[0] != pins[1] && pins.iter().all(|it| it.len() == 64));
    assert!(summary.column_by_name("scope").unwrap().as_primitive::<Int32Type>().is_null(0));
    assert_eq!(
        lines(
            &table(Metric::Coverage, &sums),
            &["tenant_id", "record_count", "resolved_count", "unresolved_count", "coverage"]
        ),
        ["acme 5 4 1 0.8", "globex 1 0 1 0.0"]
    );
    let activity = table(Metric::Activity, &sums);
    assert_eq!(
        lines(&activity, &["activity", "quantity", "quantity_unit", "record_count"]),
        [
            "activity.wood 2000.000000000000 kg 1",
            "activity.gas 10.500000000000 kWh (Gross CV) 2",
            "activity.grid 1000.000000000000 kWh 1",
        ]
    );
}

#[test]
fn the_two_methods_of_scope_2_are_never_added() {
    let runtime = runtime();
    let stocked = runtime.block_on(async {
        let stocked = factors().await;
        for (id, method, figure) in [
            ("grid", Some(S2Method::Location), &[("co2e", "2")] as &[_]),
            ("green", Some(S2Method::Market), &[("co2e", "0.5")]),
            ("rest", Some(S2Method::Residual), &[("co2e", "3")]),
            ("heat", None, &[("co2e", "10")]),
        ] {
            let mut making: Making = making(id, "kWh", figure);
            (making.factor.scope, making.factor.s2_method) = (Some("2".to_owned()), method);
            put(&stocked, &making, false).await;
        }
        stocked
    });
    let rows = ["grid", "green", "rest", "heat"].map(|it| row(it, 1.0, "kWh"));
    let sums = sums(&stocked, &rows);
    let counted = |scope2| {
        let options = Options { scope2, ..Options::default() };
        let table = aggregate(Metric::Summary, MAY, &sums, &sums, &options).unwrap();
        lines(&table, &["total_emissions_kg", "scope2_method", "record_count"])
    };
    // What says no method counts once, by whichever.
    assert_eq!(counted(Scope2Method::Location), ["12.000000000000 location 2"]);
    assert_eq!(counted(Scope2Method::Market), ["13.500000000000 market 3"]);
    let both = table(Metric::Scope2, &sums);
    assert_eq!(
        lines(&both, &["scope2_method", "total_emissions_kg", "record_count"]),
        ["location 2.000000000000 1", "market 3.500000000000 2"]
    );
    // A comparison with others counts by one of them, too.
    let file = "benchmark,scope,value,source\nothers,2,10,Example\n";
    for (scope2, own) in
        [(Scope2Method::Location, "12.000000000000"), (Scope2Method::Market, "13.500000000000")]
    {
        let benchmarks = Some(Benchmarks::csv(file.as_bytes()).unwrap());
        let options = Options { scope2, benchmarks, ..Options::default() };
        let table = aggregate(Metric::Benchmark, MAY, &sums, &sums, &options).unwrap();
        assert_eq!(lines(&table, &["own_value"]), [own]);
    }
}

#[test]
fn a_total_is_pinned_to_the_last_event_that_counts_for_it() {
    let runtime = runtime();
    let stocked = runtime.block_on(factors());
    runtime.block_on(put(&stocked, &making("a", "kWh", &[("co2e", "2")]), false));
    let early = sums(&stocked, &[row("a", 1.0, "kWh")]);
    runtime.block_on(put(&stocked, &making("b", "kWh", &[("co2e", "3")]), false));
    let late = sums(&stocked, &[row("b", 1.0, "kWh")]);
    let joined = [(&early, &late), (&late, &early)].map(|(one, other)| {
        let mut sums = one.clone();
        sums.merge(other);
        table(Metric::Summary, &sums)
    });
    assert_eq!(joined[0], joined[1]);
    let known = |sums: &Sums| lines(&table(Metric::Summary, sums), &["factor_known_at"]);
    assert_ne!(known(&early), known(&late));
    assert_eq!(lines(&joined[0], &["factor_known_at"]), known(&late));
}

#[test]
fn days_before_1970_are_in_their_months() {
    let runtime = runtime();
    let stocked = runtime.block_on(factors());
    let mut old = making("a", "kWh", &[("co2e", "2")]);
    old.valid = "1960-01-01/..";
    runtime.block_on(put(&stocked, &old, false));
    let at = |at| Row { at, ..row("a", 1.0, "kWh") };
    let sums = sums(&stocked, &[at("1970-01-01T01:00:00Z"), at("1969-12-31T23:00:00Z")]);
    let months: Vec<_> = sums.months().collect();
    assert_eq!(months, [Month { year: 1969, month: 12 }, Month { year: 1970, month: 1 }]);
}

#[test]
fn years_are_compared_as_reported_and_like_for_like() {
    let runtime = runtime();
    let stocked = runtime.block_on(async {
        let stocked = factors().await;
        put(&stocked, &making("a", "kWh", &[("co2e", "2")]), false).await;
        let mut new = making("new", "kWh", &[("co2e", "1")]);
        new.factor.category = Some("new".to_owned());
        put(&stocked, &new, false).await;
        let mut none = making("none", "kWh", &[("co2e", "0")]);
        none.factor.category = Some("none".to_owned());
        put(&stocked, &none, false).await;
        stocked
    });
    let last = "2023-05-10T00:00:00Z";
    let before =
        [Row { at: last, ..row("a", 10.0, "kWh") }, Row { at: last, ..row("none", 1.0, "kWh") }];
    let after = [row("a", 10.0, "kWh"), row("new", 1.0, "kWh"), row("none", 1.0, "kWh")];
    let mut reported = sums(&stocked, &before);
    // The figure is corrected between the two years.
    runtime.block_on(put(&stocked, &making("a", "kWh", &[("co2e", "2.5")]), true));
    reported.merge(&sums(&stocked, &after));
    let mut like = sums(&stocked, &before);
    like.merge(&sums(&stocked, &after));
    let options = Options { known_at: 9, ..Options::default() };
    let yoy = |reported: &Sums, like: &Sums| {
        aggregate(Metric::YearOverYear, MAY, reported, like, &options).unwrap()
    };
    let columns = [
        "category",
        "reported_kg",
        "reported_prior_kg",
        "reported_change_percent",
        "like_for_like_kg",
        "like_for_like_prior_kg",
        "like_for_like_change_percent",
    ];
    let table = yoy(&reported, &like);
    assert_eq!(
        lines(&table, &columns),
        [
            "fuels 25.000000000000 20.000000000000 25.0 25.000000000000 25.000000000000 0.0",
            // Missing and zero are no infinity.
            "new 1.000000000000 - - 1.000000000000 - -",
            "none 0.000000000000 0.000000000000 - 0.000000000000 0.000000000000 -",
        ]
    );
    let known = table.column_by_name("like_for_like_known_at").unwrap();
    assert_eq!(known.as_primitive::<Int64Type>().values(), &[9, 9, 9]);

    // What was withdrawn since is not like for like any more.
    runtime.block_on(stocked.withdraw(&"new".parse().unwrap(), None, &Terms::default())).unwrap();
    let mut like = sums(&stocked, &before);
    like.merge(&sums(&stocked, &after));
    let table = yoy(&reported, &like);
    assert_eq!(
        lines(&table, &["like_for_like_change_percent", "like_for_like_unresolved"]),
        ["- 1", "- 1", "- 1"]
    );
    // In whichever of the two years it counted. What ended shows too, without a figure for this year.
    let gone = [&before[..], &[Row { at: last, ..row("new", 1.0, "kWh") }]].concat();
    let mut like = sums(&stocked, &gone);
    like.merge(&sums(&stocked, &[row("a", 10.0, "kWh")]));
    let table = yoy(&reported, &like);
    assert_eq!(lines(&table, &["like_for_like_unresolved"]), ["1", "1", "1"]);
}

#[test]
fn what_ended_is_compared_too_and_a_month_without_rows_has_none() {
    let runtime = runtime();
    let stocked = runtime.block_on(async {
        let stocked = factors().await;
        put(&stocked, &making("a", "kWh", &[("co2e", "2")]), false).await;
        let mut old = making("old", "kWh", &[("co2e", "1")]);
        old.factor.category = Some("old".to_owned());
        put(&stocked, &old, false).await;
        stocked
    });
    let last = "2023-05-10T00:00:00Z";
    let before =
        [Row { at: last, ..row("a", 10.0, "kWh") }, Row { at: last, ..row("old", 3.0, "kWh") }];
    let mut both = sums(&stocked, &before);
    both.merge(&sums(&stocked, &[row("a", 5.0, "kWh")]));
    let options = Options::default();
    let yoy = |month, sums: &Sums, like: &Sums| {
        aggregate(Metric::YearOverYear, month, sums, like, &options).unwrap()
    };
    let columns = [
        "category",
        "reported_kg",
        "reported_prior_kg",
        "reported_change_percent",
        "like_for_like_kg",
        "like_for_like_prior_kg",
        "like_for_like_change_percent",
    ];
    let table = yoy(MAY, &both, &both);
    assert_eq!(
        lines(&table, &columns),
        [
            "fuels 10.000000000000 20.000000000000 -50.0 10.000000000000 20.000000000000 -50.0",
            "old - 3.000000000000 - - 3.000000000000 -",
        ]
    );
    // As reported alone.
    let table = yoy(MAY, &both, &Sums::new());
    assert_eq!(
        lines(&table, &columns),
        ["fuels 10.000000000000 20.000000000000 -50.0 - - -", "old - 3.000000000000 - - - -"]
    );
    // A year later nothing was ingested yet.
    let next = Month { year: 2024, ..MAY };
    let next = if next == MAY { MAY.years_on(1) } else { next };
    assert_eq!(yoy(next, &both, &both).num_rows(), 0);
}

#[test]
fn benchmarks_are_compared_for_each_unit_of_what_was_done() {
    let stocked = runtime().block_on(sorts());
    let rows = [row("gas", 10.0, "MWh (Gross CV)"), row("wood", 1.0, "t"), row("grid", 1.0, "MWh")];
    let sums = sums(&stocked, &rows);
    let file = "benchmark,scope,category,activity,per,value,source\n\
        sector gas,1,fuels,,GJ (Gross CV),50,Sector report 2024\n\
        small office,,,,,1000,Example\n\
        nothing like it,3,,,,1,Example\n";
    let benchmarks = Some(Benchmarks::csv(file.as_bytes()).unwrap());
    let options = Options { benchmarks, ..Options::default() };
    let table = aggregate(Metric::Benchmark, MAY, &sums, &sums, &options).unwrap();
    assert_eq!(
        lines(
            &table,
            &[
                "benchmark",
                "per",
                "own_value",
                "benchmark_value",
                "above_percent",
                "record_count",
                "source"
            ]
        ),
        [
            // 50 kg/GJ are 0.18 kg/kWh; 0.18387 is 2.15 % above.
            "sector gas kWh (Gross CV) 0.183870000000 0.180000000000 2.2 1 Sector report 2024",
            "small office - 2107.383479957000 1000.000000000000 110.7 3 Example",
        ]
    );
    for (file, wanted) in [
        (
            "benchmark,value,source,extra\n",
            "line 1 of the benchmarks: there is a column `extra`, which means nothing here",
        ),
        (
            "benchmark,value,source\na,x,b\n",
            "line 2 of the benchmarks: the value cannot be: `x` is not a decimal number: it has something other than digits and one point",
        ),
        (
            "benchmark,per,value,source\na,blorp,1,b\n",
            "line 2 of the benchmarks: the unit cannot be: `blorp` is not a unit that is known here",
        ),
    ] {
        assert_eq!(Benchmarks::csv(file.as_bytes()).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn what_is_not_silver_is_refused() {
    let mut sums = Sums::new();
    let error = sums.add(&batch(&[row("gas", 1.0, "kWh")])).unwrap_err();
    assert!(matches!(error, Error::Silver(_)), "{error:?}");
    assert_eq!(
        aggregate(Metric::Summary, MAY, &sums, &sums, &Options::default()).unwrap().num_rows(),
        0
    );
}
