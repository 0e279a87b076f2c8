//! What refining depends on, apart from rows and factors.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use storage_core::factors::{Catalogue, KnownAt};
use storage_core::gwp::GwpSet;

use super::Reference;

/// What refining depends on, apart from rows and factors. Its parts are recorded with what comes out.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which columns mean what.
    pub columns: Columns,
    /// The last event of the factors that counts: see [`pin`].
    pub known_at: u64,
    /// How the gases of factors that give masses are weighed. `None` rejects their rows.
    pub gwp_set: Option<GwpSet>,
    /// Whether factors that were weighed by their publisher are weighed again with `gwp_set`, and
    /// rejected where they do not tell enough for that. Else they count as published, and the column
    /// `gwp_set` says how.
    pub weigh_again: bool,
    /// Which columns name entities.
    pub entities: Vec<EntityRule>,
}

/// Which columns mean what. The default is the documented schema of activities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Whose activity it is: text.
    pub tenant: String,
    /// The factor: text.
    pub factor: String,
    /// How much: a double or a decimal. A column `<name>_text` beside it holds the source text of
    /// doubles that do not read back, and goes first.
    pub quantity: String,
    /// Of what: text.
    pub unit: String,
    /// When: a timestamp in microseconds.
    pub timestamp: String,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            tenant: "tenant_id".to_owned(),
            factor: "emission_factor_id".to_owned(),
            quantity: "quantity".to_owned(),
            unit: "unit".to_owned(),
            timestamp: "timestamp".to_owned(),
        }
    }
}

/// A column whose texts name entities of a reference table. Adds `<into>`, the id; `<into>_match`, how
/// it was found; and `<into>_<attribute>` for each attribute that is kept.
#[derive(Clone, Debug)]
pub struct EntityRule {
    /// The column of bronze. A null resolves to nothing and is no reason to reject.
    pub column: String,
    /// Where it is looked up.
    pub reference: Arc<Reference>,
    /// The name of the new column.
    pub into: String,
    /// Attributes that are taken over.
    pub keep: Vec<String>,
}

impl Options {
    /// Options for the documented columns, with factors as known up to the event `known_at`.
    pub fn new(known_at: u64) -> Self {
        Self {
            columns: Columns::default(),
            known_at,
            gwp_set: None,
            weigh_again: false,
            entities: Vec::new(),
        }
    }
}

/// The number of the last event that is known at `known_at`: what a result is pinned to.
///
/// # Errors
///
/// [`NoTag`](storage_core::factors::Error::NoTag).
pub fn pin(catalogue: &Catalogue, known_at: &KnownAt) -> Result<u64, storage_core::factors::Error> {
    Ok(catalogue.bound(known_at)?.saturating_sub(1))
}
