//! How a directory is set up: `.strongroom/bucket.json`. A directory without it is plain.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{Disk, OWN, sync_folder};
use super::failed;
use crate::store::protect;
use crate::store::{BucketState, LockMode, StoreError, StoreErrorKind, Versioning};

const NAME: &str = "bucket.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Of this document.
    v: u32,
    versioning: bool,
    object_lock: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_lock: Option<DefaultLock>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultLock {
    mode: LockMode,
    days: u32,
}

/// How the directory is set up.
pub(super) fn read(disk: &Disk) -> Result<BucketState, StoreError> {
    let path = disk.root().join(OWN).join(NAME);
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BucketState::plain()),
        text => text.map_err(|source| failed("look at the bucket", None, source))?,
    };
    let corrupt = |reason: String| {
        let reason = format!("`{}` {reason}", path.display());
        StoreError::new(StoreErrorKind::Corrupt, "look at the bucket", None, reason)
    };
    let document: Document = serde_json::from_slice(&text)
        .map_err(|source| corrupt("cannot be read".to_owned()).caused_by(source))?;
    if document.v != 1 {
        return Err(corrupt(format!("is of version {}, and only 1 is known", document.v)));
    }
    let state = BucketState {
        versioning: if document.versioning { Versioning::On } else { Versioning::Off },
        object_lock: document.object_lock,
        default_lock: document.default_lock.map(|it| (it.mode, it.days)),
    };
    protect::settle(&state)?;
    Ok(state)
}

/// Sets the directory up. `empty` says whether it holds no object.
pub(super) fn write(
    disk: &Disk,
    state: &BucketState,
    empty: impl FnOnce() -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    protect::settle(state)?;
    let current = read(disk)?;
    if current == *state {
        return Ok(());
    }
    let refused = |reason: &str| Err(StoreError::invalid(reason));
    match (current.versioning, state.versioning) {
        (_, Versioning::Suspended) => {
            return refused("a local directory cannot suspend versioning");
        }
        (Versioning::On, Versioning::Off) => {
            return refused("versioning cannot be turned off again");
        }
        (Versioning::Off, Versioning::On) if !empty()? => {
            return refused("versioning can be turned on only where no object is yet");
        }
        _ if current.object_lock && !state.object_lock => {
            return refused("object lock cannot be turned off again");
        }
        _ => {}
    }
    let document = Document {
        v: 1,
        versioning: state.versioning == Versioning::On,
        object_lock: state.object_lock,
        default_lock: state.default_lock.map(|(mode, days)| DefaultLock { mode, days }),
    };
    let put = || -> io::Result<()> {
        let mut file = disk.temporary()?;
        file.write_all(serde_json::to_string_pretty(&document)?.as_bytes())?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        let folder = disk.folder(Path::new(OWN))?;
        file.persist(folder.join(NAME)).map_err(|error| error.error)?;
        sync_folder(&folder)
    };
    put().map_err(|source| failed("set up the bucket", None, source))
}
