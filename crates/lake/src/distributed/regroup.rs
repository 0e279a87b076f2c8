//! From what was read to what is to be finished: pieces are put to groups of partitions.

use std::collections::{BTreeMap, BTreeSet};

use storage_core::Digest;

use super::task::{Finishing, Read, Reading, Values, Wanted, rows_object};

/// What was read, by the numbers of the tasks.
pub(super) type AllRead = BTreeMap<usize, (Reading, Read)>;

/// Cuts the partitions, in their order, into about `groups` groups of about as many bytes.
pub(super) fn regroup(
    read: &AllRead,
    skip: &BTreeSet<usize>,
    inputs: &[(String, Digest, u64)],
    groups: usize,
    attempt: u32,
) -> Vec<Finishing> {
    let mut partitions: BTreeMap<&Values, Vec<(Wanted, String)>> = BTreeMap::new();
    let (mut before, mut all) = (1, 0);
    for (number, (reading, read)) in read {
        let first = before;
        before += read.bases.len() as u64;
        if skip.contains(&reading.input) {
            continue;
        }
        for piece in &read.pieces {
            all += piece.span.length;
            let wanted = Wanted {
                order: first + piece.split as u64,
                input: reading.input,
                base: read.bases[piece.split],
                partition: 0,
                object: 0,
                span: piece.span,
            };
            let object = rows_object(*number, piece.object);
            let values = &read.partitions[piece.partition];
            partitions.entry(values).or_default().push((wanted, object));
        }
    }
    let share = (all / groups.max(1) as u64).max(1);
    let mut tasks: Vec<Finishing> = Vec::new();
    let mut objects: BTreeMap<String, usize> = BTreeMap::new();
    let mut held = u64::MAX;
    for (values, pieces) in partitions {
        if held >= share {
            tasks.push(Finishing {
                number: tasks.len(),
                attempt,
                inputs: inputs.to_vec(),
                partitions: Vec::new(),
                objects: Vec::new(),
                pieces: Vec::new(),
            });
            objects.clear();
            held = 0;
        }
        let Some(task) = tasks.last_mut() else { continue };
        for (mut wanted, name) in pieces {
            let next = task.objects.len();
            wanted.object = *objects.entry(name.clone()).or_insert_with(|| {
                task.objects.push(name);
                next
            });
            wanted.partition = task.partitions.len();
            held += wanted.span.length;
            task.pieces.push(wanted);
        }
        task.partitions.push(values.clone());
    }
    tasks
}
