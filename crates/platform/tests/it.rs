//! What this crate promises, tested from outside.

#[cfg(test)]
mod it {
    mod acts;
    mod artifacts;
    mod artifacts_aside;
    mod bags;
    mod body_keys;
    mod clamd;
    mod conformance;
    mod doctor;
    mod factors_faults;
    mod factors_find;
    #[cfg(feature = "redis")]
    mod factors_redis;
    mod factors_releases;
    mod factors_time;
    mod figures;
    mod killed;
    mod ledger_faults;
    mod ledger_lanes;
    mod ledger_stops;
    mod ledger_writers;
    mod local;
    mod logs;
    mod making;
    mod metric_names;
    mod numbered;
    #[cfg(feature = "redis")]
    mod redis_server;
    mod reports;
    mod search;
    mod store;
    mod store_ids;
    mod subjects;
    mod tracing_layer;
    mod verify_cosigned;
    mod verify_export;
    mod verify_honest;
    mod verify_ledger;
    mod verify_notes;
    mod verify_part;
    mod verify_prove;
    mod verify_pruned;
    mod verify_tampered;
    mod weak;
}
