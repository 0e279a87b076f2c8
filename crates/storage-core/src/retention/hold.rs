//! Legal holds: protection until somebody lifts it, whatever the calendar says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Error;
use super::error::check_text;

/// One legal hold, and who lifted it, if somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Hold {
    /// What it is called: a case, an audit. Free again once it is released.
    pub name: String,
    /// Who placed it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub placed_at: DateTime<Utc>,
    /// Who lifted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Release>,
}

/// The lifting of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Release {
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// All holds of a record, lifted ones too, in the order in which they were placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holds(Vec<Hold>);

impl Holds {
    /// Those that are in force.
    pub fn in_force(&self) -> impl Iterator<Item = &Hold> {
        self.0.iter().filter(|it| it.released.is_none())
    }

    /// Whether any is in force.
    pub fn any(&self) -> bool {
        self.in_force().next().is_some()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Hold> {
        self.0.iter()
    }

    pub(super) fn place(
        &mut self,
        name: &str,
        actor: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        check_text("name of the hold", name, 128)?;
        if self.in_force().any(|it| it.name == name) {
            return Err(Error::HoldExists { name: name.to_owned() });
        }
        self.0.push(Hold {
            name: name.to_owned(),
            actor: actor.to_owned(),
            reason: reason.to_owned(),
            placed_at: at,
            released: None,
        });
        Ok(())
    }

    pub(super) fn release(
        &mut self,
        name: &str,
        actor: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let hold = self.0.iter_mut().find(|it| it.name == name && it.released.is_none());
        let hold = hold.ok_or_else(|| Error::HoldUnknown { name: super::error::head(name) })?;
        hold.released = Some(Release { actor: actor.to_owned(), reason: reason.to_owned(), at });
        Ok(())
    }
}
