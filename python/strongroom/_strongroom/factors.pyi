"""Emission factors, as `strongroom.factors` wraps them. Values cross as JSON."""

import datetime
from collections.abc import Callable, Sequence
from typing import TypeAlias, final

from strongroom._strongroom.audit import Ledger

__all__ = [
    "Store",
    "compute",
    "diff",
    "export",
    "factor",
    "get",
    "get_at",
    "history",
    "impact",
    "keep",
    "kept",
    "position",
    "recompute",
    "resolve",
    "restate",
    "segments",
    "tags",
    "verify",
    "version_id",
]

_KnownAt: TypeAlias = int | datetime.datetime | str | None

@final
class Store:
    """Factors that are open."""

    @staticmethod
    def open(
        url: str, *, actor: str, create: bool, cache: str | None, ledger: Ledger | None
    ) -> Store:
        """Opens the factors at ``url``, or begins there, and reads everything."""

    def change(self, changes: Sequence[str]) -> str:
        """Makes changes, all or none; gives their outcomes."""

    def take(
        self, candidates: Sequence[str], options: str, progress: Callable[[int], object] | None
    ) -> str:
        """Takes a release; gives what it brought."""

    def refresh(self) -> int:
        """Reads what others have written since; gives how many events that were."""

    @property
    def store_id(self) -> str:
        """Which store of factors this is."""

    @property
    def location(self) -> str:
        """Where it is."""

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many factors, versions and events there are."""

def get(store: Store, version: str) -> str:
    """A version by its name, and its factor."""

def get_at(store: Store, name: str, valid_at: datetime.date, known: _KnownAt) -> str:
    """What counts for a factor on a day, as it was known then."""

def resolve(
    store: Store, selector: str, valid_at: datetime.date, known: _KnownAt, fallback: str
) -> str:
    """The version that counts for a purpose, and how it was found."""

def history(store: Store, name: str) -> str:
    """Everything that was done to a factor."""

def segments(store: Store, name: str, known: _KnownAt) -> str:
    """What counts on all days, as it was known then."""

def diff(
    store: Store,
    from_known: _KnownAt,
    to_known: _KnownAt,
    from_day: datetime.date | None,
    to_day: datetime.date | None,
) -> str:
    """What differs between two points."""

def export(
    store: Store,
    known: _KnownAt,
    licences: Sequence[str],
    everything: bool,
    each: Callable[[str], object],
) -> str:
    """Gives each line that licences allow to ``each``, and then what was not given."""

def tags(store: Store) -> str:
    """All tags."""

def factor(store: Store, name: str) -> str | None:
    """A factor by any of its names."""

def position(store: Store, known: _KnownAt) -> int | None:
    """The last event that is known then."""

def compute(store: Store, request: str) -> str:
    """Calculates."""

def recompute(store: Store, result: str) -> str:
    """Calculates a result again from its pins."""

def restate(store: Store, old: str, request: str) -> str:
    """Calculates an old result once more, with something else."""

def keep(store: Store, result: str) -> bool:
    """Stores a result; says whether it is new."""

def kept(store: Store, result: str) -> str | None:
    """A result that was stored."""

def impact(store: Store, version: str) -> str:
    """The stored results that used a version."""

def verify(url: str) -> str:
    """Reads everything anew, and holds it against its digests."""

def version_id(version: str) -> str:
    """The digest of everything that a version says."""
