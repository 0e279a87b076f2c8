//! Versions, as people and programs read them.

use serde_json::{Value, json};
use storage_core::factors::{Factor, Found, GasBasis, ResultUnit, Version, VersionId};

use super::table::card;

/// The beginning of a name, for columns.
pub(super) fn short(id: &VersionId) -> String {
    format!("{}…", &id.hex()[..12])
}

/// The figures of a version, in one line.
pub(super) fn figures(version: &Version) -> String {
    let unit = unit(version);
    let mut parts: Vec<String> = version
        .gases
        .iter()
        .map(|(gas, figure)| match (gas.as_str(), version.gas_basis) {
            ("co2e", _) => format!("{figure} {unit} CO2e"),
            (gas, GasBasis::Co2e) => format!("{figure} {unit} CO2e of {gas}"),
            (gas, GasBasis::Mass) => format!("{figure} {unit} {gas}"),
        })
        .collect();
    parts.extend(version.absent.iter().map(|(gas, what)| format!("{gas} `{what}`")));
    parts.join(", ")
}

fn unit(version: &Version) -> &'static str {
    match version.result_unit {
        ResultUnit::Kg => "kg",
        ResultUnit::G => "g",
        ResultUnit::Lb => "lb",
        ResultUnit::T => "t",
    }
}

/// What there is to know about a version.
pub(super) fn page(factor: Option<&Factor>, id: &VersionId, version: &Version) -> String {
    let of = |member: fn(&Factor) -> Option<&String>| factor.and_then(member).cloned();
    let unit = factor.map(|it| match &it.basis {
        Some(basis) => format!("{} ({basis})", it.unit),
        None => it.unit.clone(),
    });
    let per = unit.as_ref().map(|it| format!(" per {it}")).unwrap_or_default();
    let source = &version.source;
    let source = [Some(&source.publisher), Some(&source.dataset), source.edition.as_ref()];
    let source = source.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let licence = &version.licence;
    let handed_on = if licence.redistribute { "" } else { ", not to be handed on" };
    let uncertainty = version.uncertainty.as_ref().map(|it| json!(it).to_string());
    let quality = version.quality.iter().cloned().collect::<Vec<_>>().join(", ");
    card(&[
        ("factor", Some(version.factor_id.as_str().to_owned())),
        ("activity", of(|it| Some(&it.activity))),
        ("region", of(|it| it.region.as_ref())),
        ("scope", of(|it| it.scope.as_ref())),
        ("boundary", of(|it| it.lca_boundary.as_ref())),
        ("technology", of(|it| it.technology.as_ref())),
        ("figures", Some(format!("{}{per}", figures(version)))),
        ("weighted", version.gwp_set.clone()),
        ("valid", Some(version.valid.to_string())),
        ("uncertainty", uncertainty),
        ("quality", Some(quality).filter(|it| !it.is_empty())),
        ("source", Some(source)),
        ("licence", Some(format!("{}{handed_on}", licence.name))),
        ("version", Some(id.to_string())),
    ])
}

/// When it came to be known.
pub(super) fn recorded(found: &Found) -> String {
    let at = found.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    format!("recorded {at} as event {}", found.seq)
}

/// For programs.
pub(super) fn as_json(factor: Option<&Factor>, found: &Found) -> Value {
    let mut answer = json!({"answer": "version", "factor": factor});
    if let (Value::Object(answer), Value::Object(found)) = (&mut answer, json!(found)) {
        answer.extend(found);
    }
    answer
}
