//! Events of `tracing` as records.
//!
//! You will not find a filter for the other layers here: what this layer passes over, they still get.

mod fields;

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit_chain::record::Event;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::FuturesOrdered;
use metrics::{Unit, counter, describe_counter};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use self::fields::{Fields, Who, event_type_of};
use super::{Error, Ledger, Result};

const DROPPED: &str = "strongroom_ledger_trace_dropped_total";

/// Who speaks while a record is stored. An event of theirs that became a record would cause the next.
const OWN_TARGETS: [&str; 16] = [
    "platform::ledger",
    "platform::numbered",
    "platform::store",
    "audit_chain",
    "storage_core",
    "aws_*",
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "metrics*",
    "mio",
    "rustls",
    "tokio",
    "tower",
    "want",
];

/// Which events become records, and what they say where the event does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerOptions {
    /// Targets whose events are recorded, with those below them: `audit` is `audit::login` too, and not
    /// `auditor`. Empty for all targets.
    pub targets: Vec<String>,
    /// The least important level that is recorded.
    pub level: Level,
    /// Who did it, if neither the event nor a span around it has a field `actor`.
    pub actor: String,
    /// What it was done to, without a field `resource`.
    pub resource: String,
    /// What was done, without a field `action`.
    pub action: String,
    /// How many events may be on their way to the store. One more is dropped, and counted.
    pub on_the_way: usize,
}

impl Default for LayerOptions {
    /// Events of the target `audit` from level `INFO` on, 4,096 on the way, and `unknown` for what is
    /// not said.
    fn default() -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            targets: vec!["audit".to_owned()],
            level: Level::INFO,
            actor: unknown(),
            resource: unknown(),
            action: unknown(),
            on_the_way: 4096,
        }
    }
}

/// A layer for `tracing-subscriber` that writes events to a [`Ledger`]. Cheap to clone: keep a clone to
/// [`flush`](Self::flush).
///
/// The type of a record is the field `event_type`, or else the target; what cannot stand in a type is
/// replaced, and the field as it was is kept in the details. `actor`, `resource` and `action` are fields
/// of the event, of the nearest span around it that has them, or those of the [`LayerOptions`]. The
/// other fields of the event are the details, with `message`, `level` and `target`. Other fields of
/// spans are not recorded: a log that cannot be changed later is given what was meant for it.
///
/// Nobody who emits an event waits for the store. An event that finds [`LayerOptions::on_the_way`]
/// others before it, or that the ledger does not record, is counted: in [`dropped`](Self::dropped) and in
/// the metric `strongroom_ledger_trace_dropped_total`, with `reason` `full` or `failed`. Where an action
/// must not happen unless it is recorded, use [`Ledger::append`] and wait for it.
///
/// Events of the crates that store the record (the ledger, the AWS client, HTTP, TLS, the runtime) are
/// passed over, and so are events that are emitted while this layer works.
///
/// ```
/// use platform::ledger::{LayerOptions, Ledger, LedgerLayer, Options};
/// use platform::store::Store;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let ledger = Ledger::open(&Store::memory(), Options::default()).await?;
/// let layer = LedgerLayer::new(ledger.clone(), LayerOptions::default())?;
/// let subscriber = tracing_subscriber::registry().with(layer.clone());
/// tracing::subscriber::with_default(subscriber, || {
///     let _request = tracing::info_span!("request", actor = "alice").entered();
///     tracing::info!(target: "audit::report", resource = "report/1", action = "read", rows = 12);
///     tracing::info!("not of the target `audit`");
/// });
/// layer.flush().await;
/// assert_eq!((ledger.head().size, layer.dropped()), (1, 0));
/// ledger.close().await?;
/// # Ok::<(), platform::ledger::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LedgerLayer {
    inside: Arc<Inside>,
}

struct Inside {
    ledger: Ledger,
    options: LayerOptions,
    room: Arc<Semaphore>,
    sent: mpsc::UnboundedSender<Sent>,
    dropped: Arc<AtomicU64>,
}

/// An append that is waited for, or somebody who waits for all before it.
type Sent = BoxFuture<'static, Option<oneshot::Sender<()>>>;

impl fmt::Debug for LedgerLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerLayer")
            .field("ledger", &self.inside.ledger)
            .field("options", &self.inside.options)
            .finish_non_exhaustive()
    }
}

impl LedgerLayer {
    /// A layer that writes to `ledger`, by a task on the runtime in which this is called: the one in
    /// which the ledger was opened.
    ///
    /// # Errors
    ///
    /// [`Error::OptionsInvalid`] if nothing may be on its way, or outside a Tokio runtime.
    pub fn new(ledger: Ledger, options: LayerOptions) -> Result<Self> {
        let invalid = |reason: &str| Error::OptionsInvalid { reason: reason.to_owned() };
        if !(1..=Semaphore::MAX_PERMITS).contains(&options.on_the_way) {
            return Err(invalid("`on_the_way` of the tracing layer is 0 or too large"));
        }
        let runtime = Handle::try_current()
            .map_err(|_| invalid("the tracing layer is made outside a Tokio runtime"))?;
        describe_counter!(DROPPED, Unit::Count, "events of `tracing` that were not recorded");
        for reason in ["full", "failed"] {
            counter!(DROPPED, "reason" => reason).increment(0);
        }
        let (sent, receiver) = mpsc::unbounded_channel();
        runtime.spawn(wait_for_answers(receiver));
        let room = Arc::new(Semaphore::new(options.on_the_way));
        let dropped = Arc::default();
        Ok(Self { inside: Arc::new(Inside { ledger, options, room, sent, dropped }) })
    }

