//! Reports as they are typed: `csrd/acme/2026/6f1c…`, or without the period.

use std::fmt;
use std::str::FromStr;

use storage_core::reports::{Period, ReportId, ReportType, TenantId};

/// A report; its period need not be known.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) report_type: ReportType,
    pub(crate) tenant: TenantId,
    pub(crate) period: Option<Period>,
    pub(crate) id: ReportId,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').collect();
        let (report_type, tenant, period, id) = match parts[..] {
            [report_type, tenant, period, id] => (report_type, tenant, Some(period), id),
            [report_type, tenant, id] => (report_type, tenant, None, id),
            _ => return Err("write `type/tenant/period/id` or `type/tenant/id`".to_owned()),
        };
        let read = || {
            Ok(Self {
                report_type: report_type.parse()?,
                tenant: tenant.parse()?,
                period: period.map(str::parse).transpose()?,
                id: id.parse()?,
            })
        };
        read().map_err(|error: storage_core::reports::Error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report_type, tenant, period, id } = self;
        match period {
            Some(period) => write!(f, "{report_type}/{tenant}/{period}/{id}"),
            None => write!(f, "{report_type}/{tenant}/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_name_is_taken() {
        let id = "6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de";
        for right in [format!("csrd/acme/2026/{id}"), format!("csrd/acme/{id}")] {
            assert_eq!(right.parse::<Target>().unwrap().to_string(), right);
        }
        for wrong in ["", id, "csrd/acme", "csrd/acme/2026", "csrd/acme/6f1c", "CSRD/acme/6f1c"] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
        assert!(format!("csrd/acme/eu/2026/{id}").parse::<Target>().is_err());
    }
}
