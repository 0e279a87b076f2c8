//! How long a table takes to open that has many small commits: the log is read from its start each time.
//!
//! ```sh
//! cargo run --release --example commits -p lake -- 10000
//! ```
#![expect(clippy::disallowed_methods, reason = "what measures reads a clock")]
#![expect(clippy::print_stdout, reason = "it says what it measured")]

use std::time::Instant;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use lake::commits::{Act, Appended, Counts, Draft, File, Input, Kind, Lake, Options};
use platform::numbered::Retry;
use platform::store::Store;
use storage_core::Digest;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let commits: u64 = std::env::args().nth(1).map_or(Ok(10_000), |it| it.parse())?;
    let store = Store::memory();
    let mut options = Options::new("measure");
    options.retry = Retry::NEVER;
    let name = "bronze/emissions".parse()?;
    let mut table = Lake::open(&store, options).await?.table(&name).await?;
    let began = Instant::now();
    for nth in 0..commits {
        let run = table.begin().await?;
        let body = Bytes::from(format!("rows {nth}"));
        let month = (nth % 12 + 1).to_string();
        let partition = [("tenant_id", "acme"), ("year", "2025"), ("month", &*month)];
        let file = File::of(&name, Kind::Data, &partition, &body, 1);
        run.stage(&[(&file, body.clone())]).await?;
        let mut draft = Draft::new(Act::Ingest);
        let counts = Counts { rows: 1, accepted: 1, ..Counts::default() };
        let (path, sha256) =
            (format!("2025/{nth}.ndjson"), Digest::of(format!("{nth}").as_bytes()));
        draft.inputs = vec![Input { path, sha256, size_bytes: 200, counts }];
        draft.adds = vec![file];
        let Appended::Committed(_) = table.append(&run, draft).await? else {
            return Err("somebody else was faster".into());
        };
    }
    println!("{commits} commits were made in {:.1?}", began.elapsed());

    // As a directory has them.
    let folder = tempfile::tempdir()?;
    let objects: Vec<_> = store.list_all("", None).try_collect().await?;
    let mut bytes = 0;
    for object in &objects {
        let key = object.key.as_str();
        if !key.starts_with("_strongroom/") {
            continue;
        }
        let body = store.get(key).await?.body;
        bytes += body.len();
        let path = folder.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        std::fs::write(path, body)?;
    }
    for (place, store) in [("memory", store), ("a directory", Store::local(folder.path()))] {
        let lake = Lake::open(&store, Options::reader()).await?;
        for _ in 0..3 {
            let began = Instant::now();
            let table = lake.reader(&name).await?;
            assert_eq!(table.state().next(), commits);
            println!("opened in {place} in {:.2?} ({bytes} bytes of log)", began.elapsed());
        }
    }
    Ok(())
}
