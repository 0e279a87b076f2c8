//! The one spelling of a version, which is hashed and stored.
//!
//! Canonical JSON (RFC 8785): the members stand here in their order, all of them are texts, lists or
//! truth values. Source and licence are named by the digests of what they say, so that they are
//! written once and the name of a version covers them nevertheless.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    GasBasis, Licence, ResultUnit, Source, Uncertainty, UncertaintyKind, Version, VersionId,
};
use crate::factors::{Error, FactorId, Interval};
use crate::{Decimal, Digest};

/// What stands before the bytes of a version when they are hashed.
const VERSION: &[u8] = b"strongroom/factor-version/1\n";
const SOURCE: &[u8] = b"strongroom/factor-source/1\n";
const LICENCE: &[u8] = b"strongroom/factor-licence/1\n";

/// A version as it is written. The order of the members is that of RFC 8785.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    absent: Cow<'a, BTreeMap<String, String>>,
    #[serde(borrow)]
    factor_id: Cow<'a, str>,
    gas_basis: GasBasis,
    #[serde(borrow)]
    gases: Cow<'a, BTreeMap<String, Decimal>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    gwp_set: Option<Cow<'a, str>>,
    licence: Digest,
    #[serde(default, skip_serializing_if = "super::is_false")]
    may_be_negative: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    quality: Vec<Cow<'a, str>>,
    result_unit: ResultUnit,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Cow<'a, str>>,
    source: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uncertainty: Option<Spread>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    years_calculated_from: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spread {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<Decimal>,
    kind: UncertaintyKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<Decimal>,
}

/// The name of the version that is written as `line`.
pub(in crate::factors) fn id_of(line: &[u8]) -> VersionId {
    VersionId(Digest::of_parts([VERSION, line]))
}

/// The digest of what a source says.
pub(in crate::factors) fn source_digest(source: &Source) -> Digest {
    digest(SOURCE, source)
}

/// The digest of what a licence says.
pub(in crate::factors) fn licence_digest(licence: &Licence) -> Digest {
    digest(LICENCE, licence)
}

fn digest(domain: &[u8], value: &impl Serialize) -> Digest {
    let bytes = crate::canonical_json(value).expect("texts, truth values and nothing else");
    Digest::of_parts([domain, &bytes])
}

impl Version {
    /// The bytes that are hashed and stored.
    pub fn line(&self) -> Vec<u8> {
        self.line_naming(source_digest(&self.source), licence_digest(&self.licence))
    }

    /// The same where the digests of the source and the licence are known.
    pub(in crate::factors) fn line_naming(&self, source: Digest, licence: Digest) -> Vec<u8> {
        let line = Line {
            absent: Cow::Borrowed(&self.absent),
            factor_id: self.factor_id.as_str().into(),
            gas_basis: self.gas_basis,
            gases: Cow::Borrowed(&self.gases),
            gwp_set: self.gwp_set.as_deref().map(Cow::from),
            licence,
            may_be_negative: self.may_be_negative,
            quality: self.quality.iter().map(|it| it.as_str().into()).collect(),
            result_unit: self.result_unit,
            rows: self.rows.iter().map(|it| it.as_str().into()).collect(),
            source,
            uncertainty: self.uncertainty.clone().map(|it| Spread {
                high: it.high,
                kind: it.kind,
                level: it.level,
                low: it.low,
            }),
            valid_from: self.valid.from(),
            valid_to: self.valid.to(),
            years_calculated_from: self.years_calculated_from.as_deref().map(Cow::from),
        };
        serde_json::to_vec(&line).expect("a version is plain data")
    }

