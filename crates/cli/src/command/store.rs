//! `store doctor`

use std::fmt::Write as _;

use platform::store::doctor::{Diagnosis, Options, Outcome, examine};
use platform::store::{Conditions, Store as Place};

use crate::args::{Doctor, Plain, Store};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Store) -> Result<Status> {
    match arguments {
        Store::Doctor(it) => doctor(it),
    }
}

fn doctor(arguments: &Doctor) -> Result<Status> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut options = Options::default();
    options.writers = arguments.writers.into();
    options.keys = arguments.races.into();
    let found = runtime.block_on(async {
        let store = Place::open(&arguments.url).await?;
        Ok::<_, Error>(examine(&store, &options).await)
    })?;
    let diagnosis = match found {
        Ok(diagnosis) => diagnosis,
        Err(error) => {
            output::complain(&Error::from(error));
            return Ok(Status::Unverified);
        }
    };
    output::data(&match arguments.format {
        Plain::Human => human(&diagnosis),
        Plain::Json => {
            serde_json::to_string_pretty(&diagnosis).expect("a diagnosis is JSON") + "\n"
        }
    })?;
    Ok(if diagnosis.is_fit() { Status::Fine } else { Status::Findings })
}

fn human(diagnosis: &Diagnosis) -> String {
    let verdict = match diagnosis.conditions {
        Some(Conditions::Atomic) => "atomic",
        Some(Conditions::OldestVersion) => "oldest-version",
        None => "unfit",
    };
    let mut text = format!("{}\n{verdict}: {}\n", diagnosis.location, diagnosis.reason);
    match diagnosis.round_trips_per_append {
        Some(1) => text.push_str("an append costs 1 round trip\n\n"),
        Some(several) => {
            writeln!(text, "an append costs {several} round trips\n").expect("a text grows");
        }
        None => text.push_str("no ledger can be kept here\n\n"),
    }
    for check in &diagnosis.checks {
        let outcome = match check.outcome {
            Outcome::Kept => "kept",
            Outcome::Absent => "absent",
            Outcome::Broken => "BROKEN",
        };
        writeln!(text, "{outcome:8}{:18}{}", check.name, check.seen).expect("a text grows");
        if let Some(remedy) = &check.remedy {
            writeln!(text, "{:26}-> {remedy}", "").expect("a text grows");
        }
    }
    if let Some(left) = &diagnosis.left_behind {
        writeln!(text, "\nleft behind: {left}").expect("a text grows");
    }
    if let Some(policy) = &diagnosis.policy {
        let policy = serde_json::to_string_pretty(policy).expect("a policy is JSON");
        let intro = "a policy for this bucket; put in the principals, and leave out the statement \
                     with `s3:if-none-match` on servers other than AWS";
        writeln!(text, "\n{intro}:\n{policy}").expect("a text grows");
    }
    text
}
