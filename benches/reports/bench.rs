//! What archiving a large report costs, against the plainest thing that could be done instead.
//!
//! ```text
//! cargo run --release --manifest-path benches/reports/Cargo.toml -- DIRECTORY [MEGABYTES [ROUNDS]]
//! ```
//!
//! Archives a file into a local directory and reads it back, and puts the same file with `object_store`
//! (multipart, its own local store) with a SHA-256 on the way, and gets it back with another one. Both in
//! turn, in one process, on one disk; the median of the ratios is what counts. The archive makes its files
//! durable (`fsync`) before it goes on, `object_store` does not, so a third one syncs its file at the end.
//! Prints one JSON object. The peak of memory is taken before `object_store` does anything.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStoreExt as _, WriteMultipart};
use platform::ledger::{self, Ledger};
use platform::reports::{Archive, Content, NewFile, Options, Protection, Reports};
use platform::store::Store;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use storage_core::reports::ReportType;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How much is read and handed on at a time.
const PIECE: usize = 1 << 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let number = |at: usize, default: usize| match arguments.get(at) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let folder = PathBuf::from(arguments.first().ok_or("name a directory")?);
    let (megabytes, rounds) = (number(1, 1000)?, number(2, 5)?);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("report.pdf");
    make(&file, megabytes)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = runtime.block_on(measure(&folder, &file, rounds))?;
    println!("{figures}");
    std::fs::remove_file(file)?;
    Ok(())
}

/// Bytes that nothing compresses, the same every time.
fn make(path: &Path, megabytes: usize) -> Result<()> {
    let mut file = std::fs::File::create(path)?;
    let mut block = vec![0_u8; 1_000_000];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..megabytes {
        for chunk in block.chunks_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
        }
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(())
}

async fn measure(folder: &Path, file: &Path, rounds: usize) -> Result<serde_json::Value> {
    // The file is in memory for everybody, and each code path has run once.
    let (store, place) = (folder.join("store"), folder.join("plain"));
    let mut ours = Vec::new();
    ours.push(archive(&store, file).await?);
    let peak = peak()?;
    plain(&place, file, false).await?;
    let (mut put, mut synced) = (Vec::new(), Vec::new());
    ours.clear();
    for round in 0..rounds {
        // In turn, so that neither always comes after the other.
        if round % 2 == 0 {
            ours.push(archive(&store, file).await?);
            put.push(plain(&place, file, false).await?);
            synced.push(plain(&place, file, true).await?);
        } else {
            synced.push(plain(&place, file, true).await?);
            put.push(plain(&place, file, false).await?);
            ours.push(archive(&store, file).await?);
        }
    }
    let ratio = |theirs: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
        median(theirs.iter().zip(&ours).map(|(theirs, ours)| of(theirs) / of(ours)).collect())
    };
    let all = |times: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
        times.iter().map(|it| (of(it) * 1000.0).round() / 1000.0).collect::<Vec<_>>()
    };
    Ok(json!({
        "bytes": std::fs::metadata(file)?.len(),
        "peak_mb_of_the_archive": peak,
        "archive_s": all(&ours, |it| it.0),
        "put_s": all(&put, |it| it.0),
        "put_and_sync_s": all(&synced, |it| it.0),
        "read_s": all(&ours, |it| it.1),
        "get_s": all(&put, |it| it.1),
        "archive_against_put": ratio(&put, |it| it.0),
        "archive_against_put_and_sync": ratio(&synced, |it| it.0),
        "read_against_get": ratio(&put, |it| it.1),
    }))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    (numbers[numbers.len() / 2] * 1000.0).round() / 1000.0
}

/// The most memory this process has had, in megabytes.
fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024 / 1_000_000)
}

/// Archives the file and reads it back: seconds of each.
async fn archive(place: &Path, file: &Path) -> Result<(f64, f64)> {
    let store = Store::local(place);
    let ledger = Ledger::open(&store.at("_strongroom/ledger"), ledger::Options::default()).await?;
    let mut options = Options::new("bench");
    options.protection = Protection::RulesAlone;
    let reports = Reports::open(&store, ledger, options).await?;
    let content = Content::Path(file.to_owned());
    let request = Archive::new(ReportType::Custom, "bench".parse()?).with_file(NewFile::new(
        "report.pdf".parse()?,
        "application/pdf".parse()?,
        content,
    ));
    let began = Instant::now();
    let made = reports.archive(request).await?;
    let archived = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let mut pieces = reports.open_file(&made.state, "report.pdf")?;
    let mut bytes = 0;
    while let Some(piece) = pieces.try_next().await? {
        bytes += piece.len() as u64;
    }
    let read = began.elapsed().as_secs_f64();
    assert_eq!(bytes, std::fs::metadata(file)?.len());
    reports.ledger().close().await?;
    std::fs::remove_dir_all(place)?;
    Ok((archived, read))
}

/// Puts the file and gets it back, each with a SHA-256: seconds of each.
async fn plain(place: &Path, file: &Path, sync: bool) -> Result<(f64, f64)> {
    std::fs::create_dir_all(place)?;
    let store = Arc::new(LocalFileSystem::new_with_prefix(place)?);
    let key = object_store::path::Path::from("report.pdf");
    let began = Instant::now();
    let mut upload = WriteMultipart::new_with_chunk_size(store.put_multipart(&key).await?, 8 << 20);
    let (mut input, mut hash) = (std::fs::File::open(file)?, Sha256::new());
    let mut piece = vec![0; PIECE];
    loop {
        let length = input.read(&mut piece)?;
        if length == 0 {
            break;
        }
        hash.update(&piece[..length]);
        upload.wait_for_capacity(2).await?;
        upload.write(&piece[..length]);
    }
    upload.finish().await?;
    let sha256 = hash.finalize();
    if sync {
        std::fs::File::open(place.join("report.pdf"))?.sync_all()?;
    }
    let put = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let mut pieces = store.get(&key).await?.into_stream();
    let mut hash = Sha256::new();
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
    }
    assert_eq!(hash.finalize(), sha256);
    let got = began.elapsed().as_secs_f64();
    std::fs::remove_dir_all(place)?;
    Ok((put, got))
}
