//! What a calculation takes from a version.

use super::{Factor, GasBasis, ResultUnit, Version};
use crate::calculation::{Carbon, Terms, Weighting};

impl Version {
    /// What a calculation needs to know: of this version, and of the factor that it is an edition of.
    ///
    /// ```
    /// use storage_core::calculation::{Request, compute};
    /// use storage_core::factors::{
    ///     Factor, GasBasis, Interval, Licence, ResultUnit, Source, Version,
    /// };
    ///
    /// let source = Source { publisher: "DESNZ".into(), dataset: "factors".into(), ..Source::default() };
    /// let licence = Licence { name: "OGL-UK-3.0".into(), redistribute: true, attribution: None };
    /// let mut factor = Factor::new("gas".parse()?, "fuels.gas", Some("GB"), "kWh");
    /// factor.basis = Some("Gross CV".to_owned());
    /// let (id, year) = (factor.factor_id.clone(), Interval::of_year(2024)?);
    /// let version =
    ///     Version::new(id, GasBasis::Co2e, ResultUnit::Kg, source.into(), licence.into(), year);
    /// let version = version.with("co2e", "0.1829".parse()?);
    ///
    /// let request = Request::new("2".parse()?, "MWh (HHV)", "2026-03-01T09:00:00Z".parse()?);
    /// let result = compute(&request, &version.terms(&factor))?;
    /// assert_eq!(result.value.unrounded.to_string(), "365.8");
    /// assert_eq!(result.pins.version_ids, [version.id().0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn terms(&self, factor: &Factor) -> Terms {
        let weighting = match self.gas_basis {
            GasBasis::Mass => Weighting::Mass,
            // A label that nobody knows leads to no other set, as no label does.
            GasBasis::Co2e => {
                Weighting::Co2e(self.gwp_set.as_deref().and_then(|set| set.parse().ok()))
            }
        };
        let result_unit = match self.result_unit {
            ResultUnit::Kg => "kg",
            ResultUnit::G => "g",
            ResultUnit::Lb => "lb",
            ResultUnit::T => "t",
        };
        Terms {
            version_id: self.id().0,
            gases: self.gases.clone(),
            weighting,
            result_unit: result_unit.to_owned(),
            unit: match &factor.basis {
                Some(basis) => format!("{} ({basis})", factor.unit),
                None => factor.unit.clone(),
            },
            carbon: match factor.biogenic {
                Some(true) => Carbon::Biogenic,
                Some(false) | None => Carbon::Fossil,
            },
        }
    }
}
