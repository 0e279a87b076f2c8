"""Logs that are read: verified, proved from, taken out."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from strongroom._strongroom import audit as _native


@dataclass(frozen=True)
class Finding:
    """One thing that a verification found.

    Attributes:
        kind: What, for example `content_altered`; the reference of the ledger lists all kinds.
        message: One line for people.
        severity: What it says about the log. The heaviest finding decides the status of a report;
            notes are no fault.
        first_seq: The first record it is about, if it is about records.
        last_seq: The last record it is about.
        key: The object, below the prefix of the log.
        version: The version of the object.
        expected: What had to be there.
        found: What was there.
    """

    kind: str
    message: str
    severity: Literal["tampered", "could_not_check", "note"]
    first_seq: int | None = None
    last_seq: int | None = None
    key: str | None = None
    version: str | None = None
    expected: str | None = None
    found: str | None = None

    @property
    def is_note(self) -> bool:
        """Whether it is no fault, only worth knowing."""
        return self.severity == "note"

    @property
    def seq(self) -> int | None:
        """The first record it is about."""
        return self.first_seq


@dataclass(frozen=True)
class Report:
    """The answer of a verification.

    Attributes:
        status: `ok`, `tampered` or `could_not_verify`.
        records: How many records were read and checked.
        segments: How many segments.
        size: How many records the log has, removed bodies included.
        root: The root of the tree over all records.
        last_hash: The hash of the last record.
        sealed_size: How many records the newest good checkpoint covers.
        anchored: Whether a trusted key or the pin vouches for what was checked.
        findings: What was found; notes are no fault.
        log_id: The log, if its document could be read.
        origin: The first line of its checkpoints, if its document could be read.
        checkpoints: How many checkpoints hold.
        checkpoint: The newest of them, word for word.
        notes: How many findings are only notes.
        findings_omitted: How many were left out because there were too many of their kind.
        document: All of it as JSON has it.
    """

    status: Literal["ok", "tampered", "could_not_verify"]
    records: int
    segments: int
    size: int
    root: str | None
    last_hash: str | None
    sealed_size: int
    anchored: bool
    findings: tuple[Finding, ...]
    log_id: str | None
    origin: str | None
    checkpoints: int
    checkpoint: str | None
    notes: int
    findings_omitted: int
    document: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong and everything could be checked."""
        return self.status == "ok"

    @property
    def exit_status(self) -> int:
        """What `strongroom audit verify` ends with: 0, 7 if tampered, 8 if not verified."""
        return {"ok": 0, "tampered": 7, "could_not_verify": 8}[self.status]

    def __bool__(self) -> bool:
        return self.ok

    def to_dict(self) -> dict[str, Any]:
        """The whole report as JSON has it."""
        return dict(self.document)


def _report(text: str) -> Report:
    document = json.loads(text)
    findings = tuple(
        Finding(**{it.name: each[it.name] for it in fields(Finding) if it.name in each})
        for each in document["findings"]
    )
    own = {"findings", "document"}
    told = {it.name: document[it.name] for it in fields(Report) if it.name not in own}
    return Report(**told, findings=findings, document=document)


def _keyring(keyring: str | os.PathLike[str] | None) -> bytes | None:
    return None if keyring is None else Path(keyring).read_bytes()


def verify(
    url: str,
    *,
    keyring: str | os.PathLike[str] | None = None,
    verifier_keys: Sequence[str] = (),
    pin: str | os.PathLike[str] | None = None,
    require_anchor: bool = False,
    require_sealed: bool = False,
    lock: tuple[Literal["governance", "compliance"], datetime.datetime] | None = None,
    skip_tiles: bool = False,
    threads: int | None = None,
    progress: Callable[[int, int, int], object] | None = None,
) -> Report:
    """Verifies a whole log.

    What is wrong with the log is an answer and no exception.

    Args:
        url: The log.
        keyring: The file with the trusted keys.
        verifier_keys: Trusted keys, instead.
        pin: A file that remembers how far the log was seen; written when all is well.
        require_anchor: Whether a log counts as not checked if neither key nor pin vouches for it.
        require_sealed: Whether it does if the last records are in no checkpoint.
        lock: The least lock of every object: its mode, and the moment it must last to.
        skip_tiles: Passes over what is derived from the records.
        threads: How many threads hash.
        progress: Called now and then with the records, segments and bytes so far.

    Raises:
        InvalidError: For a place that is no store, or keys that are none.
    """
    return _report(
        _native.verify(
            url,
            keyring=_keyring(keyring),
            verifier_keys=list(verifier_keys),
            pin=None if pin is None else os.fspath(pin),
            require_anchor=require_anchor,
            require_sealed=require_sealed,
            lock=lock,
            skip_tiles=skip_tiles,
            threads=threads,
            progress=progress,
        )
    )


async def averify(url: str, **options: Any) -> Report:
    """As `verify`, for `asyncio`."""
    return await asyncio.to_thread(lambda: verify(url, **options))


@dataclass(frozen=True)
class Evidence:
    """What proves that a record is in a log: `proof` and `line` go to whoever asks.

    Attributes:
        proof: A `.tlog-proof` file (C2SP).
        seq: The number of the record.
        record_hash: Its hash.
        line: The record as it is stored; `None` if its body was removed.
    """

    proof: str
    seq: int
    record_hash: str
    line: bytes | None


