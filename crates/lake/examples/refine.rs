//! How many rows become silver in a second of one processor:
//! `cargo run --release -p lake --example refine -- 2000000`.
#![expect(clippy::disallowed_methods, reason = "what measures reads a clock")]
#![expect(clippy::print_stdout, reason = "it says what it measured")]

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{
    ArrayRef, Float64Array, StringArray, StringDictionaryBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;
use arrow::record_batch::RecordBatch;
use lake::silver::{Options, Refiner, pin};
use platform::factors::FactorStore;
use platform::store::Store;
use storage_core::factors::{
    Change, Factor, GasBasis, Interval, KnownAt, Licence, ResultUnit, Source, Terms, Version,
};

type Failure = Box<dyn std::error::Error>;

/// How many factors there are; each has an edition for each of three years.
const FACTORS: usize = 360;

/// Rows of a batch.
const BATCH: usize = 65_536;

fn main() -> Result<(), Failure> {
    let rows: usize = std::env::args().nth(1).map_or(Ok(2_000_000), |it| it.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let factors = runtime.block_on(stock())?;
    let catalogue = factors.catalogue();
    let batches: Vec<RecordBatch> =
        (0..rows.div_ceil(BATCH)).map(|nth| batch(nth * BATCH, BATCH)).collect::<Result<_, _>>()?;
    let mut refiner = Refiner::new(Options::new(pin(&catalogue, &KnownAt::Now)?));
    let begun = Instant::now();
    let (mut accepted, mut rejected) = (0, 0);
    for batch in &batches {
        let refined = refiner.refine(&catalogue, batch, "part-1")?;
        accepted += refined.accepted.num_rows();
        rejected += refined.rejects.num_rows();
    }
    let seconds = begun.elapsed().as_secs_f64();
    let rows = accepted + rejected;
    println!("{rows} rows in {seconds:.3} s: {:.0} rows/s", rows as f64 / seconds);
    println!("{accepted} accepted, {rejected} rejected");
    Ok(())
}

/// Factors whose figures have 5 places, or 16 as the sheets of 2023 print them.
async fn stock() -> Result<FactorStore, Failure> {
    let options = platform::factors::Options::new("example");
    let factors = FactorStore::open(&Store::memory(), options).await?;
    let source =
        Arc::new(Source { publisher: "P".into(), dataset: "D".into(), ..Source::default() });
    let licence =
        Arc::new(Licence { name: "CC0-1.0".into(), redistribute: true, attribution: None });
    let mut changes = Vec::new();
    for nth in 0..FACTORS {
        let id: storage_core::factors::FactorId = format!("EF-{nth}").parse()?;
        let unit = ["kWh", "t", "l"][nth % 3];
        let factor = Arc::new(Factor::new(id.clone(), format!("activity {nth}"), None, unit));
        for year in 2023..2026 {
            let valid = Interval::of_year(year)?;
            let figure = match nth % 4 {
                0 => format!("0.{:016}", 889_261_744_966_443_u64 * (nth as u64 + 3)),
                _ => format!("{}.{:05}", nth % 7, 18_387 + nth),
            };
            let (source, licence) = (source.clone(), licence.clone());
            let version =
                Version::new(id.clone(), GasBasis::Co2e, ResultUnit::Kg, source, licence, valid);
            let version = Arc::new(version.with("co2e", figure.parse()?));
            changes.push((Change::Put { factor: factor.clone(), version }, Terms::default()));
        }
    }
    factors.put_all(&changes).await?;
    Ok(factors)
}

/// Rows like those of the generator of the research: quantities with 4 places, 24 months.
fn batch(first: usize, rows: usize) -> Result<RecordBatch, Failure> {
    let units = [["kWh", "MWh", "GJ"], ["t", "kg", "lb"], ["l", "m3", "l"]];
    let mut state = first as u64 * 2_654_435_761 + 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut factor = StringDictionaryBuilder::<Int32Type>::new();
    let mut unit = StringDictionaryBuilder::<Int32Type>::new();
    let mut tenant = StringDictionaryBuilder::<Int32Type>::new();
    let (mut ids, mut quantities, mut moments) = (Vec::new(), Vec::new(), Vec::new());
    for row in first..first + rows {
        let nth = next() as usize % FACTORS;
        factor.append_value(format!("EF-{nth}"));
        // GJ for one row in twenty.
        let which =
            [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2][next() as usize % 20];
        unit.append_value(units[nth % 3][which]);
        tenant.append_value(format!("tenant-{}", next() % 20));
        ids.push(format!("{row:016x}"));
        quantities.push((next() % 20_000_000) as f64 / 10_000.0);
        let second = 1_704_067_200 + (next() % (2 * 365 * 86_400)) as i64;
        moments.push(second * 1_000_000);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("tenant_id", Arc::new(tenant.finish())),
        ("activity_id", Arc::new(StringArray::from(ids))),
        ("emission_factor_id", Arc::new(factor.finish())),
        ("quantity", Arc::new(Float64Array::from(quantities))),
        ("unit", Arc::new(unit.finish())),
        ("timestamp", Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC"))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}
