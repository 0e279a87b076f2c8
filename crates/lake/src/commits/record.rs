//! The record of a commit in the ledger.

use audit_chain::json::{Text, Value};
use audit_chain::record::Event;
use storage_core::Digest;

use super::commit::{PLAN, POLICY};
use super::{Act, Commit, Error, Result, Table};

impl Table {
    /// Records `commit` as `lake.committed`, if there is a ledger. The id of the record is that of the
    /// run, so that the ledger passes over one that it has.
    pub(super) async fn record(&self, commit: &Commit) -> Result<()> {
        let Some(ledger) = &self.lake.options.ledger else { return Ok(()) };
        let number = |it: u64| Value::Int(it.into());
        let counts = commit.counts();
        let mut details: Vec<(Text, Value)> = vec![
            ("accepted".into(), number(counts.accepted)),
            ("act".into(), Value::from(&*commit.act.to_string())),
            ("adds".into(), number(commit.adds.len() as u64)),
            ("commit".into(), number(commit.number)),
            ("conflicting".into(), number(counts.conflicting)),
            ("digest".into(), Value::from(&*Digest::of(&commit.to_bytes()?).to_string())),
            ("exact".into(), number(counts.exact)),
            ("inputs".into(), number(commit.inputs.len() as u64)),
            ("quarantined".into(), number(counts.quarantined)),
            ("removes".into(), number(commit.removes.len() as u64)),
            ("rows".into(), number(counts.rows)),
        ];
        if let Some(schema) = commit.schema {
            details.push(("schema".into(), Value::from(&*schema.to_string())));
        }
        if commit.act == Act::Retain {
            for name in [PLAN, POLICY] {
                let digest = commit.notes.get(name).map_or("", String::as_str);
                details.push((name.into(), Value::from(digest)));
            }
        }
        details.sort_by(|one, other| one.0.cmp(&other.0));
        let resource = format!("lake/{}", commit.table);
        let act = commit.act.to_string();
        let mut event =
            Event::new("lake.committed", &*commit.actor, resource, act, Value::Object(details));
        event.event_id = Some(format!("lake/{}", commit.run));
        let recorded = ledger.append_all(vec![event]).await;
        recorded.map(drop).map_err(|source| Error::Ledger { source: Box::new(source) })
    }
}
