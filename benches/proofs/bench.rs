//! What a verifier waits for: one inclusion proof, one signature, one proof file; and what a leaf
//! costs in a compact range and in the tiles.
//!
//!     cargo bench -p benches --bench proofs

use std::hint::black_box;

use audit_chain::checkpoint::Checkpoint;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::merkle::{self, Range};
use audit_chain::note::{self, Signer};
use audit_chain::proof::TlogProof;
use audit_chain::tile::Builder;
use audit_chain::{Hash, Result};
use criterion::{BatchSize, Criterion, Throughput};

/// Records of the tree that proofs are taken from.
const SIZE: u64 = 100_000;

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let records: Vec<Hash> = (0..SIZE).map(|n| Hash::of(&n.to_be_bytes())).collect();
    let leaves: Vec<Hash> = records.iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    let root = Range::of(0, &leaves).root();
    let index = SIZE / 3;
    let (record, leaf) = (records[index as usize], leaves[index as usize]);
    let path = merkle::inclusion(index, SIZE, &leaves[..])?;

    let signer = Signer::from_seed("example.com/log", &[7; 32])?;
    let checkpoint = Checkpoint { origin: "example.com/log".to_owned(), size: SIZE, root };
    let text = checkpoint.to_text();
    let signed = checkpoint.sign(&[&signer])?;
    let keys = [signer.verifier_key()];
    let keyring = Keyring::new(vec![Key::always(signer.verifier_key())], Vec::new(), 0)?;
    let file = TlogProof { index, path: path.clone(), extra: None, checkpoint: signed.clone() };
    let file = file.to_text();

    criterion.bench_function("verify an inclusion proof (100,000 records)", |bench| {
        bench.iter(|| merkle::verify_inclusion(index, SIZE, black_box(leaf), &path, root));
    });
    criterion.bench_function("sign a note", |bench| {
        bench.iter(|| note::sign(black_box(&text), &[&signer]));
    });
    criterion.bench_function("open a note", |bench| {
        bench.iter(|| note::open(black_box(&signed), &keys));
    });
    criterion.bench_function("read and verify a proof file", |bench| {
        bench.iter(|| TlogProof::parse(black_box(&file))?.verify(record, &keyring));
    });
    let mut group = criterion.benchmark_group("per leaf");
    group.throughput(Throughput::Elements(65_536)).sample_size(20);
    group.bench_function("compact range, from record hashes", |bench| {
        bench.iter(|| {
            let mut range = Range::empty(0);
            for record in &records[..65_536] {
                range.append(merkle::leaf_hash(&record.0));
            }
            range.root()
        });
    });
    group.bench_function("tiles and bundles", |bench| {
        bench.iter_batched(
            Builder::new,
            |mut builder| {
                records[..65_536].iter().for_each(|record| builder.append(*record));
                builder.seal()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
