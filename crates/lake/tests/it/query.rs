//! SQL over a small lake whose figures are calculated by hand.

mod cache;
mod files;
#[cfg(feature = "redis")]
mod redis;
mod refused;

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use lake::catalog::named_queries;
use lake::commits::{Kind, Lake, Options};
use lake::gold;
use lake::ingest::{Input, Options as How, ingest};
use lake::query::{Engine, Error, Settings};
use lake::read::Source;
use lake::schema::{ACTIVITY, Document};
use lake::silver::{self, pin};
use lake::zones::{AggregateOptions, RefineOptions, aggregate, refine};
use platform::clock::SetClock;
use platform::factors::FactorStore;
use platform::numbered::Retry;
use platform::store::fault::{Act, Faulty};
use platform::store::{Conditions, Store};
use serde_json::{Value, json};
use storage_core::factors::KnownAt;

use super::making::{factors, making, put};

/// The example of the documentation, word for word.
const DOCUMENTED: &str = "\
-- Example query: Monthly emissions by tenant
SELECT
    tenant_id,
    scope,
    SUM(total_emissions) as emissions,
    unit
FROM gold.emissions_summary
WHERE year = 2026 AND month BETWEEN 1 AND 6
GROUP BY tenant_id, scope, unit
ORDER BY emissions DESC;
";

/// An input in memory.
struct Text(String, String);

impl Source for Text {
    fn name(&self) -> &str {
        &self.0
    }

    fn size(&self) -> Option<u64> {
        Some(self.1.len() as u64)
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.1.clone().into_bytes())))
    }
}

fn options() -> Options {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    options.clock = Arc::new(SetClock::at("2026-08-01T12:00:00Z".parse().unwrap()));
    options
}

/// A row: tenant, activity, month, factor and kilowatt hours.
fn line(tenant: &str, activity: u32, month: &str, factor: &str, quantity: &str) -> String {
    format!(
        "{{\"tenant_id\":\"{tenant}\",\"activity_id\":\"a-{activity}\",\
         \"emission_factor_id\":\"{factor}\",\"quantity\":{quantity},\"unit\":\"kWh\",\
         \"timestamp\":\"{month}-03T00:00:00Z\",\"source\":\"meter\"}}"
    )
}

/// A lake, and what was read of it since somebody looked.
struct World {
    store: Store,
    lake: Lake,
    factors: FactorStore,
    read: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// A lake over `store` with the rows of [`first`](Self::first) in all zones.
    async fn over(store: &Store) -> Self {
        let read = Arc::new(Mutex::new(Vec::new()));
        let heard = read.clone();
        let watched = Faulty::new(store.backend().clone(), move |call| {
            if call.act == Act::Get && call.key.ends_with(".parquet") {
                heard.lock().unwrap().push(call.key.to_owned());
            }
            None
        });
        let watched = Store::new(Arc::new(watched), store.prefix());
        let lake = Lake::open(&watched, options()).await.unwrap();
        let factors = factors().await;
        // Kilograms for each kilowatt hour.
        put(&factors, &making("half", "kWh", &[("co2e", "0.5")]), false).await;
        let mut quarter = making("quarter", "kWh", &[("co2e", "0.25")]);
        quarter.factor.scope = Some("3".to_owned());
        quarter.factor.category = Some("travel".to_owned());
        put(&factors, &quarter, false).await;
        let world = Self { store: store.clone(), lake, factors, read };
        world.take("one.ndjson", &Self::first()).await;
        world.on().await;
        world.opened();
        world
    }

    async fn new() -> Self {
        Self::over(&Store::memory()).await
    }

    fn first() -> Vec<String> {
        vec![
            line("acme", 1, "2026-01", "half", "100"),
            line("acme", 2, "2026-02", "half", "50"),
            line("acme", 3, "2026-07", "half", "1000"),
            line("acme", 4, "2026-03", "quarter", "8"),
            line("zeta", 5, "2026-06", "quarter", "4000"),
            line("zeta", 6, "2025-06", "half", "4"),
            // The same once more, another value, and two that are refused.
            line("acme", 1, "2026-01", "half", "100"),
            line("acme", 2, "2026-02", "half", "51"),
            line("zeta", 7, "2026-06", "half", "-1"),
            line("zeta", 8, "2026-06", "half", "-2"),
        ]
    }

