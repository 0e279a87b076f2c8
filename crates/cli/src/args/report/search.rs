//! What was typed after `strongroom report index` and `report search`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use storage_core::Digest;
use storage_core::reports::{Period, ReportType, TenantId};

use super::Keeper;
use super::read::Being;
use crate::args::Plain;

#[derive(Debug, Args)]
#[command(after_help = "\
The index is a file that anybody may delete: everything in it comes from the archive. Only reports that
came or were changed are read. It holds the text of reports in clear; keep it where they might lie.

Exit status: 7 if a report does not verify; it is named, and is not in the index.

Example:
  strongroom report index --index reports.idx --store s3://reports-prod")]
pub(crate) struct IndexReports {
    /// The index
    #[arg(long, value_name = "FILE", env = "STRONGROOM_REPORTS_INDEX")]
    pub(crate) index: PathBuf,
    /// Make it anew, and put it in the place of what is there when it is complete
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// Put the text and the metadata of sealed reports there too, in clear; needs their keys
    #[arg(long, requires = "body_keys")]
    pub(crate) sealed_text: bool,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
#[command(after_help = "\
All conditions have to hold. Words are compared without case and accents; those between quotes stand beside
each other, and `*` at the end of one stands for any ending. What the index says is looked up in the
archive before it is printed. Reports that came since the index was made are not found: run
`strongroom report index` before.

Exit status: 1 if nothing is found; 3 if there is no index; 7 if a report that was found does not verify.

Examples:
  strongroom report search 'gross scope*' --tenant acme --index reports.idx --store s3://reports-prod
  strongroom report search --tenant acme --metadata auditor=Beta --type csrd --index reports.idx \\
    --store s3://reports-prod
  strongroom report search --tenant acme --sha256 sha256:9f86d081… --index reports.idx --store ./reports")]
pub(crate) struct SearchReports {
    /// What they say: words, `\"words beside each other\"`, `beginn*`
    pub(crate) words: Vec<String>,
    /// Whose reports; those of others are never found
    #[arg(long)]
    pub(crate) tenant: TenantId,
    /// Of this type: `csrd`, `cbam`, `eudr` or `custom`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) report_type: Option<ReportType>,
    /// About this time: `2026` or `2026-Q1`
    #[arg(long)]
    pub(crate) period: Option<Period>,
    /// Of which this can be said now
    #[arg(long, value_enum)]
    pub(crate) status: Option<Being>,
    /// With this metadata, exactly: `auditor.name=Beta`; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) metadata: Vec<Pair>,
    /// With a file of this digest, as it was handed in or as it is stored
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<Digest>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
    /// The index
    #[arg(long, value_name = "FILE", env = "STRONGROOM_REPORTS_INDEX")]
    pub(crate) index: PathBuf,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// A member of the metadata and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write `name=value`".to_owned())?;
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}
