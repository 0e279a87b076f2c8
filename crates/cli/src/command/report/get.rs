//! `report get`

use std::io::Write as _;
use std::path::Path;

use futures_util::TryStreamExt as _;
use platform::reports::{Pieces, Reports};
use storage_core::reports::State;

use super::{find, page, read, runtime};
use crate::args::GetReport;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &GetReport) -> Result<Status> {
    runtime()?.block_on(async {
        let reports = read(&arguments.keeper).await?;
        let report = find(&reports, &arguments.named.report).await?;
        let state = reports.state(&report).await?;
        match &arguments.file {
            Some(name) => fetch(&reports, &state, name, arguments.out.as_deref()).await,
            None => {
                page::print(&reports, &state, arguments.format)?;
                state.there()?;
                Ok(Status::Fine)
            }
        }
    })
}

async fn fetch(reports: &Reports, state: &State, name: &str, out: Option<&Path>) -> Result<Status> {
    let pieces = reports.open_file(state, name)?;
    let Some(path) = out else {
        print(pieces).await?;
        return Ok(Status::Fine);
    };
    let bar = output::bytes("fetching");
    bar.set_length(state.manifest.file(name).map_or(0, |it| it.content().0));
    save(pieces, path, |bytes| bar.inc(bytes)).await?;
    bar.finish_and_clear();
    Ok(Status::Fine)
}

async fn print(mut pieces: Pieces) -> Result<()> {
    while let Some(piece) = pieces.try_next().await? {
        output::stream(|out| out.write_all(&piece))?;
    }
    Ok(())
}

/// Writes a file beside its place and renames it when all of it was what it should be.
async fn save(mut pieces: Pieces, path: &Path, told: impl Fn(u64)) -> Result<()> {
    if path.exists() {
        return Err(platform::Error::AlreadyThere { path: path.to_owned() }.into());
    }
    let failed = |source| platform::Error::File { act: "write", path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).map_err(failed)?;
        told(piece.len() as u64);
    }
    file.as_file().sync_all().map_err(failed)?;
    let kept = file.persist_noclobber(path);
    kept.map_err(|error| Error::from(failed(error.error)))?;
    Ok(())
}
