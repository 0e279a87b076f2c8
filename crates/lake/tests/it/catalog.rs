//! Tables as Athena and Glue know them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use lake::catalog::{
    Column, ColumnType, Definition, Finding, PartitionColumn, Projection, TenantProjection,
    create_named_query, create_table, ddl, lint, named_queries, read_definition, read_glue,
};
use lake::commits::{Act, Commit, File, Kind, State, TableName};
use serde_json::json;
use storage_core::Digest;

/// The example of the documentation, word for word.
const DOCUMENTED: &str = "\
CREATE EXTERNAL TABLE gold.emissions_summary (
    tenant_id STRING,
    scope INT,
    category STRING,
    total_emissions DOUBLE,
    unit STRING,
    record_count BIGINT
)
PARTITIONED BY (year INT, month INT)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS PARQUET
LOCATION 's3://prod-data-lake-processed/gold/emissions/summary/'
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.year.type' = 'integer',
    'projection.year.range' = '2020,2030',
    'projection.month.type' = 'integer',
    'projection.month.range' = '1,12',
    'storage.location.template' = 's3://prod-data-lake-processed/gold/emissions/summary/year=${year}/month=${month}'
);
";

const LAKE: &str = "s3://prod-data-lake-processed";

/// A table with one file in each of these partitions.
fn state(table: &str, partitions: &[&[(&str, &str)]]) -> State {
    let table: TableName = table.parse().unwrap();
    let file = |partition: &&[(&str, &str)]| {
        let body = Bytes::from(format!("{partition:?}"));
        File::of(&table, Kind::Data, partition, &body, 1)
    };
    let adds: Vec<_> = partitions.iter().map(file).collect();
    let mut refused = File::of(&table, Kind::Quarantine, &[] as &[(&str, &str)], b"refused", 1);
    refused.rows = 0;
    let commit = Commit {
        v: 1,
        table: table.clone(),
        number: 0,
        previous: None,
        run: "0".repeat(32),
        act: Act::Aggregate,
        actor: "ana".to_owned(),
        at: "2026-03-01T12:00:00Z".parse().unwrap(),
        code: "0".to_owned(),
        schema: Some(Digest::of(b"")),
        inputs: Vec::new(),
        displaced: 0,
        adds: adds.into_iter().chain([refused]).collect(),
        removes: Vec::new(),
        notes: Default::default(),
    };
    State::fold(table, [&commit]).unwrap()
}

fn summary() -> State {
    state(
        "gold/emissions/summary",
        &[&[("year", "2025"), ("month", "12")], &[("year", "2026"), ("month", "1")]],
    )
}

fn columns() -> Schema {
    Schema::new(vec![
        Field::new("tenant_id", DataType::Utf8, false),
        Field::new("scope", DataType::Int32, false),
        Field::new("category", DataType::Utf8, false),
        Field::new("total_emissions", DataType::Float64, false),
        Field::new("unit", DataType::Utf8, false),
        Field::new("record_count", DataType::Int64, false),
    ])
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|it| it.code).collect()
}

#[test]
fn the_documented_table_is_printed_as_it_is_documented() {
    let tenants = TenantProjection::default();
    let table = Definition::of(&summary(), Kind::Data, &columns(), LAKE, tenants).unwrap();
    assert_eq!(ddl(&table), DOCUMENTED);
    assert_eq!(read_definition(DOCUMENTED).unwrap(), table);
    assert_eq!(lint(&table, &summary(), Kind::Data, LAKE), []);
}

#[test]
fn a_table_of_bronze_names_its_tenants_or_wants_one_named() {
    let jan = [("tenant_id", "acme"), ("year", "2019"), ("month", "1")];
    let feb = [("tenant_id", "zeta"), ("year", "2026"), ("month", "2")];
    let state = state("bronze/emissions", &[&jan, &feb]);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let utc = Some(Arc::from("UTC"));
    let schema = Schema::new(vec![
        Field::new("timestamp", DataType::Timestamp(TimeUnit::Microsecond, utc), false),
        Field::new("quantity", DataType::Decimal128(38, 12), false),
        Field::new("_file", dictionary, false),
    ]);
    let of = |tenants| Definition::of(&state, Kind::Data, &schema, LAKE, tenants).unwrap();
    let text = ddl(&of(TenantProjection::Injected));
    let wanted = "\
CREATE EXTERNAL TABLE bronze.emissions (
    `timestamp` TIMESTAMP,
    quantity DECIMAL(38,12),
    `_file` STRING
)
PARTITIONED BY (tenant_id STRING, year INT, month INT)
";
    assert!(text.starts_with(wanted), "{text}");
    assert!(text.contains("'projection.tenant_id.type' = 'injected'"));
    // What there is reaches further back than the documented range.
    assert!(text.contains("'projection.year.range' = '2019,2030'"));
    let listed = ddl(&of(TenantProjection::Enum));
    assert!(listed.contains("'projection.tenant_id.values' = 'acme,zeta'"), "{listed}");
    for tenants in [TenantProjection::Injected, TenantProjection::Enum] {
        let table = of(tenants);
        assert_eq!(read_definition(&ddl(&table)).unwrap(), table);
        assert_eq!(read_glue(&create_table(&table)).unwrap(), table);
        assert_eq!(lint(&table, &state, Kind::Data, LAKE), []);
    }
}