    /// Waits until every event that was emitted before this call is stored or counted as dropped.
    pub async fn flush(&self) {
        let (reply, answer) = oneshot::channel();
        let marker = async { Some(reply) }.boxed();
        if self.inside.sent.send(marker).is_ok() {
            // An error: the runtime ended the task, and nothing is on its way any more.
            let _ = answer.await;
        }
    }

    /// How many events this layer was to record and did not, or perhaps did not.
    pub fn dropped(&self) -> u64 {
        self.inside.dropped.load(Ordering::Relaxed)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LedgerLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(_guard) = Guard::enter() else { return };
        if Who::is_told_by(attributes.metadata())
            && let Some(span) = context.span(id)
        {
            let mut who = Who::default();
            attributes.record(&mut who);
            span.extensions_mut().replace(who);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(_guard) = Guard::enter() else { return };
        if let Some(span) = context.span(id) {
            // Written out before the lock on the span is taken: `Debug` may do anything.
            let mut later = Who::default();
            values.record(&mut later);
            if let Some(who) = span.extensions_mut().get_mut::<Who>() {
                *who = later.or(who);
            }
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let Some(_guard) = Guard::enter() else { return };
        let metadata = event.metadata();
        if *metadata.level() > self.inside.options.level {
            return;
        }
        // Of the `log` crate: its target is a field.
        let bridged = metadata.target() == "log";
        if !bridged && !self.inside.wants(metadata.target()) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let target = fields.log_target.take().unwrap_or_else(|| metadata.target().to_owned());
        if bridged && !self.inside.wants(&target) {
            return;
        }
        let mut who = std::mem::take(&mut fields.who);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(around) = span.extensions().get::<Who>() {
                who = who.or(around);
            }
        }
        self.inside.record(self.inside.event(fields, who, &target, metadata));
    }
}

impl Inside {
    fn wants(&self, target: &str) -> bool {
        let wanted = &self.options.targets;
        (wanted.is_empty() || wanted.iter().any(|it| is_below(target, it)))
            && !OWN_TARGETS.iter().any(|it| is_below(target, it))
    }

    fn event(&self, mut fields: Fields, who: Who, target: &str, metadata: &Metadata<'_>) -> Event {
        let given = fields.event_type.take();
        let event_type = event_type_of(given.as_deref().unwrap_or(target));
        if let Some(given) = given.filter(|it| *it != event_type) {
            fields.add("event_type", given.as_str());
        }
        fields.add_unless_there("level", &metadata.level().as_str().to_ascii_lowercase());
        fields.add_unless_there("target", target);
        let options = &self.options;
        Event::new(
            event_type,
            who.actor.unwrap_or_else(|| options.actor.clone()),
            who.resource.unwrap_or_else(|| options.resource.clone()),
            who.action.unwrap_or_else(|| options.action.clone()),
            fields.into_details(),
        )
    }

    /// Queues an event, in the order of the calls, and leaves the waiting to the task.
    fn record(&self, event: Event) {
        let Ok(permit) = self.room.clone().try_acquire_owned() else {
            return count(&self.dropped, "full");
        };
        let answer = self.ledger.append(event);
        let dropped = self.dropped.clone();
        let waiting = async move {
            let _permit: OwnedSemaphorePermit = permit;
            if answer.await.is_err() {
                let _guard = Guard::enter();
                count(&dropped, "failed");
            }
            None
        };
        if self.sent.send(waiting.boxed()).is_err() {
            count(&self.dropped, "failed");
        }
    }
}

fn count(dropped: &AtomicU64, reason: &'static str) {
    dropped.fetch_add(1, Ordering::Relaxed);
    counter!(DROPPED, "reason" => reason).increment(1);
}

/// Whether a target is `above` or below it, by whole names; `aws_*` stands for all that begin so.
fn is_below(target: &str, above: &str) -> bool {
    if let Some(beginning) = above.strip_suffix('*') {
        return target.starts_with(beginning);
    }
    target
        .strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with('.'))
}

/// Drives all appends at once, and tells who flushes when those before are done.
async fn wait_for_answers(mut sent: mpsc::UnboundedReceiver<Sent>) {
    let tell = |flushed: Option<oneshot::Sender<()>>| {
        if let Some(flushed) = flushed {
            // Who does not wait any more does not mind.
            let _ = flushed.send(());
        }
    };
    let mut on_the_way = FuturesOrdered::new();
    loop {
        tokio::select! {
            next = sent.recv() => match next {
                Some(waiting) => on_the_way.push_back(waiting),
                None => break,
            },
            Some(flushed) = on_the_way.next() => tell(flushed),
        }
    }
    while let Some(flushed) = on_the_way.next().await {
        tell(flushed);
    }
}

thread_local! {
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Held while a layer works on this thread, so that what it causes does not come back to it.
struct Guard;

impl Guard {
    /// `None` if a layer is at work already.
    fn enter() -> Option<Self> {
        (!AT_WORK.replace(true)).then(|| Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        AT_WORK.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_compared_by_whole_names() {
        assert!(is_below("audit", "audit") && is_below("audit::login", "audit"));
        assert!(is_below("audit.login", "audit") && !is_below("auditor", "audit"));
        assert!(is_below("aws_sdk_s3::operation", "aws_*") && !is_below("laws_of", "aws_*"));
    }

    #[test]
    fn a_layer_at_work_is_not_entered_again() {
        let guard = Guard::enter();
        assert!(guard.is_some());
        assert!(Guard::enter().is_none());
        assert!(Guard::enter().is_none(), "who was turned away must not open the door");
        drop(guard);
        assert!(Guard::enter().is_some());
    }
}
