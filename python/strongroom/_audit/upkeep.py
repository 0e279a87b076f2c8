"""What is done to a log besides appending."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strongroom._audit.ledger import Ledger
from strongroom._audit.reading import LegacyReport, _legacy
from strongroom._strongroom import audit as _native


def _opened(
    ledger: Ledger | str, options: dict[str, Any], **own: Any
) -> contextlib.AbstractContextManager[Ledger]:
    """An open ledger, which stays open, or one that is opened for the time of the work."""
    if isinstance(ledger, str):
        return Ledger.open(ledger, **own | options)
    if options:
        raise TypeError(f"the ledger is open, so `{min(options)}` comes too late")
    return contextlib.nullcontext(ledger)


@dataclass(frozen=True)
class Imported:
    """What was taken over from an older log.

    Attributes:
        report: What the older log is.
        runs: Where its records are now: the first and how many, for each unbroken run of them.
            One, unless others wrote at the same time.
    """

    report: LegacyReport
    runs: tuple[tuple[int, int], ...]

    @property
    def records(self) -> int:
        """How many records were taken over."""
        return sum(count for _, count in self.runs)


def import_legacy(
    old_url: str,
    ledger: Ledger | str,
    *,
    below: str | None = None,
    head: str | None = None,
    even_if_damaged: bool = False,
    progress: Callable[[int], object] | None = None,
    **options: Any,
) -> Imported:
    """Puts the records of an older log, as they were hashed, at the end of a ledger.

    Their order is rebuilt from their links, and a record says which they are. The older log stays
    as it is. If it breaks off, what was written stays, and doing it again does no harm.

    Args:
        old_url: The older log, one object for each event.
        ledger: An open ledger, or the URL of one, which is begun if it is not there.
        below: The prefix of the older log's objects, if there are others beside them: `audit`.
        head: The hash of its last record, if you know it.
        even_if_damaged: Whether the sound records of a log that was tampered with are taken over
            too. What was found is recorded either way.
        progress: Called now and then with the number of records so far.
        options: What `Ledger.open` takes, with a URL.

    Raises:
        TamperedError: If the older log does not hold.
    """
    with _opened(ledger, options) as opened:
        told, runs = _native.import_legacy(
            opened._native,
            old_url,
            below=below,
            head=head,
            even_if_damaged=even_if_damaged,
            progress=progress,
        )
    return Imported(_legacy(told), tuple(runs))


async def aimport_legacy(old_url: str, ledger: Ledger | str, **options: Any) -> Imported:
    """As `import_legacy`, for `asyncio`."""
    return await asyncio.to_thread(lambda: import_legacy(old_url, ledger, **options))


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be.

    Attributes:
        first_seq: The first record whose body is gone now.
        records: How many.
        segments: How many segments they were.
        recorded_at: The record that says so; `None` if nothing was removed.
    """

    first_seq: int
    records: int
    segments: int
    recorded_at: int | None


def prune(
    ledger: Ledger | str,
    *,
    before: datetime.datetime | None = None,
    before_seq: int | None = None,
    expired_only: bool = False,
    dry_run: bool = False,
    **options: Any,
) -> Pruned:
    """Removes the bodies of old records. Their hashes stay, so that every proof still verifies.

    Whole segments only, from the oldest on, and only what a checkpoint covers; a record says what
    was removed. If it breaks off, do it again.

    Args:
        ledger: An open ledger that signs, or the URL of one.
        before: Records stamped before this moment, which has a time zone.
        before_seq: Records below this number.
        expired_only: Whether to stop before a segment that a retention or a hold protects, instead
            of removing nothing.
        dry_run: Whether to say only what would be removed.
        options: What `Ledger.open` takes, with a URL: `signer`.

    Raises:
        ProtectedError: If a retention or a hold protects a segment.
        TamperedError: If a segment is not what the tree says.
        NotFoundError: If there is no log.
    """
    with _opened(ledger, options, create=False) as opened:
        pruned = _native.prune(
            opened._native,
            before=before,
            before_seq=before_seq,
            expired_only=expired_only,
            dry_run=dry_run,
        )
    return Pruned(*pruned)


async def aprune(ledger: Ledger | str, **options: Any) -> Pruned:
    """As `prune`, for `asyncio`."""
    return await asyncio.to_thread(lambda: prune(ledger, **options))


def erase_subject(ledger: Ledger | str, subject: str, **options: Any) -> tuple[str, ...]:
    """Destroys the keys of a person, so that what was sealed for them opens no more.

    The records stay as they are, and so does every proof. A record says which keys were destroyed,
    and not whose they were. Copies of the store of keys, backups too, must be destroyed as well. If
    it breaks off, do it again.

    Args:
        ledger: A ledger that was opened with `subject_keys`, or the URL of one.
        subject: The person, as `append` was told.
        options: What `Ledger.open` takes, with a URL: `subject_keys` and perhaps `signer`.

    Returns:
        The names of the destroyed keys.

    Raises:
        NotFoundError: If there is no log, or the store has no key for this subject; then nothing
            is recorded.
    """
    with _opened(ledger, options, create=False) as opened:
        return tuple(_native.erase_subject(opened._native, subject))


async def aerase_subject(ledger: Ledger | str, subject: str, **options: Any) -> tuple[str, ...]:
    """As `erase_subject`, for `asyncio`."""
    return await asyncio.to_thread(lambda: erase_subject(ledger, subject, **options))


@dataclass(frozen=True)
class Unsealed:
    """A record of which the sealed values were opened.

    Attributes:
        record: The record as it was before it was sealed, as far as it could be opened. Its hash is
            that of the sealed one.
        closed: What stays sealed: the place in the details, and the reason.
    """

    record: dict[str, Any]
    closed: tuple[tuple[str, str], ...]


def unseal(record: Mapping[str, Any], *, subject_keys: str) -> Unsealed:
    """Opens what is sealed in a record, for whoever has the keys.

    Args:
        record: The record, as a line of an export has it.
        subject_keys: The store with the keys.
    """
    told, closed = _native.unseal(subject_keys, record["log_id"], record["details"])
    return Unsealed({**record, "details": json.loads(told)}, tuple(closed))


async def aunseal(record: Mapping[str, Any], *, subject_keys: str) -> Unsealed:
    """As `unseal`, for `asyncio`."""
    return await asyncio.to_thread(lambda: unseal(record, subject_keys=subject_keys))
