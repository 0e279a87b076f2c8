//! The document that says what the columns of a file mean.
//!
//! ```yaml
//! version: 1
//! rows:
//!   sheet: Factors            # of a workbook; the first one with all columns if nothing is said
//!   skip: [{column: Status, is: [draft, ""]}]
//! factor:
//!   id: "acme.{Fuel|slug}.per_{Unit|slug}"
//!   activity: "fuels.{Fuel|slug}"
//!   unit: "{Unit}"
//!   region: GB
//! figures:
//!   gases: {co2e: "{kg CO2e}"}
//!   basis: co2e
//!   gwp_set: AR5
//!   unit: kg
//! source: {publisher: Acme, dataset: "fuel book", edition: "{Edition}"}
//! licence: {name: proprietary, redistribute: false}
//! valid: "{From}/{To}"         # or one year: "{Year}"
//! ```
//!
//! Every text may have columns in it, `{Column}`, and turn them: `{Column|slug}`, `|lower`, `|upper`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::template::Template;
use crate::factors::{GasBasis, Licence};

/// What the columns of a file mean. Read it with [`parse`](Mapping::parse).
///
/// ```
/// use storage_core::factors::import::Mapping;
///
/// let document = r#"
/// version: 1
/// factor: {id: "acme.{Fuel|slug}", activity: "fuels.{Fuel|slug}", unit: kWh}
/// figures: {gases: {co2e: "{Figure}"}, basis: co2e, unit: kg}
/// source: {publisher: Acme, dataset: fuel book}
/// licence: {name: CC-BY-4.0, redistribute: true}
/// valid: "2024"
/// "#;
/// assert!(Mapping::parse(document).is_ok());
///
/// let error = Mapping::parse(&document.replace("basis: co2e", "bassis: co2e")).unwrap_err();
/// assert_eq!(error.line, Some(4));
/// ```
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) rows: Rows,
    pub(super) factor: Identity,
    pub(super) gases: BTreeMap<String, Template>,
    pub(super) basis: GasBasis,
    pub(super) gwp_set: Option<Template>,
    pub(super) unit: Template,
    pub(super) years_calculated_from: Option<Template>,
    pub(super) quality: Vec<Template>,
    pub(super) publisher: Template,
    pub(super) dataset: Template,
    pub(super) edition: Option<Template>,
    pub(super) url: Option<Template>,
    pub(super) licence: Licence,
    pub(super) valid: Template,
}

/// What of the document says what a factor is about.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) id: Template,
    pub(super) activity: Template,
    pub(super) unit: Template,
    pub(super) region: Option<Template>,
    pub(super) basis: Option<Template>,
    pub(super) scope: Option<Template>,
    pub(super) category: Option<Template>,
    pub(super) lca_boundary: Option<Template>,
    pub(super) s2_method: Option<Template>,
    pub(super) technology: Option<Template>,
    pub(super) biogenic: Option<bool>,
    pub(super) aliases: Vec<Template>,
}

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mapping cannot be used: {broken}")]
pub struct MappingError {
    /// What is wrong.
    pub broken: String,
    /// In which line, if that is known.
    pub line: Option<u64>,
}

/// Which rows are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rows {
    /// The sheet of a workbook.
    #[serde(default)]
    pub(super) sheet: Option<String>,
    /// What separates the cells of a line, one sign.
    #[serde(default)]
    pub(super) separator: Option<char>,
    /// Where the records of a JSON document are: `data.factors`.
    #[serde(default)]
    pub(super) list: Option<String>,
    /// Rows that are no factors.
    #[serde(default)]
    pub(super) skip: Vec<Skip>,
}

