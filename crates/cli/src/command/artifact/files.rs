//! `artifact put`, `get`, `list`, `presign`, `on-event`

use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use platform::artifacts::{ArtifactStore, Noticed, PutOptions, Source};
use serde_json::json;
use storage_core::artifacts::{Expected, Stage};

use super::{change, reader, show};
use crate::args::Plain;
use crate::args::artifact::{Get, List, OnEvent, Opens, Presign, Put};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) async fn put(arguments: &Put) -> Result<Status> {
    let options = PutOptions {
        expected: Expected { sha256: arguments.sha256, size_bytes: arguments.size },
        media_type: arguments.media_type.clone(),
    };
    let working = output::working("checking and storing");
    let source = match arguments.file.as_path() {
        path if path == Path::new("-") => Source::Stream(standard_input()),
        path => Source::File(path.to_owned()),
    };
    let put = async |artifacts: &ArtifactStore| {
        Ok(artifacts.put(&arguments.key, source, &options).await?)
    };
    let stored = change(&arguments.change, Some(&arguments.checks), None, put).await;
    working.finish_and_clear();
    let stored = stored?;
    if arguments.change.place.format == Plain::Json {
        output::json(&json!({
            "key": arguments.key.to_string(),
            "fresh": stored.fresh,
            "seq": stored.receipt.map(|it| it.seq),
            "entry": stored.entry,
        }))?;
        return Ok(Status::Fine);
    }
    let how = if stored.fresh { "" } else { " (it was there)" };
    output::data(&format!("{} {}{how}\n", stored.entry.sha256, arguments.key))?;
    Ok(Status::Fine)
}

/// What comes in, piece by piece.
fn standard_input() -> stream::BoxStream<'static, std::io::Result<Bytes>> {
    const PIECE: usize = 256 * 1024;
    let piece = || {
        let mut piece = Vec::with_capacity(PIECE);
        std::io::stdin().lock().take(PIECE as u64).read_to_end(&mut piece).map(|_| piece)
    };
    stream::try_unfold((), move |()| async move {
        let read = tokio::task::spawn_blocking(piece).await;
        let piece = read.map_err(std::io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), ())))
    })
    .boxed()
}

pub(super) async fn get(arguments: &Get) -> Result<Status> {
    let reader = reader(&arguments.place).await?;
    if let Some(stage) = arguments.stage {
        let there = reader.release(arguments.key.release()).await?.stage;
        if there < Some(stage) {
            let message = format!(
                "`{}` is {}, not in {stage}",
                arguments.key.release(),
                there.map_or("nowhere yet".to_owned(), |it: Stage| format!("in {it}")),
            );
            return Err(Error::NotFound { message });
        }
    }
    // Whoever waits for the file sees it when it is known to be right, and not before.
    let failed = |source| Error::System { act: "write a temporary file", source };
    let mut file = match arguments.out.as_deref().and_then(Path::parent) {
        Some(folder) if folder != Path::new("") => tempfile::NamedTempFile::new_in(folder),
        Some(_) => tempfile::NamedTempFile::new_in("."),
        None => tempfile::NamedTempFile::new(),
    }
    .map_err(failed)?;
    let entry = reader.fetch(&arguments.key, &mut file).await?;
    let Some(out) = &arguments.out else {
        let mut file = file.reopen().map_err(failed)?;
        output::stream(|out| std::io::copy(&mut file, out).map(drop))?;
        return Ok(Status::Fine);
    };
    file.as_file().sync_all().map_err(failed)?;
    file.persist(out)
        .map_err(|error| Error::System { act: "write the file", source: error.error })?;
    if arguments.place.format == Plain::Json {
        output::json(&json!({
            "key": arguments.key.to_string(),
            "out": out.display().to_string(),
            "entry": entry,
        }))?;
    } else {
        output::data(&format!("{} {}\n", entry.sha256, out.display()))?;
    }
    Ok(Status::Fine)
}

pub(super) async fn list(arguments: &List) -> Result<Status> {
    let reader = reader(&arguments.place).await?;
    let listed = reader.list(&arguments.filter()).await?;
    output::data(&match arguments.place.format {
        Plain::Json => {
            listed.iter().map(|it| format!("{}\n", show::listed(it))).collect::<String>()
        }
        Plain::Human => show::table(&listed),
    })?;
    Ok(Status::Fine)
}

pub(super) async fn presign(arguments: &Presign) -> Result<Status> {
    let grant = async |artifacts: &ArtifactStore| {
        let key = match (&arguments.key, &arguments.tenant, &arguments.file) {
            (Some(key), _, _) => key.clone(),
            (None, Some(tenant), Some(file)) => artifacts.new_upload(tenant, file)?,
            _ => {
                let hint = "name a key, or a tenant and a file";
                return Err(Error::invalid("there is no key", hint));
            }
        };
        let granted = match arguments.what {
            Opens::Get => artifacts.presign_get(&key, arguments.valid_for).await?,
            Opens::Put => {
                let expected = Expected { sha256: arguments.sha256, size_bytes: arguments.size };
                artifacts.presign_put(&key, arguments.valid_for, &expected).await?
            }
        };
        Ok((key, granted))
    };
    let (key, granted) = change(&arguments.change, None, None, grant).await?;
    if arguments.change.place.format == Plain::Json {
        output::json(&json!({
            "key": key.to_string(),
            "method": granted.url.method,
            "url": granted.url.expose(),
            "headers": granted.url.headers,
            "expires_at": granted.expires_at,
        }))?;
        return Ok(Status::Fine);
    }
    let mut text = format!("{} {}\n", granted.url.method, granted.url.expose());
    for (name, value) in &granted.url.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    output::data(&text)?;
    output::talk(&format!("for `{key}`, until {}", granted.expires_at.to_rfc3339()));
    Ok(Status::Fine)
}

pub(super) async fn on_event(arguments: &OnEvent) -> Result<Status> {
    /// What a Lambda is handed at most, and a byte more, so that more is refused and not cut off.
    const LARGEST: u64 = (6 << 20) + 1;
    let failed = |source| Error::Input { source };
    let mut message = Vec::new();
    match arguments.file.as_path() {
        path if path == Path::new("-") => {
            std::io::stdin().lock().take(LARGEST).read_to_end(&mut message).map_err(failed)?;
        }
        path => message = platform::files::read_bounded(path, LARGEST as usize)?,
    }
    let notice = async |artifacts: &ArtifactStore| Ok(artifacts.on_event(&message).await?);
    let notices = change(&arguments.change, Some(&arguments.checks), None, notice).await?;
    let wrong = notices
        .iter()
        .any(|it| matches!(it.noticed, Noticed::Quarantined { .. } | Noticed::Unnamed { .. }));
    let text: String = match arguments.change.place.format {
        Plain::Json => {
            let line = |it| serde_json::to_string(it).expect("a notice is plain data") + "\n";
            notices.iter().map(line).collect()
        }
        Plain::Human => notices.iter().map(show::notice).collect(),
    };
    output::data(&text)?;
    Ok(if wrong { Status::Findings } else { Status::Fine })
}
