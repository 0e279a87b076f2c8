//! Artifacts as people and programs read them.

use platform::artifacts::{Listed, Notice, Noticed, Standing};
use serde_json::json;
use storage_core::artifacts::{Model, ModelVersion, Reason, Stage};

/// A file for a program.
pub(super) fn listed(it: &Listed) -> serde_json::Value {
    let (standing, entry, reasons) = match &it.standing {
        Standing::Accepted(entry) => ("accepted", Some(entry), None),
        Standing::Removed(entry) => ("removed", Some(entry), None),
        Standing::Quarantined(reasons) => ("quarantined", None, Some(reasons)),
        _ => ("announced", None, None),
    };
    json!({
        "key": it.key.to_string(), "standing": standing, "stage": it.stage,
        "entry": entry, "reasons": reasons,
    })
}

/// Files for people.
pub(super) fn table(listed: &[Listed]) -> String {
    let width = listed.iter().map(|it| it.key.to_string().len()).max().unwrap_or(0);
    listed.iter().map(|it| format!("{:width$}  {}\n", it.key.to_string(), about(it))).collect()
}

fn about(it: &Listed) -> String {
    let stage = it.stage.map_or("-", <&str>::from);
    match &it.standing {
        Standing::Accepted(entry) => {
            format!("{stage:8}{:>12}  {}", entry.size_bytes, entry.sha256)
        }
        Standing::Removed(_) => format!("{stage:8}{:>12}", "REMOVED"),
        Standing::Quarantined(reasons) => {
            format!("{stage:8}{:>12}  {}", "QUARANTINE", sentence(reasons))
        }
        _ => format!("{stage:8}{:>12}", "announced"),
    }
}

/// What was done about a notification, for people.
pub(super) fn notice(it: &Notice) -> String {
    let what = match &it.noticed {
        Noticed::Accepted { sha256 } => format!("accepted {sha256}"),
        Noticed::Quarantined { reasons } => format!("QUARANTINE: {}", sentence(reasons)),
        Noticed::Removed => "removed".to_owned(),
        Noticed::Known => "known".to_owned(),
        Noticed::Stale => "stale".to_owned(),
        Noticed::Gone => "gone".to_owned(),
        Noticed::Unnamed { reason } => format!("UNNAMED: {reason}"),
        Noticed::Ignored { reason } => format!("ignored: {reason}"),
        _ => "done".to_owned(),
    };
    // A key may be anything that somebody uploaded.
    format!("{}: {what}\n", it.key.escape_debug())
}

fn sentence(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join(", and ")
}

/// A model for a program.
pub(super) fn model(model: &Model) -> serde_json::Value {
    let live = |stage| model.at(stage).map(ModelVersion::version);
    let versions: Vec<_> = model.versions.iter().map(version).collect();
    json!({
        "model": model.name,
        "staging": live(Stage::Staging),
        "prod": live(Stage::Prod),
        "versions": versions,
    })
}

fn version(it: &ModelVersion) -> serde_json::Value {
    json!({
        "version": it.version(),
        "stage": it.release.stage,
        "contents": it.release.contents(&it.name),
        "files": it.release.artifacts().map(|(name, _)| name).collect::<Vec<_>>(),
        "registration": it.release.registration,
    })
}

/// A model for people.
pub(super) fn model_text(model: &Model) -> String {
    let mut text = format!("{}\n", model.name);
    for it in &model.versions {
        let stage = it.release.stage.map_or("-", <&str>::from);
        let live = it.release.stage.filter(|it| *it > Stage::Dev).and_then(|it| model.at(it));
        let live = if live == Some(it) { "*" } else { " " };
        let count = it.release.artifacts().count();
        text.push_str(&format!("  {:16}{stage:8}{live} {count} files\n", it.version()));
        let Some(said) = &it.release.registration else { continue };
        for (name, value) in &said.metrics {
            text.push_str(&format!("    {name} = {value}\n"));
        }
        for (name, value) in &said.parameters {
            text.push_str(&format!("    {name}: {}\n", value.escape_debug()));
        }
        for from in &said.lineage {
            text.push_str(&format!("    {} <- {}\n", from.role, from.name.escape_debug()));
        }
        if let Some(description) = &said.description {
            text.push_str(&format!("    {}\n", description.escape_debug()));
        }
    }
    text
}
