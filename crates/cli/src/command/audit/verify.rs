//! `audit verify`

use audit_chain::keyring::{Key, Keyring};
use audit_chain::verify::{Report, Verdict};
use platform::ledger::{self, DemandedLock, VerifyOptions};

use super::{keyring, runtime, store, verify_legacy};
use crate::args::{Plain, Trust, Verify};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Verify) -> Result<Status> {
    if arguments.legacy {
        return verify_legacy::run(arguments);
    }
    let mut options = VerifyOptions::default();
    options.keyring = trusted(&arguments.trust)?;
    options.pin = match &arguments.pin {
        Some(path) => ledger::read_pin(path)?,
        None => None,
    };
    options.require_anchor = arguments.require_anchor;
    options.require_sealed = arguments.require_sealed;
    options.skip_tiles = arguments.skip_tiles;
    options.records = arguments.seq.map(|it| it.first.unwrap_or(0)..it.end.unwrap_or(u64::MAX));
    options.threads = arguments.threads;
    let now = chrono::Utc::now();
    options.demand_lock =
        arguments.demand_lock.map(|lock| DemandedLock { mode: lock.mode, until: lock.moment(now) });
    let bar = output::counter("records verified");
    let report = runtime()?.block_on(async {
        let store = store(&arguments.url).await?;
        let progress = |progress: ledger::Progress| bar.set_position(progress.records);
        Ok::<_, Error>(ledger::verify(&store, &options, progress).await)
    })?;
    bar.finish_and_clear();
    print(&report, arguments.format)?;
    if report.records > 0 && options.keyring.is_none() && options.pin.is_none() {
        output::talk(
            "nobody vouches for this log: whoever can write it could have made it anew\n\
             hint: name a key with `--vkey` or `--keyring`, and keep a pin with `--pin FILE`",
        );
    }
    if let (Some(path), Some(pin)) = (&arguments.pin, report.pin()) {
        ledger::write_pin(path, &pin)?;
    }
    Ok(status(report.status))
}

/// The keys that were named, if any were.
pub(super) fn trusted(trust: &Trust) -> Result<Option<Keyring>> {
    if let Some(path) = &trust.keyring {
        return keyring::read(path).map(Some);
    }
    if trust.vkey.is_empty() {
        return Ok(None);
    }
    let keys = trust.vkey.iter().cloned().map(Key::always).collect();
    let ring = Keyring::new(keys, Vec::new(), 0);
    ring.map(Some).map_err(|source| Error::Chain {
        message: "the keys given cannot be used".to_owned(),
        source,
    })
}

fn print(report: &Report, format: Plain) -> Result<()> {
    let text = match format {
        Plain::Human => report.to_string(),
        Plain::Json => serde_json::to_string(report).expect("a report is plain data") + "\n",
    };
    output::data(&text)
}

fn status(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Ok => Status::Fine,
        Verdict::CouldNotVerify => Status::Unverified,
        Verdict::Tampered => Status::Tampered,
    }
}
