//! `factor recompute`

use std::path::Path;

use storage_core::Digest;
use storage_core::calculation::{self, Calculation};
use storage_core::factors::VersionId;

use super::compute::say;
use super::{read, runtime};
use crate::args::Recompute;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Recompute) -> Result<Status> {
    let runtime = runtime()?;
    let factors = runtime.block_on(read(&arguments.place))?;
    let named = &arguments.result;
    let body = match named.parse::<Digest>() {
        Ok(digest) => runtime.block_on(factors.kept(digest))?.map(|it| it.to_vec()),
        Err(_) => match std::fs::read(Path::new(named)) {
            Ok(body) => Some(body),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(Error::Input { source }),
        },
    };
    let Some(body) = body else {
        return Err(Error::NotFound { message: format!("there is no result `{named}`") });
    };
    let stored: Calculation = serde_json::from_slice(&body).map_err(|error| {
        Error::invalid(format!("`{named}` is no result: {error}"), "name one of `factor compute`")
    })?;
    let [id] = stored.pins.version_ids[..] else {
        let message = format!("`{named}` is not pinned to one version");
        return Err(Error::invalid(message, "name a result of `factor compute`"));
    };
    let version = factors.get(VersionId(id))?;
    let catalogue = factors.catalogue();
    let Some(factor) = catalogue.factor(version.factor_id.as_str()) else {
        return Err(Error::NotFound { message: format!("there is no `{}`", version.factor_id) });
    };
    let terms = calculation::Terms::of(factor, &version);
    let again = calculation::recompute(&stored, &terms)?;
    say(&again, factor, arguments.format)?;
    output::talk("reproduced");
    Ok(Status::Fine)
}