/// Rows that are no factors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    /// By what stands in this column.
    pub(super) column: String,
    /// If it is one of these.
    pub(super) is: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    rows: Rows,
    factor: FactorPart,
    figures: FiguresPart,
    source: SourcePart,
    licence: Licence,
    valid: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactorPart {
    id: String,
    activity: String,
    unit: String,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    basis: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    lca_boundary: Option<String>,
    #[serde(default)]
    s2_method: Option<String>,
    #[serde(default)]
    technology: Option<String>,
    #[serde(default)]
    biogenic: Option<bool>,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FiguresPart {
    gases: BTreeMap<String, String>,
    basis: GasBasis,
    #[serde(default)]
    gwp_set: Option<String>,
    unit: String,
    #[serde(default)]
    years_calculated_from: Option<String>,
    #[serde(default)]
    quality: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcePart {
    publisher: String,
    dataset: String,
    #[serde(default)]
    edition: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

impl Mapping {
    /// Reads a mapping, YAML or JSON.
    ///
    /// # Errors
    ///
    /// [`MappingError`] for what is no mapping, with the line where that is known.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let document: Document = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map(|it| it.line());
            // Its message draws the place over several lines; the first says what is wrong.
            let message = error.to_string();
            let broken = message.lines().next().unwrap_or_default();
            let broken = broken.strip_prefix("error: ").unwrap_or(broken).to_owned();
            MappingError { broken, line }
        })?;
        let broken = |broken: String| MappingError { broken, line: None };
        if document.version != 1 {
            return Err(broken(format!("it is of version {}, not 1", document.version)));
        }
        if document.rows.separator.is_some_and(|it| !it.is_ascii()) {
            return Err(broken("the separator is no ASCII sign".to_owned()));
        }
        let one = |text: &String| Template::parse(text).map_err(broken);
        let maybe = |text: &Option<String>| text.as_ref().map(one).transpose();
        let many = |texts: &[String]| texts.iter().map(one).collect::<Result<Vec<_>, _>>();
        let Document { factor, figures, source, .. } = &document;
        let mut gases = BTreeMap::new();
        for (gas, text) in &figures.gases {
            let template = one(text)?;
            if template.column().is_none() {
                return Err(broken(format!(
                    "the figure of `{gas}` is `{text}`, and not one column: `{{Column}}`"
                )));
            }
            gases.insert(gas.clone(), template);
        }
        if gases.is_empty() {
            return Err(broken("it names no gas".to_owned()));
        }
        Ok(Self {
            factor: Identity {
                id: one(&factor.id)?,
                activity: one(&factor.activity)?,
                unit: one(&factor.unit)?,
                region: maybe(&factor.region)?,
                basis: maybe(&factor.basis)?,
                scope: maybe(&factor.scope)?,
                category: maybe(&factor.category)?,
                lca_boundary: maybe(&factor.lca_boundary)?,
                s2_method: maybe(&factor.s2_method)?,
                technology: maybe(&factor.technology)?,
                biogenic: factor.biogenic,
                aliases: many(&factor.aliases)?,
            },
            gases,
            basis: figures.basis,
            gwp_set: maybe(&figures.gwp_set)?,
            unit: one(&figures.unit)?,
            years_calculated_from: maybe(&figures.years_calculated_from)?,
            quality: many(&figures.quality)?,
            publisher: one(&source.publisher)?,
            dataset: one(&source.dataset)?,
            edition: maybe(&source.edition)?,
            url: maybe(&source.url)?,
            valid: one(&document.valid)?,
            licence: document.licence,
            rows: document.rows,
        })
    }

    /// All columns that it names, sorted.
    pub(super) fn columns(&self) -> Vec<&str> {
        let factor = &self.factor;
        let always = [&factor.id, &factor.activity, &factor.unit, &self.unit, &self.valid];
        let maybe = [
            &factor.region,
            &factor.basis,
            &factor.scope,
            &factor.category,
            &factor.lca_boundary,
            &factor.s2_method,
            &factor.technology,
            &self.gwp_set,
            &self.years_calculated_from,
            &self.edition,
            &self.url,
        ];
        let templates = always
            .into_iter()
            .chain([&self.publisher, &self.dataset])
            .chain(maybe.into_iter().flatten())
            .chain(self.gases.values())
            .chain(&factor.aliases)
            .chain(&self.quality);
        let mut columns: Vec<_> = templates.flat_map(Template::columns).collect();
        columns.extend(self.rows.skip.iter().map(|it| it.column.as_str()));
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
