//! Where inputs lie, said so that another machine finds them.

use std::path::PathBuf;

use platform::store::{Store, Version};
use serde::{Deserialize, Serialize};

use crate::ingest::{Error, Input, Result, local_inputs, store_input, store_inputs};
use crate::read::LocalFile;

/// Where inputs lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// A file, or a folder, that all machines see under this path.
    Path(PathBuf),
    /// A store that can be opened by its address.
    Url(String),
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
}

impl Place {
    /// What an address means: `s3://…` names a store, anything else is a path, with or without `file://`.
    ///
    /// ```
    /// use lake::distributed::Place;
    ///
    /// assert_eq!(Place::of("file:///raw"), Place::Path("/raw".into()));
    /// assert_eq!(Place::of("s3://raw/emissions"), Place::Url("s3://raw/emissions".to_owned()));
    /// ```
    pub fn of(address: &str) -> Self {
        match address.strip_prefix("file://") {
            Some(path) => Self::Path(path.into()),
            None if address.contains("://") => Self::Url(address.to_owned()),
            None => Self::Path(address.into()),
        }
    }

    /// The inputs there, in their order.
    pub(crate) async fn list(&self) -> Result<Vec<Found>> {
        let found = match self {
            Self::Path(path) => local_inputs(path)?,
            Self::Url(url) => store_inputs(&store(url).await?).await?,
        };
        if found.is_empty() {
            let place = match self {
                Self::Path(path) => path.display().to_string(),
                Self::Url(url) => shown(url),
            };
            return Err(Error::NoInput { place });
        }
        let found = found.into_iter().map(|it| Found {
            name: it.name().to_owned(),
            size: it.size().unwrap_or_default(),
            version: it.version().map(str::to_owned),
        });
        Ok(found.collect())
    }

    /// An input that was listed.
    pub(crate) async fn input(&self, found: &Found) -> Result<Input> {
        match self {
            Self::Path(root) => {
                // A single file is called by its own name.
                let path = if root.is_dir() { root.join(&found.name) } else { root.clone() };
                Ok(Box::new(LocalFile { name: found.name.clone(), path, size: found.size }))
            }
            Self::Url(url) => {
                let version = found.version.clone().map(Version);
                Ok(store_input(&store(url).await?, &found.name, version, found.size))
            }
        }
    }
}

async fn store(url: &str) -> Result<Store> {
    Store::open(url)
        .await
        .map_err(|source| Error::Place { place: shown(url), source: Box::new(source) })
}

/// An address without what may be a secret that somebody put there.
fn shown(url: &str) -> String {
    let plain = url.split('?').next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split('/').next().unwrap_or_default();
            let named = host.rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[named..])
        }
        None => plain.to_owned(),
    }
}
