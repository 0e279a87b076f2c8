"""Logs that are written."""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Literal

from strongroom._audit.context import filled
from strongroom._strongroom import audit as _native
from strongroom._strongroom.audit import Receipt


#: Event type, actor, resource, action, details, event id, class, whom and what to seal.
_Told = tuple[
    str,
    str,
    str,
    str,
    "dict[str, Any] | None",
    "str | None",
    "str | None",
    "tuple[str, list[str]] | None",
]


@dataclass(frozen=True)
class Event:
    """Something that happened, for `Ledger.append_all`."""

    event_type: str
    actor: str | None
    resource: str | None
    action: str
    details: Mapping[str, Any] | None = None
    event_id: str | None = None
    class_: str | None = None
    subject: str | None = None
    seal: Sequence[str] = ()


@dataclass(frozen=True)
class Limits:
    """What a ledger holds in memory and puts in one segment at most; `None` is the default.

    Attributes:
        segment_records: Records of a segment. A new log writes this into its document, where it
            binds all writers; an old log's own number counts if it is smaller.
        segment_bytes: Bytes of the records of a segment, before compression.
        queue_records: Records that wait to be stored. More wait for room.
        queue_bytes: Bytes of records that wait to be stored.
        event_ids: How many ids of events are remembered, the latest ones.
        races: How often in a row other writers may be faster before waiting events fail.
    """

    segment_records: int | None = None
    segment_bytes: int | None = None
    queue_records: int | None = None
    queue_bytes: int | None = None
    event_ids: int | None = None
    races: int | None = None


@dataclass(frozen=True)
class Retention:
    """How long the objects of a log are protected, by class of record.

    Attributes:
        days: For records without a class, or with one that is not named in `class_days`.
        mode: Who may lift it: nobody (`compliance`), or whoever has a special permission.
        class_days: Days for the classes that differ; the longest in a segment counts.
    """

    days: int
    mode: Literal["governance", "compliance"] = "governance"
    class_days: Mapping[str, int] = field(default_factory=dict)


_open: weakref.WeakSet[Ledger] = weakref.WeakSet()