def prove(url: str, record: int | str) -> Evidence:
    """Takes the evidence for one record, named by its number or its hash, out of a log.

    Raises:
        NotFoundError: If there is no such record, or no checkpoint covers it yet.
        TamperedError: If what is stored does not lead to the checkpoint.
    """
    return Evidence(*_native.prove(url, record))


async def aprove(url: str, record: int | str) -> Evidence:
    """As `prove`, for `asyncio`."""
    return await asyncio.to_thread(prove, url, record)


@dataclass(frozen=True)
class Proved:
    """What a proof says: record `seq` is in the log `origin` of `size` records."""

    seq: int
    origin: str
    size: int
    root: str
    signed_by: tuple[str, ...]


def verify_proof(
    proof: str | bytes,
    line: str | bytes,
    *,
    keyring: str | os.PathLike[str] | None = None,
    verifier_keys: Sequence[str] = (),
    origin: str | None = None,
) -> Proved:
    """Checks the evidence for one record, with nothing else at hand.

    Raises:
        TamperedError, UnverifiedError, InvalidError: If it does not prove that.
    """
    told = _native.verify_proof(
        proof.encode() if isinstance(proof, str) else proof,
        line.encode() if isinstance(line, str) else line,
        keyring=_keyring(keyring),
        verifier_keys=list(verifier_keys),
        origin=origin,
    )
    document = json.loads(told)
    document["signed_by"] = tuple(document["signed_by"])
    return Proved(**document)


@dataclass(frozen=True)
class Exported:
    """What was taken out: `records` of a log of `size`."""

    records: int
    size: int
    legacy_passed_over: int


def export(
    url: str,
    to: str | os.PathLike[str],
    *,
    actor: str | None = None,
    resource: str | None = None,
    action: str | None = None,
    event_type: str | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    first_seq: int | None = None,
    end_seq: int | None = None,
    keyring: str | os.PathLike[str] | None = None,
    verifier_keys: Sequence[str] = (),
) -> Exported:
    """Writes a bundle that proves what it holds: the whole log, or the records that fit.

    Args:
        url: The log.
        to: A folder that is not there yet. `verify.py` in it needs nothing but Python.

    Raises:
        TamperedError: If the log does not hold.
        NotFoundError: If records are chosen from a log that was never sealed.
    """
    wanted = {
        "actor": actor,
        "resource": resource,
        "action": action,
        "event_type": event_type,
        "since": since,
        "until": until,
        "first_seq": first_seq,
        "end_seq": end_seq,
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    return Exported(
        *_native.export(
            url,
            os.fspath(to),
            filter=wanted or None,
            keyring=_keyring(keyring),
            verifier_keys=list(verifier_keys),
        )
    )


async def aexport(url: str, to: str | os.PathLike[str], **options: Any) -> Exported:
    """As `export`, for `asyncio`."""
    return await asyncio.to_thread(lambda: export(url, to, **options))


@dataclass(frozen=True)
class LegacyFinding:
    """One thing that was found in an older log; of `severity` `note` is what an honest logger did."""

    kind: str
    severity: Literal["tampered", "could_not_check", "note"]
    message: str
    key: str | None
    record_hash: str | None
    others: tuple[str, ...]


@dataclass(frozen=True)
class LegacyReport:
    """What an older log is.

    Attributes:
        objects: How many objects there were.
        one_chain: Whether there is one unbroken chain.
        order: For each record its key, its hash, and whether it has that hash.
    """

    objects: int
    severity: Literal["tampered", "could_not_check", "note"]
    one_chain: bool
    geneses: tuple[str, ...]
    heads: tuple[str, ...]
    order: tuple[tuple[str, str, bool], ...]
    findings: tuple[LegacyFinding, ...]

    @property
    def ok(self) -> bool:
        """Whether there are records, and all are as they were written."""
        return self.objects > 0 and self.severity == "note"


def verify_legacy(
    url: str,
    *,
    below: str | None = None,
    head: str | None = None,
    progress: Callable[[int], object] | None = None,
) -> LegacyReport:
    """Reads a log of the older logger, one object for each event, and says what it is.

    Args:
        url: The bucket that it is in.
        below: The prefix of its objects, if there are others beside them: `audit`.
        head: The hash of its last record, if you know it: without it the loss of the newest
            records cannot be noticed.
        progress: Called now and then with the number of objects so far.
    """
    return _legacy(_native.verify_legacy(url, below=below, head=head, progress=progress))


def _legacy(told: str) -> LegacyReport:
    document = json.loads(told)
    findings = (LegacyFinding(**it | {"others": tuple(it["others"])}) for it in document["findings"])
    return LegacyReport(
        objects=document["objects"],
        severity=document["severity"],
        one_chain=document["one_chain"],
        geneses=tuple(document["geneses"]),
        heads=tuple(document["heads"]),
        order=tuple((key, record_hash, sound) for key, record_hash, sound in document["order"]),
        findings=tuple(findings),
    )


async def averify_legacy(url: str, **options: Any) -> LegacyReport:
    """As `verify_legacy`, for `asyncio`."""
    return await asyncio.to_thread(lambda: verify_legacy(url, **options))
