//! Waivers: findings that do not count for a while, because somebody took the risk.
//!
//! A waiver lies in a file of its own, `strongroom.waivers.yaml`, never in the contract: whoever
//! asks for a bucket cannot grant one, and the file can be given other reviewers. It names the
//! rule, the scope, who wants it, who agreed, why, and the last day on which it holds.
//!
//! ```yaml
//! apiVersion: strongroom/v1
//! kind: Waivers
//! waivers:
//!   - id: W-0001
//!     rule: weak-encryption
//!     scope: docs/20-contracts/s3-requests/prod/S3-0007.yaml
//!     owner: payments-team
//!     approver: security-team
//!     reason: The key is being made, ticket SEC-123
//!     granted: 2026-05-20
//!     expires: 2026-06-30
//!     ticket: SEC-123
//! ```
//!
//! A waived finding is never hidden: it keeps its place in the list and carries the waiver. A
//! waiver that expired, lasts too long, was approved by the one who profits, or is broken in any
//! other way covers nothing; the rules `W3…` say so.
//!
//! [`Waivers::parse`] reads the file, [`Waivers::apply`] marks the findings of one contract, and
//! [`Waivers::account`] says what became of every waiver once all contracts were looked at.

mod account;
mod apply;
mod parse;
mod rules;
mod scope;

use chrono::{Days, NaiveDate};
use serde::Serialize;

pub use account::{Account, Line, Summary};
pub use apply::{Subject, Usage};
pub use rules::RULES;
pub use scope::Scope;

use crate::policy::Policy;
use crate::rule::Rule;
use crate::span::{Place, Span};

/// Every waiver that could be read, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    list: Vec<Waiver>,
}

/// One waiver.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Its id, given once in the file.
    pub id: String,
    /// The rule whose findings it covers.
    pub rule: &'static Rule,
    /// The contracts in which it covers them.
    pub scope: Scope,
    /// Who wanted it.
    pub owner: String,
    /// Who took the risk: somebody else than the owner and than the requester of the contract.
    pub approver: String,
    /// Why, in one line.
    pub reason: String,
    /// The day on which it was granted, if it says so.
    pub granted: Option<NaiveDate>,
    /// The last day on which it holds.
    pub expires: NaiveDate,
    /// Where it was talked about.
    pub ticket: Option<String>,
    id_at: Spot,
    granted_at: Spot,
    expires_at: Spot,
    approver_at: Spot,
}

/// Where something stands in the file of waivers.
#[derive(Clone, Copy, Debug)]
struct Spot {
    span: Span,
    place: Option<Place>,
}

/// How a waiver stands on one day. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It holds.
    Holds,
    /// It holds, and its last day is near.
    Expiring,
    /// Its last day is over: it covers nothing.
    Expired,
    /// It lasts longer than the policy allows: it covers nothing.
    Overlong,
    /// The day on which it says it was granted is yet to come: it covers nothing.
    Early,
}

impl Waiver {
    /// How the waiver stands on the day `today`.
    ///
    /// Its length is counted from the day it was granted; from today, if it does not say.
    pub fn state(&self, today: NaiveDate, policy: &Policy) -> State {
        let from = self.granted.unwrap_or(today);
        let notice = Days::new(policy.waiver_notice_days.into());
        match from.checked_add_days(Days::new(policy.waiver_max_days.into())) {
            _ if self.expires < today => State::Expired,
            _ if from > today => State::Early,
            Some(last) if self.expires > last => State::Overlong,
            _ if today.checked_add_days(notice).is_none_or(|near| self.expires <= near) => {
                State::Expiring
            }
            _ => State::Holds,
        }
    }
}

impl Waivers {
    /// The waivers, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Waiver> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Whether two names mean the same person or team: case, spaces around and an `@` before make
/// nobody somebody else.
fn is_same(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.trim().trim_start_matches('@').to_lowercase();
    bare(one) == bare(other)
}
