//! What was typed after `strongroom report timestamp`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{Keeper, Named, Protect};
use crate::args::Plain;

const HELP: &str = "\
A time-stamping authority signs that it saw the digest of the manifest, and so of every file, at a moment by
its own clock (RFC 3161). Sending the request is left to you. The first token is about the manifest, each
further one renews the one before; take it before the certificate of that authority ends, which
`strongroom report verify --tsa-root` tells.

Exit status: 7 if the token is about something else, or its signature does not hold; 8 if its authority is
under none of the roots.

Example:
  strongroom report timestamp csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de --request query.tsq \\
    --store s3://reports-prod --actor ana
  curl -H 'Content-Type: application/timestamp-query' --data-binary @query.tsq -o answer.tsr \\
    https://tsa.example
  strongroom report timestamp csrd/acme/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de --token answer.tsr \\
    --tsa-root root.pem --store s3://reports-prod --actor ana";

#[derive(Debug, Args)]
#[command(after_help = HELP, group = ArgGroup::new("what").required(true))]
pub(crate) struct Timestamp {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Write what an authority is asked here: a file that does not exist yet
    #[arg(long, value_name = "FILE", group = "what")]
    pub(crate) request: Option<PathBuf>,
    /// Keep the token in this file: the answer of the authority, or the token by itself
    #[arg(long, value_name = "FILE", group = "what", requires = "tsa_root")]
    pub(crate) token: Option<PathBuf>,
    /// Certificates under which an authority is trusted, as PEM or DER; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) tsa_root: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
