//! Reading what publishers publish: bytes in, candidates and refused rows out.
//!
//! Nothing is guessed. A cell that is no number becomes an absence or a refused row with its number, its
//! column and what stood there; a file whose layout is not recognised is refused as a whole.
//!
//! | [`Layout`] | what it reads |
//! |---|---|
//! | [`Uk`](Layout::Uk) | flat file of the UK Government GHG Conversion Factors, xlsx or csv |
//! | [`Epa`](Layout::Epa) | US EPA Emission Factors Hub, stationary combustion |
//! | [`Egrid`](Layout::Egrid) | US EPA eGRID, total output rates by state, subregion or country |
//! | [`Ember`](Layout::Ember) | carbon intensity of electricity by area and year |
//! | [`Mapped`](Layout::Mapped) | any table or list of records, with a [`Mapping`] |
//!
//! ```
//! use storage_core::factors::import::{Layout, Options, read};
//!
//! let file = "Scope,Level 1,Level 2,Level 3,Level 4,Column Text,UOM,GHG/Unit,GHG Conversion Factor 2024
//! Scope 1,Fuels,Gaseous fuels,Butane,,,litres,kg CO2e,1.74532
//! Scope 1,Fuels,Gaseous fuels,Butane,,,litres,kg CO2e of CH4 per unit,0.00144
//! Scope 1,Fuels,Gaseous fuels,Propane,,,litres,kg CO2e,1e3
//! ";
//! let read = read(file.as_bytes(), &Layout::Uk, &Options::default())?;
//! let candidate = &read.candidates[0];
//! assert_eq!(candidate.factor.factor_id.as_str(), "defra.fuels.gaseous_fuels.butane.per_litres");
//! assert_eq!(candidate.version.gases["ch4"].to_string(), "0.00144");
//! assert_eq!(candidate.version.gwp_set.as_deref(), Some("AR5"));
//!
//! let refused = &read.refused[0];
//! assert_eq!((refused.row, refused.found.as_str()), (4, "1e3"));
//! # Ok::<(), storage_core::factors::import::Error>(())
//! ```

mod egrid;
mod ember;
mod epa;
mod error;
mod json;
mod mapped;
mod mapping;
mod reading;
mod table;
mod template;
mod uk;
mod words;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{Candidate, Interval, Licence, Source};
use crate::Digest;
use reading::Reading;
use table::tables;

pub use error::Error;
pub use mapping::{Mapping, MappingError};

/// The most bytes of a file; published ones have at most 20 MiB.
pub const MOST_BYTES: usize = 256 << 20;

/// How a file is laid out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Layout {
    /// The flat file of the UK Government GHG Conversion Factors for Company Reporting.
    Uk,
    /// The US EPA GHG Emission Factors Hub: tables of stationary combustion.
    Epa,
    /// US EPA eGRID: a sheet of states, subregions or the country.
    Egrid,
    /// Carbon intensity by area and year, as Ember publishes it.
    Ember,
    /// Whatever the mapping says.
    Mapped(Box<Mapping>),
}

/// What the file does not say itself, or says wrongly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Which edition it is. Must not contradict the file.
    pub edition: Option<String>,
    /// For which days its figures are valid, instead of what the layout says; rows of
    /// [`Ember`](Layout::Ember) that name their year keep it.
    pub valid: Option<Interval>,
    /// With which potentials it was weighted, instead of what is known of the edition.
    pub gwp_set: Option<String>,
    /// Under which terms it may be used, instead of those that are known of the publisher.
    pub licence: Option<Licence>,
    /// Where it was found.
    pub url: Option<String>,
    /// When it was fetched.
    pub accessed_at: Option<DateTime<Utc>>,
    /// When it was published.
    pub published_at: Option<NaiveDate>,
    /// Whether a figure may lie below zero: credits, removals.
    pub may_be_negative: bool,
}

/// What was found in a file.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// What can be held against a store, in order of the file.
    pub candidates: Vec<Candidate>,
    /// Rows from which nothing was taken, and why, in order of the file.
    pub refused: Vec<Refused>,
    /// What a reader should know about the file as a whole.
    pub notes: Vec<String>,
}

/// A row from which nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The sheet, in a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The row of the sheet, the line of the text, or the record of the list, from 1.
    pub row: u64,
    /// In which column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What kind of reason; stable.
    pub code: &'static str,
    /// Why.
    pub reason: String,
    /// What stood there, at most 80 characters of it.
    pub found: String,
}

/// Reads a file.
///
/// # Errors
///
/// [`Error`] if the file as a whole cannot be understood. A row that cannot is no error, but in
/// [`Read::refused`].
pub fn read(bytes: &[u8], layout: &Layout, options: &Options) -> Result<Read, Error> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::TooLarge { what: "bytes", most: MOST_BYTES as u64 });
    }
    let digest = Digest::of(bytes);
    let mut reading = Reading::new(options, digest);
    match layout {
        Layout::Uk => uk::read(&tables(bytes, None)?, &mut reading)?,
        Layout::Epa => epa::read(&tables(bytes, None)?, &mut reading)?,
        Layout::Egrid => egrid::read(&tables(bytes, None)?, &mut reading)?,
        Layout::Ember => ember::read(&tables(bytes, None)?, &mut reading)?,
        Layout::Mapped(mapping) => mapped::read(bytes, mapping, &mut reading)?,
    }
    let mut read = reading.read;
    read.refused.sort_by(|a, b| (&a.sheet, a.row).cmp(&(&b.sheet, b.row)));
    Ok(read)
}

impl Options {
    /// The source of the figures of one file.
    fn source(
        &self,
        publisher: &str,
        dataset: &str,
        edition: Option<String>,
        file: Digest,
    ) -> Arc<Source> {
        Arc::new(Source {
            publisher: publisher.to_owned(),
            dataset: dataset.to_owned(),
            edition: edition.or_else(|| self.edition.clone()),
            url: self.url.clone(),
            file_sha256: Some(file),
            accessed_at: self.accessed_at,
            published_at: self.published_at,
        })
    }

    /// The licence that was said, or the publisher's.
    fn licence(&self, name: &str, attribution: Option<&str>) -> Arc<Licence> {
        Arc::new(self.licence.clone().unwrap_or_else(|| Licence {
            name: name.to_owned(),
            redistribute: true,
            attribution: attribution.map(str::to_owned),
        }))
    }
}
