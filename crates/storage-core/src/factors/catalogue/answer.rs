//! What a catalogue is asked and answers.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Digest;
use crate::factors::version::shared;
use crate::factors::{Event, Factor, Interval, Reason, Version, VersionId};

/// As of when: what was recorded later does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KnownAt {
    /// Everything there is.
    #[default]
    Now,
    /// Up to this event, and with it.
    Seq(u64),
    /// What was recorded up to this moment, and at it.
    Moment(DateTime<Utc>),
    /// What a tag names.
    Tag(String),
}

impl FromStr for KnownAt {
    type Err = std::convert::Infallible;

    /// `now`; the number of an event; a moment of RFC 3339 with any offset; else the name of a tag.
    ///
    /// ```
    /// use storage_core::factors::KnownAt;
    ///
    /// assert_eq!("8812".parse(), Ok(KnownAt::Seq(8812)));
    /// assert_eq!("defra-2024@1.1".parse(), Ok(KnownAt::Tag("defra-2024@1.1".to_owned())));
    /// let moment = "2024-12-01T04:30:00+04:30".parse::<KnownAt>();
    /// assert_eq!(moment, "2024-12-01T00:00:00Z".parse());
    /// ```
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "now" {
            return Ok(Self::Now);
        }
        if let Ok(seq) = text.parse() {
            return Ok(Self::Seq(seq));
        }
        Ok(match DateTime::parse_from_rfc3339(text) {
            Ok(moment) => Self::Moment(moment.to_utc()),
            Err(_) => Self::Tag(text.to_owned()),
        })
    }
}

/// What counts for a factor on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// This version.
    Version(Found),
    /// Nothing: the factor is known, and no version is valid on that day.
    NotValid {
        /// The version nearest to it: the latest before, else the first after.
        nearest: Option<Found>,
    },
    /// Nothing was recorded about such a factor.
    NotKnown,
    /// What was there counts no longer.
    Withdrawn {
        /// When that was recorded.
        since: DateTime<Utc>,
        /// The event.
        seq: u64,
        /// Why.
        reason: Option<Reason>,
        /// What would count.
        version: Option<Found>,
    },
}

/// A version, and why it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its name.
    pub version_id: VersionId,
    /// What it says.
    #[serde(serialize_with = "shared::serialize")]
    pub version: Arc<Version>,
    /// The event that put it.
    pub seq: u64,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The days for which it was put; on some of them something newer may count.
    pub reaches: Option<Interval>,
}

impl Answer {
    /// The version, if one counts.
    pub fn version(&self) -> Option<&Found> {
        match self {
            Self::Version(found) => Some(found),
            _ => None,
        }
    }
}

/// A name for a position of the log. It never moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// The name.
    pub name: String,
    /// The last event that is part of it.
    pub position: u64,
    /// The event that gave the name.
    pub seq: u64,
}

/// What is known about a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BatchHead<'c> {
    /// The number of its first event.
    pub first_seq: u64,
    /// How many events it has.
    pub count: u64,
    /// The digest of its body.
    pub digest: Digest,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What was done.
    pub act: &'c str,
    /// Who.
    pub actor: &'c str,
}

/// What was done to a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Which.
    pub factor: Arc<Factor>,
    /// In order.
    pub events: Vec<Event>,
}

/// The days from one to another on which the same counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Which days; `None` for all days there are.
    pub valid: Option<Interval>,
    /// What counts.
    pub answer: Answer,
}
