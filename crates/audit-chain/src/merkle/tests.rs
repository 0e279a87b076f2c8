//! The tree against its recursive definition.

use proptest::prelude::*;

use super::*;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// MTH of RFC 6962, section 2.1, word by word.
fn definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        more => {
            let k = more.len().next_power_of_two() / 2;
            node_hash(definition(&more[..k]), definition(&more[k..]))
        }
    }
}

#[test]
fn every_small_tree_proves_every_leaf_and_every_older_tree() {
    let all = leaves(70);
    for size in 0..=70_u64 {
        let tree = &all[..size as usize];
        let root = definition(tree);
        assert_eq!(Range::of(0, tree).root(), root);
        for index in 0..size {
            let proof = inclusion(index, size, tree).unwrap();
            verify_inclusion(index, size, all[index as usize], &proof, root).unwrap();
            let other = (index + 1) % size;
            if other != index {
                let refused = verify_inclusion(other, size, all[index as usize], &proof, root);
                assert!(refused.is_err(), "{index} as {other} of {size}");
            }
        }
        for old in 0..=size {
            let proof = consistency(old, size, tree).unwrap();
            let root1 = definition(&all[..old as usize]);
            verify_consistency(old, size, root1, root, &proof).unwrap();
            if old < size && old > 0 {
                let other = definition(&all[1..=old as usize]);
                assert!(verify_consistency(old, size, other, root, &proof).is_err());
            }
        }
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let tree = leaves(3);
    assert_eq!(inclusion(3, 3, &tree[..]), Err(Error::IndexBeyondTree { index: 3, size: 3 }));
    assert_eq!(inclusion(0, 4, &tree[..]), Err(Error::NodeMissing { level: 1, index: 1 }));
    assert_eq!(consistency(2, 1, &tree[..]), Err(Error::SizesReversed { size1: 2, size2: 1 }));
    let root = Range::of(0, &tree).root();
    let long = [root; 3];
    assert_eq!(
        verify_inclusion(2, 3, tree[2], &long, root),
        Err(Error::ProofLength { expected: 1, found: 3 })
    );
    assert!(matches!(
        verify_inclusion(u64::MAX - 1, u64::MAX, root, &long, root),
        Err(Error::IndexBeyondTree { .. })
    ));
    let mut range = Range::of(0, &tree);
    assert_eq!(range.merge(&Range::empty(4)), Err(Error::RangesApart { end: 3, begin: 4 }));
    assert!(range.append_subtree(1, root).is_err(), "3 is odd");
    assert!(range.append_subtree(64, root).is_err());
    assert!(Range::from_nodes(0, 3, vec![root]).is_err());
    assert!(Range::from_nodes(4, 3, vec![]).is_err());
    assert!(verify_consistency(0, 3, root, root, &[]).is_err(), "not the root of an empty tree");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn ranges_merge_to_the_same_root_wherever_they_are_split(
        size in 0_usize..300,
        splits in proptest::collection::vec(0_usize..300, 0..6),
    ) {
        let tree = leaves(size as u64);
        let mut at: Vec<usize> = splits.into_iter().map(|split| split.min(size)).collect();
        at.extend([0, size]);
        at.sort_unstable();
        let parts: Vec<Range> =
            at.windows(2).map(|w| Range::of(w[0] as u64, &tree[w[0]..w[1]])).collect();
        let whole = Range::of(0, &tree);
        prop_assert_eq!(whole.root(), definition(&tree));

        let mut forwards = Range::empty(0);
        for part in &parts {
            forwards.merge(part).unwrap();
        }
        prop_assert_eq!(&forwards, &whole);

        // From the right, so that ranges which do not begin at 0 are merged too.
        let mut backwards = Range::empty(size as u64);
        for part in parts.iter().rev() {
            let mut joined = part.clone();
            joined.merge(&backwards).unwrap();
            backwards = joined;
        }
        prop_assert_eq!(&backwards, &whole);
        let nodes = whole.nodes().to_vec();
        prop_assert_eq!(Range::from_nodes(0, size as u64, nodes).unwrap(), whole);
    }

    #[test]
    fn a_flipped_bit_breaks_every_proof(
        (size, index, old) in (2_u64..200).prop_flat_map(|size| (Just(size), 0..size, 1..size)),
        bit in 0_usize..256,
        pick in any::<prop::sample::Index>(),
    ) {
        let tree = leaves(size);
        let (root, old_root) = (definition(&tree), definition(&tree[..old as usize]));
        let leaf = tree[index as usize];

        let proof = inclusion(index, size, &tree[..]).unwrap();
        prop_assert_eq!(verify_inclusion(index, size, leaf, &proof, root), Ok(()));
        let mut bad = proof;
        flip(&mut bad, pick, bit);
        prop_assert!(verify_inclusion(index, size, leaf, &bad, root).is_err());

        let proof = consistency(old, size, &tree[..]).unwrap();
        prop_assert_eq!(verify_consistency(old, size, old_root, root, &proof), Ok(()));
        let mut bad = proof;
        flip(&mut bad, pick, bit);
        prop_assert!(verify_consistency(old, size, old_root, root, &bad).is_err());
    }
}

fn flip(proof: &mut [Hash], pick: prop::sample::Index, bit: usize) {
    let at = pick.index(proof.len());
    proof[at].0[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn leaves_added_together_make_the_tree_of_leaves_added_one_by_one() {
    let all = leaves(1500);
    for begin in [0, 1, 100, 255, 256, 257, 512] {
        for runs in [&[1100, 400, 1][..], &[256, 256, 3, 500], &[0, 1, 2, 13, 64, 700]] {
            let mut one_by_one = Range::empty(begin as u64);
            let mut together = one_by_one.clone();
            let mut at = begin;
            for run in runs {
                let leaves = &all[at..(at + run).min(all.len())];
                leaves.iter().for_each(|leaf| one_by_one.append(*leaf));
                together.extend(leaves);
                assert_eq!(together, one_by_one, "{begin} {run}");
                at += leaves.len();
            }
        }
    }
    assert_eq!(Range::of(0, &all).root(), definition(&all));
}

#[test]
fn leaves_of_records_are_leaves_of_their_hashes() {
    let records: Vec<Hash> = (0..7_u8).map(|n| Hash::of(&[n])).collect();
    let mut found = Vec::new();
    leaf_hashes(&records, |leaf| found.push(leaf));
    assert!(found.into_iter().eq(records.iter().map(|record| leaf_hash(&record.0))));
}
