//! Turns raw files into a directory of bronze: `bronze <output> <megabytes> <threads> <input>...`.
//!
//! For measuring the engine by itself; `strongroom lake ingest` is what commits.
#![expect(clippy::print_stdout, reason = "a command prints")]

use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use lake::bronze::{Nothing, Options, gather};
use lake::read::{LocalFile, Source};
use lake::schema::{ACTIVITY, Document};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, output, megabytes, threads, inputs @ ..] = arguments.as_slice() else {
        return Err("bronze <output> <megabytes> <threads> <input>...".into());
    };
    let document = Document::parse(ACTIVITY).map_err(|findings| findings[0].to_string())?;
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for input in inputs {
        let path = PathBuf::from(input);
        let size = path.metadata()?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sources.push(Box::new(LocalFile { name, path, size }));
    }
    let mut options = Options::new(std::env::temp_dir());
    options.memory = megabytes.parse::<u64>()? << 20;
    options.threads = threads.parse::<NonZeroUsize>()?;
    let gathered = gather(&document, &sources, &options)?;
    let outcome = gathered.finish(&Nothing, &BTreeSet::new(), Path::new(output), None)?;
    for input in &outcome.inputs {
        println!("{} {} {:?}", input.name, input.digest, input.counts);
    }
    let rows: u64 = outcome.files.iter().map(|it| it.rows).sum();
    let bytes: u64 = outcome.files.iter().map(|it| it.size).sum();
    println!("{} files, {rows} rows, {bytes} bytes", outcome.files.len());
    let mut all = String::new();
    for file in &outcome.files {
        all.push_str(&file.digest.to_string());
    }
    let (mut rejects, mut duplicates) = (0, 0);
    for batch in outcome.rejects {
        let batch = batch?;
        rejects += batch.num_rows();
        all.push_str(&storage_core::Digest::of(&lake::bronze::encode(&batch)?).to_string());
    }
    for batch in outcome.duplicates {
        let batch = batch?;
        duplicates += batch.num_rows();
        all.push_str(&storage_core::Digest::of(&lake::bronze::encode(&batch)?).to_string());
    }
    println!(
        "{rejects} rejects, {duplicates} duplicates, all {}",
        storage_core::Digest::of(all.as_bytes())
    );
    Ok(())
}