#[test]
fn a_value_with_a_comma_is_in_no_list() {
    let folders = [("region", "Reading, UK"), ("year", "2026")];
    let state = state("bronze/emissions", &[&folders]);
    let schema = Schema::new(vec![Field::new("quantity", DataType::Float64, false)]);
    let of = |it| Definition::of(&state, Kind::Data, &schema, LAKE, it);
    let error = of(TenantProjection::Enum).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Reading, UK` of `region` cannot stand in a list of values: it has a comma"
    );
    assert_eq!(error.code(), "catalog.value_invalid");
    let table = of(TenantProjection::Injected).unwrap();
    assert_eq!(lint(&table, &state, Kind::Data, LAKE), []);
    // Who writes it into a list makes two others of it, and white space is part of a value.
    let text = ddl(&table).replace(
        "'projection.region.type' = 'injected'",
        "'projection.region.type' = 'enum', 'projection.region.values' = 'Reading, UK'",
    );
    let found = lint(&read_definition(&text).unwrap(), &state, Kind::Data, LAKE);
    assert_eq!(found[0].code, "nothing_found");
    let state = self::state("bronze/emissions", &[&[("region", "UK"), ("year", "2026")]]);
    let found = lint(&read_definition(&text).unwrap(), &state, Kind::Data, LAKE);
    assert_eq!(found[0].code, "nothing_found");
}

#[test]
fn what_was_refused_is_a_table_too() {
    let state = summary();
    let schema = lake::bronze::Reject::schema();
    let tenants = TenantProjection::default();
    let table = Definition::of(&state, Kind::Quarantine, &schema, LAKE, tenants).unwrap();
    let text = ddl(&table);
    assert!(
        text.starts_with("CREATE EXTERNAL TABLE gold.emissions_summary_quarantine ("),
        "{text}"
    );
    assert!(text.contains("    `column` STRING,\n"));
    assert!(text.contains("    raw BINARY,\n    length BIGINT,\n    form STRING\n"));
    assert!(!text.contains("TBLPROPERTIES") && !text.contains("PARTITIONED"));
    assert_eq!(read_definition(&text).unwrap(), table);
    assert_eq!(lint(&table, &state, Kind::Quarantine, LAKE), []);
}

#[test]
fn a_projection_that_finds_nothing_is_refused() {
    let spoilt: [(&str, &str, &[&str], &str); 8] = [
        (
            "'projection.month.range' = '1,12'",
            "'projection.month.range' = '1,12', 'projection.month.digits' = '2'",
            &["partitions_missed"],
            "it looks for `01`, and the folder is called `1`",
        ),
        ("'2020,2030'", "'2030,2040'", &["nothing_found"], "outside of its range 2030 to 2040"),
        ("'2020,2030'", "'2020,2025'", &["partitions_missed"], "`2026` is outside of its range"),
        (
            "year=${year}/month=${month}'",
            "${year}/${month}'",
            &["nothing_found"],
            "it looks into `s3://prod-data-lake-processed/gold/emissions/summary/2025/12`",
        ),
        ("/month=${month}'", "'", &["nothing_found", "template"], "every query returns nothing"),
        (
            "month=${month}'",
            "month=${moon}'",
            &["nothing_found", "template", "template"],
            "every query returns nothing",
        ),
        (
            "'projection.month.type' = 'integer',\n    'projection.month.range' = '1,12'",
            "'projection.month.type' = 'enum', 'projection.month.values' = '1,2,3'",
            &["partitions_missed"],
            "`12` is not in its list of values",
        ),
        ("summary/year", "sums/year", &["nothing_found"], "it looks into"),
    ];
    for (from, to, wanted, said) in spoilt {
        let text = DOCUMENTED.replace(from, to);
        assert_ne!(text, DOCUMENTED, "{from}");
        let findings = lint(&read_definition(&text).unwrap(), &summary(), Kind::Data, LAKE);
        assert_eq!(codes(&findings), wanted, "{to}: {findings:?}");
        assert!(findings[0].message.contains(said), "{to}: {findings:?}");
    }
}

