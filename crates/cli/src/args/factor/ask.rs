//! What was typed after the commands of `strongroom factor` that ask.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use storage_core::factors::{Interval, KnownAt, S2Method, VersionId};

use super::Place;
use crate::args::Plain;

/// At which day, and as it was known when.
#[derive(Debug, Args)]
pub(crate) struct When {
    /// The day for which the figure has to be valid [default: today, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) valid_at: Option<NaiveDate>,
    /// As it was known then: the number of an event, a moment (RFC 3339), or a tag
    #[arg(long, value_name = "SEQ|MOMENT|TAG", default_value = "now")]
    pub(crate) known_at: KnownAt,
}

const GET_HELP: &str = "\
A name of a version is `sha256:` and 64 digits; days and knowledge do not matter to it. Nothing is ever
taken instead of what was asked for: see `strongroom factor resolve` for that.

Exit status:
  3  no version counts: not known, not valid on that day, or withdrawn
  7  what is stored is not what was put

Examples:
  strongroom factor get grid/example --store ./factors --valid-at 2024-05-01
  strongroom factor get grid/example --store ./factors --valid-at 2024-05-01 --known-at 2025-02-01T00:00:00Z";

#[derive(Debug, Args)]
#[command(after_help = GET_HELP)]
pub(crate) struct Get {
    /// The name of a factor, or of a version
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// What the figure is for. What is left out is not asked for.
#[derive(Debug, Default, Args)]
pub(crate) struct Purpose {
    /// The activity, as the factors spell it
    #[arg(long)]
    pub(crate) activity: Option<String>,
    /// The region, as the factors spell it
    #[arg(long, requires = "activity")]
    pub(crate) region: Option<String>,
    /// The unit of the activity
    #[arg(long = "per", value_name = "UNIT", requires = "activity")]
    pub(crate) unit: Option<String>,
    /// What the unit refers to: `HHV`, `LHV`. Left out, only factors that say nothing about it are found
    #[arg(long, requires = "activity")]
    pub(crate) basis: Option<String>,
    /// A publisher or a dataset it may be of; may be repeated [default: any]
    #[arg(long, requires = "activity")]
    pub(crate) source: Vec<String>,
    /// The warming potentials it was weighted with by its publisher
    #[arg(long, value_name = "SET", requires = "activity")]
    pub(crate) gwp_set: Option<String>,
    /// What of the life cycle it counts
    #[arg(long, value_name = "NAME", requires = "activity")]
    pub(crate) boundary: Option<String>,
    /// Which question of scope 2 it answers
    #[arg(long, value_enum, requires = "activity")]
    pub(crate) method: Option<Method>,
    /// The technology
    #[arg(long, requires = "activity")]
    pub(crate) technology: Option<String>,
    /// A mark of quality it must not have; may be repeated
    #[arg(long, value_name = "MARK", requires = "activity")]
    pub(crate) without_mark: Vec<String>,
    /// Only figures that may be handed on
    #[arg(long, requires = "activity")]
    pub(crate) redistributable: bool,
    #[command(flatten)]
    pub(crate) instead: Instead,
}

/// What may be taken instead. Nothing, unless it is said.
#[derive(Debug, Default, Args)]
pub(crate) struct Instead {
    /// Another region that may be taken; may be repeated, and is tried in this order
    #[arg(long, value_name = "REGION", requires = "activity")]
    pub(crate) fallback_region: Vec<String>,
    /// Take the latest figure before the day, at most so many years back
    #[arg(long, value_name = "N", requires = "activity", conflicts_with = "uk_period")]
    pub(crate) earlier_years: Option<u32>,
    /// Take the edition that the rule of the United Kingdom names for this period of reporting
    #[arg(long, value_name = "FROM/TO", requires = "activity")]
    pub(crate) uk_period: Option<Interval>,
    /// Of several that fit equally well take the newest, and of those the highest
    #[arg(long, requires = "activity")]
    pub(crate) newest_then_highest: bool,
}

/// Which question of scope 2 a figure answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// The average of the grid
    Location,
    /// What was bought
    Market,
    /// What is left after what was bought
    Residual,
    /// What one more unit causes; not for footprints
    Marginal,
}

