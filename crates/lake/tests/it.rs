//! The lake, from outside.

#[cfg(test)]
mod it {
    mod bronze;
    mod catalog;
    mod commits;
    mod compact;
    mod crashes;
    mod distributed;
    mod formats;
    mod gold;
    mod ingest;
    mod making;
    mod pure;
    #[cfg(feature = "sql")]
    mod query;
    mod retain;
    mod retain_plan;
    mod rules;
    mod silver;
    mod zones;
}
