//! Artifacts: what a pipeline built, a model, a pack, what somebody uploaded.
//!
//! An artifact is a file under a key that never changes. Files that belong together are a
//! [`Release`]: a run of a pipeline, a version of a model or of a pack, an upload. A release moves
//! through [`Stage`]s: it is in development once it holds a file, and moves on when the gates of the
//! next stage are passed and people agree to exactly what it holds, by digest.
//!
//! What happened is a numbered [`Change`] in the log of a family of releases ([`LogName`]); what is
//! true follows from the changes alone ([`Log::read`]). Decisions are made here and come out as a
//! [`Plan`](crate::Plan). Nothing here waits, reads a clock or knows a store.
//!
//! ```
//! use storage_core::Digest;
//! use storage_core::artifacts::{Arrival, ArtifactKey, Entry, Expected, Log, Rules, Stage, Who};
//!
//! let key: ArtifactKey = "models/uplift/1.2.0/model.onnx".parse()?;
//! let log = Log::empty(key.release().log());
//! let body = [0x08, 0x0a, 0x12, 0x00, 0x3a];
//! let facts = storage_core::artifacts::Facts {
//!     size_bytes: 5,
//!     sha256: Digest::of(&body),
//!     head: &body,
//!     media_type: None,
//! };
//! assert!(Rules::default().check(&key, &facts, &Expected::default()).is_empty());
//! let who = Who { actor: "ci".to_owned(), at: "2026-03-01T12:00:00Z".parse()? };
//! let entry = Entry::new(facts.sha256, facts.size_bytes, key.media_type());
//! let plan = log.accept(&key, entry, Arrival::default(), &who)?;
//! assert_eq!(plan.act, "artifact.accepted");
//!
//! let log = Log::read(log.name, [(0, plan.to_bytes()?)])?;
//! assert_eq!(log.releases[key.release()].stage, Some(Stage::Dev));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod check;
mod decide;
mod error;
mod gates;
mod key;
mod log;
mod media;
mod model;
mod notification;
mod promote;
mod reason;
mod stage;

pub use change::{
    Approval, Arrival, Change, Entry, Expected, GateReport, Lineage, Promotion, Quarantined,
    Registration,
};
pub use check::{Facts, HEAD_BYTES, KindRules, Rules};
pub use decide::{Verdict, Who};
pub use error::{Error, ErrorKind};
pub use gates::{Gates, Missing, Pathway, Requirements};
pub use key::{ArtifactKey, Kind, LogName, ReleaseName, claims_a_kind};
pub use log::{File, Log, Moved, Release};
pub use model::{Model, ModelVersion};
pub use notification::{Happening, Notification, is_later, read_notifications};
pub use reason::Reason;
pub use stage::Stage;

/// Where the releases of an artifact store are told about, and what was put aside: outside the keys of
/// artifacts, so that who may read these need not be able to read those.
pub const ASIDE: &str = "_strongroom/artifacts/";

/// The key under which bytes that failed a check are kept, by their digest.
pub fn quarantine_key(sha256: &crate::Digest) -> String {
    format!("{ASIDE}quarantine/{}", sha256.hex())
}
