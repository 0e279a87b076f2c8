//! What is wrong with a document, and where.

use std::fmt;

/// One thing that is wrong with a schema document or a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The line, from 1; 0 where no place is known.
    pub line: u64,
    /// The character of the line, from 1; 0 where no place is known.
    pub column: u64,
    /// What is wrong, in one line.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Finding {
    pub(crate) fn new(at: serde_saphyr::Location, message: impl Into<String>) -> Self {
        let known = at != serde_saphyr::Location::UNKNOWN;
        let (line, column) = if known { (at.line(), at.column()) } else { (0, 0) };
        Self { line, column, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Finding {}
