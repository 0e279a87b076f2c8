"""Artifacts at one place."""

from __future__ import annotations

import datetime
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, TypeAlias

from strongroom._artifacts.model import (
    Address,
    Entry,
    Files,
    Finding,
    Lineage,
    Listed,
    Missing,
    Model,
    Notice,
    Quarantined,
    Readiness,
    Registration,
    Release,
    Stage,
    Stored,
)
from strongroom._audit.ledger import Ledger
from strongroom._factors.numbers import Number, to_json
from strongroom._files import Content, Progress, appearing
from strongroom._strongroom import artifacts as _native

#: For how long: a time, or seconds.
Duration: TypeAlias = datetime.timedelta | float
#: A document, or its JSON.
Document: TypeAlias = Mapping[str, Any] | str | bytes
#: Acts that were finished, each with what it was done to.
Healed: TypeAlias = list[tuple[str, str]]


class Artifacts:
    """Artifacts that are open.

        with Artifacts("s3://artifacts", actor="ci") as artifacts:
            artifacts.put("builds/api/1042/app.tar.gz", "app.tar.gz")

    Every change is recorded in a log first. Safe to share between threads and with other processes;
    what another one left unfinished is finished when the artifacts are opened.
    """

    def __init__(
        self,
        url: str | os.PathLike[str],
        *,
        actor: str,
        ledger: Ledger | str | None = None,
        create: bool = True,
        rules: Document | None = None,
        gates: Document | None = None,
        clamd: str | None = None,
        signer: str | os.PathLike[str] | None = None,
        retries: int | None = None,
    ) -> None:
        """Opens the artifacts at `url`, or begins there, and finishes what was interrupted.

        Args:
            url: `s3://bucket/prefix`, `file:///dir`, or a path that begins with `/` or `./`.
            actor: Who acts, for the record.
            ledger: Where every change is recorded: a log that is open, which stays open, or the URL of
                one; `_strongroom/ledger` below `url` if left out.
            create: Whether a log is begun where none is.
            rules: What is taken of each kind; the built-in rules if left out.
            gates: What has to happen before a release moves on; if left out, nothing before `staging`,
                and the agreement of one person who put none of its files before `prod`.
            clamd: A ClamAV daemon that is shown every file, such as `127.0.0.1:3310`.
            signer: The key that signs the log: its text, or the file that holds it.
            retries: How often a failing store is tried again.

        Raises:
            InvalidError: If rules or gates cannot be used.
        """
        options = {"actor": actor, "create": create, "clamd": clamd, "retries": retries}
        self._open: _native.Store | None = None
        self._open = _native.Store.open(
            os.fspath(url),
            to_json(options),
            rules=_document(rules),
            gates=_document(gates),
            ledger=ledger._native if isinstance(ledger, Ledger) else ledger,
            signer=os.fspath(signer) if signer is not None else None,
        )

    @classmethod
    def open(cls, url: str | os.PathLike[str], **options: Any) -> Artifacts:
        """The same as the constructor, as logs and factors are opened."""
        return cls(url, **options)

    @property
    def _native(self) -> _native.Store:
        if self._open is None:
            raise RuntimeError("the artifacts are closed")
        return self._open

    def close(self) -> None:
        """Lets go of the artifacts; seals and closes the log, if this opened it."""
        native, self._open = self._open, None
        if native is not None:
            native.close()

    def __enter__(self) -> Artifacts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Artifacts at {self._open.location}>" if self._open else "<Artifacts, closed>"

    def heal(self) -> Healed:
        """Finishes what was interrupted, also by others: each act and what it was done to."""
        return self._native.heal()

    # Files.

    def put(
        self,
        key: str,
        content: Content,
        *,
        sha256: str | None = None,
        size_bytes: int | None = None,
        media_type: str | None = None,
        progress: Progress | None = None,
    ) -> Stored:
        """Checks a file and keeps it for good. The same bytes again are there already.

        Args:
            key: `builds/{pipeline}/{run}/{name}`, `models/{model}/{version}/{name}`,
                `packs/{pack}/{version}/{pack}-{version}.tar.gz` or
                `uploads/{tenant}/{date}/{upload}/{file}`.
            content: Where its bytes come from. An open file is read to its end and stays open.
            sha256: The digest that it must have.
            size_bytes: The length that it must have.
            media_type: What its sender calls it; has to fit the ending of the key.
            progress: Hears how many more bytes were read.

        Raises:
            InvalidError: If the file did not pass its checks: with the code `artifacts.quarantined` it
                was put aside, and the message says why.
            ConflictError: If other bytes are there, or the release was promoted and takes no more.
            UnavailableError: If the store or the scanner does not answer.
        """
        if isinstance(content, bytearray | memoryview):
            content = bytes(content)
        elif isinstance(content, str | os.PathLike):
            # That it is not there is said the way Python says it.
            with open(content, "rb"):
                pass
        told = json.loads(
            _native.put(
                self._native,
                key,
                content,
                sha256=sha256,
                size_bytes=size_bytes,
                media_type=media_type,
                progress=progress,
            )
        )
        return Stored(key, Entry(**told["entry"]), told["fresh"], told["seq"])

    def entry(self, key: str) -> Entry:
        """What an artifact is.

        Raises:
            NotFoundError: If there is none, or nobody has checked it.
        """
        return Entry(**json.loads(_native.entry(self._native, key)))

    def get(self, key: str, *, stage: Stage | None = None) -> bytes:
        """The bytes of an artifact, known to be those that were accepted.

        Args:
            key: Which.
            stage: Refuses unless its release is in this stage or beyond.

        Raises:
            NotFoundError: If there is none, or it was not checked, or is not in that stage.
            TamperedError: If the bytes are others.
        """
        whole = io.BytesIO()
        _native.fetch(self._native, key, whole, stage, None)
        return whole.getvalue()

    def download(
        self,
        key: str,
        to: str | os.PathLike[str] | IO[bytes],
        *,
        stage: Stage | None = None,
        progress: Progress | None = None,
    ) -> Entry:
        """Writes the bytes of an artifact piece by piece.

        Args:
            key: Which.
            to: A path, at which the file appears or is replaced when all of it is known to be right. Or
                an open file: then use nothing of it unless this returns.
            stage: Refuses unless its release is in this stage or beyond.
            progress: Hears how many more bytes were written.
        """
        if not isinstance(to, str | os.PathLike):
            return Entry(**json.loads(_native.fetch(self._native, key, to, stage, progress)))
        with appearing(Path(to), replace=True) as beside:
            told = _native.fetch(self._native, key, beside, stage, progress)
        return Entry(**json.loads(told))

    def list(
        self, under: str | None = None, *, stage: Stage | None = None, all: bool = False
    ) -> Files:
        """What there is, in order of keys.

        Args:
            under: Those whose keys begin so, to the end of a name.
            stage: Those of releases in this stage.
            all: Also what is no artifact: announced, put aside, removed.
        """
        told = _native.list(self._native, under, stage, all)
        return Files(Listed._of(it) for it in json.loads(told))

    def quarantine(self, under: str = "") -> tuple[Quarantined, ...]:
        """What was put aside, with the reasons, in order of keys."""
        told = json.loads(_native.quarantined(self._native, under))
        return tuple(Quarantined._of(it) for it in told)

    def accept_aside(self, key: str, *, reason: str, sha256: str | None = None) -> int | None:
        """Makes an artifact of bytes that were put aside, against the checks and for a reason that is
        recorded; gives its number in the log, or nothing if it was so before.

        Args:
            key: Under which key they came.
            reason: Why.
            sha256: Those with this digest; those that came last, if left out.

        Raises:
            NotFoundError: If nothing like that was put aside.
        """
        return _native.set_aside(self._native, key, True, sha256, reason)

    def discard_aside(self, key: str, *, reason: str, sha256: str | None = None) -> int | None:
        """Destroys bytes that were put aside, for a reason that is recorded; otherwise as
        `accept_aside`."""
        return _native.set_aside(self._native, key, False, sha256, reason)

    def verify(self, *, content: bool = False) -> tuple[Finding, ...]:
        """Holds every change against the log, both ways; nothing is wrong if nothing is returned.

        Whether the log itself is as it was written is said by `strongroom.audit.verify`. It must not be
        that of other artifacts, too: what was recorded of those looks as if it had been taken away.

        Args:
            content: Whether the bytes of every artifact are compared with what was accepted, too.
        """
        return tuple(map(Finding._of, json.loads(_native.verify(self._native, content))))

    # Addresses.

    def presign_get(
        self, key: str, *, valid_for: Duration = datetime.timedelta(minutes=15)
    ) -> Address:
        """Lets somebody without credentials read an artifact for a while, at most seven days. That the
        address was given out is recorded, and it is not.

        Raises:
            InvalidError: If the store has no addresses: only S3 has.
        """
        return Address._of(_native.presign_get(self._native, key, _seconds(valid_for)))

    def presign_put(
        self,
        key: str,
        *,
        valid_for: Duration = datetime.timedelta(minutes=15),
        sha256: str | None = None,
        size_bytes: int | None = None,
    ) -> Address:
        """Lets somebody upload a file for a while, where nothing is yet.

        The file becomes an artifact when its notification is acted upon: see `on_event`.
        """
        seconds = _seconds(valid_for)
        return Address._of(
            _native.presign_put(self._native, key, None, seconds, sha256, size_bytes)
        )

    def presign_upload(
        self,
        tenant: str,
        file: str,
        *,
        valid_for: Duration = datetime.timedelta(minutes=15),
        sha256: str | None = None,
        size_bytes: int | None = None,
    ) -> Address:
        """The same for an upload of a tenant, under a key that is made up: of today, with a random id."""
        seconds = _seconds(valid_for)
        return Address._of(
            _native.presign_put(self._native, file, tenant, seconds, sha256, size_bytes)
        )

    def on_event(self, message: Mapping[str, Any] | str | bytes) -> tuple[Notice, ...]:
        """Acts on a message with notifications of S3: validate, index, audit.

        Takes what a Lambda, a queue or a topic is handed. The same message again, or one that comes
        late, changes nothing.

        Raises:
            InvalidError: For what is no notification: delivering it again cannot help.
            UnavailableError: Let the message be delivered again. So with `ConflictError`.
        """
        if isinstance(message, Mapping):
            message = json.dumps(message)
        body = message.encode() if isinstance(message, str) else bytes(message)
        told = json.loads(_native.on_event(self._native, body))
        return tuple(Notice._of(it) for it in told)

    # Releases.

    def release(self, name: str) -> Release:
        """What is true about a release.

        Raises:
            NotFoundError: If there is none.
        """
        return Release._of(json.loads(_native.release(self._native, name)))

    def gate(
        self,
        release: str,
        gate: str,
        passed: bool,
        *,
        contents: str | None = None,
        evidence: str | None = None,
    ) -> int | None:
        """Writes down what a gate said; gives its number in the log, or nothing if it was so before.

        Args:
            release: About which release.
            gate: Which gate.
            passed: Whether it was passed.
            contents: About which contents; what the release holds now, if left out.
            evidence: Where the evidence is: an address or a digest.

        Raises:
            ConflictError: If the release holds something else.
        """
        return _native.gate(self._native, release, gate, passed, contents, evidence)

    def approve(
        self, release: str, to: Stage, contents: str, *, comment: str | None = None
    ) -> int | None:
        """Agrees, as the actor, that a release moves to a stage with exactly these contents."""
        return _native.approve(self._native, release, to, contents, comment)

    def missing(self, release: str, to: Stage) -> Readiness:
        """What a release holds, and what is missing before it can move to a stage."""
        told = json.loads(_native.missing(self._native, release, to))
        return Readiness(told["contents"], tuple(map(Missing._of, told["missing"])))

    def promote(self, release: str, to: Stage, *, contents: str | None = None) -> int | None:
        """Moves a release to the next stage; with `contents` only if it holds exactly that.

        Raises:
            ProtectedError: If something is missing: see `missing`.
            ConflictError: If it is not the next stage, or the release holds something else.
        """
        return _native.promote(self._native, release, to, contents)

    def demote(self, release: str, to: Stage, *, reason: str) -> int | None:
        """Moves a release back. Whoever agreed has to agree again."""
        return _native.demote(self._native, release, to, reason)

    # Models.

    def register(
        self,
        release: str,
        *,
        metrics: Mapping[str, Number] | None = None,
        parameters: Mapping[str, str] | None = None,
        lineage: Iterable[Lineage] = (),
        description: str | None = None,
    ) -> int | None:
        """Says something about a version of a model; replaces what was said before.

        Args:
            release: Which, such as `models/uplift/1.2.0`.
            metrics: Figures of merit; a float is refused.
            parameters: How it was trained.
            lineage: What it was made from.
            description: What people should know.
        """
        said = Registration(metrics or {}, parameters or {}, tuple(lineage), description)
        return _native.register(self._native, release, to_json(said._told()))

    def models(self) -> dict[str, Model]:
        """All models, by name."""
        told = json.loads(_native.models(self._native, None))
        return {it["name"]: Model._of(it) for it in told}

    def model(self, name: str) -> Model:
        """A model with all its versions.

        Raises:
            NotFoundError: If there is none.
        """
        return Model._of(json.loads(_native.models(self._native, name))[0])


def _document(document: Document | None) -> bytes | None:
    if isinstance(document, Mapping):
        document = json.dumps(document)
    return document.encode() if isinstance(document, str) else document


def _seconds(valid_for: Duration) -> float:
    return valid_for.total_seconds() if isinstance(valid_for, datetime.timedelta) else valid_for
