//! Rows whose time is over go, and nothing that somebody still has to show.
//!
//! A [`Policy`] says how long the rows of each table are kept, which duty that serves and who says so.
//! Time runs from the end of the period that the folder of a file names, or from the day its rows came
//! where it names none. A row may go when its own time is over, and not before the rows that rest on it
//! went: bronze is the evidence of silver, and silver of gold. So the longest duty of all that rest on a
//! file governs, and where that keeps a file although its own time is over, the [`Plan`] says so by name.
//!
//! Nothing goes by itself. [`prepare`] says what would go, and under which digest; [`apply`] is given
//! that digest, plans again, and does nothing if something else comes out. What goes is one commit per
//! table, that names the plan and the policy, from gold down to bronze: whatever is interrupted, no row is
//! left without what it rests on.
//!
//! What was taken in stays known: the same input is never taken in again. The raw inputs themselves are
//! not the lake's; whoever keeps them says how long.

mod apply;
mod error;
mod gather;
mod part;
mod period;
mod plan;
mod policy;
mod reading;
mod rests;
mod weigh;

pub use apply::{Applied, Left, apply, left, prepare};
pub use error::{Error, Result};
pub use gather::{Seen, gather};
pub use period::Period;
pub use plan::{Kept, Plan, Removal, Tally, Unruled, plan};
pub use policy::{Hold, Keep, POLICY_VERSION, Pattern, Policy, Rule};
pub use weigh::{Reason, Until};

/// The policy with the periods that the platform asks for: bronze a year, silver three, gold seven.
pub const DEFAULT_POLICY: &str = include_str!("../schemas/retention.yaml");
