//! `factor resolve`

use serde_json::{Value, json};
use storage_core::factors::{
    Fallback, OnTie, Penalty, Resolution, ResolveError, Selector, Step, YearFallback,
};

use super::page::{as_json, page, recorded};
use super::{read, runtime, today};
use crate::args::{Instead, Plain, Purpose, Resolve};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Resolve) -> Result<Status> {
    let selector = selector(&arguments.purpose)?;
    let fallback = fallback(&arguments.purpose.instead);
    let factors = runtime()?.block_on(read(&arguments.place))?;
    let day = arguments.when.valid_at.unwrap_or_else(today);
    let found = factors.resolve(&selector, day, &arguments.when.known_at, &fallback);
    let found = match found {
        Ok(found) => found,
        Err(error) => return refused(error, arguments.format),
    };
    match arguments.format {
        Plain::Json => {
            let mut told = as_json(Some(&found.factor), &found.found);
            told["known_at"] = json!(found.known_at);
            told["steps"] = json!(found.steps);
            told["penalties"] = json!(found.penalties);
            told["warnings"] = json!(found.warnings);
            output::json(&told)?;
        }
        Plain::Human => {
            output::data(&page(
                Some(&found.factor),
                &found.found.version_id,
                &found.found.version,
            ))?;
            output::data(&format!("{}\n", recorded(&found.found)))?;
            output::data(&how(&found))?;
        }
    }
    Ok(Status::Fine)
}

/// What is looked for.
pub(super) fn selector(purpose: &Purpose) -> Result<Selector> {
    let Some(activity) = purpose.activity.clone() else {
        let message = "nothing says what the figure is for";
        return Err(Error::invalid(message, "name an `--activity`"));
    };
    Ok(Selector {
        activity,
        region: purpose.region.clone(),
        unit: purpose.unit.clone(),
        basis: purpose.basis.clone(),
        sources: purpose.source.iter().cloned().collect(),
        gwp_set: purpose.gwp_set.clone(),
        gas_basis: None,
        lca_boundary: purpose.boundary.clone(),
        s2_method: purpose.method.map(Into::into),
        technology: purpose.technology.clone(),
        quality_excluded: purpose.without_mark.iter().cloned().collect(),
        redistributable: purpose.redistributable,
    })
}

/// What may be taken instead.
pub(super) fn fallback(instead: &Instead) -> Fallback {
    let year = match (instead.earlier_years, instead.uk_period) {
        (Some(most_years), _) => YearFallback::Earlier { most_years },
        (None, Some(period)) => YearFallback::Defra { period },
        (None, None) => YearFallback::Never,
    };
    let on_tie = match instead.newest_then_highest {
        true => OnTie::NewestThenHighest,
        false => OnTie::Error,
    };
    Fallback { regions: instead.fallback_region.clone(), year, on_tie }
}

/// How something was found, a line for each step.
pub(super) fn how(found: &Resolution) -> String {
    let steps = found.steps.iter().map(|it| format!("step: {}\n", told(it)));
    let penalties = found.penalties.iter().map(|it| match it {
        Penalty::Regions(count) => format!("instead: {count} regions further\n"),
        Penalty::Years(count) => format!("instead: up to {count} years earlier\n"),
    });
    let warnings = found.warnings.iter().map(|it| format!("warning: {it}\n"));
    steps.chain(penalties).chain(warnings).collect()
}

fn told(step: &Step) -> String {
    let place = |region: &Option<String>| match region {
        Some(region) => format!("region `{region}`"),
        None => "no region".to_owned(),
    };
    match step {
        Step::Edition { year } => {
            format!("the edition of {year} by the rule of the United Kingdom")
        }
        Step::Region { region, found } => {
            format!("{}: {}", place(region), if *found { "found" } else { "nothing" })
        }
        Step::Earlier { region, valid: Some(valid) } => {
            format!("{}, earlier: found, valid {valid}", place(region))
        }
        Step::Earlier { region, valid: None } => format!("{}, earlier: nothing", place(region)),
        Step::Tie { among } => {
            let names: Vec<_> = among.iter().map(|it| format!("`{it}`")).collect();
            format!("one of {}", names.join(", "))
        }
    }
}

/// Says what was looked at, where nothing was found.
pub(super) fn refused(error: platform::factors::Error, format: Plain) -> Result<Status> {
    use platform::factors::Error::Resolve;
    let (answer, steps, near) = match &error {
        Resolve(ResolveError::NotKnown { near, steps, .. }) => ("not_known", steps, near),
        Resolve(ResolveError::NotValid { near, steps, .. }) => ("not_valid", steps, near),
        Resolve(ResolveError::Ambiguous { among, differ_in }) if format == Plain::Json => {
            output::json(&json!({"answer": "ambiguous", "among": among, "differ_in": differ_in}))?;
            return Err(error.into());
        }
        _ => return Err(error.into()),
    };
    match format {
        Plain::Json => {
            let near: Vec<Value> = near
                .iter()
                .map(|it| json!({"factor_id": it.factor_id, "because": it.because}))
                .collect();
            output::json(&json!({"answer": answer, "steps": steps, "near": near}))?;
        }
        Plain::Human => {
            steps.iter().for_each(|it| output::talk(&format!("step: {}", told(it))));
        }
    }
    Err(error.into())
}
