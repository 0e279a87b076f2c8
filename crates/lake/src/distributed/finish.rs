//! Some partitions, from rows to files at the side.

use std::num::NonZeroUsize;

use tempfile::TempDir;
use tokio::runtime::Handle;

use super::pieces::{Stream, fetch};
use super::task::{Finished, Finishing, Job, Made, finished_object};
use crate::bronze::apart::gather_pieces;
use crate::bronze::{Duplicate, InputCounts, MaskKeys, Options, Outcome, Reject};
use crate::commits::{Counts, Lake, Run, TableName};
use crate::ingest::{Documents, Error, Result, Rows, data_file, engine};

/// Finishes what is asked for, and stages the files.
pub(super) async fn finish(
    lake: &Lake,
    name: &TableName,
    run: Run,
    job: &Job,
    finishing: Finishing,
    keys: &MaskKeys,
) -> Result<Finished> {
    let table = lake.table_as_it_is(name).await?;
    let document = job.document()?;
    let documents = Documents::of(lake, table.state()).await?;
    let parent = run.folder().unwrap_or_else(std::env::temp_dir);
    let disk = |source| Error::Input { place: "the folder for temporary files".into(), source };
    std::fs::create_dir_all(&parent).map_err(disk)?;
    let folder = TempDir::with_prefix_in("finish-", parent).map_err(disk)?;
    let output = folder.path().join("output");
    std::fs::create_dir_all(&output).map_err(disk)?;
    let (number, attempt) = (finishing.number, finishing.attempt);
    let (keys, memory) = (keys.clone(), job.memory);
    let spill = folder.path().to_owned();
    let runtime = Handle::current();
    let finishing = tokio::task::spawn_blocking(move || {
        let rows = Rows {
            table: &table,
            document: &document,
            documents: &documents,
            runtime: runtime.clone(),
        };
        let inputs = finishing.inputs.iter().map(|(name, digest, size)| InputCounts {
            name: name.clone(),
            digest: *digest,
            size: *size,
            counts: Counts::default(),
        });
        let inputs: Vec<_> = inputs.collect();
        let mut options = Options::new(spill);
        (options.threads, options.memory, options.keys) = (NonZeroUsize::MIN, memory, keys);
        let Finishing { objects, partitions, pieces, .. } = &finishing;
        let pieces = fetch(&run, objects, partitions, pieces.clone(), &runtime);
        let gathered = gather_pieces(&document, &inputs, pieces, &options)?;
        let outcome = gathered.finish(&rows, &Default::default(), &output, None)?;
        Ok::<_, Error>((outcome, run))
    });
    let (outcome, run) = finishing.await.map_err(|_| Error::Stopped)??;
    keep(&run, name, outcome, (attempt, number)).await
}

async fn keep(
    run: &Run,
    table: &TableName,
    outcome: Outcome,
    (attempt, number): (u32, usize),
) -> Result<Finished> {
    let files = outcome.files.iter().map(|it| Made {
        partition: it.partition.0.clone(),
        name: it.name.clone(),
        sha256: it.digest,
        size: it.size,
        rows: it.rows,
    });
    let mut finished = Finished {
        number,
        files: files.collect(),
        replaced: outcome.replaced.into_iter().map(|it| it.0).collect(),
        superseded: outcome.superseded,
        counts: outcome.inputs.iter().map(|it| it.counts).collect(),
        duplicates: false,
        rejects: false,
    };
    let files: Vec<_> = outcome.files.into_iter().map(|it| data_file(table, it)).collect();
    let files: Vec<_> = files.iter().map(|(file, path)| (file, path.clone())).collect();
    run.stage_files(&files).await?;
    let mut duplicates = Stream::new(&Duplicate::schema())?;
    for batch in outcome.duplicates {
        finished.duplicates = true;
        duplicates.add(&batch.map_err(engine)?)?;
    }
    let mut rejects = Stream::new(&Reject::schema())?;
    for batch in outcome.rejects {
        finished.rejects = true;
        rejects.add(&batch.map_err(engine)?)?;
    }
    if finished.duplicates {
        let name = finished_object("duplicates", attempt, number);
        run.keep(&[(name, duplicates.finish()?)]).await?;
    }
    if finished.rejects {
        let name = finished_object("rejects", attempt, number);
        run.keep(&[(name, rejects.finish()?)]).await?;
    }
    Ok(finished)
}
