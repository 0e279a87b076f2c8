"""What a factor is, and what was published about it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from strongroom._factors.numbers import Number, day, decimal_text, moment, read_moment, to_json
from strongroom._strongroom import factors as _native


@dataclass(frozen=True)
class Interval:
    """Days: from `start` on, and before `end`; `None` is without an end.

    >>> Interval.of_year(2024)
    Interval(start=datetime.date(2024, 1, 1), end=datetime.date(2025, 1, 1))
    >>> str(Interval.parse("2024-01-01/.."))
    '2024-01-01/..'
    """

    start: datetime.date
    end: datetime.date | None = None

    def __post_init__(self) -> None:
        day(self.start, "start")
        if self.end is not None and day(self.end, "end") <= self.start:
            raise ValueError(f"the interval ends on {self.end}, not after {self.start}, its first day")

    @classmethod
    def of_year(cls, year: int) -> Interval:
        """A calendar year."""
        return cls(datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1))

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Reads `2024-01-01/2025-01-01` or `2024-01-01/..`.

        Raises:
            ValueError: For anything else.
        """
        start, slash, end = text.partition("/")
        if not slash:
            raise ValueError(f"`{text}` is no interval: write `2024-01-01/2025-01-01`, or `/..`")
        last = None if end == ".." else datetime.date.fromisoformat(end)
        return cls(datetime.date.fromisoformat(start), last)

    def __contains__(self, value: datetime.date) -> bool:
        return self.start <= value and (self.end is None or value < self.end)

    def __str__(self) -> str:
        return f"{self.start}/{self.end or '..'}"


@dataclass(frozen=True)
class Factor:
    """What a figure is about. Fixed by the first version that is put.

    Attributes:
        factor_id: Its name.
        activity: What is done or burnt: `electricity.grid`.
        unit: The unit of the activity: `kWh`. The figure is per one of it.
        region: Where: ISO 3166-1 or -2, a grid zone, or the publisher's own word.
        basis: What the unit refers to: `HHV`, `LHV`. The two are never mixed.
        scope: Of the GHG Protocol: `1`, `2`, `3`, or several as `1|3`.
        category: Of scope 3, or the publisher's.
        lca_boundary: What of the life cycle is counted.
        s2_method: Which question of scope 2 it answers.
        technology: As the publisher says it.
        biogenic: Whether the carbon is of recent life.
        aliases: Other names that lead here.
    """

    factor_id: str
    activity: str
    unit: str
    region: str | None = field(default=None, kw_only=True)
    basis: str | None = field(default=None, kw_only=True)
    scope: str | None = field(default=None, kw_only=True)
    category: str | None = field(default=None, kw_only=True)
    lca_boundary: str | None = field(default=None, kw_only=True)
    s2_method: Literal["location", "market", "residual", "marginal"] | None = field(
        default=None, kw_only=True
    )
    technology: str | None = field(default=None, kw_only=True)
    biogenic: bool | None = field(default=None, kw_only=True)
    aliases: frozenset[str] = field(default=frozenset(), kw_only=True)

    def _told(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in _FACTOR}
        return told | {"aliases": sorted(self.aliases) or None}

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Factor:
        return cls(**{**told, "aliases": frozenset(told.get("aliases", ()))})


