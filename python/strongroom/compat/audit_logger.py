"""The older audit logger's class, on a ledger.

    from strongroom.compat.audit_logger import ImmutableAuditLogger

The constructor, `log_event` and `verify_chain` are called as before. What is different is in
`docs/guides/migrating-from-the-python-logger.md`.
"""

from __future__ import annotations

import re
import tempfile
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strongroom import InvalidError, NotFoundError, TamperedError
from strongroom._audit.ledger import Ledger
from strongroom._audit.reading import LegacyReport, Report, export, verify, verify_legacy
from strongroom._strongroom.audit import bucket_lock

__all__ = ["ImmutableAuditLogger", "Verification"]

#: Where the ledger lies, beside the older logger's `audit/`.
LEDGER = "ledger"
#: Where the older logger wrote.
LEGACY = "audit"


@dataclass(frozen=True)
class Verification:
    """What both parts of a log are: the older logger's objects, and the ledger.

    Attributes:
        legacy: The older part; `None` if there is none.
        ledger: The newer part; `None` if there is none.
    """

    legacy: LegacyReport | None
    ledger: Report | None

    @property
    def ok(self) -> bool:
        """Whether there is something, and nothing is wrong with it."""
        parts = [part.ok for part in (self.legacy, self.ledger) if part is not None]
        return bool(parts) and all(parts)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def records(self) -> int:
        """How many records were checked."""
        legacy = len(self.legacy.order) if self.legacy else 0
        return legacy + (self.ledger.records if self.ledger else 0)


class ImmutableAuditLogger:
    """Logs audit events so that nothing can be changed unnoticed.

    Safe to share between threads; several processes may log to one bucket; a restart continues
    the chain.
    """

    def __init__(self, bucket: str, **options: Any) -> None:
        """Remembers where; the log is opened by the first event.

        Args:
            bucket: The name of a bucket, or the URL of a store. Credentials, region and
                `AWS_ENDPOINT_URL` are found as by any program for AWS.
            options: What `strongroom.audit.Ledger.open` takes, for example `signer`.
        """
        self.bucket = bucket
        self._url = bucket if re.match(r"[a-z0-9]+:|[./]", bucket) else f"s3://{bucket}"
        self._options = options
        self._opening = threading.Lock()
        self._ledger: Ledger | None = None

    def log_event(
        self,
        event_type: str,
        actor: str,
        resource: str,
        action: str,
        details: Mapping[str, Any],
        *,
        event_id: str | None = None,
    ) -> str:
        """Logs an event, and returns the hash of its record once it is stored.

        A write whose answer was lost is looked up before it is tried again. If this raises all the
        same, the event may be stored: with an `event_id` of yours, which was not used before, it is
        recorded once however often you log it.

        Raises:
            ValueError: For an event type outside of `[a-z0-9._-]`, for `NaN` in the details.
            UnavailableError: If the store failed.
        """
        try:
            receipt = self._open().append(
                event_type, actor, resource, action, details, event_id=event_id
            )
        except InvalidError as error:
            if error.code.startswith("audit."):
                raise ValueError(str(error)) from error
            raise
        return receipt.record_hash

    def verify_chain(self, start_key: str | int, end_key: str | int) -> bool:
        """Verifies the log, of which the records `start_key` to `end_key` must be a part.

        Both are included and must exist. A record is named by its number in the ledger, by its
        hash, or by the key of an object that the older logger wrote. Each part of the log that the
        range touches is verified whole: `False` says that something in it is wrong, and `verify`
        says what.

        Raises:
            NotFoundError: If there is no such record.
            ValueError: If the range ends before it begins.
        """
        found = self.verify()
        if found.legacy is None and found.ledger is None:
            raise NotFoundError(f"there is no log at `{self.bucket}`")
        try:
            start, end = self._find(found, start_key), self._find(found, end_key)
        except TamperedError:
            return False
        if start > end:
            raise ValueError(f"the range ends at `{end_key}`, before it begins at `{start_key}`")
        parts = (found.legacy, found.ledger)[start[0] : end[0] + 1]
        return all(part is not None and part.ok for part in parts)

    def verify(self, **options: Any) -> Verification:
        """Verifies everything: takes what `strongroom.audit.verify` takes."""
        legacy = verify_legacy(self._url, below=LEGACY)
        ledger = verify(self._place(LEDGER), **options)
        # Nothing at all is there: no log, which is no fault when the other one is.
        absent = ledger.records == 0 and all(
            it.message == "there is no log here" for it in ledger.findings
        )
        return Verification(
            legacy if legacy.objects else None, None if absent and ledger.findings else ledger
        )

    def close(self) -> None:
        """Closes the log; the next event opens it again."""
        with self._opening:
            ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()

    def __enter__(self) -> ImmutableAuditLogger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Ledger:
        with self._opening:
            if self._ledger is None:
                self._warn()
                self._ledger = Ledger.open(self._place(LEDGER), **self._options)
            return self._ledger

    def _warn(self) -> None:
        """Warns if whoever may write to the bucket may also remove what is logged."""
        if self._options.get("retention") is not None or not self._url.startswith("s3:"):
            return
        try:
            lock = bucket_lock(self._url)
        except InvalidError as error:
            why = f"the bucket does not say whether it locks what is logged ({error})"
        else:
            if lock is not None:
                return
            why = "the bucket does not lock what is logged"
        hint = "hand `retention=` over, or give the bucket a default retention"
        warnings.warn(f"`{self.bucket}`: {why}: {hint}", stacklevel=4)

    def _place(self, part: str) -> str:
        base, mark, parameters = self._url.partition("?")
        return f"{base.rstrip('/')}/{part}{mark}{parameters}"

    def _find(self, found: Verification, name: str | int) -> tuple[int, int]:
        """The part a record is in, and its place there."""
        if found.legacy is not None:
            for at, (key, record_hash, _) in enumerate(found.legacy.order):
                if name in (record_hash, key, f"{LEGACY}/{key}"):
                    return 0, at
        if found.ledger is not None:
            text = str(name)
            if text.isdecimal() and len(text) <= 20 and int(text) < found.ledger.size:
                return 1, int(text)
            if re.fullmatch("[0-9a-f]{64}", text):
                seq = self._seq_of(text)
                if seq is not None:
                    return 1, seq
        raise NotFoundError(f"there is no record `{name}` in the log at `{self.bucket}`")

    def _seq_of(self, record_hash: str) -> int | None:
        end = f'"record_hash": "{record_hash}"}}'.encode()
        with tempfile.TemporaryDirectory() as folder:
            bundle = Path(folder, "bundle")
            export(self._place(LEDGER), bundle)
            for file in bundle.glob("segments/*.ndjson"):
                with file.open("rb") as lines:
                    next(lines)  # the header of the segment
                    for at, line in enumerate(lines):
                        if line.rstrip().endswith(end):
                            return int(file.stem) + at
        return None