    async fn take(&self, name: &str, lines: &[String]) {
        self.take_as(&Document::parse(ACTIVITY).unwrap(), name, lines).await;
    }

    async fn take_as(&self, document: &Document, name: &str, lines: &[String]) {
        let text = lines.iter().map(|it| format!("{it}\n")).collect();
        let input: Input = Box::new(Text(name.to_owned(), text));
        ingest(&self.lake, document, vec![input], &How::default()).await.unwrap();
    }

    /// Bronze becomes silver, and silver gold.
    async fn on(&self) {
        let known_at = pin(&self.factors.catalogue(), &KnownAt::Now).unwrap();
        let silver = "silver/esg/emissions".parse().unwrap();
        let refining = RefineOptions::new(silver::Options::new(known_at));
        let bronze = "bronze/emissions".parse().unwrap();
        refine(&self.lake, &self.factors, &bronze, &silver, &refining).await.unwrap();
        let gold = gold::Options { known_at, ..gold::Options::default() };
        let summing = AggregateOptions::new(gold);
        aggregate(&self.lake, &silver, "emissions", &summing).await.unwrap();
    }

    fn engine(&self) -> Engine {
        self.engine_with(Settings::default())
    }

    fn engine_with(&self, settings: Settings) -> Engine {
        Engine::new(&self.lake, settings).unwrap()
    }

    /// The files that were opened since this was asked last, by their folders, each once.
    fn opened(&self) -> Vec<String> {
        let mut read = std::mem::take(&mut *self.read.lock().unwrap());
        read.iter_mut().for_each(|it| it.truncate(it.rfind('/').unwrap()));
        read.sort();
        read.dedup();
        read
    }
}

async fn rows(engine: &Engine, sql: &str) -> Vec<Value> {
    let answer = engine.query(sql, None).await.unwrap();
    answer.rows().await.unwrap().into_iter().map(Value::Array).collect()
}

async fn refusal(engine: &Engine, sql: &str) -> Error {
    engine.query(sql, None).await.unwrap_err()
}

