//! What artifacts look like as JSON.

use platform::artifacts::{Listed, Notice, Noticed, Standing};
use serde_json::{Value, json};
use storage_core::artifacts::{Model, ModelVersion, Reason, Release, ReleaseName, Stage};

/// Reasons for programs, each with its words.
pub(super) fn reasons(reasons: &[Reason]) -> Value {
    reasons.iter().map(|it| json!([it, it.to_string()])).collect()
}

pub(super) fn listed(it: &Listed) -> Value {
    let (standing, entry, why) = match &it.standing {
        Standing::Accepted(entry) => ("accepted", Some(entry), None),
        Standing::Removed(entry) => ("removed", Some(entry), None),
        Standing::Quarantined(why) => ("quarantined", None, Some(why)),
        _ => ("announced", None, None),
    };
    json!({
        "key": it.key.to_string(),
        "standing": standing,
        "stage": it.stage,
        "entry": entry,
        "reasons": reasons(why.map_or(&[], |it| it.as_slice())),
    })
}

pub(super) fn notice(it: &Notice) -> Value {
    let mut told = json!(it);
    if let Noticed::Quarantined { reasons: why } = &it.noticed {
        told["reasons"] = reasons(why);
    }
    told
}

pub(super) fn release(name: &ReleaseName, it: &Release) -> Value {
    let files: Value = it.artifacts().map(|(file, entry)| json!([file, entry])).collect();
    let moves: Value =
        it.moves.iter().map(|it| json!({"to": it.to, "at": it.at, "actor": it.actor})).collect();
    json!({
        "name": name.to_string(),
        "stage": it.stage,
        "contents": it.contents(name),
        "files": files,
        "moves": moves,
        "authors": it.authors,
        "gates": it.gates,
        "approvals": it.approvals,
        "registration": it.registration,
    })
}

/// What was put aside under the names of a release, the oldest first.
pub(super) fn quarantined(name: &ReleaseName, it: &Release) -> Vec<Value> {
    let mut all = Vec::new();
    for (file, state) in &it.files {
        for aside in &state.quarantined {
            all.push(json!({
                "key": format!("{name}/{file}"),
                "sha256": aside.sha256,
                "size_bytes": aside.size_bytes,
                "kept_at": aside.kept_at,
                "reasons": reasons(&aside.reasons),
                "replaced": state.entry.is_some(),
            }));
        }
    }
    all
}

pub(super) fn model(it: &Model) -> Value {
    let live = |stage| it.at(stage).map(ModelVersion::version);
    let versions: Value = it
        .versions
        .iter()
        .map(|version| json!([version.version(), release(&version.name, &version.release)]))
        .collect();
    json!({
        "name": it.name,
        "staging": live(Stage::Staging),
        "prod": live(Stage::Prod),
        "versions": versions,
    })
}
