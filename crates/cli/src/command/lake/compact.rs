//! `lake compact`

use lake::compact::{self, Options, plan};
use serde_json::json;

use super::{open, runtime, size, told};
use crate::args::Plain;
use crate::args::lake::CompactTable;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &CompactTable) -> Result<Status> {
    let mut options = Options::default();
    (options.small_bytes, options.target_bytes) = (arguments.below, arguments.target);
    runtime()?.block_on(async {
        let opened = open(&arguments.place.url, &arguments.committer, false).await?;
        let mut table = opened.lake.table(&arguments.table).await?;
        if table.state().next() == 0 {
            let message = format!("there is no table `{}`", arguments.table);
            return Err(Error::NotFound { message });
        }
        let groups = plan(table.state(), &options);
        let (files, bytes) =
            (groups.iter().map(|it| it.files.len()).sum::<usize>(), |sizes: u64| size(sizes));
        let before: u64 = groups.iter().map(|it| it.size_bytes).sum();
        if arguments.dry_run {
            match arguments.format {
                Plain::Json => {
                    let group = |it: &compact::Group| {
                        json!({
                            "kind": it.kind, "partition": it.partition, "files": it.files,
                            "bytes": it.size_bytes, "rows": it.rows,
                        })
                    };
                    let groups: Vec<_> = groups.iter().map(group).collect();
                    output::json(&json!({"dry_run": true, "groups": groups}))?;
                }
                Plain::Human => output::data(&format!(
                    "{files} files ({}) would become {}; nothing was changed\n",
                    bytes(before),
                    groups.len()
                ))?,
            }
            return Ok(Status::Fine);
        }
        let bar = output::working("compacting");
        let commit = compact::compact(&mut table, &options).await;
        bar.finish_and_clear();
        let commit = commit?;
        opened.close().await?;
        match (arguments.format, &commit) {
            (Plain::Json, commit) => {
                let commit = commit.as_ref().map(told);
                output::json(&json!({"dry_run": false, "commit": commit}))?;
            }
            (Plain::Human, None) => output::data("there is nothing to be put together\n")?,
            (Plain::Human, Some(commit)) => {
                let after: u64 = commit.adds.iter().map(|it| it.size_bytes).sum();
                output::data(&format!(
                    "{} files ({}) became {} ({}) in commit {}\n",
                    commit.removes.len(),
                    bytes(before),
                    commit.adds.len(),
                    bytes(after),
                    commit.number
                ))?;
            }
        }
        Ok(Status::Fine)
    })
}