impl From<Method> for S2Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Location => Self::Location,
            Method::Market => Self::Market,
            Method::Residual => Self::Residual,
            Method::Marginal => Self::Marginal,
        }
    }
}

const RESOLVE_HELP: &str = "\
Nothing is taken instead of anything unless one of the options says so, and every step that was taken
is printed. A figure of another boundary, another method of scope 2, another basis (HHV, LHV) or another
basis of gases is never taken.

Exit status:
  3  nothing fits; what nearly fits is named
  4  several fit equally well

Examples:
  strongroom factor resolve --activity electricity.grid --region XA --store ./factors --valid-at 2024-05-01
  strongroom factor resolve --activity electricity.grid --region XB --fallback-region WORLD \\
    --earlier-years 2 --store ./factors --format json";

#[derive(Debug, Args)]
#[command(after_help = RESOLVE_HELP)]
pub(crate) struct Resolve {
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const HISTORY_HELP: &str = "\
Without `--days` every act on the factor is printed, in the order in which it was recorded. With it: what
counts on which days, as it was known at `--known-at`.

Examples:
  strongroom factor history grid/example --store ./factors
  strongroom factor history grid/example --store ./factors --days --known-at 2";

#[derive(Debug, Args)]
#[command(after_help = HISTORY_HELP)]
pub(crate) struct History {
    /// The name of a factor
    pub(crate) name: String,
    /// Print what counts on which days, instead of what was done when
    #[arg(long)]
    pub(crate) days: bool,
    /// As it was known then: the number of an event, a moment (RFC 3339), or a tag
    #[arg(long, value_name = "SEQ|MOMENT|TAG", default_value = "now", requires = "days")]
    pub(crate) known_at: KnownAt,
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write the history
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const DIFF_HELP: &str = "\
`changed` has other figures, or the same ones meant in another sense. `restated` has the same figures, and
something else is said about them: the days, the source, the licence. Without a day, the latest days on
which a factor counts are compared, for each factor by itself.

Examples:
  strongroom factor diff example-2023 example-2024 --store ./factors
  strongroom factor diff 3 now --store ./factors --valid-at 2024-05-01
  strongroom factor diff now now --store ./factors --valid-at 2024-05-01 --to-valid-at 2025-05-01";

#[derive(Debug, Args)]
#[command(after_help = DIFF_HELP)]
pub(crate) struct Diff {
    /// What was known first: the number of an event, a moment (RFC 3339), a tag, or `now`
    pub(crate) from: KnownAt,
    /// What was known then
    #[arg(default_value = "now")]
    pub(crate) to: KnownAt,
    /// Compare what counts on this day
    #[arg(long, value_name = "DATE")]
    pub(crate) valid_at: Option<NaiveDate>,
    /// Another day for the second
    #[arg(long, value_name = "DATE", requires = "valid_at")]
    pub(crate) to_valid_at: Option<NaiveDate>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write the differences
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct ImpactOf {
    /// The name of a version
    pub(crate) version: VersionId,
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write the names of the results
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const EXPORT_HELP: &str = "\
One line of JSON for each version and the days on which it counts; `strongroom factor put` reads such
lines. What licences do not allow to hand on is left out and counted, by licence, on standard error.

Examples:
  strongroom factor export --store ./factors --known-at example-2024 > factors.ndjson
  strongroom factor export --store ./factors --licence CC0-1.0 --output factors.ndjson";

#[derive(Debug, Args)]
#[command(after_help = EXPORT_HELP)]
pub(crate) struct ExportFactors {
    /// As it was known then: the number of an event, a moment (RFC 3339), or a tag
    #[arg(long, value_name = "SEQ|MOMENT|TAG", default_value = "now")]
    pub(crate) known_at: KnownAt,
    /// Only figures under this licence, if it lets them be handed on; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) licence: Vec<String>,
    /// Everything, for what does not leave the house
    #[arg(long, conflicts_with = "licence")]
    pub(crate) all_licences: bool,
    /// Where to write the lines, to a file that does not exist yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}
