"""What is asked of factors, and what is changed about them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from strongroom._factors.model import Factor, Interval, Reason, Version
from strongroom._factors.numbers import Number, decimal_text, moment

#: Why something is done: a reason, or its kind.
Why: TypeAlias = Reason | Literal["error", "new_edition", "method", "reclassified", "licence"] | None


@dataclass(frozen=True)
class Selector:
    """What is looked for. What is left out is not asked for.

    Attributes:
        activity: The activity, as the factors spell it.
        region: The region, as the factors spell it.
        unit: The unit of the activity.
        basis: What the unit refers to. `None` finds only factors that say nothing about it.
        sources: Publishers or datasets, one of which it has to be of.
        gwp_set: With which warming potentials its publisher has weighted it.
        gas_basis: Masses, or weighted figures.
        lca_boundary: What of the life cycle has to be counted.
        s2_method: Which question of scope 2 it answers; marginal figures are found only if asked for.
        technology: The technology.
        quality_excluded: Marks of quality that it must not have.
        redistributable: Whether it may be handed on.
    """

    activity: str
    region: str | None = field(default=None, kw_only=True)
    unit: str | None = field(default=None, kw_only=True)
    basis: str | None = field(default=None, kw_only=True)
    sources: frozenset[str] = field(default=frozenset(), kw_only=True)
    gwp_set: str | None = field(default=None, kw_only=True)
    gas_basis: Literal["mass", "co2e"] | None = field(default=None, kw_only=True)
    lca_boundary: str | None = field(default=None, kw_only=True)
    s2_method: Literal["location", "market", "residual", "marginal"] | None = field(
        default=None, kw_only=True
    )
    technology: str | None = field(default=None, kw_only=True)
    quality_excluded: frozenset[str] = field(default=frozenset(), kw_only=True)
    redistributable: bool = field(default=False, kw_only=True)

    def _told(self) -> dict[str, Any]:
        sets = {"sources": sorted(self.sources), "quality_excluded": sorted(self.quality_excluded)}
        return {**self.__dict__, **sets}


@dataclass(frozen=True)
class Fallback:
    """What may be taken instead. By default nothing.

    Attributes:
        regions: Other regions, in this order.
        earlier_years: The latest days before, at most so many years back.
        uk_period: The edition that the rule of the United Kingdom names for this period of reporting;
            the day that is asked for does not count then.
        newest_then_highest: Of several that fit equally well the newest, and of those the highest.
    """

    regions: Sequence[str] = ()
    earlier_years: int | None = None
    uk_period: Interval | None = None
    newest_then_highest: bool = False

    def _told(self) -> dict[str, Any]:
        if self.earlier_years is not None and self.uk_period is not None:
            raise ValueError("allow `earlier_years` or follow the rule of `uk_period`, not both")
        period = str(self.uk_period) if self.uk_period else None
        return {**self.__dict__, "regions": list(self.regions), "uk_period": period}


@dataclass(frozen=True)
class Bridge:
    """What leads from one unit to another where no table can: a heat content, a density, a price.

    Attributes:
        value: How much.
        rate: Of what for each of what: `kg/l`, `mmBtu (HHV)/scf`.
        source: Where it comes from, for the reader of the result.
    """

    value: Number
    rate: str
    source: str

    def _told(self) -> dict[str, str]:
        value = decimal_text(self.value, "bridge")
        return {"value": value, "rate": self.rate, "source": self.source}


@dataclass(frozen=True)
class Change:
    """One of several changes that are made at once; made by `Change.put` and so on."""

    _told: dict[str, Any] = field(hash=False)

    @classmethod
    def put(cls, factor: Factor, version: Version, **terms: Any) -> Change:
        """Adds a version; `terms` are those of `FactorStore.put`."""
        return cls(_pair("put", factor, version) | _terms(**terms))

    @classmethod
    def correct(cls, factor: Factor, version: Version, **terms: Any) -> Change:
        """Adds a version because what counts for its days is wrong."""
        return cls(_pair("correct", factor, version) | _terms(**terms))

    @classmethod
    def withdraw(cls, factor_id: str, valid: Interval | None = None, **terms: Any) -> Change:
        """Lets what counts on some days, or on all, count no longer."""
        return cls(_named("withdraw", factor_id, valid) | _terms(**terms))

    @classmethod
    def reinstate(cls, factor_id: str, valid: Interval | None = None, **terms: Any) -> Change:
        """Lets what was withdrawn count again."""
        return cls(_named("reinstate", factor_id, valid) | _terms(**terms))

    @classmethod
    def alias(cls, factor_id: str, name: str, **terms: Any) -> Change:
        """Lets another name lead to a factor."""
        return cls({"act": "alias", "factor_id": factor_id, "name": name} | _terms(**terms))

    @classmethod
    def tag(cls, name: str, position: int | None = None, **terms: Any) -> Change:
        """Names a position of the log, or its end, for good."""
        return cls({"act": "tag", "name": name, "position": position} | _terms(**terms))


def _pair(act: str, factor: Factor, version: Version) -> dict[str, Any]:
    return {"act": act, "factor": factor._told(), "version": version._told()}


def _named(act: str, factor_id: str, valid: Interval | None) -> dict[str, Any]:
    return {"act": act, "factor_id": factor_id, "valid": str(valid) if valid else None}


#: Whatever the newest event is.
ANY: Literal["any"] = "any"


def _terms(
    *,
    reason: Why = None,
    actor: str | None = None,
    claimed_at: datetime.datetime | None = None,
    supersedes: Sequence[str] = (),
    expected_head: int | Literal["any"] | None = ANY,
) -> dict[str, Any]:
    head = None if expected_head == ANY else [it for it in (expected_head,) if it is not None]
    return {
        "reason": _why(reason),
        "actor": actor,
        "claimed_at": moment(claimed_at, "claimed_at").isoformat() if claimed_at else None,
        "supersedes": list(supersedes),
        "expected_head": head,
    }


def _why(reason: Why) -> dict[str, Any] | None:
    if reason is None:
        return None
    reason = Reason(reason) if isinstance(reason, str) else reason
    return {"kind": reason.kind, "text": reason.text}
