//! What is about a person is sealed before it is recorded.
//!
//! That happens in the one task that writes, between the queue and the segment: the order of the events
//! stays, and the keys of all the subjects in a group are looked up at once.

use std::collections::{BTreeMap, BTreeSet};

use audit_chain::json::{Text, Value};
use audit_chain::record::{Event, Prepared};
use audit_chain::seal::{Entropy, Path, SubjectKey, seal_field};
use futures_util::{StreamExt as _, stream};

use super::queue::Waiting;
use super::subjects::random;
use super::{Error, Result, SubjectKeys};

/// How many keys are looked up at once.
const LOOK_UPS: usize = 16;

/// The member of the details in which a sealed actor stands.
const ACTOR: &str = "$actor";

/// What is sealed in the events of a ledger, and for whom.
///
/// Each event is about at most one person, its subject. What stands at the paths is encrypted with that
/// person's key before anything is hashed or stored, and [`erase_subject`](super::erase_subject) destroys
/// the key. Nothing is guessed: an event that has something to seal and names nobody is refused, and so
/// is one that names somebody and lacks a path.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::record::Event;
/// use platform::ledger::{Ledger, Options, Sealing, SubjectAt, SubjectKeys, erase_subject};
/// use platform::store::Store;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let keys = SubjectKeys::open(&Store::memory()).await?;
/// let mut sealing = Sealing::new(keys.clone(), vec!["customer.mail".parse()?]);
/// sealing.subject = Some(SubjectAt::Details("customer.number".parse()?));
/// let mut options = Options::default();
/// options.sealing = Some(sealing);
/// let ledger = Ledger::open(&Store::memory(), options).await?;
///
/// let details = br#"{"customer": {"number": 77, "mail": "ada@example.com"}}"#;
/// let event = Event::new("order.placed", "shop", "order/1", "place", Value::parse_strict(details)?);
/// ledger.append(event.clone()).await?;
/// assert_eq!(erase_subject(&ledger, &keys, "77").await?.len(), 1);
///
/// let nobody = Value::parse_strict(br#"{"customer": {"mail": "ada@example.com"}}"#)?;
/// let refused = ledger.append(Event { details: nobody, ..event }).await;
/// assert_eq!(refused.unwrap_err().code(), "ledger.event_not_sealed");
/// ledger.close().await?;
/// # Ok::<(), platform::ledger::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sealing {
    /// Where the keys of the subjects are.
    pub keys: SubjectKeys,
    /// What is sealed in the details.
    pub sealed_paths: Vec<Path>,
    /// Whether the actor is sealed too: it becomes `sealed:` and the name of the key, and stands sealed in
    /// the details, as `$actor`.
    pub seal_actor: bool,
    /// Where an event says whom it is about. `None` where each call does:
    /// [`Ledger::append_for`](super::Ledger::append_for).
    pub subject: Option<SubjectAt>,
    /// Whether some of the paths may be missing from an event. A path with a slip in it is then never
    /// noticed, and what it was to seal is recorded for all to read.
    pub may_be_missing: bool,
}

/// Where an event names its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectAt {
    /// A place in the details with a text or a whole number. It is recorded as it is, unless it is one of
    /// the sealed paths.
    Details(Path),
    /// The actor.
    Actor,
}

/// What has to be sealed, before it was.
#[derive(Debug)]
pub(super) struct ToSeal {
    event: Event,
    subject: String,
}

impl Sealing {
    /// Seals what stands at `sealed_paths`, for whomever each call names.
    pub fn new(keys: SubjectKeys, sealed_paths: Vec<Path>) -> Self {
        Self { keys, sealed_paths, seal_actor: false, subject: None, may_be_missing: false }
    }

