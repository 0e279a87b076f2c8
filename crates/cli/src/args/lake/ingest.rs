//! What was typed after `strongroom lake ingest`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::{Committer, LakePlace};
use crate::args::Plain;

const INGEST_HELP: &str = "\
An input whose bytes were taken in before is passed over, whatever it is called now: the same command
again changes nothing. Everything is one commit. A run that is killed leaves nothing behind that
anybody reads; what was committed is finished by whoever opens the table next.

Exit status:
  0  taken in, rows in quarantine or not
  1  more rows were refused than `--max-quarantined` allows; nothing was committed

Examples:
  strongroom lake ingest ./landing --lake ./lake --schema activity.yaml
  strongroom lake ingest s3://bucket/landing --lake s3://bucket/lake --schema activity.yaml \\
      --max-quarantined 1% --ledger s3://bucket/log --signer log.key";

#[derive(Debug, Args)]
#[command(after_help = INGEST_HELP)]
pub(crate) struct IngestLake {
    /// Files, folders or prefixes of buckets
    #[arg(required = true, value_name = "PATH|URL")]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    #[command(flatten)]
    pub(crate) committer: Committer,
    /// What a row looks like: a schema document (YAML or JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: PathBuf,
    /// Commit nothing if more rows are refused: a number, or a share such as `0.5%`
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_quarantined: Option<Most>,
    /// The key of a mask of the document: its name, and the file that holds it
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    pub(crate) mask_key: Vec<(String, PathBuf)>,
    #[command(flatten)]
    pub(crate) tokens: TokenPlace,
    /// How much memory rows may take before they go to the disk
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "512MiB")]
    pub(crate) memory: u64,
    /// How many threads work; as many as there are cores if nothing is said
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Where rows go that do not fit into memory
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    /// Only say what would become of the rows
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const DISCOVER_HELP: &str = "\
NDJSON, JSON arrays, CSV and XML, plain or packed. The proposal is printed and never applied: it says what was seen, with counts and examples. Read it, name
what tells rows apart, and hand it to `lake ingest`.

Examples:
  strongroom lake discover ./landing --entity readings > readings.yaml";

#[derive(Debug, Args)]
#[command(after_help = DISCOVER_HELP)]
pub(crate) struct DiscoverLake {
    /// Files, folders or prefixes of buckets to look into
    #[arg(required = true, value_name = "PATH|URL")]
    pub(crate) inputs: Vec<String>,
    /// What the rows are: the name of their table
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: String,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// Where goes what tokens stand for.
#[derive(Debug, Args)]
pub(crate) struct TokenPlace {
    /// Where to keep what the tokens of masked columns stand for: a directory or prefix apart from the lake
    #[arg(long, value_name = "URL", requires = "application_key")]
    pub(crate) tokens: Option<String>,
    /// The key that seals them: a file of 64 hexadecimal digits that only you may read
    #[arg(long, value_name = "FILE", env = "STRONGROOM_APPLICATION_KEY")]
    pub(crate) application_key: Option<PathBuf>,
}

const RESOLVE_HELP: &str = "\
Tokens are those of columns with the mask `{token: key}`. Every token is printed with the columns it was met
in and the text it stands for.

Exit status:
  0  all were resolved
  3  one was not

Examples:
  strongroom lake tokens resolve tok_0b14… --tokens s3://bucket-of-others/tokens \\
      --application-key app.key";

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAct {
    /// Print what tokens stand for
    Resolve(ResolveTokens),
}

#[derive(Debug, Args)]
#[command(after_help = RESOLVE_HELP)]
pub(crate) struct ResolveTokens {
    /// The tokens
    #[arg(required = true, value_name = "TOKEN")]
    pub(crate) wanted: Vec<String>,
    /// Where what they stand for is kept
    #[arg(long, value_name = "URL")]
    pub(crate) tokens: String,
    /// The key that seals it: a file of 64 hexadecimal digits that only you may read
    #[arg(long, value_name = "FILE", env = "STRONGROOM_APPLICATION_KEY")]
    pub(crate) application_key: PathBuf,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// How many rows may be refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Most {
    /// So many.
    Rows(u64),
    /// So many of a million.
    Share(u64),
}

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no number and no share such as `0.5%`");
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(Self::Rows).map_err(|_| wrong());
        };
        let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
        let digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || part.len() > 4 || !digits(whole) || !digits(part) {
            return Err(wrong());
        }
        let share: u64 = format!("{whole}{part:0<4}").parse().map_err(|_| wrong())?;
        if share > 1_000_000 { Err(wrong()) } else { Ok(Self::Share(share)) }
    }
}

/// A size: `512MiB`, `2GiB`, or a number of bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let (number, shift) = units
        .iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))
        .unwrap_or((text, 0));
    let bytes = number.trim().parse::<u64>().ok().and_then(|it| it.checked_mul(1 << shift));
    bytes.ok_or_else(|| format!("`{text}` is no size such as `512MiB`"))
}

pub(super) fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("write the name of the key, `=` and a file")?;
    Ok((name.to_owned(), path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_sizes_are_read() {
        assert_eq!("12".parse(), Ok(Most::Rows(12)));
        assert_eq!("0.5%".parse(), Ok(Most::Share(5_000)));
        assert_eq!("100%".parse(), Ok(Most::Share(1_000_000)));
        for wrong in ["", "%", "-1", "101%", "1.23456%", "a%", "1 %", ".5%"] {
            assert!(wrong.parse::<Most>().is_err(), "{wrong}");
        }
        assert_eq!(size("512MiB"), Ok(512 << 20));
        assert_eq!(size("17"), Ok(17));
        assert!(size("12MB").is_err() && size("99999999999TiB").is_err());
    }
}
