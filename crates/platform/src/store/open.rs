//! The URL of a store.

use url::Url;

use super::memory::Memory;
use super::{Store, StoreError};

impl Store {
    /// Opens the store that `place` names:
    ///
    /// - `file:///srv/log`, or a path that begins with `/`, `./` or `../`: a local directory;
    /// - `memory://`: a new store in memory; `memory://name/prefix`: the one with this name in this
    ///   process;
    /// - `s3://bucket/prefix?endpoint=…&region=…`: a bucket (with the feature `s3`).
    ///
    /// # Errors
    ///
    /// [`Invalid`](super::StoreErrorKind::Invalid) for a text that names no store; what the
    /// backend says.
    pub async fn open(place: &str) -> Result<Self, StoreError> {
        // Has rules of its own, and an address with credentials in it is repeated nowhere.
        if place.starts_with("s3:") {
            return open_s3(place).await;
        }
        if ["/", "./", "../"].iter().any(|start| place.starts_with(start)) {
            return Ok(Self::local(place));
        }
        // Somebody may have meant a scheme, so it is not taken for a directory.
        if !place.is_empty() && !place.contains(':') {
            return Err(StoreError::invalid(format!(
                "`{place}` is not the URL of a store; a directory is written `./{place}`"
            )));
        }
        let url = Url::parse(place).map_err(|source| {
            StoreError::invalid(format!(
                "`{place}` is not the URL of a store: `file:///dir`, `memory://` or `s3://bucket`"
            ))
            .caused_by(source)
        })?;
        match url.scheme() {
            "file" | "memory" if url.query().is_some() || url.fragment().is_some() => {
                Err(StoreError::invalid(format!("`{place}` can have no parameters")))
            }
            "file" => match url.to_file_path() {
                Ok(folder) => Ok(Self::local(folder)),
                Err(()) => Err(StoreError::invalid(format!(
                    "`{place}` names no local directory: write `file:///dir` with three slashes"
                ))),
            },
            "memory" => Ok(match url.host_str() {
                None | Some("") => Self::memory(),
                Some(name) => Self::new(Memory::named(name), url.path().trim_matches('/')),
            }),
            other => Err(StoreError::invalid(format!(
                "there is no store behind `{other}:`, only `file:`, `memory:` and `s3:`"
            ))),
        }
    }
}

#[cfg(feature = "s3")]
async fn open_s3(place: &str) -> Result<Store, StoreError> {
    let url: super::s3::S3Url = place.parse()?;
    let prefix = url.prefix.clone();
    Ok(Store::new(std::sync::Arc::new(super::s3::S3::open(&url).await?), &prefix))
}

#[cfg(not(feature = "s3"))]
async fn open_s3(_place: &str) -> Result<Store, StoreError> {
    Err(StoreError::invalid("this program was built without S3: build it with the feature `s3`"))
}
