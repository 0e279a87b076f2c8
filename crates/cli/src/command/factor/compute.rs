//! `factor compute`

use std::sync::Arc;

use platform::factors::FactorStore;
use serde_json::json;
use storage_core::calculation::{self, Calculation, Request};
use storage_core::factors::{Answer, Factor, KnownAt, Version, VersionId};

use super::get::nothing;
use super::resolve::{fallback, how, refused, selector};
use super::table::card;
use super::{change, read, runtime, today};
use crate::args::{Compute, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Compute) -> Result<Status> {
    let (place, writer) = (&arguments.place, &arguments.writer);
    let keep = async |factors: &FactorStore| {
        let computed = compute(factors, arguments)?;
        if let Ok((result, _)) = &computed {
            let body = serde_json::to_vec(result).map_err(std::io::Error::from)?;
            let versions = result.pins.version_ids.iter().map(|it| VersionId(*it));
            factors.keep(result.result_hash, &versions.collect::<Vec<_>>(), body).await?;
        }
        Ok(computed)
    };
    let computed = runtime()?.block_on(async {
        match arguments.keep {
            true => change(place, writer, false, keep).await,
            false => compute(&read(place).await?, arguments),
        }
    })?;
    match computed {
        Ok((result, factor)) => say(&result, &factor, arguments.format).map(|()| Status::Fine),
        Err(error) => refused(error, arguments.format),
    }
}

/// A result and its factor, or why none was found.
type Computed = std::result::Result<(Calculation, Arc<Factor>), platform::factors::Error>;

fn compute(factors: &FactorStore, arguments: &Compute) -> Result<Computed> {
    let (version, known_at) = match which(factors, arguments)? {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let factor = {
        let catalogue = factors.catalogue();
        catalogue.factor(version.factor_id.as_str()).cloned()
    };
    let Some(factor) = factor else {
        return Err(Error::NotFound { message: format!("there is no `{}`", version.factor_id) });
    };
    let mut request =
        Request::new(arguments.quantity.clone(), &arguments.measured_in, chrono::Utc::now());
    request.places = arguments.places;
    request.gwp_set = arguments.gwp;
    request.known_at = known_at;
    request.bridges = arguments.bridge.iter().map(|it| it.0.clone()).collect();
    let result = calculation::compute(&request, &calculation::Terms::of(&factor, &version))?;
    Ok(Ok((result, factor)))
}

type Which = (Arc<Version>, Option<String>);

/// The version to calculate with, and as of when it was asked for.
fn which(
    factors: &FactorStore,
    arguments: &Compute,
) -> Result<std::result::Result<Which, platform::factors::Error>> {
    if let Some(id) = arguments.version {
        return Ok(Ok((factors.get(id)?, None)));
    }
    let known_at = &arguments.when.known_at;
    let day = arguments.when.valid_at.unwrap_or_else(today);
    let bound = factors.catalogue().bound(known_at)?;
    let pin = match known_at {
        KnownAt::Tag(name) => Some(name.clone()),
        _ => bound.checked_sub(1).map(|it| it.to_string()),
    };
    if let Some(name) = &arguments.factor {
        return match factors.get_at(name, day, known_at)? {
            Answer::Version(found) => Ok(Ok((found.version, pin))),
            other => Err(nothing(name, day, &other)),
        };
    }
    let fallback = fallback(&arguments.purpose.instead);
    let found = factors.resolve(&selector(&arguments.purpose)?, day, known_at, &fallback);
    Ok(found.map(|found| {
        output::talk(how(&found).trim_end());
        (found.found.version, pin)
    }))
}

/// Prints a result.
pub(super) fn say(result: &Calculation, factor: &Factor, format: Plain) -> Result<()> {
    if format == Plain::Json {
        return output::json(&json!(result));
    }
    let value = &result.value;
    let exact = if value.exact { "exactly" } else { "about" };
    let pins = &result.pins;
    let versions = pins.version_ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut lines = vec![
        ("emissions", Some(format!("{} kg CO2e", value.rounded))),
        ("unrounded", Some(format!("{exact} {}", value.unrounded))),
    ];
    let gases: Vec<(String, String)> = result
        .gases
        .iter()
        .map(|(gas, amount)| (format!("of {gas}"), format!("{} kg CO2e", amount.rounded)))
        .collect();
    lines.extend(gases.iter().map(|(gas, amount)| (gas.as_str(), Some(amount.clone()))));
    let outside = result.outside_scopes.as_ref();
    lines.extend([
        ("outside the scopes", outside.map(|it| format!("{} kg CO2", it.rounded))),
        ("quantity", Some(format!("{} {}", result.inputs.quantity, result.inputs.unit))),
        ("factor", Some(format!("{} per {}", factor.factor_id, factor.unit))),
        ("conversion", Some(result.conversion.clone())),
        ("version", Some(versions.join(", "))),
        ("known at", pins.known_at.clone()),
        ("weighted", pins.gwp_set.map(|it| it.to_string())),
        ("method", Some(format!("{}, units {}", pins.method, pins.unit_table_version))),
        ("result", Some(result.result_hash.to_string())),
    ]);
    output::data(&card(&lines))?;
    result.warnings.iter().try_for_each(|it| output::data(&format!("warning: {it}\n")))
}