    /// Whom an event is about, if it says so itself.
    fn subject_of(&self, event: &Event) -> Result<Option<String>> {
        let path = match &self.subject {
            None => return Ok(None),
            Some(SubjectAt::Actor) => return Ok(Some(event.actor.clone())),
            Some(SubjectAt::Details(path)) => path,
        };
        match path.value_in(&event.details) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number.to_string())),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(refused(format!("the subject at `{path}` is no text"))),
            },
        }
    }

    /// Seals the events that have to be, and gives back those that cannot be, with the reason.
    pub(super) async fn seal(
        &self,
        taken: Vec<Waiting>,
        log_id: &str,
    ) -> (Vec<Waiting>, Vec<(Waiting, Error)>) {
        let subjects = taken.iter().filter_map(|it| Some(it.to_seal.as_ref()?.subject.clone()));
        let subjects: BTreeSet<String> = subjects.collect();
        let keys = stream::iter(subjects).map(|subject| async move {
            let key = self.keys.key(&subject).await;
            (subject, key)
        });
        let keys: BTreeMap<String, Result<SubjectKey>> =
            keys.buffer_unordered(LOOK_UPS).collect().await;
        let (mut sealed, mut refused) = (Vec::with_capacity(taken.len()), Vec::new());
        for mut waiting in taken {
            let Some(to_seal) = waiting.to_seal.take() else {
                sealed.push(waiting);
                continue;
            };
            let done = match keys.get(&to_seal.subject) {
                Some(Ok(key)) => self.seal_event(to_seal.event, key, log_id),
                Some(Err(error)) => Err(error.clone()),
                None => Err(Error::Stopped),
            };
            match done {
                Ok(event) => {
                    waiting.event = event;
                    sealed.push(waiting);
                }
                Err(error) => refused.push((waiting, error)),
            }
        }
        (sealed, refused)
    }

    fn seal_event(&self, mut event: Event, key: &SubjectKey, log_id: &str) -> Result<Prepared> {
        let mut paths = self.sealed_paths.clone();
        paths.retain(|path| path.value_in(&event.details).is_some());
        if self.seal_actor {
            let Value::Object(members) = &mut event.details else {
                return Err(refused("the actor is sealed in the details, which are no object"));
            };
            let actor = std::mem::replace(&mut event.actor, format!("sealed:{}", key.id()));
            members.push((Text::from(ACTOR), Value::from(actor.as_str())));
            paths.push(format!("/{ACTOR}").parse()?);
        }
        seal_values(&mut event, &paths, key, log_id)?;
        Ok(Prepared::new(&event)?)
    }
}

/// Seals the values at `paths`; an event with an id the same way each time, so that it is recognised
/// when it is sent again.
pub(super) fn seal_values(
    event: &mut Event,
    paths: &[Path],
    key: &SubjectKey,
    log_id: &str,
) -> Result<()> {
    for path in paths {
        let entropy = match (&event.event_id, path.value_in(&event.details)) {
            (Some(id), Some(value)) => Entropy::derived(key, log_id, path, id, value),
            _ => Entropy { nonce: random()?, salt: random()? },
        };
        seal_field(&mut event.details, path, log_id, key, entropy)?;
    }
    Ok(())
}

/// What has to be sealed in an event; nothing if there is nothing about anybody.
pub(super) fn to_seal(
    sealing: Option<&Sealing>,
    event: Event,
    told: Option<&str>,
) -> Result<Option<Box<ToSeal>>> {
    let Some(sealing) = sealing else {
        return match told {
            None => Ok(None),
            Some(_) => Err(refused("it names a subject, and the ledger was not told what to seal")),
        };
    };
    let subject = match told {
        Some(told) => Some(told.to_owned()),
        None => sealing.subject_of(&event)?,
    };
    let is_there = |path: &&Path| path.value_in(&event.details).is_some();
    let Some(subject) = subject else {
        let open = sealing.sealed_paths.iter().find(is_there);
        return match open {
            Some(path) => Err(refused(format!(
                "there is something at `{path}`, and it is not said whom it is about"
            ))),
            None if sealing.seal_actor => {
                Err(refused("the actor is to be sealed, and it is not said for whom"))
            }
            None => Ok(None),
        };
    };
    if subject.is_empty() {
        return Err(refused("its subject is empty"));
    }
    let missing = sealing.sealed_paths.iter().find(|path| !is_there(path));
    if let Some(path) = missing.filter(|_| !sealing.may_be_missing) {
        return Err(audit_chain::Error::SealPathMissing { path: path.to_string() }.into());
    }
    let own = format!("/{ACTOR}").parse::<Path>()?;
    if sealing.seal_actor && own.value_in(&event.details).is_some() {
        return Err(refused(format!("its details have a member `{ACTOR}`")));
    }
    Ok(Some(Box::new(ToSeal { event, subject })))
}

fn refused(reason: impl Into<String>) -> Error {
    Error::EventNotSealed { reason: reason.into() }
}
