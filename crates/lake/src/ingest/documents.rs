//! The schema documents that the files of a lake follow, kept in the lake.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use platform::store::{Store, StoreErrorKind};
use storage_core::Digest;

use super::{Error, Result};
use crate::commits::{Lake, State};
use crate::schema::Document;

/// Where they lie, relative to the lake.
const FOLDER: &str = "_strongroom/lake/schemas/";

/// Schema documents by their digests.
#[derive(Debug, Default)]
pub struct Documents(BTreeMap<Digest, Document>);

impl Documents {
    /// Those that the files and the commits of a table name.
    ///
    /// # Errors
    ///
    /// [`Error::DocumentLost`] for one that is not there, or is another one.
    pub async fn of(lake: &Lake, state: &State) -> Result<Self> {
        let named = state.files().values().filter_map(|it| it.schema).chain(state.schema());
        Self::named(lake, named.collect()).await
    }

    /// Those with these digests.
    ///
    /// # Errors
    ///
    /// [`Error::DocumentLost`] for one that is not there, or is another one.
    pub async fn named(lake: &Lake, digests: BTreeSet<Digest>) -> Result<Self> {
        let mut documents = Self::default();
        for digest in digests {
            documents.0.insert(digest, read(lake.store(), &digest).await?);
        }
        Ok(documents)
    }

    /// Their texts: whoever [reads](Self::parse) them has the same documents.
    pub(crate) fn texts(&self) -> Result<Vec<String>> {
        self.0.values().map(|it| String::from_utf8(it.canonical()).map_err(super::engine)).collect()
    }

    /// Those with these texts.
    pub(crate) fn parse(texts: &[String]) -> Result<Self> {
        let document = |text: &String| {
            let document = Document::parse(text).map_err(|findings| {
                super::engine(findings.first().map_or_else(String::new, ToString::to_string))
            })?;
            Ok((document.digest(), document))
        };
        texts.iter().map(document).collect::<Result<_>>().map(Self)
    }

    /// The only one, if there is one.
    pub(crate) fn into_one(self) -> Option<Document> {
        self.0.into_values().next()
    }

    /// The document with this digest.
    pub fn get(&self, digest: &Digest) -> Option<&Document> {
        self.0.get(digest)
    }
}

/// Keeps `document` in the lake, before a commit names it.
pub(crate) async fn keep(lake: &Lake, document: &Document) -> Result<()> {
    let object = [(key(&document.digest()), Bytes::from(document.canonical()))];
    let retry = lake.options().retry;
    let there = retry.again(|| lake.store().get_if_there(&object[0].0)).await;
    let failed =
        |source| crate::commits::Error::store("keep the schema document in the lake")(source);
    if there.map_err(failed)?.is_some_and(|it| it.body == object[0].1) {
        return Ok(());
    }
    Ok(retry.again(|| lake.store().put_all(&object)).await.map_err(failed)?)
}

async fn read(store: &Store, digest: &Digest) -> Result<Document> {
    let lost = |reason: String| Error::DocumentLost { digest: *digest, reason };
    let body = match store.get(key(digest)).await {
        Ok(read) => read.body,
        Err(error) if error.kind == StoreErrorKind::NotFound => {
            return Err(lost("it is not there".to_owned()));
        }
        Err(error) => {
            return Err(crate::commits::Error::store("read a schema document")(error).into());
        }
    };
    let text = std::str::from_utf8(&body).map_err(|error| lost(error.to_string()))?;
    let document = Document::parse(text)
        .map_err(|findings| lost(findings.first().map_or_else(String::new, ToString::to_string)))?;
    match document.digest() == *digest {
        true => Ok(document),
        false => Err(lost("it says something else".to_owned())),
    }
}

fn key(digest: &Digest) -> String {
    format!("{FOLDER}{}.json", digest.hex())
}

/// Whether the rows of a table that followed another document may be followed by rows of this one.
pub(crate) fn follow(documents: &Documents, state: &State, document: &Document) -> Result<()> {
    let Some(before) = state.schema().and_then(|it| documents.get(&it)) else { return Ok(()) };
    let mut reasons = document.cannot_follow(before);
    if document.digest() != before.digest() {
        // Files may follow documents that were there long before.
        for older in documents.0.values() {
            reasons.extend(document.mixed_with(older));
        }
        let mut said = BTreeSet::new();
        reasons.retain(|it| said.insert(it.clone()));
    }
    match &*reasons {
        [] => Ok(()),
        reasons => Err(Error::CannotFollow { reason: reasons.join("; ") }),
    }
}
