//! The lake. Answers cross as JSON, tables through the Arrow C data interface.

mod raw;
mod session;
mod store;
mod zones;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ::lake::bronze::MaskKeys;
use ::lake::schema::Document;
use ::lake::tokens::Vault;
use platform::body_keys::LocalKey;
use platform::store::Store;
use pyo3::prelude::*;

use crate::error::Problem;

/// The lake.
#[pymodule(gil_used = false)]
pub(crate) mod lake {
    #[pymodule_export]
    use super::raw::{discover, replay};
    #[pymodule_export]
    use super::session::{Session, work};
    #[pymodule_export]
    use super::store::Lake;
    #[pymodule_export]
    use super::zones::{ZoneSession, aggregate, refine};

    /// The schema document of activities that comes with strongroom.
    #[pymodule_export]
    const ACTIVITY: &str = ::lake::schema::ACTIVITY;
}

/// What is said when what the package spelled cannot be read.
const INPUT: &str = "lake.input_invalid";

/// The keys of masks, by name.
fn mask_keys(keys: BTreeMap<String, Vec<u8>>) -> MaskKeys {
    let mut all = MaskKeys::default();
    for (name, key) in keys {
        all.add(name, key);
    }
    all
}

/// Where what tokens stand for is kept: the place, and the file of the key that seals it.
type TokenPlace = (Option<String>, Option<PathBuf>);

/// Opens that place, if there is one.
async fn vault(place: TokenPlace) -> Result<Option<Vault>, Problem> {
    match place {
        (None, None) => Ok(None),
        (Some(url), Some(key)) => {
            let key = LocalKey::read(&key)?;
            Ok(Some(Vault::new(&Store::open(&url).await?, Arc::new(key))))
        }
        _ => Err(Problem::invalid(INPUT, "`tokens` and `application_key` go together")),
    }
}

/// Reads a schema document, with everything that is wrong with it.
fn document(text: &str) -> Result<Document, Problem> {
    Document::parse(text).map_err(|findings| {
        let all: Vec<_> = findings.iter().map(ToString::to_string).collect();
        Problem::invalid("lake.schema_invalid", all.join("; "))
    })
}
