//! A report as programs are told about it.

use serde_json::{Value, json};
use storage_core::reports::State;

use super::Reports;
use crate::ledger::stamp;

impl Reports {
    /// Everything that is known of a report at this moment, as JSON. Members may be added.
    ///
    /// `until` is the moment from which on nothing protects it, or null while nobody knows; `waits_for`
    /// names the events that have to be known for that; `governed_by` says why in words.
    pub fn describe(&self, state: &State) -> Value {
        let (manifest, retention) = (&state.manifest, &state.retention);
        let report = state.report();
        let now = self.options.clock.now();
        let until = retention.until().ok().and_then(|it| it.moment()).map(stamp);
        let governed_by = match retention.governing() {
            Ok(governing) => governing.to_string(),
            Err(error) => error.to_string(),
        };
        let waits_for: Vec<_> = retention.waits_for().iter().map(ToString::to_string).collect();
        let holds: Vec<_> = retention.holds().in_force().collect();
        let fixity = state.fixity.as_ref().map(|(at, fixity)| {
            json!({
                "at": stamp(*at),
                "intact": fixity.is_intact(),
                "files": fixity.files,
                "bytes": fixity.bytes,
                "failed": fixity.failed,
            })
        });
        json!({
            "report": report.to_string(),
            "type": report.report_type,
            "tenant": report.tenant,
            "period": report.period,
            "id": report.id,
            "status": state.status(now),
            "archived_at": stamp(manifest.archived_at),
            "archived_by": manifest.archived_by,
            "sealed": manifest.is_sealed(),
            "timestamps": state.timestamps.len(),
            "key_destroyed": state.key_destroyed.map(stamp),
            "files": manifest.files,
            "metadata": manifest.metadata,
            "size_bytes": manifest.size_bytes(),
            "mode": retention.mode(),
            "zone": retention.place(),
            "until": until,
            "governed_by": governed_by,
            "waits_for": waits_for,
            "extended_until": retention.extended_until().map(stamp),
            "duties": retention.duties(),
            "holds": holds,
            "amends": manifest.amends.as_ref().map(ToString::to_string),
            "amended_by": state.amended_by,
            "idempotency_key": manifest.idempotency_key,
            "acts": state.events.len(),
            "fixity": fixity,
            "manifest_sha256": state.manifest_sha256,
            "certificate": state.disposed,
        })
    }
}
