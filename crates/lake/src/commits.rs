//! The commit log of a table: what is in it, where it came from, and who was first.
//!
//! A table is a folder of Parquet files that any engine reads, and a numbered log beside it that says
//! which files those are. A run goes like this:
//!
//! 1. its files go to the side, where no engine looks;
//! 2. one numbered object, the [`Commit`], names the inputs by their digests, the files that come and
//!    the files that go. Writing it is the moment it happens: of two who want the same number, one
//!    wins, and the other reads what won and plans again;
//! 3. the files are published, which is a matter of moving them, and can be done twice;
//! 4. what lies at the side is cleaned away.
//!
//! So the folder only ever holds rows that were committed. A crash before the commit leaves nothing
//! but rubbish at the side; a crash behind it is finished by whoever opens the table next.
//!
//! What the log says is a pure function of it: [`State`] takes the commits one by one and refuses what
//! cannot be, such as an input that was taken in before, or counts that do not add up.

mod commit;
mod error;
mod lake;
mod name;
mod publish;
mod purge;
mod record;
mod staging;
mod state;
mod table;

pub use commit::{Act, Commit, Counts, File, Input, Kind};
pub(crate) use commit::{PLAN, POLICY};
pub use error::{Error, Result};
pub use lake::{Lake, Options};
pub use name::{TableName, Zone};
pub use publish::Healed;
pub use purge::Protected;
pub use staging::Run;
pub use state::{Known, Live, State};
pub use table::{Appended, Draft, Table};
