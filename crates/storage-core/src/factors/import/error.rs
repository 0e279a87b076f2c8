//! Why a file as a whole cannot be read.

/// Why a file as a whole cannot be read. The code is stable; the message is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "import.")]
#[non_exhaustive]
pub enum Error {
    /// There is too much of something.
    #[error("the file has more than {most} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: u64,
    },
    /// The file is a damaged workbook.
    #[error("the workbook cannot be read: {reason}")]
    Workbook {
        /// What the reader said.
        reason: String,
    },
    /// The file is a workbook of a kind that is not read.
    #[error("the file is an old workbook (xls), which is not read")]
    OldWorkbook,
    /// The file is neither a workbook nor text.
    #[error("line {line} is not UTF-8")]
    NotText {
        /// The first line that is not.
        line: u64,
    },
    /// The file is no JSON.
    #[error("line {line} is not JSON: {broken}")]
    NotJson {
        /// Where.
        line: u64,
        /// What is wrong, as the end of a sentence.
        broken: &'static str,
    },
    /// No row looks like the header that was looked for.
    #[error("no row has the columns {columns}")]
    NoHeader {
        /// What was looked for.
        columns: String,
    },
    /// A workbook has no such sheet, a document no such list.
    #[error("there is no {what} `{name}`")]
    Missing {
        /// What is missing: `sheet`, `list`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The file does not say something without which its figures mean nothing.
    #[error("the file does not say {what}")]
    Unsaid {
        /// What.
        what: &'static str,
        /// How to say it.
        hint: &'static str,
    },
    /// What was said about the file contradicts the file.
    #[error("the file says {found}, not {said}")]
    Contradiction {
        /// What the file says.
        found: String,
        /// What was said.
        said: String,
    },
    /// The file has only figures that no footprint may be made of.
    #[error("the file has nothing but {what}")]
    NotForFootprints {
        /// What it has.
        what: &'static str,
    },
}

impl Error {
    /// The stable code of this error, for example `import.no_header`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::OldWorkbook => "save it as xlsx or csv",
            Self::NotText { .. } => "save it as UTF-8",
            Self::Unsaid { hint, .. } => hint,
            Self::NoHeader { .. } => "check the layout, or describe the file with a mapping",
            Self::NotForFootprints { .. } => "take the total output rates",
            _ => return None,
        })
    }
}
