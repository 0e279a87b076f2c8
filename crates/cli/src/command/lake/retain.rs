//! `lake retain plan` and `apply`

use std::collections::BTreeMap;

use lake::commits::{Kind, Lake};
use lake::retain::{Applied, Kept, Left, Plan, Policy, Removal, apply, left, prepare};
use platform::files;
use serde_json::{Value, json};

use super::{change, read, runtime, size, table, told};
use crate::args::Plain;
use crate::args::lake::{ApplyRetention, PlanRetention};
use crate::output;
use crate::status::{Error, Result, Status};

/// The most bytes of a policy.
const MOST_BYTES: usize = 1 << 20;

pub(super) fn plan(arguments: &PlanRetention) -> Result<Status> {
    let policy = policy(&arguments.what.policy)?;
    let bar = output::working("weighing");
    let planned = runtime()?.block_on(async {
        let lake = read(&arguments.place.url).await?;
        let plan = prepare(&lake, &policy, arguments.what.as_of).await?;
        Ok::<_, Error>((plan, left(&lake).await?))
    });
    bar.finish_and_clear();
    let (plan, left) = planned?;
    match arguments.format {
        Plain::Json => {
            let left: Vec<_> = left.iter().map(told_left).collect();
            output::json(&json!({"digest": plan.digest(), "plan": plan, "left": left}))?;
        }
        Plain::Human => output::data(&(human(&plan) + &human_left(&left)))?,
    }
    for pattern in &plan.unused {
        output::talk(&format!("`{pattern}` of the policy fits no table"));
    }
    Ok(Status::Fine)
}

pub(super) fn carry_out(arguments: &ApplyRetention) -> Result<Status> {
    let policy = policy(&arguments.what.policy)?;
    let bar = output::working("removing");
    let applied = runtime()?.block_on(async {
        let (place, committer) = (&arguments.place, &arguments.committer);
        let (as_of, digest) = (arguments.what.as_of, arguments.plan_digest);
        let remove = async |lake: &Lake| Ok(apply(lake, &policy, as_of, digest).await?);
        change(&place.url, committer, false, remove).await
    });
    bar.finish_and_clear();
    let applied = applied?;
    match arguments.format {
        Plain::Json => {
            let commit = |it: &lake::commits::Commit| {
                let mut told = told(it);
                told["table"] = json!(it.table);
                told
            };
            let commits: Vec<_> = applied.commits.iter().map(commit).collect();
            let left: Vec<_> = applied.left.iter().map(told_left).collect();
            let digest = arguments.plan_digest;
            output::json(&json!({"plan": digest, "commits": commits, "left": left}))?;
        }
        Plain::Human => output::data(&human_applied(&applied))?,
    }
    if applied.left.is_empty() {
        return Ok(Status::Fine);
    }
    output::talk("give the same command again when the store lets them go");
    Ok(Status::Protected)
}

fn policy(path: &std::path::Path) -> Result<Policy> {
    let text = files::read_bounded(path, MOST_BYTES)?;
    let text = String::from_utf8(text).map_err(|_| {
        Error::invalid(format!("`{}` is not UTF-8", path.display()), "save it as UTF-8")
    })?;
    Policy::parse(&text).map_err(|findings| {
        let place = path.display();
        for it in findings.iter().skip(1) {
            output::talk(&format!("{place}:{it}"));
        }
        let hint = findings.first().and_then(|it| it.hint.clone());
        let first = findings.first().map(|it| format!("{place}:{it}")).unwrap_or_default();
        Error::Invalid { message: first, hint }
    })
}

fn told_left(it: &Left) -> Value {
    json!({"table": it.table, "commit": it.commit, "plan": it.plan, "files": it.files})
}

/// What a partition is called for people.
fn place(kind: Kind, partition: &str) -> String {
    match (kind, partition) {
        (Kind::Data, "") => "all rows".to_owned(),
        (Kind::Data, partition) => partition.to_owned(),
        (kind, "") => kind.to_string(),
        (kind, partition) => format!("{kind} {partition}"),
    }
}

/// `1 file`, `2 files`.
fn many(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn human(plan: &Plan) -> String {
    let mut text = String::new();
    let mut together: BTreeMap<(usize, String, String), (u64, u64, u64)> = BTreeMap::new();
    let tables = plan.tables();
    for it in &plan.removes {
        let nth = tables.iter().position(|table| *table == it.table).unwrap_or_default();
        let key = (nth, place(it.kind, &it.partition), it.reason.to_string());
        let sums = together.entry(key).or_default();
        (sums.0, sums.1, sums.2) = (sums.0 + 1, sums.1 + it.rows, sums.2 + it.size_bytes);
    }
    if together.is_empty() {
        text.push_str(&format!("nothing would go as of {}\n", plan.as_of));
    } else {
        let rows: Vec<_> = (together.iter())
            .map(|((nth, place, why), (files, rows, bytes))| {
                let (files, rows) = (files.to_string(), rows.to_string());
                [tables[*nth].to_string(), place.clone(), files, rows, size(*bytes), why.clone()]
            })
            .collect();
        text.push_str(&table(
            ["would go", "partition", "files", "rows", "size", "was kept by"],
            &rows,
        ));
    }
    if !plan.kept.is_empty() {
        let row = |it: &Kept| {
            [
                it.table.to_string(),
                place(it.kind, &it.partition),
                it.files.len().to_string(),
                it.rows.to_string(),
                it.ended.to_string(),
                it.reason.to_string(),
            ]
        };
        let rows: Vec<_> = plan.kept.iter().map(row).collect();
        text.push('\n');
        let titles = ["stays", "partition", "files", "rows", "own time ended", "kept by"];
        text.push_str(&table(titles, &rows));
    }
    text.push('\n');
    for it in &plan.unruled {
        let what = place(it.kind, "");
        text.push_str(&format!(
            "no rule is about {what} of {}: {}, {}\n",
            it.table,
            many(it.tally.files, "file"),
            many(it.tally.rows, "row")
        ));
    }
    let rows: u64 = plan.removes.iter().map(|it: &Removal| it.rows).sum();
    let bytes: u64 = plan.removes.iter().map(|it| it.size_bytes).sum();
    text.push_str(&format!(
        "{}, {}, {} would go as of {}; the time of {} runs\n{}\n",
        many(plan.removes.len() as u64, "file"),
        many(rows, "row"),
        size(bytes),
        plan.as_of,
        many(plan.running.files, "file"),
        plan.digest()
    ));
    text
}

fn human_applied(applied: &Applied) -> String {
    let mut text = String::new();
    for it in &applied.commits {
        let files = many(it.removes.len() as u64, "file");
        text.push_str(&format!("{}  {files} went in commit {}\n", it.table, it.number));
    }
    if applied.commits.is_empty() {
        text.push_str("there was nothing to remove\n");
    }
    text + &human_left(&applied.left)
}

fn human_left(left: &[Left]) -> String {
    let mut text = String::new();
    for it in left {
        for file in &it.files {
            let until = file.until.map(|it| format!(" until {}", it.format("%Y-%m-%dT%H:%M:%SZ")));
            text.push_str(&format!(
                "{}  PROTECTED: {}{} (commit {} of {})\n",
                file.path,
                file.reason,
                until.unwrap_or_default(),
                it.commit,
                it.table
            ));
        }
    }
    text
}
