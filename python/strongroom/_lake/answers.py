"""What the lake answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Counts:
    """What became of rows: each is in exactly one of the last four."""

    rows: int
    accepted: int
    exact: int
    conflicting: int
    quarantined: int


@dataclass(frozen=True)
class Input:
    """What became of an input."""

    name: str
    sha256: str
    size_bytes: int
    #: `taken`, `known` (its bytes were taken in before) or `same` (another input has the same bytes).
    outcome: str
    #: What became of its rows, where it was taken in.
    counts: Counts | None = None


@dataclass(frozen=True)
class Reason:
    """How often rows were refused for a reason; no column where the whole row was wrong."""

    code: str
    column: str | None
    rows: int


@dataclass(frozen=True)
class Ingested:
    """What was taken in."""

    table: str
    schema: str
    #: The number of the commit; `None` if there was nothing to commit.
    commit: int | None
    inputs: tuple[Input, ...]
    counts: Counts
    #: Rows of earlier commits that gave way.
    displaced: int
    reasons: tuple[Reason, ...]
    partitions: int
    files: int
    bytes: int
    #: How often somebody else was faster.
    races: int
    dry_run: bool = False
    #: Per masked column which token stands for which text; whoever keeps it can undo the mask.
    tokens: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Replayed:
    """Rows of the quarantine that were tried again."""

    #: `None` if there was nothing to be tried, or nothing was to be committed.
    commit: int | None
    #: What became of the rows that were tried.
    counts: Counts
    #: Rows that were not tried.
    left: int
    #: How often which reason was given again.
    reasons: tuple[Reason, ...]
    #: Per masked column which token stands for which text; whoever keeps it can undo the mask.
    tokens: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Evidence:
    """What was seen of a column."""

    name: str
    #: The type that is proposed; `None` for objects and lists, which bronze has no type for.
    type: str | None
    #: How many rows have it, and in how many of these it is null or an empty text.
    present: int
    empty: int
    #: How often its values were of which type.
    types: Mapping[str, int]
    examples: tuple[str, ...]
    #: Whether no value was seen twice.
    unique: bool


@dataclass(frozen=True)
class Proposal:
    """A schema document for somebody to read, mend and accept."""

    #: YAML, with the evidence as comments.
    document: str
    #: How many rows were looked at, and how many could not be read.
    rows: int
    unreadable: int
    columns: tuple[Evidence, ...]


@dataclass(frozen=True)
class Refused:
    """A row in quarantine."""

    file: str
    line: int
    offset: int | None
    column: str | None
    code: str
    detail: str
    raw: bytes | None
    commit: int


@dataclass(frozen=True)
class Quarantine:
    """What is in a quarantine."""

    #: The rows that are wanted, up to the limit.
    entries: tuple[Refused, ...]
    #: How many rows fit, shown or not.
    rows: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Compacted:
    """Small files that became large ones."""

    commit: int
    added: int
    removed: int


@dataclass(frozen=True)
class File:
    """A live file of a table."""

    #: Relative to the lake.
    path: str
    sha256: str
    size_bytes: int
    rows: int
    partition: Mapping[str, str]
    commit: int


@dataclass(frozen=True)
class Refined:
    """What was refined."""

    commit: int | None
    rows: int
    accepted: int
    rejected: Mapping[str, int]
    #: Values that led to nothing, those of most rows first.
    unresolved: tuple[Mapping[str, Any], ...]
    #: Files of bronze that were new, and that were refined before.
    files: int
    already: int
    resolved: int
    restated: int
    dropped: int
    #: The last event of the factors that counted.
    known_at: int


@dataclass(frozen=True)
class Aggregated:
    """What was summed up for a table of gold."""

    table: str
    #: `None` if nothing came out differently.
    commit: int | None
    months: tuple[str, ...]


def ingested(answer: dict[str, Any], tokens: Mapping[str, Mapping[str, str]]) -> Ingested:
    def input_of(it: dict[str, Any]) -> Input:
        counts = it.get("counts")
        return Input(
            name=it["name"],
            sha256=it["sha256"],
            size_bytes=it["size_bytes"],
            outcome=it["outcome"],
            counts=Counts(**counts) if counts is not None else None,
        )

    return Ingested(
        table=answer["table"],
        schema=answer["schema"],
        commit=answer["commit"],
        inputs=tuple(input_of(it) for it in answer["inputs"]),
        counts=Counts(**answer["counts"]),
        displaced=answer["displaced"],
        reasons=tuple(Reason(**it) for it in answer["reasons"]),
        partitions=answer["partitions"],
        files=answer["files"],
        bytes=answer["bytes"],
        races=answer["races"],
        dry_run=answer["dry_run"],
        tokens=tokens,
    )


def replayed(answer: dict[str, Any], tokens: Mapping[str, Mapping[str, str]]) -> Replayed:
    return Replayed(
        commit=answer["commit"],
        counts=Counts(**answer["counts"]),
        left=answer["left"],
        reasons=tuple(Reason(**it) for it in answer["reasons"]),
        tokens=tokens,
    )


def proposal(answer: dict[str, Any]) -> Proposal:
    columns = [Evidence(**{**it, "examples": tuple(it["examples"])}) for it in answer["columns"]]
    return Proposal(answer["document"], answer["rows"], answer["unreadable"], tuple(columns))


def refined(answer: dict[str, Any]) -> Refined:
    return Refined(**{**answer, "unresolved": tuple(answer["unresolved"])})


def aggregated(answer: dict[str, Any]) -> Aggregated:
    return Aggregated(answer["table"], answer["commit"], tuple(answer["months"]))
