//! Writes a log's checkpoints, tiles, bundles and some proof files into a directory, as the ledger
//! stores them, and prints the verifier key. Any client of C2SP tlog-tiles can read them;
//! `tests/interop/run.sh` lets one do so.
//!
//!     cargo run -p audit-chain --example tlog_directory -- DIRECTORY SIZE...
#![expect(clippy::print_stdout, reason = "an example may say what it did")]

use std::error::Error;
use std::path::{Path, PathBuf};

use audit_chain::checkpoint::Checkpoint;
use audit_chain::note::Signer;
use audit_chain::proof::{FILE_SUFFIX, TlogProof};
use audit_chain::tile::{self, Builder, Tiles};
use audit_chain::{Hash, merkle};

const ORIGIN: &str = "example.com/interop";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("name a directory")?);
    let sizes = arguments
        .map(|size| size.to_string_lossy().parse::<u64>())
        .collect::<Result<Vec<u64>, _>>()?;
    // Known to all: for an example only. A real key is made from 32 random bytes.
    let signer = Signer::from_seed(ORIGIN, &[42; 32])?;

    let mut builder = Builder::new();
    for size in sizes {
        while builder.size() < size {
            builder.append(Hash::of(&builder.size().to_be_bytes()));
        }
        for file in builder.seal() {
            store(&directory, &file.path, &file.body)?;
        }
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: builder.root() };
        let note = checkpoint.sign(&[&signer])?;
        store(&directory, &format!("ckpt/{size:020}"), note.as_bytes())?;
        if size == 0 {
            continue;
        }
        for index in [0, size / 3, size - 1] {
            let proof = prove(&directory, index, size, &note)?;
            let path = format!("proofs/{size:020}-{index:020}{FILE_SUFFIX}");
            store(&directory, &path, proof.to_text().as_bytes())?;
        }
    }
    println!("{}", signer.verifier_key());
    Ok(())
}

/// A proof from the files: first what is needed, then each of them once.
fn prove(directory: &Path, index: u64, size: u64, note: &str) -> Result<TlogProof, Box<dyn Error>> {
    let mut tiles = Tiles::default();
    for tile in tile::for_inclusion(index, size)? {
        tiles.insert(tile, &std::fs::read(directory.join(tile.path()))?)?;
    }
    let path = merkle::inclusion(index, size, &tiles)?;
    Ok(TlogProof { index, path, extra: None, checkpoint: note.to_owned() })
}

fn store(directory: &Path, path: &str, body: &[u8]) -> std::io::Result<()> {
    let path = directory.join(path);
    std::fs::create_dir_all(path.parent().unwrap_or(directory))?;
    std::fs::write(path, body)
}
