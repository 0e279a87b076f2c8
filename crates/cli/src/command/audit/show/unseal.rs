//! Records with what was sealed in them, for those who may read the keys.

use std::collections::BTreeMap;

use audit_chain::canonical::to_canonical;
use audit_chain::json::{Text, Value};
use audit_chain::seal::sealed_fields;
use platform::ledger::{Opener, SubjectKeys};
use tokio::runtime::Handle;

use crate::output;
use crate::status::{Error, Result};

/// Opens sealed values, and counts those that do not open.
pub(super) struct Unsealer<'k> {
    opener: Opener<'k>,
    closed: BTreeMap<&'static str, u64>,
}

/// A record as it is shown.
pub(super) struct Opened {
    pub(super) line: Vec<u8>,
    /// The details, if something in them was sealed.
    pub(super) details: Option<Vec<u8>>,
}

impl<'k> Unsealer<'k> {
    pub(super) fn new(keys: &'k SubjectKeys) -> Self {
        Self { opener: keys.opener(), closed: BTreeMap::new() }
    }

    /// The record with its sealed values opened; one without any as it is stored.
    pub(super) fn open(&mut self, line: &[u8]) -> Result<Opened> {
        let as_it_is = || Opened { line: line.to_vec(), details: None };
        // A record of an older log may be what only Python reads; nothing is sealed in it.
        let Ok(Value::Object(mut members)) = Value::parse(line) else { return Ok(as_it_is()) };
        let of = |name: &str, members: &[(Text, Value)]| {
            members.iter().position(|(member, _)| member.as_str() == Some(name))
        };
        let log_id = of("log_id", &members).and_then(|at| members[at].1.as_str());
        let (Some(log_id), Some(at)) = (log_id.map(str::to_owned), of("details", &members)) else {
            return Ok(as_it_is());
        };
        let details = &mut members[at].1;
        let sealed = sealed_fields(details);
        if sealed.is_empty() {
            return Ok(as_it_is());
        }
        let opener = &mut self.opener;
        // The records come one by one from within a task of the runtime.
        let closed = tokio::task::block_in_place(|| {
            Handle::current().block_on(opener.unseal(details, &log_id))
        })?;
        for (path, why) in closed {
            *self.closed.entry(why.code()).or_default() += 1;
            if let audit_chain::Error::SealErased { kid, .. } = &why {
                let place = path.find(details).map_err(|source| Error::Chain {
                    message: "a sealed value is not where it was".to_owned(),
                    source,
                })?;
                let erased = vec![(Text::from("$erased"), Value::from(kid.as_str()))];
                *place = Value::Object(erased);
            }
        }
        let details = to_canonical(details);
        Ok(Opened { line: to_canonical(&Value::Object(members)), details: Some(details) })
    }

    /// Says how many values are shown as they were sealed, and why.
    pub(super) fn say(&self) {
        for (code, count) in &self.closed {
            let what = match *code {
                "audit.seal_erased" => "were erased",
                "audit.seal_key_unknown" => "stay sealed: their keys are not in this store",
                _ => "do not open: altered, moved, or sealed with another key",
            };
            output::talk(&format!("{count} sealed values {what}"));
        }
    }
}