#[test]
fn a_definition_without_a_column_of_the_folders_finds_nothing() {
    let state =
        state("bronze/emissions", &[&[("tenant_id", "acme"), ("year", "2026"), ("month", "1")]]);
    let text = DOCUMENTED.replace("gold/emissions/summary", "bronze/emissions");
    let findings = lint(&read_definition(&text).unwrap(), &state, Kind::Data, LAKE);
    assert_eq!(codes(&findings), ["nothing_found"]);
    assert!(findings[0].message.contains("no partition column `tenant_id`"), "{findings:?}");
}

#[test]
fn a_range_as_wide_as_numbers_are_is_a_range() {
    let wide = format!("'{},{}'", i64::MIN, i64::MAX);
    let table = read_definition(&DOCUMENTED.replace("'2020,2030'", &wide)).unwrap();
    assert_eq!(lint(&table, &summary(), Kind::Data, LAKE), []);
}

#[test]
fn folders_with_zeroes_are_found_with_digits_only() {
    let state = state("gold/emissions/summary", &[&[("year", "2026"), ("month", "03")]]);
    let table = read_definition(DOCUMENTED).unwrap();
    let findings = lint(&table, &state, Kind::Data, LAKE);
    assert_eq!(codes(&findings), ["nothing_found"]);
    let digits = "'projection.month.range' = '1,12', 'projection.month.digits' = '2'";
    let text = DOCUMENTED.replace("'projection.month.range' = '1,12'", digits);
    assert_eq!(lint(&read_definition(&text).unwrap(), &state, Kind::Data, LAKE), []);
}

#[test]
fn columns_of_the_folders_are_not_in_the_files() {
    let mut table = read_definition(DOCUMENTED).unwrap();
    table.columns.push(Column::new("year", ColumnType::Int));
    table.partitions.push(PartitionColumn {
        name: "day".to_owned(),
        kind: ColumnType::Int,
        projection: Projection::range(1, 31),
    });
    let findings = lint(&table, &summary(), Kind::Data, LAKE);
    let messages: Vec<_> = findings.iter().map(|it| &*it.message).collect();
    assert!(messages.contains(&"`year` is a column of the files and of the folders"));
    assert!(messages.contains(&"the table is not partitioned by `day`"));
}

#[test]
fn what_cannot_be_read_says_why() {
    let wrong = [
        ("SELECT 1", "it has no TABLE"),
        ("CREATE TABLE a.b (x STRING)", "it has no LOCATION"),
        ("CREATE TABLE a.b (x MAP) LOCATION 's3://x/'", "the type `MAP` is not known here"),
        ("CREATE TABLE a.b (x STRING LOCATION 's3://x/'", "never closed"),
        ("CREATE TABLE a.b (x STRING) LOCATION 's3://x/", "a ' is never closed"),
    ];
    for (text, reason) in wrong {
        let error = read_definition(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
    let spoilt = [
        ("'projection.year.type' = 'integer',", "", "`projection.year.type` is missing"),
        ("'2020,2030'", "'2030,2020'", "ends before it begins"),
        ("'2020,2030'", "'2020'", "is no range"),
        ("'2020,2030'", "'2020,then'", "is no number: `then`"),
        ("'integer'", "'date'", "is not known here"),
    ];
    for (from, to, reason) in spoilt {
        let error = read_definition(&DOCUMENTED.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(reason), "{to}: {error}");
    }
    assert!(read_glue(&json!({"TableInput": {}})).is_err());
}

#[test]
fn glue_gets_what_it_wants() {
    let table = read_definition(DOCUMENTED).unwrap();
    let input = create_table(&table);
    assert_eq!(input["DatabaseName"], "gold");
    let table = &input["TableInput"];
    assert_eq!(table["PartitionKeys"][1], json!({"Name": "month", "Type": "int"}));
    assert_eq!(table["Parameters"]["projection.month.range"], "1,12");
    let storage = &table["StorageDescriptor"];
    assert_eq!(storage["Columns"][5], json!({"Name": "record_count", "Type": "bigint"}));
    // As `GetTable` answers.
    let mut got = table.clone();
    got["DatabaseName"] = "gold".into();
    let got = read_glue(&json!({"Table": got})).unwrap();
    assert_eq!(ddl(&got), DOCUMENTED);
}

#[test]
fn queries_are_kept_by_name() {
    let names: Vec<_> = named_queries().iter().map(|it| it.name).collect();
    assert!(names.is_sorted());
    let documented = create_named_query(
        named_queries().iter().find(|it| it.name == "monthly_emissions_by_tenant").unwrap(),
    );
    assert_eq!(documented["Database"], "gold");
    let sql = documented["QueryString"].as_str().unwrap();
    assert!(sql.contains("GROUP BY tenant_id, scope, unit\nORDER BY emissions DESC;"));
    for query in named_queries() {
        assert!(query.sql.contains(&format!("FROM {}.", query.database)), "{}", query.name);
    }
}
