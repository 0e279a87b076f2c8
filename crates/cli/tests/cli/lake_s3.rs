//! A lake in the buckets of real servers: rows come, are asked for, and go when their time is over.
//!
//! The servers are those that `STRONGROOM_TEST_S3` names (`crates/platform/tests/s3.rs`).

use std::path::Path;
use std::process::Command;

use futures_util::TryStreamExt as _;
use platform::store::Store;
use serde_json::{Value, json};

use super::buckets::{Bucket, Kind, Server};

const RAW: &str = r#"{"tenant_id":"acme","activity_id":"a-1","emission_factor_id":"grid/xa","quantity":1500,"unit":"kWh","timestamp":"2024-05-01T08:00:00Z"}
{"tenant_id":"acme","activity_id":"a-2","emission_factor_id":"grid/xa","quantity":2,"unit":"MWh","timestamp":"2024-06-03T08:00:00Z"}
{"tenant_id":"acme","activity_id":"a-3","emission_factor_id":"grid/xa","quantity":-1,"unit":"kWh","timestamp":"2024-05-03T08:00:00Z"}
"#;

/// What is of May goes before what is of June; nobody says anything about what was refused.
const POLICY: &str = "
retention: lake-retention/1
rules:
  - tables: [bronze/*, silver/*]
    files: [data]
    keep: [{for: P1M, evidence: house, law: nobody}]
  - tables: [gold/*]
    keep: [{for: P3M, evidence: house, law: nobody}]
";

struct Scene {
    folder: tempfile::TempDir,
    bucket: Bucket,
}

impl Scene {
    fn run(&self, line: &str, more: &[&str], status: i32) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_strongroom"))
            .args(line.split(' '))
            .args(more)
            .args(["--format", "json"])
            .current_dir(self.folder.path())
            .env("STRONGROOM_LAKE", self.bucket.url("lake"))
            .env("STRONGROOM_FACTORS", "./factors")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let place = format!("{} {}", self.bucket.server.name, self.bucket.kind.name());
        assert_eq!(output.status.code(), Some(status), "{place}: {line}: {said}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// The keys of the files of rows in the bucket, in any version.
    async fn files(&self) -> Vec<String> {
        let store = Store::open(&self.bucket.url("lake")).await.unwrap();
        let versions: Vec<_> = store.versions_all("").try_collect().await.unwrap();
        let there = versions.iter().filter(|it| !it.delete_marker);
        let keys = there.map(|it| it.key.as_str().to_owned());
        keys.filter(|it| it.ends_with(".parquet")).collect()
    }

    /// The digests that name the files of a month, where they belong and at the side.
    async fn digests(&self, month: u32) -> Vec<String> {
        let of_month = format!("/month={month}/part-");
        let named = |key: &String| Some(key.split_once(&of_month)?.1[..32].to_owned());
        self.files().await.iter().filter_map(named).collect()
    }

    /// How many files have one of these digests in their names.
    async fn count(&self, digests: &[String]) -> usize {
        let files = self.files().await;
        files.iter().filter(|it| digests.iter().any(|digest| it.contains(digest))).count()
    }
}

/// Does `act` in buckets of these kinds, on all servers at once.
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn each(kinds: &[Kind], act: impl Fn(&Scene, &tokio::runtime::Runtime) + Sync) {
    let servers = std::env::var("STRONGROOM_TEST_S3").unwrap_or_default();
    if servers.is_empty() {
        eprintln!("skipped: a lake on S3, for STRONGROOM_TEST_S3 names no server");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let on = |server: Server| {
        for kind in kinds {
            let folder = tempfile::tempdir().unwrap();
            let bucket = runtime.block_on(server.bucket(*kind)).unwrap();
            let scene = Scene { folder, bucket };
            ready(&scene);
            act(&scene, &runtime);
            // What is locked cannot be removed, and a server of this machine is gone in a moment.
            if !server.is_local() && *kind != Kind::Governed {
                runtime.block_on(scene.bucket.remove()).unwrap();
            }
        }
    };
    std::thread::scope(|scope| {
        for server in servers.split(',').map(Server::named) {
            scope.spawn(|| on(server));
        }
    });
}

/// Rows of two months, all the way up.
fn ready(scene: &Scene) {
    let folder = scene.folder.path();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(root.join("tests/cmd/factor.in/factors.json"), folder.join("factors.json"))
        .unwrap();
    std::fs::write(folder.join("raw.ndjson"), RAW).unwrap();
    std::fs::write(folder.join("activity.yaml"), lake::schema::ACTIVITY).unwrap();
    std::fs::write(folder.join("policy.yaml"), POLICY).unwrap();
    scene.run("factor put factors.json", &[], 0);
    let taken = scene.run("lake ingest raw.ndjson --schema activity.yaml", &[], 0);
    assert_eq!(
        (&taken["counts"]["accepted"], &taken["counts"]["quarantined"]),
        (&2.into(), &1.into())
    );
    scene.run("lake refine bronze/emissions", &[], 0);
    scene.run("lake aggregate silver/emissions/emissions --metric summary", &[], 0);
}

/// In buckets without versions, with versions, and where every version is locked for a day.
#[test]
fn rows_whose_time_is_over_go_on_s3() {
    each(&[Kind::Plain, Kind::Versioned, Kind::Governed], |scene, runtime| {
        let locked = scene.bucket.kind == Kind::Governed;
        let digests = |month| runtime.block_on(scene.digests(month));
        let (may, june) = (digests(5), digests(6));
        let files = || (runtime.block_on(scene.count(&may)), runtime.block_on(scene.count(&june)));
        let place = format!("{} {}", scene.bucket.server.name, scene.bucket.kind.name());
        // One in each zone; where versions are kept also as it lay at the side.
        let there = if scene.bucket.kind == Kind::Plain { 3 } else { 6 };
        assert_eq!(files(), (there, there), "{place}");
        let day = ["--policy", "policy.yaml", "--as-of", "2024-09-15"];
        let planned = scene.run("lake retain plan", &day, 0);
        assert_eq!(planned["plan"]["removes"].as_array().unwrap().len(), 3, "{planned}");
        let digest = planned["digest"].as_str().unwrap();
        let apply = format!("lake retain apply --plan-digest {digest}");
        let status = if locked { 5 } else { 0 };
        let applied = scene.run(&apply, &day, status);
        assert_eq!(applied["commits"].as_array().unwrap().len(), 3, "{applied}");
        let protected = applied["left"].as_array().unwrap().len();
        assert_eq!(protected, if locked { 3 } else { 0 }, "{place}: {applied}");
        let left = if locked { there } else { 0 };
        assert_eq!(files(), (left, there), "{place}");
        // Once more it changes nothing, and it is still said what is locked.
        assert_eq!(scene.run(&apply, &day, status), applied);
        assert_eq!(scene.run("lake retain plan", &day, 0)["plan"]["removes"], json!([]));
        let shown = scene.run("lake show bronze/emissions", &[], 0);
        assert_eq!((&shown["data"]["rows"], &shown["retained"]["data"]), (&1.into(), &1.into()));
        // The same rows do not come back.
        let again = scene.run("lake ingest raw.ndjson --schema activity.yaml", &[], 0);
        assert_eq!(again["commit"], Value::Null, "{again}");
    });
}

#[cfg(feature = "sql")]
#[test]
fn questions_are_answered_on_s3() {
    each(&[Kind::Versioned], |scene, runtime| {
        let ask = |question: &str, status: i32| scene.run("lake query", &[question], status);
        let rows = "SELECT activity_id, quantity FROM bronze.emissions WHERE month = 6";
        assert_eq!(ask(rows, 0)["rows"], json!([{"activity_id": "a-2", "quantity": 2.0}]));
        let zones = "SELECT (SELECT COUNT(*) FROM bronze.emissions_quarantine) AS refused, \
                     (SELECT SUM(canonical_quantity) FROM silver.emissions_emissions) AS sum, \
                     (SELECT COUNT(*) FROM gold.emissions_summary) AS months";
        let answer = ask(zones, 0);
        let row = &answer["rows"][0];
        assert_eq!((&row["refused"], &row["months"]), (&1.into(), &2.into()), "{answer}");
        assert_eq!(ask("SELECT nothing FROM bronze.emissions", 2), Value::Null);
        // A file with other bytes than those that were committed is noticed.
        runtime.block_on(async {
            let store = Store::open(&scene.bucket.url("lake")).await.unwrap();
            let keys: Vec<_> = store.list_all("bronze/", None).try_collect().await.unwrap();
            let key = keys.iter().find(|it| it.key.as_str().contains("month=6")).unwrap();
            let other = keys.iter().find(|it| it.key.as_str().contains("month=5")).unwrap();
            let body = store.get(other.key.as_str()).await.unwrap().body;
            store.put(key.key.as_str(), body, &Default::default()).await.unwrap();
        });
        ask(rows, 7);
    });
}