class Ledger:
    """An open log that can be written; safe to share between threads.

    A call returns, and a future resolves, only when the record is stored. Leaving the `with` block
    closes the ledger: it stores what is queued and writes a last checkpoint. A ledger that is
    collected without having been closed stores what is queued in the background, and the end of
    the program closes those that are still referenced.

    A ledger does not survive `os.fork`: in the child every call raises `RuntimeError`. Open it
    after the fork.

        >>> with Ledger.open("memory://") as ledger:
        ...     ledger.append("report.read", "alice", "report/1", "read", {"rows": 12}).seq
        0
    """

    def __init__(self, native: _native.Ledger) -> None:
        self._native = native
        self._process = os.getpid()
        _open.add(self)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        signer: str | os.PathLike[str] | None = None,
        verifier_keys: Sequence[str] = (),
        writer: str | None = None,
        log_id: str | None = None,
        origin: str | None = None,
        retention: Retention | int | None = None,
        create: bool = True,
        checkpoint_every: float = 10.0,
        checkpoint_records: int = 65_536,
        compress: bool | int = True,
        limits: Limits | None = None,
        conditions: Literal["atomic", "oldest-version"] | None = None,
        retries: int | None = None,
        subject_keys: str | None = None,
    ) -> Ledger:
        """Opens the log at `url`, or begins one; verifies its end before anything is appended.

        Args:
            url: `file:///dir`, `memory://`, `s3://bucket/prefix?endpoint=...&region=...`.
            signer: Signs the checkpoints: a private key or the file that holds it. Without it
                there are no checkpoints.
            verifier_keys: Keys whose checkpoints are believed, besides the signer's own.
            writer: Who writes; stands in every record.
            log_id: Which log it has to be; a new one gets this id, or a random one.
            origin: The first line of a new log's checkpoints.
            retention: How long objects are protected; a number means days in governance mode.
                `None` leaves that to the bucket.
            create: Whether a log is begun where none is.
            checkpoint_every: Seconds after the first record that no checkpoint covers.
            checkpoint_records: Records after which a checkpoint is written.
            compress: Whether segments are stored as zstd frames, or the level from 1 to 19.
            limits: What is held in memory and put in one segment at most.
            conditions: How far the store's conditional writes are trusted when a log is begun;
                `None` finds out. A log that is there knows.
            retries: How often a failing store is asked again before an event fails.
            subject_keys: The store with the keys that events are sealed with: not that of the
                log, and one that forgets what is deleted.

        Raises:
            TamperedError: If the end of the log does not verify.
            NotFoundError: If there is no log and `create` is false.
            UnavailableError: If the store does not answer.
        """
        if isinstance(retention, int):
            retention = Retention(retention)
        kept = (retention.mode, retention.days, dict(retention.class_days)) if retention else None
        native = _native.Ledger.open(
            url,
            signer=None if signer is None else os.fspath(signer),
            verifier_keys=list(verifier_keys),
            writer=writer,
            log_id=log_id,
            origin=origin,
            retention=kept,
            create=create,
            checkpoint_every=checkpoint_every,
            checkpoint_records=checkpoint_records,
            compress=compress,
            limits=asdict(limits or Limits()),
            conditions=conditions,
            retries=retries,
            subject_keys=subject_keys,
        )
        return cls(native)

    def append(
        self,
        event_type: str,
        actor: str | None = None,
        resource: str | None = None,
        action: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
        class_: str | None = None,
        subject: str | None = None,
        seal: Sequence[str] = (),
        timeout: float | None = None,
    ) -> Receipt:
        """Records an event and waits until it is stored. Other threads run meanwhile.

        Args:
            event_type: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, without `..`.
            actor: Who did it; that of the context if left out.
            resource: What it was done to; that of the context if left out.
            action: What was done.
            details: Anything that JSON can hold.
            event_id: Yours. An event is recorded once for each id, however often it is appended.
            class_: Its class of retention.
            subject: The person whose key seals. It is not recorded; `erase_subject` makes what
                was sealed noise.
            seal: The places in `details` that are sealed: `customer.mail`, `/phones/0`.
            timeout: Seconds to wait. The event may be stored later nevertheless.

        Raises:
            ValueError, TypeError: For details that are not JSON, with the path to them.
            InvalidError: For an event that cannot be recorded.
            UnavailableError: If the store failed. With the code `ledger.unknown` the event may be
                stored; append it again with the same `event_id`.
            TimeoutError: If it took longer than `timeout`.
        """
        event = Event(
            event_type, actor, resource, action, details, event_id, class_, subject, seal
        )
        return self._native.append(_told(event), timeout)

    def submit(
        self,
        event_type: str,
        actor: str | None = None,
        resource: str | None = None,
        action: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
        class_: str | None = None,
        subject: str | None = None,
        seal: Sequence[str] = (),
    ) -> Future[Receipt]:
        """Queues an event and returns at once; the future resolves when it is stored.

        An event that is on its way cannot be called back: `cancel()` of the future returns
        `False`. Events with something to seal are queued when their key was fetched.
        """
        event = Event(
            event_type, actor, resource, action, details, event_id, class_, subject, seal
        )
        return self._native.submit(_told(event))

    async def append_async(
        self,
        event_type: str,
        actor: str | None = None,
        resource: str | None = None,
        action: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
        class_: str | None = None,
        subject: str | None = None,
        seal: Sequence[str] = (),
    ) -> Receipt:
        """As `append`, for `asyncio`. Cancelling the task takes nothing back."""
        event = Event(
            event_type, actor, resource, action, details, event_id, class_, subject, seal
        )
        return await asyncio.wrap_future(self._native.submit(_told(event)))

    def append_all(self, events: Iterable[Event]) -> list[Receipt]:
        """Records events in their order, and waits until all are stored.

        Raises:
            StrongroomError: The first error; events after it may be recorded nevertheless.
        """
        return self._native.append_all([_told(event) for event in events])

    def checkpoint(self) -> tuple[int, str] | None:
        """Writes a checkpoint now: the number of records it covers, and their root."""
        return self._native.checkpoint()

    def rotate_key(self, signer: str | os.PathLike[str]) -> Receipt:
        """Lets another key sign from here on; both sign the next checkpoint."""
        return self._native.rotate_key(os.fspath(signer))

    @property
    def head(self) -> tuple[int, str | None]:
        """The number of records, and the hash of the last one, as far as this writer has seen."""
        return self._native.head

    @property
    def log_id(self) -> str:
        """Which log this is. Every record names it."""
        return self._native.log_id

    @property
    def origin(self) -> str:
        """The first line of the checkpoints of this log."""
        return self._native.origin

    def close(self) -> None:
        """Takes nothing more, stores what is queued, writes a last checkpoint, waits for it."""
        self._native.close()
        _open.discard(self)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncLedger:
    """A `Ledger` for `asyncio`: nothing here blocks the event loop.

        async with AsyncLedger.open("file:///srv/log") as ledger:
            receipt = await ledger.append("report.read", "alice", "report/1", "read")
    """

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._url = url
        self._options = options
        self._ledger: Ledger | None = None

    @classmethod
    def open(cls, url: str, **options: Any) -> AsyncLedger:
        """Takes what `Ledger.open` takes; the log is opened by `async with`."""
        return cls(url, options)

    @property
    def ledger(self) -> Ledger:
        """The ledger beneath.

        Raises:
            RuntimeError: Outside of `async with`.
        """
        if self._ledger is None:
            raise RuntimeError("the ledger is not open: use `async with`")
        return self._ledger

    async def append(
        self,
        event_type: str,
        actor: str | None = None,
        resource: str | None = None,
        action: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
        class_: str | None = None,
        subject: str | None = None,
        seal: Sequence[str] = (),
    ) -> Receipt:
        """As `Ledger.append_async`."""
        return await self.ledger.append_async(
            event_type,
            actor,
            resource,
            action,
            details,
            event_id=event_id,
            class_=class_,
            subject=subject,
            seal=seal,
        )

    async def append_all(self, events: Iterable[Event]) -> list[Receipt]:
        """As `Ledger.append_all`."""
        return await asyncio.to_thread(self.ledger.append_all, events)

    async def checkpoint(self) -> tuple[int, str] | None:
        """As `Ledger.checkpoint`."""
        return await asyncio.to_thread(self.ledger.checkpoint)

    async def rotate_key(self, signer: str | os.PathLike[str]) -> Receipt:
        """As `Ledger.rotate_key`."""
        return await asyncio.to_thread(self.ledger.rotate_key, signer)

    async def close(self) -> None:
        """As `Ledger.close`."""
        await asyncio.to_thread(self.ledger.close)

    async def __aenter__(self) -> AsyncLedger:
        self._ledger = await asyncio.to_thread(lambda: Ledger.open(self._url, **self._options))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _told(event: Event) -> _Told:
    actor, resource = filled(event.actor, event.resource)
    details = None if event.details is None else dict(event.details)
    kind, action = event.event_type, event.action
    sealing = None
    if event.subject is not None or event.seal:
        # Whoever names one without the other believes that something is sealed.
        if event.subject is None:
            raise ValueError("nobody is named for whom to seal: give `subject`")
        if not event.seal or isinstance(event.seal, str):
            raise ValueError("nothing is named to be sealed: give `seal`, a list of places")
        sealing = (event.subject, list(event.seal))
    return kind, actor, resource, action, details, event.event_id, event.class_, sealing


@atexit.register
def _close_all() -> None:
    for ledger in list(_open):
        # Those of a parent process are closed there.
        if ledger._process == os.getpid():
            ledger.close()
