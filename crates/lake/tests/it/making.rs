//! Factors and batches to test with.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, StringArray, StringDictionaryBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;
use platform::factors::{FactorStore, Options};
use platform::store::Store;
use storage_core::Decimal;
use storage_core::factors::{
    Factor, GasBasis, Interval, Licence, ResultUnit, S2Method, Source, Terms, Version,
};

/// What a test says of a factor.
pub(crate) struct Making {
    pub(crate) factor: Factor,
    pub(crate) basis: GasBasis,
    pub(crate) result: ResultUnit,
    pub(crate) valid: &'static str,
    pub(crate) gases: &'static [(&'static str, &'static str)],
}

/// A factor of one figure of CO2e in kilograms, valid from 2020 on.
pub(crate) fn making(
    id: &str,
    unit: &str,
    gases: &'static [(&'static str, &'static str)],
) -> Making {
    let mut factor = Factor::new(id.parse().unwrap(), format!("activity.{id}"), Some("GB"), unit);
    factor.scope = Some("1".to_owned());
    factor.category = Some("fuels".to_owned());
    let (basis, result) = (GasBasis::Co2e, ResultUnit::Kg);
    Making { factor, basis, result, valid: "2020-01-01/..", gases }
}

pub(crate) async fn factors() -> FactorStore {
    FactorStore::open(&Store::memory(), Options::new("tester")).await.unwrap()
}

/// Puts a version, or corrects the one that is there.
pub(crate) async fn put(factors: &FactorStore, making: &Making, correct: bool) {
    let source = Source { publisher: "P".into(), dataset: "D".into(), ..Source::default() };
    let licence = Licence { name: "CC0-1.0".into(), redistribute: true, attribution: None };
    let valid: Interval = making.valid.parse().unwrap();
    let id = making.factor.factor_id.clone();
    let mut version =
        Version::new(id, making.basis, making.result, source.into(), licence.into(), valid);
    for (gas, figure) in making.gases {
        version = version.with(*gas, figure.parse::<Decimal>().unwrap());
    }
    let (factor, version) = (Arc::new(making.factor.clone()), Arc::new(version));
    match correct {
        false => factors.put(&factor, &version, &Terms::default()).await.unwrap(),
        true => factors.correct(&factor, &version, &Terms::default()).await.unwrap(),
    };
}

/// Factors of every sort.
pub(crate) async fn sorts() -> FactorStore {
    let factors = factors().await;
    let mut all = vec![
        making("gas", "kWh (Gross CV)", &[("co2e", "0.18387")]),
        making("long", "kWh", &[("co2e", "0.0000889261744966443")]),
        making("credit", "t", &[("co2e", "0")]),
        making("visitor", "visitor", &[("co2e", "1.5")]),
        making("freight", "short ton mile", &[("co2e", "0.1690")]),
    ];
    let mut masses =
        making("masses", "mmBtu (HHV)", &[("co2", "53060"), ("ch4", "1"), ("n2o", "0.1")]);
    (masses.basis, masses.result) = (GasBasis::Mass, ResultUnit::G);
    let mut wood = making("wood", "t", &[("co2e", "61.8"), ("co2_biogenic", "1600.123")]);
    wood.factor.scope = Some("1|3".to_owned());
    let mut outside = making("outside", "kWh", &[("co2e", "0.35")]);
    outside.factor.scope = Some("Outside of Scopes".to_owned());
    let mut grid = making("grid", "MWh", &[("co2e", "456.1")]);
    grid.result = ResultUnit::Lb;
    (grid.factor.scope, grid.factor.s2_method) = (Some("2".to_owned()), Some(S2Method::Location));
    grid.factor.category = None;
    let mut marginal = making("marginal", "MWh", &[("co2e", "900")]);
    marginal.factor.s2_method = Some(S2Method::Marginal);
    let mut old = making("old", "kWh", &[("co2e", "1")]);
    old.valid = "2020-01-01/2021-01-01";
    all.extend([masses, wood, outside, grid, marginal, old]);
    for making in &all {
        put(&factors, making, false).await;
    }
    let withdrawn = making("withdrawn", "kWh", &[("co2e", "1")]);
    put(&factors, &withdrawn, false).await;
    let id = &withdrawn.factor.factor_id;
    factors.withdraw(id, None, &Terms::default()).await.unwrap();
    factors
        .alias(&"gas".parse().unwrap(), &"GAS-GB".parse().unwrap(), &Terms::default())
        .await
        .unwrap();
    factors
}

/// A row of bronze.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) tenant: &'static str,
    pub(crate) factor: &'static str,
    pub(crate) quantity: f64,
    pub(crate) text: Option<String>,
    pub(crate) unit: &'static str,
    pub(crate) at: &'static str,
    pub(crate) source: Option<&'static str>,
}

pub(crate) fn row(factor: &'static str, quantity: f64, unit: &'static str) -> Row {
    let at = "2024-05-01T10:00:00Z";
    Row { tenant: "acme", factor, quantity, text: None, unit, at, source: Some("erp") }
}

/// A batch of bronze, as ingesting makes it.
pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let text = |of: &dyn Fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let repeating = |of: &dyn Fn(&Row) -> Option<&str>| -> ArrayRef {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        rows.iter().for_each(|row| builder.append_option(of(row)));
        Arc::new(builder.finish())
    };
    let ids: Vec<String> = (0..rows.len()).map(|nth| format!("A-{nth}")).collect();
    let moments = rows
        .iter()
        .map(|row| row.at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros());
    let moments: TimestampMicrosecondArray = moments.map(Some).collect();
    let repeats = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
    let fields = vec![
        Field::new("tenant_id", repeats.clone(), false),
        Field::new("activity_id", DataType::Utf8, false),
        Field::new("emission_factor_id", repeats.clone(), false),
        Field::new("quantity", DataType::Float64, false),
        Field::new("quantity_text", DataType::Utf8, true),
        Field::new("unit", DataType::Utf8, false),
        Field::new(
            "timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            false,
        ),
        Field::new("source", repeats.clone(), true),
        Field::new("_file", repeats, false),
        Field::new("_line", DataType::Int64, false),
    ];
    let columns: Vec<ArrayRef> = vec![
        repeating(&|it| Some(it.tenant)),
        Arc::new(StringArray::from(ids)),
        repeating(&|it| Some(it.factor)),
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|it| it.quantity))),
        text(&|it| it.text.as_deref()),
        text(&|it| Some(it.unit)),
        Arc::new(moments.with_timezone("UTC")),
        repeating(&|it| it.source),
        repeating(&|_| Some("2024/05/activities.ndjson")),
        Arc::new(Int64Array::from_iter_values(1..=rows.len() as i64)),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}
