//! The lake, from outside.

#[cfg(test)]
mod it {
    mod bronze;
    mod catalog;
    mod commits;
    mod compact;
    mod crashes;
    mod discover;
    mod distributed;
    mod forged;
    mod formats;
    mod gold;
    mod hostile;
    mod ingest;
    mod making;
    mod promises;
    mod pure;
    #[cfg(feature = "sql")]
    mod query;
    mod replay;
    mod retain;
    mod retain_plan;
    mod retain_race;
    mod rules;
    mod silver;
    mod tokens;
    mod zones;
    mod zones_apart;
}
