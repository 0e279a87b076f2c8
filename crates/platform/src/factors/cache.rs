//! Batches that were fetched, in a directory.
//!
//! A batch never changes, so nothing here gets old. What it holds is not believed: each batch names the
//! digest of the one before it, and the newest is always fetched. Trouble with the directory is no
//! trouble: then the store is asked.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The part of the cache at `root` for one store of factors.
    pub(super) fn new(root: &Path, store_id: &str) -> Self {
        Self { folder: root.join("factors").join(store_id) }
    }

    /// Those of the bodies that are here.
    pub(super) async fn read(&self, numbers: &[u64]) -> Vec<(u64, Bytes)> {
        let paths: Vec<_> = numbers.iter().map(|it| (*it, self.path(*it))).collect();
        let work = move || {
            let body = |(number, path)| fs::read(path).ok().map(|it| (number, Bytes::from(it)));
            paths.into_iter().filter_map(body).collect()
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_default()
    }

    /// Keeps bodies.
    pub(super) async fn write(&self, bodies: &[(u64, Bytes)]) {
        let files: Vec<_> =
            bodies.iter().map(|(number, body)| (self.path(*number), body.clone())).collect();
        let folder = self.folder.clone();
        let work = move || -> std::io::Result<()> {
            fs::create_dir_all(&folder)?;
            for (path, body) in files {
                // Whole or not at all, also for another process that reads meanwhile.
                let mut file = tempfile::NamedTempFile::new_in(&folder)?;
                file.write_all(&body)?;
                file.persist(path)?;
            }
            Ok(())
        };
        // See above: the cache may fail.
        let _ = tokio::task::spawn_blocking(work).await;
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}"))
    }
}
