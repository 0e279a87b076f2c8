"""What factors are asked and answer."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar, overload

from strongroom._factors.model import Factor, Interval, Reason, Version
from strongroom._factors.numbers import decimal_text, read_moment

if TYPE_CHECKING:
    from types import ModuleType

Row = TypeVar("Row")


class Rows(Sequence[Row], Generic[Row]):
    """Rows of a table: a sequence, which pandas and pyarrow can have too."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Rows[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Rows[Row]:
        if isinstance(index, slice):
            return type(self)(self._rows[index])
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(self._rows)

    def __repr__(self) -> str:
        return f"Rows({list(self._rows)!r})"

    def to_dicts(self) -> list[dict[str, Any]]:
        """One flat dictionary for each row: days are dates, figures Decimals."""
        return [_flat(row) for row in self._rows]

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`; figures stay Decimals.

        Raises:
            ImportError: Without pandas.
        """
        dicts = self.to_dicts()
        return _library("pandas").DataFrame(dicts, columns=_columns(dicts))

    def to_arrow(self) -> Any:
        """A `pyarrow.Table`; figures are texts, which keep every digit whatever their scale.

        Raises:
            ImportError: Without pyarrow.
        """
        dicts = self.to_dicts()
        return _library("pyarrow").table(
            {name: [_plain(row.get(name)) for row in dicts] for name in _columns(dicts)}
        )


def _columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _plain(value: object) -> object:
    return decimal_text(value, "figure") if isinstance(value, Decimal) else value


def _library(name: Literal["pandas", "pyarrow"]) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"tables for {name} need it: install `{name}`, or use `to_dicts()`") from error


def _flat(row: object) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for part in fields(row):  # type: ignore[arg-type]
        if part.name.startswith("_"):
            continue
        value = getattr(row, part.name)
        if isinstance(value, Interval):
            flat[f"{part.name}_from"], flat[f"{part.name}_to"] = value.start, value.end
        elif isinstance(value, Reason):
            flat["reason"], flat["reason_text"] = value.kind, value.text
        elif isinstance(value, Factor):
            told = value._told()
            flat |= {name: told[name] for name in ("factor_id", "activity", "region", "unit", "scope")}
        elif isinstance(value, Version):
            source = value.source
            flat |= {gas: figure for gas, figure in value.figures.items()}
            flat |= {
                "gas_basis": value.gas_basis,
                "gwp_set": value.gwp_set,
                "result_unit": value.result_unit,
                "publisher": source.publisher,
                "dataset": source.dataset,
                "edition": source.edition,
                "licence": value.licence.name,
            }
        elif isinstance(value, Found):
            flat |= _flat(value)
        elif isinstance(value, tuple):
            flat[part.name] = ", ".join(map(str, value))
        elif not isinstance(value, NotValid | NotKnown | Withdrawn):
            flat[part.name] = value
    return flat


@dataclass(frozen=True)
class Found:
    """A version, and why it counts.

    Attributes:
        version_id: Its name.
        version: What it says.
        seq: The event that put it.
        recorded_at: When that was recorded.
        reaches: The days for which it was put; on some of them something newer may count.
    """

    version_id: str
    version: Version
    seq: int
    recorded_at: datetime.datetime
    reaches: Interval | None

    @property
    def figures(self) -> Mapping[str, Decimal]:
        """The figures by gas."""
        return self.version.figures

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Found:
        return cls(
            told["version_id"],
            Version._of(told["version"]),
            told["seq"],
            read_moment(told["recorded_at"]),
            _interval(told.get("reaches")),
        )


def _interval(told: str | None) -> Interval | None:
    return Interval.parse(told) if told else None


@dataclass(frozen=True)
class NotKnown:
    """Nothing was recorded about such a factor."""


@dataclass(frozen=True)
class NotValid:
    """The factor is known, and no version is valid on that day.

    Attributes:
        nearest: The latest version before it, else the first after.
    """

    nearest: Found | None


@dataclass(frozen=True)
class Withdrawn:
    """What was there counts no longer.

    Attributes:
        since: When that was recorded.
        seq: The event.
        reason: Why.
        found: What would count.
    """

    since: datetime.datetime
    seq: int
    reason: Reason | None
    found: Found | None


#: What counts for a factor on a day.
Answer: TypeAlias = Found | NotValid | NotKnown | Withdrawn


def read_answer(told: Mapping[str, Any]) -> Answer:
    found = told.get("found") or told.get("nearest")
    read = Found._of(found) if found else None
    match told["answer"]:
        case "version" if read is not None:
            return read
        case "not_valid":
            return NotValid(read)
        case "withdrawn":
            reason = told.get("reason")
            since = read_moment(told["since"])
            return Withdrawn(since, told["seq"], Reason(**reason) if reason else None, read)
        case _:
            return NotKnown()


@dataclass(frozen=True)
class Step:
    """One step on the way to a figure.

    Attributes:
        kind: `edition`, `region`, `earlier`, `tie`.
        details: What was done: the year, the region and whether it had a figure, the days of an
            earlier one, among which one was chosen.
    """

    kind: str
    details: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Resolution:
    """What was found for a purpose, and how.

    Attributes:
        factor: What it is about.
        found: The version.
        known_at: As of which event it was asked: pin this.
        steps: What was done, in order.
        penalties: How far it is from what was asked for: `regions` and `years`.
        warnings: What a person should know.
    """

    factor: Factor
    found: Found
    known_at: int | None
    steps: tuple[Step, ...]
    penalties: Mapping[str, int] = field(hash=False)
    warnings: tuple[str, ...]

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Resolution:
        steps = (Step(kind, details) for step in told["steps"] for kind, details in step.items())
        penalties = {kind: count for it in told["penalties"] for kind, count in it.items()}
        return cls(
            Factor._of(told["factor"]),
            Found._of(told["found"]),
            told["known_at"],
            tuple(steps),
            penalties,
            tuple(told["warnings"]),
        )


@dataclass(frozen=True)
class Event:
    """One act on a factor.

    Attributes:
        seq: Its place in the log.
        recorded_at: When the store took it: never earlier than the event before it.
        kind: `put`, `correct`, `withdraw`, `reinstate`, `alias`.
        factor_id: To which factor.
        version_id: Which version was put.
        valid: For which days it was said; `None` is all of them.
        reaches: For which days it counts.
        supersedes: What it replaces, where a correction says so.
        name: The other name, for an alias.
        reason: Why.
        actor: Who.
        claimed_at: When the publisher says that it was known.
    """

    seq: int
    recorded_at: datetime.datetime
    kind: str
    factor_id: str | None
    version_id: str | None
    valid: Interval | None
    reaches: Interval | None
    supersedes: tuple[str, ...]
    name: str | None
    reason: Reason | None
    actor: str
    claimed_at: datetime.datetime | None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Event:
        reason, claimed = told.get("reason"), told.get("claimed_at")
        return cls(
            told["seq"],
            read_moment(told["recorded_at"]),
            told["kind"],
            told.get("factor_id"),
            told.get("version_id"),
            _interval(told.get("valid")),
            _interval(told.get("reaches")),
            tuple(told.get("supersedes", ())),
            told.get("name"),
            Reason(**reason) if reason else None,
            told["actor"],
            read_moment(claimed) if claimed else None,
        )


@dataclass(frozen=True)
class Segment:
    """What counts on some days.

    Attributes:
        valid: The days.
        answer: What counts.
    """

    valid: Interval | None
    answer: Answer


@dataclass(frozen=True)
class Outcome:
    """What became of a change.

    Attributes:
        seq: The event that did it, now or earlier.
        version_id: Which version was put.
        created: Whether something was added; `False` if it was there already.
    """

    seq: int
    version_id: str | None
    created: bool


@dataclass(frozen=True)
class DiffLine:
    """One factor that differs.

    Attributes:
        what: `added`, `changed` (other figures, or meant in another sense), `restated` (only something
            else is said about them) or `removed`.
        factor_id: Which.
        before: What counted first.
        after: What counts then.
    """

    what: str
    factor_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Diff:
    """What differs between two points.

    Attributes:
        lines: The factors that differ.
        unchanged: How many do not.
    """

    lines: Rows[DiffLine]
    unchanged: int

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Diff:
        kinds = ("added", "changed", "restated", "removed")
        return cls(Rows(DiffLine(what, **it) for what in kinds for it in told[what]), told["unchanged"])


@dataclass(frozen=True)
class ExportLine:
    """A version, on the days on which it counts.

    Attributes:
        factor: What it is about.
        version_id: Its name.
        valid: The days.
        version: What it says.
    """

    factor: Factor
    version_id: str
    valid: Interval | None
    version: Version

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> ExportLine:
        return cls(
            Factor._of(told["factor"]),
            told["version_id"],
            _interval(told.get("valid")),
            Version._of(told["version"]),
        )


@dataclass(frozen=True)
class Export:
    """What was handed on, and what was not.

    Attributes:
        lines: What may be handed on.
        excluded: How many were held back, by licence.
        attributions: What has to be said with them.
    """

    lines: Rows[ExportLine]
    excluded: Mapping[str, int] = field(hash=False)
    attributions: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """What a release brought.

    Attributes:
        added: Factors that are new, or were withdrawn.
        changed: Other figures, or the same ones meant in another sense.
        unchanged: The same figures.
        superseded: What was there earlier and has been replaced since.
        removed: What the dataset had and this release does not.
        rejected: Row (if known), factor and reason of what cannot be taken.
        events: How many events were written, or would be.
        position: The last event that is known after it.
        dry_run: Whether nothing was written.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    superseded: tuple[str, ...]
    removed: tuple[str, ...]
    rejected: tuple[tuple[int | None, str, str], ...]
    events: int
    position: int | None
    dry_run: bool

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Imported:
        report = told["report"]

        def names(kind: str) -> tuple[str, ...]:
            return tuple(line["factor_id"] for line in report[kind])

        return cls(
            names("added"),
            names("changed"),
            names("unchanged"),
            names("superseded"),
            names("removed"),
            tuple((it.get("row"), it["factor_id"], it["reason"]) for it in report["rejected"]),
            report["events"],
            told["position"],
            told["dry_run"],
        )


@dataclass(frozen=True)
class Verified:
    """What was found to be whole.

    Attributes:
        store_id: Which store of factors.
        batches: How many batches, each of which names the digest of the one before.
        events: How many events.
        factors: How many factors.
        versions: How many versions, each of which has the digest that it is named by.
        head: The digest of the newest batch, which speaks for all of them.
    """

    store_id: str
    batches: int
    events: int
    factors: int
    versions: int
    head: str | None


@dataclass(frozen=True)
class Amount:
    """A mass in kilograms, before and after rounding.

    Attributes:
        rounded: Rounded once, half way to the even digit.
        unrounded: The exact value, or its first 40 digits.
        exact: Whether `unrounded` is the exact value.
    """

    rounded: Decimal
    unrounded: Decimal
    exact: bool

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Amount:
        return cls(Decimal(told["rounded"]), Decimal(told["unrounded"]), told["exact"])


@dataclass(frozen=True)
class Calculation:
    """What came out, and everything it came from.

    Attributes:
        value: What counts, in kilograms of CO2e.
        gases: The same by gas, as far as the factor tells.
        unattributed: What the publisher's total has beyond its gases.
        outside_scopes: CO2 that is reported outside the scopes.
        quantity: How much activity.
        unit: Of what.
        conversion: How many units of the factor one unit of the quantity is, as an exact quotient.
        version_ids: The versions it was calculated with.
        known_at: Which factors were known: a tag or a number of the log.
        gwp_set: What the numbers are weighed with, if the factor says.
        warnings: What a reader should know.
        computed_at: When.
        restates: The result whose place it takes.
        result_hash: Its name: the digest of everything above.
        json: The whole result, as `recompute`, `keep` and the command line read it.
    """

    value: Amount
    gases: Mapping[str, Amount] = field(hash=False)
    unattributed: Amount
    outside_scopes: Amount | None
    quantity: Decimal
    unit: str
    conversion: str
    version_ids: tuple[str, ...]
    known_at: str | None
    gwp_set: str | None
    warnings: tuple[str, ...]
    computed_at: datetime.datetime
    restates: str | None
    result_hash: str
    json: str = field(repr=False)

    @classmethod
    def from_json(cls, text: str) -> Calculation:
        """Reads a result; whether it holds, `recompute` finds out."""
        told = json.loads(text)
        outside, inputs, pins = told.get("outside_scopes"), told["inputs"], told["pins"]
        return cls(
            Amount._of(told["value"]),
            {gas: Amount._of(amount) for gas, amount in told["gases"].items()},
            Amount._of(told["unattributed"]),
            Amount._of(outside) if outside else None,
            Decimal(inputs["quantity"]),
            inputs["unit"],
            told["conversion"],
            tuple(pins["version_ids"]),
            pins["known_at"],
            pins["gwp_set"],
            tuple(told.get("warnings", ())),
            read_moment(told["computed_at"]),
            told.get("restates"),
            told["result_hash"],
            text,
        )


@dataclass(frozen=True)
class Restatement:
    """A result that takes the place of another one.

    Attributes:
        calculation: The new result; its `restates` names the old one.
        difference: New less old, of the rounded values.
        percent: The same in percent of the old value; `None` where that is zero.
    """

    calculation: Calculation
    difference: Decimal
    percent: Decimal | None
