//! The store with the keys of the subjects.

use platform::ledger::SubjectKeys;

use super::store;
use crate::status::{Error, Result};

/// Opens the keys at `url`, which must not lie in the log at `log`: they would be locked with it.
pub(super) async fn open(url: &str, log: &str) -> Result<SubjectKeys> {
    let place = |url: &str| {
        let url = url.split('?').next().unwrap_or_default();
        let path = url.strip_prefix("file://").unwrap_or(url);
        format!("{}/", path.trim_end_matches('/'))
    };
    if place(url).starts_with(&place(log)) {
        return Err(Error::invalid(
            "the keys of the subjects lie in the log that they seal",
            "name another store with `--subject-keys`, best one that other people look after",
        ));
    }
    Ok(SubjectKeys::open(&store(url).await?).await?)
}