/// One number.
async fn number(engine: &Engine, sql: &str) -> i64 {
    rows(engine, sql).await[0][0].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_query_answers_on_gold() {
    let world = World::new().await;
    let engine = world.engine();
    let answer = engine.query(DOCUMENTED, None).await.unwrap();
    assert_eq!(answer.columns(), ["tenant_id", "scope", "emissions", "unit"]);
    // 4000 x 0.25; 100 x 0.5 + 50 x 0.5, without July; 8 x 0.25.
    let expected = [
        json!(["zeta", 3, 1000.0, "kgCO2e"]),
        json!(["acme", 1, 75.0, "kgCO2e"]),
        json!(["acme", 3, 2.0, "kgCO2e"]),
    ];
    let found: Vec<Value> = answer.rows().await.unwrap().into_iter().map(Value::Array).collect();
    assert_eq!(found, expected);
    let exact = "SELECT SUM(total_emissions_kg) FROM gold.emissions_summary WHERE year = 2026";
    assert_eq!(rows(&engine, exact).await, [json!(["1577.000000000000"])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_that_is_kept_by_name_answers() {
    let world = World::new().await;
    let engine = world.engine();
    let mut names = Vec::new();
    for query in named_queries() {
        let expected = match query.name {
            "monthly_emissions_by_tenant" => vec![
                json!(["zeta", 3, 1000.0, "kgCO2e"]),
                json!(["acme", 1, 75.0, "kgCO2e"]),
                json!(["acme", 3, 2.0, "kgCO2e"]),
            ],
            "emissions_by_category" => vec![
                json!([3, "travel", 1002.0, "kgCO2e", 2]),
                json!([1, "fuels", 575.0, "kgCO2e", 3]),
            ],
            "quarantine_by_reason" => {
                vec![json!(["below_minimum", "quantity", 2, "one.ndjson"])]
            }
            "conflicting_duplicates" => {
                let found = rows(&engine, query.sql).await;
                assert_eq!(found.len(), 1);
                let row = &found[0];
                assert_eq!(
                    row.as_array().unwrap()[..5],
                    [
                        json!("one.ndjson"),
                        json!(8),
                        json!("conflict"),
                        json!("one.ndjson"),
                        json!(2)
                    ]
                );
                assert!(row[5].as_str().unwrap().contains("51"), "{row}");
                found
            }
            other => panic!("`{other}` has no answer here"),
        };
        assert_eq!(rows(&engine, query.sql).await, expected, "{}", query.name);
        names.push(query.name);
    }
    assert_eq!(names.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_there_under_the_name_that_athena_knows() {
    let world = World::new().await;
    let engine = world.engine();
    let tables = "SELECT table_schema || '.' || table_name FROM information_schema.tables \
                  WHERE table_schema <> 'information_schema' ORDER BY 1";
    let found: Vec<_> = rows(&engine, tables).await.iter().map(|it| it[0].clone()).collect();
    assert_eq!(
        found,
        [
            "bronze.emissions",
            "bronze.emissions_duplicates",
            "bronze.emissions_quarantine",
            "gold.emissions_activity",
            "gold.emissions_coverage",
            "gold.emissions_summary",
            "silver.esg_emissions",
        ]
    );
    // The columns are those of the definitions for Athena, in their order.
    for (table, name, kind) in [
        ("bronze/emissions", "bronze.emissions", Kind::Data),
        ("bronze/emissions", "bronze.emissions_quarantine", Kind::Quarantine),
        ("silver/esg/emissions", "silver.esg_emissions", Kind::Data),
        ("gold/emissions/summary", "gold.emissions_summary", Kind::Data),
    ] {
        let table = world.lake.reader(&table.parse().unwrap()).await.unwrap();
        let described =
            lake::catalog::describe(&table, kind, "s3://lake", Default::default()).await.unwrap();
        let wanted: Vec<_> = (described.columns.iter().map(|it| &it.name))
            .chain(described.partitions.iter().map(|it| &it.name))
            .cloned()
            .collect();
        let answer = engine.query(&format!("SELECT * FROM {name}"), None).await.unwrap();
        assert_eq!(answer.columns(), wanted, "{name}");
        assert_eq!(format!("{}.{}", described.database, described.name), name);
    }
    let types = "DESCRIBE bronze.emissions";
    let found = rows(&engine, types).await;
    let kind = |name: &str| found.iter().find(|it| it[0] == name).unwrap()[1].clone();
    assert_eq!(
        [kind("tenant_id"), kind("year"), kind("month"), kind("quantity")],
        ["Utf8", "Int32", "Int32", "Float64"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_out_as_they_are() {
    let world = World::new().await;
    let engine = world.engine();
    let sql = "SELECT activity_id, quantity, timestamp, source, _line, tenant_id, year, month \
               FROM bronze.emissions WHERE tenant_id = 'zeta' ORDER BY _line";
    let row =
        |id, quantity, at, line, year| json!([id, quantity, at, "meter", line, "zeta", year, 6]);
    assert_eq!(
        rows(&engine, sql).await,
        [
            row("a-5", 4000.0, "2026-06-03T00:00:00+00:00", 5, 2026),
            row("a-6", 4.0, "2025-06-03T00:00:00+00:00", 6, 2025),
        ]
    );
    let raw = "SELECT raw FROM bronze.emissions_quarantine ORDER BY line LIMIT 1";
    let bytes = line("zeta", 7, "2026-06", "half", "-1");
    let digits: String = bytes.bytes().map(|it| format!("{it:02x}")).collect();
    assert_eq!(rows(&engine, raw).await, [json!([digits])]);
    // Where a value is missing it comes last, whichever way is sorted: as in Athena.
    let sorted = "SELECT * FROM (VALUES (1), (NULL), (2)) AS t(n) ORDER BY n DESC";
    assert_eq!(rows(&engine, sorted).await, [json!([2]), json!([1]), json!([null])]);
    let described = engine.query("DESCRIBE bronze.emissions", Some(1)).await.unwrap();
    assert_eq!(described.columns(), ["column_name", "data_type", "is_nullable"]);
    let limited = engine.query("SELECT * FROM bronze.emissions", Some(4)).await.unwrap();
    assert_eq!(limited.rows().await.unwrap().len(), 4);
}
