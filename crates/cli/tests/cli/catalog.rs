//! The tables of a lake are made known to a catalogue that speaks the language of Glue.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use aws_sdk_glue::Client;
use aws_sdk_glue::types::{Table, TableInput};
use serde_json::{Value, json};

fn row(activity: u32, year: u32) -> String {
    format!(
        "{{\"tenant_id\":\"acme\",\"activity_id\":\"a-{activity}\",\"emission_factor_id\":\"grid/xa\",\
         \"quantity\":1,\"unit\":\"kWh\",\"timestamp\":\"{year}-05-01T08:00:00Z\"}}\n"
    )
}

/// A folder with a lake, and a catalogue.
struct Scene {
    folder: tempfile::TempDir,
    endpoint: String,
    database: String,
}

impl Scene {
    fn run(&self, line: &str, status: i32) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_strongroom"))
            .args(line.split(' '))
            .current_dir(self.folder.path())
            .env("STRONGROOM_LAKE", "./lake")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{line}: {said}");
        let printed = String::from_utf8(output.stdout).unwrap();
        if printed.is_empty() { said } else { printed }
    }

    fn take(&self, name: &str, rows: &str) {
        std::fs::write(self.folder.path().join(name), rows).unwrap();
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/lake.in/activity.yaml");
        self.run(&format!("lake ingest {name} --schema {}", schema.display()), 0);
    }

    fn line(&self, more: &str) -> String {
        let prefix = self.database.trim_end_matches("bronze");
        format!(
            "lake catalog sync --location s3://example/lake --endpoint {} --region us-east-1 \
             --database-prefix {prefix}{more}",
            self.endpoint
        )
    }

    /// What became of the tables, by their names.
    fn sync(&self, more: &str, status: i32) -> BTreeMap<String, (String, String)> {
        let printed = self.run(&self.line(&format!("{more} --format json")), status);
        let printed: Value = serde_json::from_str(&printed).unwrap();
        let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        let tables = printed["tables"].as_array().unwrap().iter();
        tables.map(|it| (text(it, "table"), (text(it, "outcome"), text(it, "detail")))).collect()
    }
}

fn outcome(outcome: &str, detail: &str) -> BTreeMap<String, (String, String)> {
    [("emissions".to_owned(), (outcome.to_owned(), detail.to_owned()))].into()
}

async fn table(client: &Client, database: &str) -> Option<Table> {
    client.get_table().database_name(database).name("emissions").send().await.ok()?.table
}

/// The same table with other parameters, as somebody else would write it.
async fn write(client: &Client, database: &str, table: &Table, parameters: Vec<(&str, &str)>) {
    let parameters: std::collections::HashMap<String, String> =
        (parameters.into_iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let input = TableInput::builder()
        .name("emissions")
        .description("looked after by the data team")
        .table_type("EXTERNAL_TABLE")
        .set_partition_keys(table.partition_keys.clone())
        .set_storage_descriptor(table.storage_descriptor.clone())
        .set_parameters(Some(parameters));
    let input = input.build().unwrap();
    client.update_table().database_name(database).table_input(input).send().await.unwrap();
}

/// Every server that speaks the language of Glue as well: `ministack`.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn tables_are_made_known_on_s3_servers_with_a_catalogue() {
    let servers = std::env::var("STRONGROOM_TEST_S3").unwrap_or_default();
    let Some(endpoint) = servers.split(',').find_map(|it| it.strip_prefix("ministack=")) else {
        eprintln!("skipped: Glue, for STRONGROOM_TEST_S3 names no server `ministack`");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let database = format!("run_{}_bronze", std::process::id());
    let scene = Scene { folder, endpoint: endpoint.to_owned(), database: database.clone() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let client = runtime.block_on(async {
        Client::new(&platform::store::s3::shared_config(Some(endpoint), Some("us-east-1")).await)
    });
    let there = || runtime.block_on(table(&client, &database));

    scene.take("one.ndjson", &row(1, 2025));
    assert_eq!(scene.sync(" --dry-run", 0), outcome("created", ""));
    assert!(there().is_none());
    assert_eq!(scene.sync("", 0), outcome("created", ""));
    let made = there().unwrap();
    let parameters = made.parameters().unwrap();
    assert_eq!(parameters["strongroom.lake"], "s3://example/lake");
    assert_eq!(parameters["projection.year.range"], "2020,2030");
    // What Glue was told is what `ddl --glue` prints.
    let printed = scene.run("lake ddl bronze/emissions --location s3://example/lake --glue", 0);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let storage = made.storage_descriptor().unwrap();
    let columns = storage.columns().iter().chain(made.partition_keys());
    let columns: Vec<_> = columns.map(|it| json!({"Name": it.name, "Type": it.r#type})).collect();
    let wanted = &printed["TableInput"];
    let both = [&wanted["StorageDescriptor"]["Columns"], &wanted["PartitionKeys"]];
    let both: Vec<_> = both.iter().flat_map(|it| it.as_array().unwrap().clone()).collect();
    assert_eq!(columns, both);
    assert_eq!(storage.location(), wanted["StorageDescriptor"]["Location"].as_str());
    // The same again changes nothing.
    assert_eq!(scene.sync("", 0), outcome("unchanged", ""));

    // A year that the projection does not cover; what others noted stays.
    let mut noted: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    noted.push(("team", "esg"));
    runtime.block_on(write(&client, &database, &made, noted));
    assert_eq!(scene.sync("", 0), outcome("unchanged", ""));
    scene.take("two.ndjson", &row(2, 2031));
    assert_eq!(scene.sync(" --dry-run", 0), outcome("updated", "parameters"));
    assert_eq!(scene.sync("", 0), outcome("updated", "parameters"));
    let now = there().unwrap();
    let parameters = now.parameters().unwrap();
    assert_eq!(parameters["projection.year.range"], "2020,2031");
    assert_eq!(parameters["team"], "esg");
    assert_eq!(now.description(), Some("looked after by the data team"));

    // A table that somebody else made is left alone until it is adopted.
    runtime.block_on(write(&client, &database, &now, vec![("team", "esg")]));
    let left = "it lies at `s3://example/lake/bronze/emissions/`, and something else made it";
    assert_eq!(scene.sync("", 1), outcome("left", left));
    assert_eq!(there().unwrap().parameters().unwrap().len(), 1);
    assert_eq!(scene.sync(" --adopt", 0), outcome("updated", "parameters"));
    assert_eq!(scene.sync("", 0), outcome("unchanged", ""));

    let human = scene.run(&scene.line(" bronze/emissions"), 0);
    assert!(human.starts_with(&format!("database {database}: unchanged\n")), "{human}");
    // A lake that no engine finds, and a catalogue that is not there.
    let said = scene.run(&format!("lake catalog sync --endpoint {endpoint} --region us-east-1"), 2);
    assert!(said.contains("Glue cannot find"), "{said}");
    let nowhere = scene.line("").replace(endpoint, "http://127.0.0.1:9");
    let said = scene.run(&nowhere, 6);
    assert!(said.contains("failed to look at a database of Glue: "), "{said}");
}
