//! What was typed after the commands of `strongroom report` that read.

use std::path::PathBuf;

use audit_chain::note::VerifierKey;
use clap::{Args, ValueEnum};
use storage_core::reports::Status;

use super::{Asked, Keeper, Named, Protect, Target};
use crate::args::Plain;

const GET_HELP: &str = "\
Files are compared with the manifest while they are read. A file of which the content is not what was
archived is never left behind with `--out`.

Exit status: 3 if there is no such report or file, or it was destroyed (its certificate is printed); 7
if something is not what was archived.

Examples:
  strongroom report get csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de --store s3://reports-prod
  strongroom report get csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de --store s3://reports-prod \\
    --file report.pdf --out report.pdf";

#[derive(Debug, Args)]
#[command(after_help = GET_HELP)]
pub(crate) struct GetReport {
    #[command(flatten)]
    pub(crate) named: Named,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    /// Fetch this file
    #[arg(long, value_name = "NAME")]
    pub(crate) file: Option<String>,
    /// Where to: a file that does not exist yet [default: standard output]
    #[arg(long, value_name = "PATH", requires = "file")]
    pub(crate) out: Option<PathBuf>,
    /// How to write what is known
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
#[command(after_help = "\
With `--format json` each report is one line of JSON. Every report is read from the store, so the answer is never
older than that; where there are many, `strongroom report search` asks an index first.

Exit status: 7 if a report that was found does not verify; it stands in the list with the reason.

Example:
  strongroom report list --tenant acme --status held --store s3://reports-prod")]
pub(crate) struct ListReports {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Of which this can be said now
    #[arg(long, value_enum)]
    pub(crate) status: Option<Being>,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    /// How to write the list
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// What can be said of a report in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Being {
    /// A hold is in force, or the end of its retention is not known
    Held,
    /// Its retention is not over
    Retained,
    /// Nothing protects it any more; it is still there
    Expired,
    /// Its content was destroyed
    Disposed,
}

impl From<Being> for Status {
    fn from(being: Being) -> Self {
        match being {
            Being::Held => Self::Held,
            Being::Retained => Self::Retained,
            Being::Expired => Self::Expired,
            Being::Disposed => Self::Disposed,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Run it on a schedule: the outcome is recorded as an act of each report. Of a report that was destroyed
the certificate is checked instead.

Exit status: 7 if anything is not what was archived, or not protected as it should be; 8 if the authority of
a time stamp is under none of the roots; 1 if a time stamp was not renewed in time.

Examples:
  strongroom report verify --store s3://reports-prod --actor cron
  strongroom report verify csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de --store s3://reports-prod \\
    --actor ana --vkey archive.example+3f1c…")]
pub(crate) struct VerifyReports {
    /// The reports [default: all that fit]
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<Target>,
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// A key that has to have signed certificates; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) vkey: Vec<VerifierKey>,
    /// Certificates under which time-stamping authorities are trusted, as PEM or DER: verify the time stamps
    /// of the reports too; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) tsa_root: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
    /// How to write the outcome
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Files are compared with the manifest while they are read; the bag appears when all of it is there.

Example:
  strongroom report export csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de ./bag --store ./reports")]
pub(crate) struct ExportReport {
    #[command(flatten)]
    pub(crate) named: Named,
    /// The folder of the bag, which must not be there yet
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
