"""What artifacts are, and what is said about them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from strongroom._factors.answers import Rows
from strongroom._factors.numbers import Number, decimal_text, read_moment

#: How far a release has come.
Stage: TypeAlias = Literal["dev", "staging", "prod"]


@dataclass(frozen=True)
class Entry:
    """An artifact: a file that passed its checks.

    Attributes:
        sha256: Its digest: `sha256:` and 64 digits.
        size_bytes: How long it is.
        media_type: What its ending says it is.
        version: Which version of the object it is, where the store keeps several.
        scanned_by: Which scanner found nothing; `None` if none was asked.
    """

    sha256: str
    size_bytes: int
    media_type: str
    version: str | None = None
    scanned_by: str | None = None


@dataclass(frozen=True)
class Stored:
    """A file that is an artifact now.

    Attributes:
        key: Its key.
        entry: What it is.
        fresh: Whether it was not there before.
        seq: Its number in the log, if it was not.
    """

    key: str
    entry: Entry
    fresh: bool
    seq: int | None


Said = TypeVar("Said", bound="_Said")


@dataclass(frozen=True)
class _Said:
    """Something of several kinds, and in words."""

    #: What its kind is called where it comes from.
    _tag: ClassVar[str]

    kind: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def _of(cls: type[Said], told: tuple[Mapping[str, Any], str]) -> Said:
        details = dict(told[0])
        return cls(details.pop(cls._tag), told[1], details)

    def __str__(self) -> str:
        return self.text


class Reason(_Said):
    """Why something was put aside.

    Attributes:
        kind: In one word, such as `content_differs` or `malware`.
        text: In words, as the end of a sentence that begins with the name of the file.
        details: What belongs to the kind.
    """

    _tag = "reason"


def reasons_of(told: Iterable[tuple[Mapping[str, Any], str]]) -> tuple[Reason, ...]:
    return tuple(map(Reason._of, told))


@dataclass(frozen=True)
class Listed:
    """A file under a key.

    Attributes:
        key: Its key.
        standing: `accepted`: an artifact. `quarantined`: put aside. `announced`: it has not come, or
            nobody has checked it. `removed`: an artifact that is not there any more.
        stage: How far its release has come.
        entry: What it is or was.
        reasons: Why it was put aside.
    """

    key: str
    standing: Literal["accepted", "quarantined", "announced", "removed"]
    stage: Stage | None
    entry: Entry | None
    reasons: tuple[Reason, ...]

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Listed:
        entry = Entry(**told["entry"]) if told["entry"] else None
        return cls(
            told["key"], told["standing"], told["stage"], entry, reasons_of(told["reasons"])
        )


class Files(Rows[Listed]):
    """Files as rows of a table: a sequence, which pandas and pyarrow can have too."""

    def to_dicts(self) -> list[dict[str, Any]]:
        """One flat dictionary for each file."""
        return [
            {
                "key": it.key,
                "standing": it.standing,
                "stage": it.stage,
                "size_bytes": it.entry.size_bytes if it.entry else None,
                "sha256": it.entry.sha256 if it.entry else None,
                "media_type": it.entry.media_type if it.entry else None,
                "reasons": ", and ".join(reason.text for reason in it.reasons),
            }
            for it in self._rows
        ]


@dataclass(frozen=True)
class Quarantined:
    """Bytes that were put aside.

    Attributes:
        key: Under which key they came.
        sha256: Their digest; `None` if they were too many to be read to their end.
        size_bytes: How many there are, or were read.
        kept_at: Where they are kept in the store; `None` if they were never stored.
        reasons: Why, all of it.
        replaced: Whether a good file is under the key.
    """

    key: str
    sha256: str | None
    size_bytes: int
    kept_at: str | None
    reasons: tuple[Reason, ...]
    replaced: bool

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Quarantined:
        return cls(**{**told, "reasons": reasons_of(told["reasons"])})


@dataclass(frozen=True)
class Address:
    """An address that opens one file for a while. It is a secret: whoever has it may use it.

    Attributes:
        key: The key of the file.
        method: The method of the request.
        url: The address.
        headers: The headers that the request must have.
        expires_at: Until when it opens something.
    """

    key: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]
    expires_at: datetime.datetime

    @classmethod
    def _of(cls, told: tuple[str, str, str, list[tuple[str, str]], str]) -> Address:
        key, method, url, headers, until = told
        return cls(key, method, url, dict(headers), read_moment(until))


@dataclass(frozen=True)
class GateReport:
    """What a gate said about the contents of a release.

    Attributes:
        gate: Which gate.
        contents: About which contents.
        passed: Whether they passed.
        evidence: Where the evidence is.
    """

    gate: str
    contents: str
    passed: bool
    evidence: str | None = None


@dataclass(frozen=True)
class Approval:
    """The agreement of one person to exactly these contents in exactly this stage."""

    to: Stage
    contents: str
    approver: str
    comment: str | None = None


@dataclass(frozen=True)
class Moved:
    """A move from stage to stage."""

    to: Stage
    at: datetime.datetime
    actor: str


@dataclass(frozen=True)
class Lineage:
    """Something that a model was made from.

    Attributes:
        role: What it is for the model: `dataset`, `code`, `base_model`.
        name: A key, an address, a commit.
        sha256: Its digest, if it has one.
    """

    role: str
    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class Registration:
    """What is said about a version of a model.

    Attributes:
        metrics: Figures of merit, as Decimals; a float is refused.
        parameters: How it was trained.
        lineage: What it was made from.
        description: What people should know.
    """

    metrics: Mapping[str, Number] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    lineage: tuple[Lineage, ...] = ()
    description: str | None = None

    def __post_init__(self) -> None:
        read = {name: Decimal(decimal_text(it, f"`{name}`")) for name, it in self.metrics.items()}
        object.__setattr__(self, "metrics", read)
        object.__setattr__(self, "lineage", tuple(self.lineage))

    def _told(self) -> dict[str, Any]:
        return {
            "metrics": {name: decimal_text(it, name) for name, it in self.metrics.items()},
            "parameters": dict(self.parameters),
            "lineage": [vars(it) for it in self.lineage],
            "description": self.description,
        }

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Registration:
        lineage = tuple(Lineage(**it) for it in told["lineage"])
        return cls(told["metrics"], told["parameters"], lineage, told.get("description"))


@dataclass(frozen=True)
class Release:
    """A release: what was built, trained, packed or uploaded together.

    Attributes:
        name: Its name, such as `models/uplift/1.2.0`.
        stage: How far it has come; `None` as long as it holds no file.
        contents: The digest of what it holds. Gates and people speak about exactly this.
        files: Its artifacts, by name.
        moves: How it moved, the oldest first.
        authors: Who put its files.
        gates: What the gates said, the oldest first.
        approvals: Who agrees, the oldest first.
        registration: What is said about it, if it is a version of a model.
    """

    name: str
    stage: Stage | None
    contents: str
    files: Mapping[str, Entry]
    moves: tuple[Moved, ...]
    authors: frozenset[str]
    gates: tuple[GateReport, ...]
    approvals: tuple[Approval, ...]
    registration: Registration | None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Release:
        said = told["registration"]
        return cls(
            told["name"],
            told["stage"],
            told["contents"],
            {name: Entry(**it) for name, it in told["files"]},
            tuple(Moved(it["to"], read_moment(it["at"]), it["actor"]) for it in told["moves"]),
            frozenset(told["authors"]),
            tuple(GateReport(**it) for it in told["gates"]),
            tuple(Approval(**it) for it in told["approvals"]),
            Registration._of(said) if said else None,
        )


class Missing(_Said):
    """Something that is missing before a release can move on.

    Attributes:
        kind: `files`, `clean_file`, `gate`, `gate_failed`, `approvals`.
        text: In words.
        details: What belongs to the kind.
    """

    _tag = "missing"


@dataclass(frozen=True)
class Readiness:
    """Whether a release can move on.

    Attributes:
        contents: The digest of what it holds.
        missing: What is missing, all of it.
    """

    contents: str
    missing: tuple[Missing, ...]

    def __bool__(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Model:
    """A model: its versions, and which of them is where.

    Attributes:
        name: Its name.
        versions: Its versions, in the order in which they came.
        staging: The version to use in `staging`.
        prod: The version to use in `prod`.
    """

    name: str
    versions: Mapping[str, Release]
    staging: str | None
    prod: str | None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Model:
        versions = {version: Release._of(it) for version, it in told["versions"]}
        return cls(told["name"], versions, told["staging"], told["prod"])


class Finding(_Said):
    """Something that is not as it should be.

    Attributes:
        kind: `unrecorded`, `missing`, `unreadable`, `altered`.
        text: In words.
        details: What belongs to the kind.
    """

    _tag = "finding"


@dataclass(frozen=True)
class Notice:
    """What was done about a notification.

    Attributes:
        key: The key that it was about, with the prefix of the store.
        noticed: `accepted`, `quarantined`, `removed`, `known`, `stale`, `gone`, `unnamed`, `ignored`.
        sha256: The digest of what was accepted.
        reasons: Why it was put aside.
        reason: What is wrong with the key, or why it was ignored.
    """

    key: str
    noticed: str
    sha256: str | None = None
    reasons: tuple[Reason, ...] = ()
    reason: str | None = None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Notice:
        return cls(**{**told, "reasons": reasons_of(told.get("reasons", ()))})
