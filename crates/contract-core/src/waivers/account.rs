//! What became of every waiver.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::rules::{
    BROKEN_WAIVER, EXPIRED_WAIVER, EXPIRING_WAIVER, OVERLONG_WAIVER, UNUSED_WAIVER,
};
use super::{Spot, State, Usage, Waiver, Waivers};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::rule::{Group, Rule};

/// What became of every waiver: to be shown with every report, so that nothing is waived unseen.
#[derive(Clone, Debug)]
pub struct Account {
    /// The waivers, in the order of the text.
    pub lines: Vec<Line>,
    /// How many there are of each kind.
    pub summary: Summary,
    /// What is wrong with them today, in the order of the text.
    pub findings: Vec<Finding>,
}

/// One waiver, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// The code of the rule.
    pub code: &'static str,
    /// The name of the rule.
    pub rule: &'static str,
    /// The contracts it is about.
    pub scope: String,
    /// Who wanted it.
    pub owner: String,
    /// Who took the risk.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// Where it was talked about.
    pub ticket: Option<String>,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub expires: String,
    /// How it stands today.
    pub state: State,
    /// How many findings it covers.
    pub covers: usize,
}

/// How many waivers there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Waivers that hold, those among them that end soon included.
    pub holding: usize,
    /// Waivers that hold and end soon.
    pub expiring: usize,
    /// Waivers that have ended.
    pub expired: usize,
    /// Waivers that last too long or begin too late to hold.
    pub void: usize,
    /// Waivers that hold and cover nothing; always 0 if not everything was looked at.
    pub unused: usize,
    /// Findings that are covered.
    pub waived_findings: usize,
}

impl Waivers {
    /// Says what became of every waiver on the day `today`, once `usage` of all contracts is
    /// joined. `whole` says whether that was the whole tree: only then can a waiver be unused.
    pub fn account(
        &self,
        usage: &Usage,
        today: NaiveDate,
        policy: &Policy,
        whole: bool,
    ) -> Account {
        let mut account =
            Account { lines: Vec::new(), summary: Summary::default(), findings: Vec::new() };
        let count = |of: &std::collections::BTreeMap<usize, usize>, number| {
            of.get(&number).copied().unwrap_or_default()
        };
        for (number, waiver) in self.list.iter().enumerate() {
            let state = waiver.state(today, policy);
            let (covers, wanted) = (count(&usage.covered, number), count(&usage.wanted, number));
            // A change is over once it is merged, so a waiver for one covers nothing afterwards.
            let lasting = waiver.rule.group != Group::Change;
            let unused = whole && lasting && wanted == 0;
            account.summary.count(state, unused, covers);
            account.findings.extend(waiver.finding(state, today, policy, wanted, unused));
            let own = usage.own.iter().filter(|(own, _)| *own == number);
            account.findings.extend(own.map(|(_, path)| waiver.approved_by_requester(path)));
            account.lines.push(waiver.line(state, covers));
        }
        account.findings.sort_by(|a, b| {
            (a.span, a.rule.code, &a.message).cmp(&(b.span, b.rule.code, &b.message))
        });
        account
    }
}

impl Summary {
    fn count(&mut self, state: State, unused: bool, covers: usize) {
        let holds = matches!(state, State::Holds | State::Expiring);
        self.holding += usize::from(holds);
        self.expiring += usize::from(state == State::Expiring);
        self.expired += usize::from(state == State::Expired);
        self.void += usize::from(matches!(state, State::Overlong | State::Early));
        self.unused += usize::from(holds && unused);
        self.waived_findings += covers;
    }
}

impl Waiver {
    fn finding(
        &self,
        state: State,
        today: NaiveDate,
        policy: &Policy,
        wanted: usize,
        unused: bool,
    ) -> Option<Finding> {
        let Self { id, expires, approver, .. } = self;
        Some(match state {
            State::Expired => {
                let (what, severity) = match wanted {
                    0 => ("and covers nothing".to_owned(), Severity::Warning),
                    1 => ("and no longer covers 1 finding".to_owned(), Severity::Error),
                    count => (format!("and no longer covers {count} findings"), Severity::Error),
                };
                let message = format!("the waiver `{id}` expired on {expires} {what}");
                let hint = match wanted {
                    0 => "remove it".to_owned(),
                    _ => format!("mend what it covered, or ask `{approver}` for another term"),
                };
                at(&EXPIRED_WAIVER, self.expires_at, message).severity(severity).hint(hint)
            }
            State::Early => {
                let message = format!("the waiver `{id}` is granted on a day that is yet to come");
                at(&BROKEN_WAIVER, self.granted_at, message)
                    .hint("write the day on which it was granted, as `granted: 2026-06-30`")
            }
            State::Overlong => {
                let (from, most) = (self.granted.unwrap_or(today), policy.waiver_max_days);
                let days = expires.signed_duration_since(from).num_days();
                let message = format!("the waiver `{id}` lasts {days} days, the most is {most}");
                let finding = at(&OVERLONG_WAIVER, self.expires_at, message);
                match from.checked_add_days(Days::new(most.into())) {
                    Some(last) => {
                        finding.hint(format!("write `expires: {last}` or an earlier day"))
                    }
                    None => finding.hint("write an earlier day"),
                }
            }
            State::Holds | State::Expiring if unused => {
                let message = format!("the waiver `{id}` covers nothing");
                at(&UNUSED_WAIVER, self.id_at, message)
                    .hint("remove it, or check its rule and its scope")
            }
            State::Expiring => {
                let left = expires.signed_duration_since(today).num_days();
                let when = match left {
                    0 => "today".to_owned(),
                    1 => "tomorrow".to_owned(),
                    days => format!("in {days} days"),
                };
                let message = format!("the waiver `{id}` expires {when}, on {expires}");
                at(&EXPIRING_WAIVER, self.expires_at, message)
                    .hint(format!("mend what it covers, or ask `{approver}` for another term"))
            }
            State::Holds => return None,
        })
    }

    fn approved_by_requester(&self, path: &str) -> Finding {
        let Self { id, approver, .. } = self;
        let message = format!("`{approver}` approves the waiver `{id}` for their own `{path}`");
        at(&BROKEN_WAIVER, self.approver_at, message)
            .hint("let somebody else than the requester take the risk")
    }

    fn line(&self, state: State, covers: usize) -> Line {
        Line {
            id: self.id.clone(),
            code: self.rule.code,
            rule: self.rule.name,
            scope: self.scope.to_string(),
            owner: self.owner.clone(),
            approver: self.approver.clone(),
            reason: self.reason.clone(),
            ticket: self.ticket.clone(),
            expires: self.expires.to_string(),
            state,
            covers,
        }
    }
}

fn at(rule: &'static Rule, spot: Spot, message: String) -> Finding {
    let mut finding = Finding::new(rule, "", spot.span, message);
    finding.place = spot.place;
    finding
}
