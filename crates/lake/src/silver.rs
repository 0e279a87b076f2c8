//! Bronze becomes silver: entities resolved, units made comparable, emissions calculated and pinned.
//!
//! Every row of bronze ends in exactly one place: among the accepted rows, with the version of the
//! factor that counted on the day of the activity and everything else a reader needs to calculate it
//! again; or among the rejects, with the reason. What a factor, a unit or a day means is asked of
//! [`storage_core`]; here a row costs a few lookups and a multiplication of whole numbers.
//!
//! Columns that are added:
//!
//! | column | meaning |
//! | --- | --- |
//! | `<into>`, `<into>_match`, `<into>_<attribute>` | what a [reference table](Reference) says of a column |
//! | `factor_id` | the factor, also where an alias led to it |
//! | `scope` | 1, 2 or 3, where the factor says exactly one |
//! | `scope2_method` | `location`, `market`, `residual`, where the factor says so |
//! | `category`, `activity`, `region` | of the factor |
//! | `canonical_quantity`, `canonical_unit` | the quantity in the one unit for everything that measures the same, rounded to 12 places |
//! | `emissions_kg` | kilograms of CO2e, rounded once to 12 places, half way to the even digit |
//! | `emissions_exact` | the same before rounding, where that is another value: all digits, or the first 40 of a number without end |
//! | `outside_scopes_kg`, `outside_scopes_exact` | CO2 from plants, in the same way; never part of `emissions_kg` |
//! | `factor_version`, `factor_known_at` | the version by its digest, and the last event of the factors that counted |
//! | `gwp_set`, `gwp_table`, `unit_table`, `method`, `code_version` | what else the result is pinned to |
//! | `restates_known_at`, `restates_factor_version`, `restates_kg` | what the row said before it was calculated once more |
//! | `_bronze_file` | the file of bronze; `_file` and `_line` still say where the row stood in the raw zone |

pub(crate) mod columns;
mod error;
mod options;
mod quantity;
pub(crate) mod rate;
mod reference;
mod refiner;
mod reject;
mod rejects;
mod report;
mod resolver;

use arrow::record_batch::RecordBatch;
use storage_core::factors::Catalogue;

pub use error::Error;
pub use options::{Columns, EntityRule, Options, pin};
pub(crate) use rate::PLACES;
pub use reference::{Ambiguous, Match, Reference, Resolved, Suggestion};
pub use refiner::Refiner;
pub use reject::Code;
pub use report::{Report, Unresolved};

/// The column that says which file of bronze a row comes from.
pub(crate) const BRONZE_FILE: &str = "_bronze_file";

/// What became of a batch: each of its rows is in one of the two.
#[derive(Clone, Debug)]
pub struct Refined {
    /// Rows of silver, in the order of bronze.
    pub accepted: RecordBatch,
    /// Rows without an answer, in the order of bronze: its columns, and `_column`, `_code`, `_detail`
    /// and `_bronze_file`. So they can be refined again.
    pub rejects: RecordBatch,
    /// How many, and why.
    pub report: Report,
}

/// Refines one batch. Whoever has many keeps a [`Refiner`], which remembers what it looked up.
///
/// # Errors
///
/// [`Error::ColumnMissing`] and [`Error::ColumnType`] for a batch that is not as the options say,
/// [`Error::ColumnTwice`] for one that has a column which would be added, [`Error::Factors`] when a
/// factor is not what it was.
pub fn refine(
    batch: &RecordBatch,
    catalogue: &Catalogue,
    options: &Options,
    bronze_file: &str,
) -> Result<Refined, Error> {
    Refiner::new(options.clone()).refine(catalogue, batch, bronze_file)
}
