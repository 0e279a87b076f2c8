//! `report archive`

use std::path::Path;
use std::sync::Arc;

use platform::reports::{Archive, Content, NewFile, Reports, Undecided};
use storage_core::reports::{FileName, MAX_METADATA_BYTES, MediaType, Role};

use super::{change, page, runtime};
use crate::args::{ArchiveReport, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: ArchiveReport) -> Result<Status> {
    let bar = output::bytes("archiving");
    let mut request = request(&arguments)?;
    bar.set_length(size(&arguments)?);
    let told = bar.clone();
    request.on_progress = Some(Arc::new(move |bytes| told.inc(bytes)));
    runtime()?.block_on(async {
        let archive =
            async |reports: &Reports| Ok((reports.clone(), reports.archive(request).await?));
        let archived = change(&arguments.keeper, &arguments.protect, true, archive).await;
        bar.finish_and_clear();
        let (reports, archived) = archived?;
        if archived.repeated {
            output::talk("this report had been archived before, by the same request");
        }
        match arguments.format {
            Plain::Json => page::print(&reports, &archived.state, Plain::Json)?,
            Plain::Human => output::data(&format!("{}\n", archived.report))?,
        }
        Ok(Status::Fine)
    })
}

fn request(arguments: &ArchiveReport) -> Result<Archive> {
    let mut request = Archive::new(arguments.report_type, arguments.tenant.clone());
    request.period = arguments.period.clone();
    for (paths, role) in [
        (&arguments.files, Role::Report),
        (&arguments.data, Role::Data),
        (&arguments.evidence, Role::Evidence),
    ] {
        for path in paths {
            request.files.push(file(arguments, path)?.as_role(role));
        }
    }
    if let Some(name) = arguments
        .media_type
        .iter()
        .map(|it| &it.name)
        .find(|name| !request.files.iter().any(|it| it.name.as_str() == name.as_str()))
    {
        return Err(Error::invalid(
            format!("there is no file `{name}` to have a media type"),
            "write the name of a file without its folder",
        ));
    }
    if let Some(path) = &arguments.metadata {
        let bytes = platform::files::read_bounded(path, MAX_METADATA_BYTES)?;
        let text = String::from_utf8(bytes);
        request.metadata = Some(text.map_err(|_| {
            Error::invalid(format!("`{}` is not UTF-8", path.display()), "write it as UTF-8")
        })?);
    }
    request.jurisdictions = arguments.jurisdiction.clone();
    let given = arguments.given.iter();
    request.circumstances = given.map(|it| (it.name.clone(), it.is_so)).collect();
    if arguments.cautious {
        request.undecided = Undecided::Apply;
    }
    request.triggers = arguments.since.iter().map(|it| (it.trigger, it.on)).collect();
    request.amends = arguments
        .amended()
        .map_err(|message| Error::invalid(message, "write it as `type/tenant/period/id`"))?;
    request.sealed = arguments.seal;
    request.idempotency_key = arguments.key.clone();
    Ok(request)
}

fn file(arguments: &ArchiveReport, path: &Path) -> Result<NewFile> {
    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    let name: FileName = name.parse()?;
    let said = arguments.media_type.iter().find(|it| it.name == name.as_str());
    let media_type = match said {
        Some(said) => said.media_type.clone(),
        None => {
            name.extension().and_then(MediaType::of_extension).unwrap_or_else(MediaType::unknown)
        }
    };
    Ok(NewFile::new(name, media_type, Content::Path(path.to_owned())))
}

/// How many bytes there are to store. What cannot be read is found before anything is stored.
fn size(arguments: &ArchiveReport) -> Result<u64> {
    let files = arguments.files.iter().chain(&arguments.data).chain(&arguments.evidence);
    let mut size = 0;
    for path in files {
        let about = std::fs::metadata(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => platform::Error::NoSuchFile { path: path.clone() },
            _ => platform::Error::File { act: "read", path: path.clone(), source },
        })?;
        if !about.is_file() {
            return Err(Error::invalid(
                format!("`{}` is no file", path.display()),
                "name the files of the report one by one",
            ));
        }
        size += about.len();
    }
    Ok(size)
}
