//! Records whose segments are gone: their hashes may still be among the entries of the tree.

use audit_chain::tile::{Bundle, WIDTH};
use audit_chain::verify::LogVerifier;

use super::fetch::Fetcher;

/// Hands the verifier the hashes of the records up to `end`, as far as they are there.
///
/// A partial bundle is of no use here: what was pruned lies in full ones, or else in the one that a
/// later checkpoint made full.
pub(super) async fn fill(fetcher: &Fetcher, verifier: &mut LogVerifier, end: u64) {
    while verifier.next() < end {
        let first = verifier.next();
        let index = first / WIDTH;
        let Some(hashes) = bundle(fetcher, index).await else { return };
        let wanted = (first % WIDTH) as usize..hashes.len().min((end - index * WIDTH) as usize);
        match hashes.get(wanted) {
            Some(hashes) if !hashes.is_empty() => verifier.fill(hashes),
            _ => return,
        }
    }
}

async fn bundle(fetcher: &Fetcher, index: u64) -> Option<Vec<audit_chain::Hash>> {
    let bundle = Bundle::of(index, (index + 1) * WIDTH)?;
    let body = fetcher.current(&bundle.path()).await.ok()??;
    bundle.decode(&body).ok()
}
