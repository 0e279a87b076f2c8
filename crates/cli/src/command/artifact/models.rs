//! `artifact register`, `models`

use std::collections::BTreeMap;

use platform::artifacts::ArtifactStore;
use storage_core::artifacts::Registration;

use super::{change, reader, show, stages};
use crate::args::Plain;
use crate::args::artifact::{Models, Register};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) async fn register(arguments: &Register) -> Result<Status> {
    let registration = Registration {
        metrics: once("metric", &arguments.metric)?,
        parameters: once("parameter", &arguments.parameter)?,
        lineage: arguments.from.clone(),
        description: arguments.description.clone(),
    };
    let register = async |artifacts: &ArtifactStore| {
        Ok(artifacts.register(&arguments.release, registration).await?)
    };
    let done = change(&arguments.change, None, None, register).await?;
    stages::say(&arguments.release, "registration", done, arguments.change.place.format)
}

/// Each name once: of two values nobody could say which counts.
fn once<T: Clone>(what: &str, pairs: &[(String, T)]) -> Result<BTreeMap<String, T>> {
    let mut all = BTreeMap::new();
    for (name, value) in pairs {
        if all.insert(name.clone(), value.clone()).is_some() {
            let message = format!("the {what} `{}` is given twice", name.escape_debug());
            return Err(Error::invalid(message, "give it once"));
        }
    }
    Ok(all)
}

pub(super) async fn models(arguments: &Models) -> Result<Status> {
    let reader = reader(&arguments.place).await?;
    let models = match &arguments.model {
        Some(name) => vec![reader.model(name).await?],
        None => reader.models().await?,
    };
    if let Some(name) = &arguments.model
        && models.iter().all(|it| it.versions.is_empty())
    {
        return Err(Error::NotFound { message: format!("there is no model `{name}`") });
    }
    let text: String = match arguments.place.format {
        Plain::Json => models.iter().map(|it| format!("{}\n", show::model(it))).collect(),
        Plain::Human => models.iter().map(show::model_text).collect(),
    };
    output::data(&text)?;
    Ok(Status::Fine)
}
