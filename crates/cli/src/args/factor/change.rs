//! What was typed after the commands of `strongroom factor` that add to the log.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::Args;
use storage_core::factors::{FactorId, Interval, Reason, ReasonKind};

use super::{Place, Writer};
use crate::args::Plain;

/// Why something is done, and when it was known elsewhere.
#[derive(Debug, Default, Args)]
pub(crate) struct Circumstances {
    /// Why: `error`, `new_edition`, `method`, `reclassified` or `licence`, and perhaps `:` and words
    #[arg(long, value_name = "KIND[:WORDS]")]
    pub(crate) reason: Option<Why>,
    /// When the publisher says that it was known (RFC 3339). It is kept, and never asked
    #[arg(long, value_name = "MOMENT")]
    pub(crate) claimed_at: Option<DateTime<Utc>>,
}

/// A reason, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why(pub(crate) Reason);

impl FromStr for Why {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, words) = match text.split_once(':') {
            Some((kind, words)) => (kind, Some(words.trim())),
            None => (text, None),
        };
        let known: Result<ReasonKind, _> = serde_json::from_value(kind.trim().into());
        let kind = known.map_err(|_| {
            format!(
                "`{kind}` is no reason: `error`, `new_edition`, `method`, `reclassified`, `licence`"
            )
        })?;
        Ok(Self(Reason { kind, text: words.filter(|it| !it.is_empty()).map(str::to_owned) }))
    }
}

const PUT_HELP: &str = "\
The file holds lines of JSON, or one array: each an object with `factor` (what the figure is about) and
`version` (what it says). Figures are texts, so that no digit is lost. Lines as `strongroom factor export`
writes them are understood. All lines are recorded, or none; what counts already is not recorded again.

With `--correct` the versions take the place of what counts on their days, because that is wrong. For files
of publishers, and for more than some thousand lines, see `strongroom factor import`.

Exit status:
  2  a line cannot be used; it is named
  4  a factor is there already as something else, or its newest event is not the expected one

Examples:
  strongroom factor put factors.json --store ./factors --actor alice
  strongroom factor put mended.json --store ./factors --correct --reason 'error: tonnes for kilograms'
  strongroom factor put factors.json --store ./factors --ledger ./log --signer factors.key";

#[derive(Debug, Args)]
#[command(after_help = PUT_HELP)]
pub(crate) struct PutFactors {
    /// Factors with versions; `-` for standard input
    pub(crate) file: PathBuf,
    /// What counts on these days is wrong
    #[arg(long)]
    pub(crate) correct: bool,
    /// The newest event of each factor has to be this one: its number, or `none` for new factors
    #[arg(long, value_name = "SEQ|none")]
    pub(crate) expected_head: Option<Head>,
    #[command(flatten)]
    pub(crate) circumstances: Circumstances,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) writer: Writer,
    /// How to write what became of the lines
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// The newest event of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head(pub(crate) Option<u64>);

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            text => text
                .parse()
                .map(|seq| Self(Some(seq)))
                .map_err(|_| format!("`{text}` is neither the number of an event nor `none`")),
        }
    }
}

const WITHDRAW_HELP: &str = "\
Nothing is deleted: as it was known before, the figure counts as it did.

Exit status:
  2  nothing counts then
  3  there is no such factor

Examples:
  strongroom factor withdraw grid/example --store ./factors --reason 'error: wrong grid'
  strongroom factor withdraw grid/example --store ./factors --valid 2024-01-01/2025-01-01";

#[derive(Debug, Args)]
#[command(after_help = WITHDRAW_HELP)]
pub(crate) struct Withdraw {
    /// The name of a factor
    pub(crate) name: FactorId,
    /// Only on these days: `2024-01-01/2025-01-01` without the last, `2024-01-01/..` [default: all]
    #[arg(long, value_name = "FROM/TO")]
    pub(crate) valid: Option<Interval>,
    #[command(flatten)]
    pub(crate) circumstances: Circumstances,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) writer: Writer,
    /// How to write what became of it
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const TAG_HELP: &str = "\
A tag names a position of the log for good: whoever asks with `--known-at TAG` gets the same answers for
ever. Without a name, all tags are printed.

Exit status: 4 if the tag stands elsewhere already.

Examples:
  strongroom factor tag example-2024 --store ./factors
  strongroom factor tag before-the-audit --at 8812 --store ./factors";

#[derive(Debug, Args)]
#[command(after_help = TAG_HELP)]
pub(crate) struct TagFactors {
    /// The name
    pub(crate) name: Option<String>,
    /// The last event that is part of it [default: the last there is]
    #[arg(long, value_name = "SEQ", requires = "name")]
    pub(crate) at: Option<u64>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) writer: Writer,
    /// How to write what became of it
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
