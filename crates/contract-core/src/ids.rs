//! Numbers of requests: given out in order, never twice.
//!
//! The highest number in the tree is not enough to know the next: two open requests would take the
//! same one, and the number of a deleted contract, with its Terraform state, would be given out
//! again. So a small ledger lies beside the contracts. It names the next number and carries a seal
//! over the request that took the last one; two requests that are open at the same time write
//! different seals into the same line, and the second merge conflicts instead of passing.

pub mod unledgered;

use std::fmt;
use std::str::FromStr;

use storage_core::Digest;

/// Why no number could be given out or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is not `S3-` and four digits.
    #[error("`{text}` is not `S3-` and four digits")]
    Malformed {
        /// The text.
        text: String,
    },
    /// `S3-9999` has been given out.
    #[error("all numbers up to `S3-9999` have been given out")]
    Exhausted,
    /// The ledger is not one line of `next: S3-0001 sha256:…`.
    #[error("line {line} of the ledger of ids cannot be read: {problem}")]
    BrokenLedger {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The number of a request, for example `S3-0042`.
///
/// ```
/// use contract_core::ids::RequestId;
///
/// // Decimal, whatever the leading zeros look like: after 8 comes 9.
/// let id: RequestId = "S3-0008".parse()?;
/// assert_eq!(id.next()?.to_string(), "S3-0009");
/// assert!("S3-008".parse::<RequestId>().is_err());
/// # Ok::<(), contract_core::ids::IdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(
    // INVARIANT: at most 9999.
    u16,
);

impl RequestId {
    /// The number that is given out first.
    pub const FIRST: Self = Self(1);
    const LAST: u16 = 9999;

    /// The number without `S3-`, from 0 to 9999.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The number after this one.
    ///
    /// # Errors
    ///
    /// [`IdError::Exhausted`] after `S3-9999`.
    pub fn next(self) -> Result<Self, IdError> {
        if self.0 >= Self::LAST { Err(IdError::Exhausted) } else { Ok(Self(self.0 + 1)) }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3-{:04}", self.0)
    }
}

impl FromStr for RequestId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text
            .strip_prefix("S3-")
            .filter(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or_else(|| IdError::Malformed { text: text.chars().take(60).collect() })
    }
}

/// The ledger of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdLedger {
    /// The next number; `None` when all have been given out.
    pub next: Option<RequestId>,
    /// A digest over the request that took the number before.
    pub seal: Digest,
}

const HEADER: &str = "\
# The next number of a request, and a seal over the request that took the one before.
# If a merge conflicts here, two requests took one number: `strongroom contract renumber` mends it.
";

impl IdLedger {
    /// The ledger in `text`.
    ///
    /// # Errors
    ///
    /// [`IdError::BrokenLedger`] with the line, also for the marks of an unsolved merge conflict.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut ledger = None;
        for (index, line) in text.lines().enumerate() {
            let broken = |problem| IdError::BrokenLedger { line: index + 1, problem };
            if line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") {
                return Err(broken("a merge conflict is not solved"));
            }
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let ["next:", next, seal] = words[..] else {
                return Err(broken("it is not `next: S3-0001 sha256:…`"));
            };
            let next = match next {
                "none" => None,
                id => Some(
                    id.parse().map_err(|_| broken("the number is not `S3-` and four digits"))?,
                ),
            };
            let seal = seal.parse().map_err(|_| broken("the seal is not a SHA-256 digest"))?;
            if ledger.replace(Self { next, seal }).is_some() {
                return Err(broken("there is a line of numbers already"));
            }
        }
        ledger.ok_or(IdError::BrokenLedger { line: 1, problem: "it has no line of numbers" })
    }

    /// The ledger as text.
    pub fn to_text(self) -> String {
        let next = self.next.map_or("none".to_owned(), |next| next.to_string());
        format!("{HEADER}next: {next} {}\n", self.seal)
    }
}

/// Takes the next number, given the ledger and the numbers in the tree, for a request that
/// `request` describes: any bytes that tell it from other requests.
///
/// ```
/// use contract_core::ids::take;
///
/// let (first, ledger) = take(None, ["S3-0008", "S3-0010"], b"payments-api uploads")?;
/// assert_eq!(first.to_string(), "S3-0011");
/// // The contract is deleted again: its number stays taken.
/// let (second, _) = take(Some(ledger), ["S3-0008"], b"search logs")?;
/// assert_eq!(second.to_string(), "S3-0012");
/// # Ok::<(), contract_core::ids::IdError>(())
/// ```
///
/// # Errors
///
/// [`IdError::Exhausted`] after `S3-9999`. Texts in `existing` that are no number are passed over:
/// the check of contracts has a finding about them.
pub fn take<'i>(
    ledger: Option<IdLedger>,
    existing: impl IntoIterator<Item = &'i str>,
    request: &[u8],
) -> Result<(RequestId, IdLedger), IdError> {
    let highest = existing.into_iter().filter_map(|id| id.parse::<RequestId>().ok()).max();
    let after = highest.map_or(Ok(RequestId::FIRST), RequestId::next)?;
    let id = match ledger {
        Some(IdLedger { next: None, .. }) => return Err(IdError::Exhausted),
        Some(IdLedger { next: Some(next), .. }) => next.max(after),
        None => after,
    };
    let seal = Digest::of(&[id.to_string().as_bytes(), b"\n", request].concat());
    Ok((id, IdLedger { next: id.next().ok(), seal }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_requests_for_one_number_write_different_ledgers() {
        let (a, left) = take(None, ["S3-0001"], b"one").unwrap();
        let (b, right) = take(None, ["S3-0001"], b"two").unwrap();
        assert_eq!(a, b);
        assert_ne!(left.to_text(), right.to_text(), "equal texts would merge without a conflict");
    }

    #[test]
    fn the_ledger_reads_back_and_names_a_conflict() {
        let (_, ledger) = take(None, [], b"").unwrap();
        assert_eq!(IdLedger::parse(&ledger.to_text()), Ok(ledger));
        let conflict = format!("<<<<<<< ours\n{}", ledger.to_text());
        assert_eq!(
            IdLedger::parse(&conflict).unwrap_err().to_string(),
            "line 1 of the ledger of ids cannot be read: a merge conflict is not solved"
        );
        assert!(IdLedger::parse("").is_err());
        assert!(IdLedger::parse(&ledger.to_text().repeat(2)).is_err());
    }

    #[test]
    fn numbers_end_and_say_so() {
        assert_eq!(take(None, ["S3-9999"], b""), Err(IdError::Exhausted));
        let (last, ledger) = take(None, ["S3-9998"], b"").unwrap();
        assert_eq!(last.to_string(), "S3-9999");
        assert_eq!(IdLedger::parse(&ledger.to_text()).unwrap().next, None);
        assert_eq!(take(Some(ledger), [], b""), Err(IdError::Exhausted));
    }

    #[test]
    fn file_names_of_other_shapes_do_not_count() {
        let names = ["S3-draft", "S3-6667\n", "s3-0009", "S3-٠٠٠٩", "S3-0009 ", "S3-0002"];
        assert_eq!(take(None, names, b"").unwrap().0.to_string(), "S3-0003");
    }
}
