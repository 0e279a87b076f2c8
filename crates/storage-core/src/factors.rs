//! Emission factors: published figures that change, and what was known about them when.
//!
//! Two axes of time. A [`Version`] says for which days it is *valid*; the [`Event`] that put it there
//! says since when that was *known*. So a figure of 2022 that was restated in 2024 has two answers, and
//! a calculation of 2023 can be repeated to the last digit.
//!
//! * [`Factor`]: what a figure is about. Never changes.
//! * [`Version`]: one edition of the figure, named by the digest of everything that it says.
//! * [`Event`]: one act on the numbered log: put, correct, withdraw, reinstate, tag, alias.
//! * [`Catalogue`]: all of it in memory, with the questions.
//! * [`Draft`]: what is about to be added to it, checked; becomes the body of one [`batch`].
//!
//! The readers of published files are in `import`, behind a feature. You will not find anything that
//! stores here (that is the platform's).

pub mod batch;
mod catalogue;
mod change;
mod diff;
mod draft;
mod error;
mod event;
mod export;
mod factor;
mod id;
#[cfg(feature = "import")]
pub mod import;
mod interval;
mod release;
mod resolve;
mod spelled;
mod terms;
mod timeline;
mod version;

pub use catalogue::{Answer, BatchHead, Catalogue, Found, History, KnownAt, Segment, Tag};
pub use change::{Change, Outcome, Terms};
pub use diff::{Diff, DiffLine, Point};
pub use draft::Draft;
pub use error::Error;
pub use event::{Event, Kind, Reason, ReasonKind};
pub use export::{Export, ExportLine, LicenceFilter};
pub use factor::{Factor, S2Method};
pub use id::FactorId;
pub use interval::Interval;
pub use release::{Candidate, Comparison, Line, Rejected, Release, Report};
pub use resolve::{
    Fallback, Near, OnTie, Penalty, Resolution, ResolveError, Selector, Step, YearFallback,
    edition_year,
};
pub use spelled::Spelled;
pub use version::{
    GasBasis, Licence, ResultUnit, Source, Uncertainty, UncertaintyKind, Version, VersionId,
};
