//! `lake compact`

use lake::commits::Lake;
use lake::compact::{self, Options, plan};
use serde_json::json;

use super::{change, runtime, size, told};
use crate::args::Plain;
use crate::args::lake::CompactTable;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &CompactTable) -> Result<Status> {
    let mut options = Options::default();
    (options.small_bytes, options.target_bytes) = (arguments.below, arguments.target);
    let compact = async |lake: &Lake| {
        let mut table = lake.table(&arguments.table).await?;
        if table.state().next() == 0 {
            let message = format!("there is no table `{}`", arguments.table);
            return Err(Error::NotFound { message });
        }
        let groups = plan(table.state(), &options);
        if arguments.dry_run {
            return Ok((groups, None));
        }
        let bar = output::working("compacting");
        let commit = compact::compact(&mut table, &options).await;
        bar.finish_and_clear();
        Ok((groups, commit?))
    };
    let (place, committer) = (&arguments.place, &arguments.committer);
    let (groups, commit) = runtime()?.block_on(change(&place.url, committer, false, compact))?;
    let before: u64 = groups.iter().map(|it| it.size_bytes).sum();
    match (arguments.format, &commit) {
        (Plain::Json, _) if arguments.dry_run => {
            let group = |it: &compact::Group| {
                json!({
                    "kind": it.kind, "partition": it.partition, "files": it.files,
                    "bytes": it.size_bytes, "rows": it.rows,
                })
            };
            let groups: Vec<_> = groups.iter().map(group).collect();
            output::json(&json!({"dry_run": true, "groups": groups}))?;
        }
        (Plain::Human, _) if arguments.dry_run => {
            let files: usize = groups.iter().map(|it| it.files.len()).sum();
            output::data(&format!(
                "{files} files ({}) would become {}; nothing was changed\n",
                size(before),
                groups.len()
            ))?;
        }
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
                size(before),
                commit.adds.len(),
                size(after),
                commit.number
            ))?;
        }
    }
    Ok(Status::Fine)
}