    /// Reads what [`line`](Self::line) wrote. `source` and `licence` give what a digest names.
    pub(in crate::factors) fn from_line(
        line: &[u8],
        source: impl FnOnce(&Digest) -> Option<Arc<Source>>,
        licence: impl FnOnce(&Digest) -> Option<Arc<Licence>>,
    ) -> Result<Self, String> {
        let read: Line<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let missing = |what: &str, digest: &Digest| format!("the {what} `{digest}` is missing");
        let factor_id: FactorId =
            read.factor_id.parse().map_err(|error: Error| error.to_string())?;
        let valid = Interval::new(read.valid_from, read.valid_to);
        let owned = |text: Cow<'_, str>| text.into_owned();
        Ok(Self {
            factor_id,
            gases: read.gases.into_owned(),
            absent: read.absent.into_owned(),
            gas_basis: read.gas_basis,
            gwp_set: read.gwp_set.map(owned),
            result_unit: read.result_unit,
            may_be_negative: read.may_be_negative,
            uncertainty: read.uncertainty.map(|it| Uncertainty {
                kind: it.kind,
                low: it.low,
                high: it.high,
                level: it.level,
            }),
            quality: read.quality.into_iter().map(owned).collect(),
            years_calculated_from: read.years_calculated_from.map(owned),
            source: source(&read.source).ok_or_else(|| missing("source", &read.source))?,
            rows: read.rows.into_iter().map(owned).collect(),
            licence: licence(&read.licence).ok_or_else(|| missing("licence", &read.licence))?,
            valid: valid.map_err(|error| error.to_string())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Version {
        let source = Source {
            publisher: "Größen & Söhne".to_owned(),
            dataset: "set".to_owned(),
            edition: Some("2024 \"v1.1\"".to_owned()),
            url: None,
            file_sha256: Some(Digest::of(b"file")),
            accessed_at: None,
            published_at: NaiveDate::from_ymd_opt(2024, 7, 8),
        };
        let licence =
            Licence { name: "OGL-UK-3.0".to_owned(), redistribute: true, attribution: None };
        let valid = Interval::of_year(2024).unwrap();
        let id = "a/b".parse().unwrap();
        let (source, licence) = (source.into(), licence.into());
        let mut version = Version::new(id, GasBasis::Co2e, ResultUnit::Kg, source, licence, valid);
        version = version.with("co2e", "2.5200000000000005".parse().unwrap());
        version.absent.insert("n2o".to_owned(), "< 1".to_owned());
        version.gwp_set = Some("AR5".to_owned());
        version.may_be_negative = true;
        version.quality.extend(["b".to_owned(), "a\u{1}".to_owned()]);
        version.rows = vec!["1_100_1000_15_1".to_owned()];
        version.years_calculated_from = Some("2021".to_owned());
        version.uncertainty = Some(Uncertainty {
            kind: UncertaintyKind::Percent,
            low: Some("5".parse().unwrap()),
            high: Some("5.0".parse().unwrap()),
            level: Some("95".parse().unwrap()),
        });
        version
    }

    #[test]
    fn the_line_of_a_version_is_canonical_and_reads_back() {
        let version = full();
        let line = version.line();
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(line, crate::canonical_json(&value).unwrap());
        let (source, licence) = (version.source.clone(), version.licence.clone());
        let back = Version::from_line(&line, |_| Some(source), |_| Some(licence)).unwrap();
        assert_eq!(back, version);
        assert_eq!(back.gases["co2e"].to_string(), "2.5200000000000005");
        assert_eq!(back.line(), line);
    }

    #[test]
    fn the_name_covers_every_member() {
        let version = full();
        let mut names = vec![version.id()];
        let mut other = |change: fn(&mut Version)| {
            let mut version = full();
            change(&mut version);
            names.push(version.id());
        };
        other(|it| it.factor_id = "b".parse().unwrap());
        other(|it| _ = it.gases.insert("co2e".to_owned(), "2.52".parse().unwrap()));
        other(|it| _ = it.gases.insert("co2e".to_owned(), "2.52000000000000050".parse().unwrap()));
        other(|it| it.absent.clear());
        other(|it| it.gas_basis = GasBasis::Mass);
        other(|it| it.gwp_set = Some("AR4".to_owned()));
        other(|it| it.gwp_set = None);
        other(|it| it.result_unit = ResultUnit::G);
        other(|it| it.may_be_negative = false);
        other(|it| it.uncertainty = None);
        other(|it| it.quality.clear());
        other(|it| it.years_calculated_from = None);
        other(|it| it.rows.clear());
        other(|it| it.valid = Interval::of_year(2023).unwrap());
        other(|it| it.valid = Interval::open(it.valid.from()).unwrap());
        other(|it| Arc::make_mut(&mut it.licence).redistribute = false);
        other(|it| Arc::make_mut(&mut it.source).edition = None);
        other(|it| Arc::make_mut(&mut it.source).published_at = None);
        other(|it| Arc::make_mut(&mut it.source).file_sha256 = None);
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
