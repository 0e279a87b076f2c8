//! `lake tokens`, and where tokens are kept.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use lake::ingest::Error as Refused;
use lake::schema::{Document, Mask};
use lake::tokens::Vault;
use platform::body_keys::LocalKey;
use platform::store::Store;
use serde_json::json;

use super::{runtime, table};
use crate::args::Plain;
use crate::args::lake::{ResolveTokens, TokenPlace};
use crate::output;
use crate::status::{Error, Result, Status};

/// The place that was named. A document with tokens needs one: what is not kept can never be resolved.
pub(super) async fn vault(
    place: &TokenPlace,
    document: &Document,
    dry_run: bool,
) -> Result<Option<Vault>> {
    if let (Some(url), Some(key)) = (&place.tokens, &place.application_key) {
        return Ok(Some(open(url, key).await?));
    }
    let tokenised = |it: &&lake::schema::Column| matches!(it.mask, Some(Mask::Token(_)));
    match document.columns().iter().find(tokenised).filter(|_| !dry_run) {
        None => Ok(None),
        Some(column) => Err(Error::invalid(
            format!("nothing would keep what the tokens of `{}` stand for", column.name),
            "name a place with `--tokens` and a key with `--application-key`, or mask it with `hash`",
        )),
    }
}

async fn open(url: &str, key: &Path) -> Result<Vault> {
    let key = LocalKey::read(key)?;
    Ok(Vault::new(&Store::open(url).await?, Arc::new(key)))
}

pub(super) fn resolve(arguments: &ResolveTokens) -> Result<Status> {
    let wanted: BTreeSet<String> = arguments.wanted.iter().cloned().collect();
    let found = runtime()?.block_on(async {
        let vault = open(&arguments.tokens, &arguments.application_key).await?;
        Ok::<_, Error>(vault.resolve(&wanted).await.map_err(Refused::from)?)
    })?;
    let rows: Vec<[String; 3]> = (found.iter())
        .map(|(token, it)| {
            let columns: Vec<_> = it.columns.iter().cloned().collect();
            [token.clone(), columns.join(", "), it.text.clone()]
        })
        .collect();
    match arguments.format {
        Plain::Json => {
            let row = |(token, it): (&String, &lake::tokens::Resolved)| json!({"token": token, "columns": it.columns, "text": it.text});
            output::json(&json!({"tokens": found.iter().map(row).collect::<Vec<_>>()}))?;
        }
        Plain::Human if rows.is_empty() => {}
        Plain::Human => output::data(&table(["token", "columns", "text"], &rows))?,
    }
    match wanted.iter().find(|it| !found.contains_key(*it)) {
        None => Ok(Status::Fine),
        Some(token) => {
            Err(Error::NotFound { message: format!("nothing is kept for the token `{token}`") })
        }
    }
}
