//! What a file of a report may be called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::shown;
use super::{Error, MediaType};

/// Names below a report that strongroom gives out itself. What begins with `_` is also its own.
/// `metadata.json` is a file like others, and only strongroom puts it there.
pub const RESERVED: [&str; 3] = ["certificate.json", "certificate.note", "manifest.json"];

/// What the metadata of a report is called.
pub(super) const METADATA: &str = "metadata.json";

/// The name of a file in a report: 1 to 200 bytes of UTF-8, with its own extension.
///
/// It has no slash, no backslash and no control character, and does not begin with a dot or an
/// underscore: it can neither leave its report nor hide in it.
///
/// ```
/// use storage_core::reports::FileName;
///
/// let name: FileName = "Jahresbericht 2026.xhtml".parse()?;
/// assert_eq!(name.extension(), Some("xhtml"));
/// assert!("a%0Ab.csv".parse::<FileName>().is_ok(), "a percent sign is one");
/// for wrong in ["", "..", "../x", "a/b", "a\\b", ".hidden", "_events", "manifest.json", "a\nb"] {
///     assert_eq!(wrong.parse::<FileName>().unwrap_err().code(), "reports.file_name_invalid");
/// }
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(
    // INVARIANT: passes the check; only `from_str` makes one.
    String,
);

super::names::checked_text!(FileName);

impl FileName {
    /// The name of the only file of a report, `report.pdf` for a PDF.
    pub fn report(media_type: &MediaType) -> Self {
        Self(format!("report.{}", media_type.extension().unwrap_or("bin")))
    }

    /// Where the metadata of a report is kept.
    pub(super) fn metadata() -> Self {
        Self(METADATA.to_owned())
    }

    /// What stands behind its last dot.
    pub fn extension(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|it| it.1).filter(|it| !it.is_empty())
    }
}

impl FromStr for FileName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |broken| Err(Error::FileNameInvalid { text: shown(text), broken });
        if text.is_empty() || text.len() > 200 {
            return wrong("a name has 1 to 200 bytes");
        }
        if text.contains(|it: char| it.is_control() || matches!(it, '/' | '\\')) {
            return wrong("it has a slash, a backslash or a control character");
        }
        if text.starts_with(['.', '_']) {
            return wrong("it begins with a dot or an underscore");
        }
        // Some file systems take them for the same name without.
        if text.trim() != text || text.ends_with('.') {
            return wrong("it begins or ends with a space, or ends with a dot");
        }
        if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return wrong("strongroom keeps its own file under this name");
        }
        Ok(Self(text.to_owned()))
    }
}
