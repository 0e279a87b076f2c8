"""The lake, as `strongroom.lake` and `strongroom.spark` wrap it. Answers cross as JSON."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, final

from strongroom._strongroom.audit import Ledger
from strongroom._strongroom.factors import Store

__all__ = [
    "ACTIVITY",
    "Lake",
    "Session",
    "ZoneSession",
    "aggregate",
    "discover",
    "refine",
    "replay",
    "work",
]

ACTIVITY: Final[str]

_KnownAt: TypeAlias = int | datetime.datetime | str | None
_Table: TypeAlias = tuple[str, str, bytes]
_Tokens: TypeAlias = dict[str, dict[str, str]]
_Refused: TypeAlias = tuple[
    str, int, int | None, str | None, str, str, bytes | None, int
]

@final
class Lake:
    """A lake that is open."""

    @staticmethod
    def open(url: str, *, actor: str, create: bool, ledger: Ledger | None) -> Lake:
        """Opens the lake at ``url``, or begins one."""

    @property
    def location(self) -> str:
        """Where it is."""

    def tables(self) -> list[str]:
        """The tables that have a log."""

    def ingest(
        self,
        schema: str,
        sources: Sequence[str],
        options: str,
        keys: Mapping[str, bytes],
        progress: Callable[[int, int, int, int], object] | None,
    ) -> tuple[str, _Tokens]:
        """Takes files and folders in; gives the report and the tokens."""

    def files(self, table: str, of: str) -> str:
        """The live files of a table."""

    def read(
        self, table: str, of: str, partition: str | None, path: str | None
    ) -> list[Any]:
        """The rows of a table, as one ``pyarrow.Table`` for each file."""

    def quarantine(
        self, table: str, codes: Sequence[str], file: str | None, limit: int | None
    ) -> tuple[list[_Refused], int, dict[tuple[str, str], int]]:
        """Rows that were refused, how many there are, and how often for which reason."""

    def compact(
        self,
        table: str,
        small_bytes: int | None,
        target_bytes: int | None,
        at_least: int | None,
    ) -> tuple[int, int, int] | None:
        """Makes small files large ones; gives the commit, and how many files came and went."""

    def ddl(self, table: str, of: str, location: str | None, tenants: str) -> str:
        """What makes Athena know a table."""

@final
class Session:
    """A run that is planned and committed here, and done by tasks anywhere."""

    @staticmethod
    def begin(
        lake: Lake, schema: str, source: str, options: str, keys: Mapping[str, bytes]
    ) -> Session:
        """Begins a run."""

    @property
    def run(self) -> str:
        """What the run is called."""

    @property
    def table(self) -> str:
        """The table it commits to."""

    def next(self, done: Sequence[str]) -> tuple[str | None, list[str], _Tokens]:
        """The next stage and its tasks, or ``None`` with the report and the tokens."""

    def abandon(self) -> None:
        """Removes what was not committed."""

def work(lake: str, table: str, run: str, task: str, keys: Mapping[str, bytes]) -> str:
    """Does one task of a run."""

@final
class ZoneSession:
    """A run from zone to zone that is planned and committed here, and done by tasks anywhere."""

    @staticmethod
    def refine(
        lake: Lake,
        factors: Store,
        bronze: str,
        silver: str,
        known_at: _KnownAt,
        options: str,
        references: Sequence[_Table],
        together: int | None,
    ) -> ZoneSession:
        """From bronze to silver. Nothing is looked at yet."""

    @staticmethod
    def aggregate(
        lake: Lake,
        factors: Store | None,
        silver: str,
        domain: str,
        known_at: _KnownAt,
        options: str,
        benchmarks: bytes | None,
        together: int | None,
    ) -> ZoneSession:
        """From silver to gold. Nothing is looked at yet."""

    @property
    def table(self) -> str:
        """The table at whose side the tasks meet."""

    def next(self, done: Sequence[str]) -> tuple[str | None, list[str], str | None]:
        """The next stage, its tasks and their run; or ``None`` and the answer."""

    def abandon(self) -> None:
        """Removes what was not committed."""

def refine(
    lake: Lake,
    factors: Store,
    bronze: str,
    silver: str,
    known_at: _KnownAt,
    options: str,
    references: Sequence[_Table],
) -> str:
    """Bronze becomes silver."""

def aggregate(
    lake: Lake,
    factors: Store | None,
    silver: str,
    domain: str,
    known_at: _KnownAt,
    options: str,
    benchmarks: bytes | None,
) -> str:
    """Silver becomes gold."""

def discover(entity: str, sources: Sequence[str]) -> str:
    """Proposes a schema document."""

def replay(
    lake: Lake,
    schema: str,
    options: str,
    keys: Mapping[str, bytes],
) -> tuple[str, _Tokens]:
    """Tries rows of a quarantine again; gives the report and the tokens."""
