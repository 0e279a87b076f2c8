//! What was typed after `strongroom factor compute` and `recompute`.

use std::str::FromStr;

use clap::Args;
use storage_core::Decimal;
use storage_core::calculation::{Bridge, PLACES};
use storage_core::factors::VersionId;
use storage_core::gwp::GwpSet;

use super::ask::When;
use super::{Place, Purpose, Writer};
use crate::args::Plain;

const COMPUTE_HELP: &str = "\
The result names everything it came from: the version of the factor, what was known, the warming
potentials, the table of units, the method. It is exact, and rounded once, at the end.

With `--keep` it is stored under its digest, for `recompute` and `impact`; `--ledger` names a log that
records that.

Exit status:
  2  the unit does not lead to that of the factor, or its gases cannot be weighed as asked
  3  no version counts
  4  several factors fit equally well

Examples:
  strongroom factor compute 1500 kWh --factor grid/example --store ./factors --valid-at 2024-05-01
  strongroom factor compute 12.5 MWh --activity electricity.grid --region XA --store ./factors --keep
  strongroom factor compute 3 GJ --version sha256:… --gwp AR6 --store ./factors --format json
  strongroom factor compute 100 l --factor fuel/example --store ./factors --bridge '0.84 kg/l; delivery note 17'";

#[derive(Debug, Args)]
#[command(after_help = COMPUTE_HELP)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["factor", "version", "activity"]))]
pub(crate) struct Compute {
    /// How much
    #[arg(allow_hyphen_values = true)]
    pub(crate) quantity: Decimal,
    /// Of what: `kWh`, `passenger.km`
    #[arg(value_name = "UNIT")]
    pub(crate) measured_in: String,
    /// The factor
    #[arg(long, value_name = "NAME")]
    pub(crate) factor: Option<String>,
    /// The version of a factor
    #[arg(long, value_name = "NAME", conflicts_with_all = ["valid_at", "known_at"])]
    pub(crate) version: Option<VersionId>,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) when: When,
    /// Weigh the gases with these warming potentials [default: as published]
    #[arg(long, value_name = "AR4|AR5|AR6")]
    pub(crate) gwp: Option<GwpSet>,
    /// What leads to the unit of the factor where no table can: a value, a rate, and where they come
    /// from; may be repeated
    #[arg(long, value_name = "VALUE RATE; SOURCE")]
    pub(crate) bridge: Vec<Way>,
    /// To how many digits behind the point of a kilogram to round
    #[arg(long, value_name = "N", default_value_t = PLACES)]
    pub(crate) places: u32,
    /// Store the result
    #[arg(long)]
    pub(crate) keep: bool,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) writer: Writer,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// A bridge, as it is typed.
#[derive(Clone, Debug)]
pub(crate) struct Way(pub(crate) Bridge);

impl FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no value, rate and source: write `0.84 kg/l; delivery note 17`")
        };
        let (figure, source) = text.split_once(';').ok_or_else(wrong)?;
        let (value, rate) = figure.trim().split_once(' ').ok_or_else(wrong)?;
        if source.trim().is_empty() {
            return Err(wrong());
        }
        let value = value.parse().map_err(|error| format!("`{value}`: {error}"))?;
        let rate = rate.trim().parse().map_err(|error| format!("`{}`: {error}", rate.trim()))?;
        Ok(Self(Bridge { value, rate, source: source.trim().to_owned() }))
    }
}

const RECOMPUTE_HELP: &str = "\
The same bytes come out, whatever was published, corrected or withdrawn since; or it is said what differs.

Exit status:
  3  there is no such result
  7  the result is not what its inputs give
  8  the result is pinned to what this build does not have

Examples:
  strongroom factor recompute sha256:… --store ./factors
  strongroom factor recompute result.json --store ./factors";

#[derive(Debug, Args)]
#[command(after_help = RECOMPUTE_HELP)]
pub(crate) struct Recompute {
    /// The name of a result that was kept, or a file that `compute --format json` wrote
    pub(crate) result: String,
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
