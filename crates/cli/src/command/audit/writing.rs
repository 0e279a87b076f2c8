//! How a log is opened to be written.

use std::sync::Arc;

use platform::ledger::{Ledger, Options, Retention};

use super::{key_file, store};
use crate::args::Writing;
use crate::status::Result;

/// Opens a log that is there.
pub(super) async fn open(url: &str, writing: &Writing) -> Result<Ledger> {
    let mut options = options(writing)?;
    options.create = false;
    Ok(Ledger::open(&store(url).await?, options).await?)
}

/// How the log is to be opened.
pub(in crate::command) fn options(writing: &Writing) -> Result<Options> {
    let mut options = Options::default();
    options.writer = writing.writer.clone();
    options.verifier_keys = writing.trust.clone();
    if let Some(path) = &writing.signer {
        options.signer = Some(Arc::new(key_file::signer(path)?));
    }
    options.retention = writing.lock.map(|lock| {
        let classes = writing.class_lock.iter();
        let class_days = classes.map(|it| (it.class.clone(), it.days)).collect();
        Retention { class_days, ..Retention::days(lock.mode, lock.days) }
    });
    Ok(options)
}
