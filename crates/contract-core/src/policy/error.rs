//! Why a policy was refused.

use serde::Serialize;

use crate::yaml::on_one_line;

/// Why a policy document was refused: a place, what is wrong there, and the way out.
///
/// The display is the message alone; whoever shows it puts the path and the place before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct PolicyError {
    /// The line, from 1; `None` where the document as a whole is meant.
    pub line: Option<u32>,
    /// The column, from 1 and in characters.
    pub column: Option<u32>,
    /// What is wrong: lower case, no full stop, user input in backticks.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

impl PolicyError {
    /// The stable code of this error.
    pub const CODE: &'static str = "contract.policy_invalid";

    /// An error at `at`.
    pub(super) fn new(at: serde_saphyr::Location, message: impl Into<String>) -> Self {
        let known = at != serde_saphyr::Location::UNKNOWN;
        let number = |number: u64| known.then(|| u32::try_from(number).unwrap_or(u32::MAX));
        Self {
            line: number(at.line()),
            column: number(at.column()),
            // It may hold a key or a value from the document, and the words of its reader.
            message: on_one_line(&message.into(), 300),
            hint: None,
        }
    }

    /// The same error with a way out.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