_FACTOR = (
    "factor_id", "activity", "unit", "region", "basis", "scope", "category", "lca_boundary",
    "s2_method", "technology", "biogenic",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Who published a figure where.

    Attributes:
        publisher: Who.
        dataset: In which set of figures.
        edition: In which edition of it.
        url: Where it was found.
        file_sha256: Of the file it was read from: `sha256:` and 64 digits.
        accessed_at: When it was fetched.
        published_at: When it was published.
    """

    publisher: str
    dataset: str
    edition: str | None = None
    url: str | None = None
    file_sha256: str | None = None
    accessed_at: datetime.datetime | None = None
    published_at: datetime.date | None = None

    def _told(self) -> dict[str, Any]:
        accessed, published = self.accessed_at, self.published_at
        return {
            "publisher": self.publisher,
            "dataset": self.dataset,
            "edition": self.edition,
            "url": self.url,
            "file_sha256": self.file_sha256,
            "accessed_at": moment(accessed, "accessed_at").isoformat() if accessed else None,
            "published_at": day(published, "published_at").isoformat() if published else None,
        }

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Source:
        read = dict(told)
        if "accessed_at" in read:
            read["accessed_at"] = read_moment(read["accessed_at"])
        if "published_at" in read:
            read["published_at"] = datetime.date.fromisoformat(read["published_at"])
        return cls(**read)


@dataclass(frozen=True)
class Licence:
    """Under which terms a figure may be used.

    Attributes:
        name: SPDX identifier, or the name of the terms.
        redistribute: Whether it may be handed on.
        attribution: What has to be said when it is handed on.
    """

    name: str
    redistribute: bool = False
    attribution: str | None = None


@dataclass(frozen=True)
class Uncertainty:
    """How sure a publisher is of a figure.

    Attributes:
        kind: How the bounds are meant: percent below and above, figures themselves, or the factor
            of a lognormal spread as `high`.
        low: The lower bound.
        high: The upper bound.
        level: The part of cases that lie between them, in percent.
    """

    kind: Literal["percent", "bounds", "geometric_deviation"]
    low: Decimal | None = None
    high: Decimal | None = None
    level: Decimal | None = None

    def _told(self) -> dict[str, Any]:
        bounds = {"low": self.low, "high": self.high, "level": self.level}
        told = {k: decimal_text(v, f"uncertainty.{k}") for k, v in bounds.items() if v is not None}
        return {"kind": self.kind, **told}

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Uncertainty:
        bounds = (told.get(name) for name in ("low", "high", "level"))
        return cls(told["kind"], *(Decimal(it) if it is not None else None for it in bounds))


@dataclass(frozen=True)
class Version:
    """One edition of a figure. Another text of it is another version.

    Attributes:
        factor_id: Which factor it is an edition of.
        gases: The figures by gas, per unit of activity: `co2e`, `co2`, `ch4`, … Each a `Decimal`, an
            `int` or a text, kept digit for digit; a float is refused.
        source: Who published it.
        licence: Under which terms.
        valid: For which days.
        gas_basis: `mass`, or `co2e` for what is weighted already (also where the column is called
            `kg CH4`).
        gwp_set: With which warming potentials it was weighted: `AR4`, `AR5`, `AR6`.
        result_unit: The unit of the figures.
        absent: Gases without a number, and what stood there: `NA`, `< 1`. Not zero.
        may_be_negative: Whether a figure may lie below zero.
        uncertainty: How sure the publisher is.
        quality: Marks of quality, as the publisher gives them.
        years_calculated_from: The years of the data behind the figure.
        rows: Which rows of the source it was read from.
    """

    factor_id: str
    gases: Mapping[str, Number]
    source: Source
    licence: Licence
    valid: Interval
    gas_basis: Literal["mass", "co2e"] = field(default="co2e", kw_only=True)
    gwp_set: str | None = field(default=None, kw_only=True)
    result_unit: Literal["kg", "g", "lb", "t"] = field(default="kg", kw_only=True)
    absent: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    may_be_negative: bool = field(default=False, kw_only=True)
    uncertainty: Uncertainty | None = field(default=None, kw_only=True)
    quality: frozenset[str] = field(default=frozenset(), kw_only=True)
    years_calculated_from: str | None = field(default=None, kw_only=True)
    rows: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        # Texts are numbers here, and floats are none.
        read = {gas: Decimal(decimal_text(figure, f"`{gas}`")) for gas, figure in self.gases.items()}
        object.__setattr__(self, "gases", read)

    @property
    def figures(self) -> Mapping[str, Decimal]:
        """The figures by gas, as Decimals with the digits that were published."""
        return {gas: Decimal(decimal_text(figure, gas)) for gas, figure in self.gases.items()}

    @property
    def version_id(self) -> str:
        """Its name: the digest of everything that it says."""
        return _native.version_id(to_json(self._told()))

    def _told(self) -> dict[str, Any]:
        return {
            "factor_id": self.factor_id,
            "gases": {gas: decimal_text(figure, gas) for gas, figure in self.gases.items()},
            "absent": dict(self.absent) or None,
            "gas_basis": self.gas_basis,
            "gwp_set": self.gwp_set,
            "result_unit": self.result_unit,
            "may_be_negative": self.may_be_negative,
            "uncertainty": self.uncertainty._told() if self.uncertainty else None,
            "quality": sorted(self.quality) or None,
            "years_calculated_from": self.years_calculated_from,
            "source": self.source._told(),
            "rows": list(self.rows) or None,
            "licence": {
                "name": self.licence.name,
                "redistribute": self.licence.redistribute,
                "attribution": self.licence.attribution,
            },
            "valid": str(self.valid),
        }

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Version:
        uncertainty = told.get("uncertainty")
        return cls(
            **{
                **told,
                "source": Source._of(told["source"]),
                "licence": Licence(**told["licence"]),
                "valid": Interval.parse(told["valid"]),
                "uncertainty": Uncertainty._of(uncertainty) if uncertainty else None,
                "quality": frozenset(told.get("quality", ())),
                "rows": tuple(told.get("rows", ())),
            }
        )


@dataclass(frozen=True)
class Reason:
    """Why something is done.

    Attributes:
        kind: `error`, `new_edition`, `method`, `reclassified`, `licence`.
        text: In words.
    """

    kind: Literal["error", "new_edition", "method", "reclassified", "licence"]
    text: str | None = None
