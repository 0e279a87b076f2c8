"""Records of `logging` that go to a ledger."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future, wait
from typing import Any

from strongroom._audit.context import current
from strongroom._audit.ledger import Ledger
from strongroom._strongroom.audit import Receipt

#: What every record of `logging` has; anything else was given as `extra`.
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Handler(logging.Handler):
    """Sends records of `logging` to a ledger, without holding up whoever logs.

    The type of the event is made from the name of the logger, the action is the level. Actor and
    resource are `extra`'s, or those of `audit.context`, or the defaults given here. The details
    hold the message, its arguments, the rest of `extra` and the exception.

    A record is dropped, and `handleError` says so, when too many wait for the store, when storing
    failed, or when it has no actor. Nothing is ever raised into the application. What
    `strongroom` itself logs is passed over.

        logging.getLogger("payments").addHandler(audit.Handler("file:///srv/log", actor="payments"))
    """

    def __init__(
        self,
        ledger: Ledger | str,
        *,
        level: int | str = logging.NOTSET,
        actor: str | None = None,
        resource: str | None = None,
        most_waiting: int = 10_000,
        **options: Any,
    ) -> None:
        """Takes an open ledger, which stays open, or a URL and what `Ledger.open` takes.

        Args:
            ledger: Where to.
            level: Records below it are passed over.
            actor: Who acts when nobody else is named.
            resource: What is acted on when nothing else is named; else the name of the logger.
            most_waiting: How many records may wait for the store.
        """
        super().__init__(level)
        self._owned = isinstance(ledger, str)
        self._ledger = Ledger.open(ledger, **options) if isinstance(ledger, str) else ledger
        self._actor = actor
        self._resource = resource
        self._most = most_waiting
        self._waiting: set[Future[Receipt]] = set()
        self._changing = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Queues a record."""
        if record.name.partition(".")[0] == "strongroom":
            return
        try:
            self._queue(record)
        except Exception:  # whatever goes wrong is no fault of whoever logs
            self.handleError(record)

    def _queue(self, record: logging.LogRecord) -> None:
        extra = {name: it for name, it in vars(record).items() if name not in _ORDINARY}
        around = current()
        actor = extra.pop("actor", None) or around[0] or self._actor
        if actor is None:
            raise ValueError("the record has no actor: set one with `audit.context(actor=...)`")
        resource = extra.pop("resource", None) or around[1] or self._resource or record.name
        details: dict[str, Any] = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.args:
            details["template"] = str(record.msg)
            details["args"] = _plain(record.args)
        if record.exc_info and record.exc_info[0] is not None:
            details["exception"] = logging.Formatter().formatException(record.exc_info)
        if extra:
            details["extra"] = _plain(extra)
        with self._changing:
            if len(self._waiting) >= self._most:
                raise BufferError(f"{self._most} records wait for the store, this one is dropped")
            future = self._ledger.submit(
                event_type(record.name),
                str(actor),
                str(resource),
                record.levelname.lower(),
                details,
            )
            self._waiting.add(future)
        future.add_done_callback(lambda done: self._stored(done, record))

    def _stored(self, future: Future[Receipt], record: logging.LogRecord) -> None:
        with self._changing:
            self._waiting.discard(future)
        error = future.exception()
        if error is not None:
            try:
                raise error
            except Exception:  # `handleError` prints the one that is being handled
                self.handleError(record)

    def flush(self) -> None:
        """Waits until everything that was logged is stored, or has failed."""
        with self._changing:
            waiting = set(self._waiting)
        wait(waiting)

    def close(self) -> None:
        """Flushes; closes the ledger if it was opened here."""
        if self._ledger._process == os.getpid():
            try:
                self.flush()
                if self._owned:
                    self._ledger.close()
            except Exception:  # at the end of the program nobody would catch it
                self.handleError(logging.makeLogRecord({"msg": "the ledger cannot be closed"}))
        super().close()


def event_type(name: str) -> str:
    """The type of event that the name of a logger becomes.

        >>> event_type("My App.payments..v2")
        'my-app.payments.v2'
    """
    word = re.sub(r"[^a-z0-9._-]", "-", name.lower())
    word = re.sub(r"\.{2,}", ".", word).removeprefix("_audit.")
    return word[:64] or "root"


def _plain(value: object) -> Any:
    """`value` as JSON can hold it: what it cannot hold becomes its `repr`."""
    if isinstance(value, Mapping):
        return {str(name): _plain(it) for name, it in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(it) for it in value]
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return repr(value)
    return value
