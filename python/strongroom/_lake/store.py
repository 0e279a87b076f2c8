"""A lake at one place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from strongroom._audit.ledger import Ledger
from strongroom._factors.numbers import KnownAt
from strongroom._factors.store import FactorStore
from strongroom._lake.answers import (
    Aggregated,
    Compacted,
    File,
    Ingested,
    Proposal,
    Quarantine,
    Reason,
    Refined,
    Refused,
    Replayed,
    aggregated,
    ingested,
    proposal,
    refined,
    replayed,
)
from strongroom._lake.asking import Csv, Gwp, aggregating, refining
from strongroom._strongroom import lake as _native

if TYPE_CHECKING:
    import pyarrow

Kind = Literal["data", "quarantine", "duplicates"]
Progress = Callable[[int, int, int, int], object]


class Lake:
    """A lake that is open.

        lake = Lake.open("s3://lake-prod")
        report = lake.ingest("raw/emissions", schema=open("emissions.yaml").read())
        table = lake.read("bronze/emissions")

    Safe to share between threads; open it anew in a child process.
    """

    def __init__(self, native: _native.Lake, url: str, actor: str) -> None:
        """Use `Lake.open`."""
        self._native = native
        self._url = url
        self._actor = actor

    @classmethod
    def open(
        cls,
        url: str | os.PathLike[str],
        *,
        actor: str = "strongroom",
        create: bool = True,
        ledger: Ledger | None = None,
    ) -> Lake:
        """Opens the lake at `url`, or begins one.

        Args:
            url: `s3://bucket/prefix`, or a path that begins with `/` or `./`.
            actor: Who commits.
            create: Whether a lake is begun where none is.
            ledger: Where every commit is recorded too; it stays open.
        """
        url = os.fspath(url)
        native_ledger = None if ledger is None else ledger._native
        native = _native.Lake.open(url, actor=actor, create=create, ledger=native_ledger)
        return cls(native, url, actor)

    @property
    def url(self) -> str:
        """What it was opened with."""
        return self._url

    @property
    def location(self) -> str:
        """Where it is."""
        return self._native.location

    def tables(self) -> list[str]:
        """The tables that have a log: `bronze/emissions`, `gold/emissions/summary`."""
        return self._native.tables()

    def ingest(
        self,
        sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        schema: str,
        mask_keys: Mapping[str, bytes] | None = None,
        threads: int | None = None,
        memory: int | None = None,
        temporary: str | os.PathLike[str] | None = None,
        max_quarantined: int | float | None = None,
        dry_run: bool = False,
        tokens: str | os.PathLike[str] | None = None,
        application_key: str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
    ) -> Ingested:
        """Takes raw files into bronze, in one commit. What was taken in before is passed over.

        Args:
            sources: Files, folders and buckets.
            schema: The schema document, as YAML or JSON.
            mask_keys: The keys of masks, by the names that the document has.
            threads: How many threads work; all of the machine if nothing is said.
            memory: About how many bytes of memory are used before rows go to a file.
            temporary: Where files may lie that live as long as the run.
            max_quarantined: How many rows may be refused, or (a float) which share of them.
            dry_run: Whether nothing is committed.
            tokens: Where what the tokens of masked columns stand for is kept, sealed, before the commit: a
                directory or prefix apart from the lake. `strongroom lake tokens resolve` reads it.
            application_key: The key that seals it: a file of 64 hexadecimal digits that only you may read.
            progress: Called now and then with bytes read, rows read, partitions finished, partitions.
        """
        if isinstance(sources, (str, os.PathLike)):
            sources = [sources]
        options = {
            "threads": threads,
            "memory": memory,
            "temporary": None if temporary is None else os.fspath(temporary),
            "max_quarantined": most(max_quarantined),
            "dry_run": dry_run,
            **token_place(tokens, application_key),
        }
        report, met = self._native.ingest(
            schema,
            [os.fspath(it) for it in sources],
            json.dumps(options),
            dict(mask_keys or {}),
            progress,
        )
        return ingested(json.loads(report), met)

    def refine(
        self,
        factors: FactorStore,
        *,
        bronze: str = "bronze/emissions",
        silver: str = "silver/emissions/activities",
        known_at: KnownAt = None,
        gwp: Gwp | None = None,
        weigh_again: bool = False,
        references: Mapping[str, Csv] | None = None,
        retry: bool = False,
        restate: bool = False,
    ) -> Refined:
        """Calculates the emissions of rows of bronze that are new, in one commit.

        Args:
            factors: Where emission factors are looked up.
            bronze: The table that rows come from.
            silver: The table that they go to.
            known_at: As factors were known then: the number of an event, a moment, or the name of a tag; now
                if nothing is said.
            gwp: The warming potentials by which gases are weighed that factors give by mass.
            weigh_again: Whether factors are weighed again that their publisher has weighed.
            references: Tables that the texts of a column are resolved by, each a CSV file (or its bytes) with
                `id`, `name`, `aliases` and attributes: `{"site": "sites.csv"}` adds `site_id`,
                `site_id_match` and `site_id_<attribute>`.
            retry: Whether rows of the quarantine are tried again.
            restate: Whether rows of silver are calculated once more, with what is known now.
        """
        asked = refining(
            factors,
            (bronze, silver),
            known_at,
            (gwp, weigh_again),
            (retry, restate),
            references,
        )
        return refined(json.loads(_native.refine(self._native, *asked)))

    def aggregate(
        self,
        *,
        silver: str = "silver/emissions/activities",
        domain: str = "emissions",
        metrics: Iterable[str] = (),
        scope2: Literal["location", "market"] = "location",
        factors: FactorStore | None = None,
        known_at: KnownAt = None,
        gwp: Gwp | None = None,
        weigh_again: bool = False,
        benchmarks: Csv | None = None,
    ) -> list[Aggregated]:
        """Sums up what changed in silver, in one commit for each table `gold/<domain>/<metric>`.

        Args:
            silver: The table that rows come from.
            domain: The first part of the names of the tables of gold.
            metrics: `summary`, `activity`, `scope2`, `coverage`, `yoy`, `benchmark`; if nothing is said the
                first four, `yoy` where there are factors, and `benchmark` where there are benchmarks.
            scope2: How purchased energy is counted where only one total is given.
            factors: Factors by which years are compared like for like: both with what is known now.
            known_at: As these were known then, as for `refine`.
            gwp: The warming potentials by which gases are weighed that factors give by mass.
            weigh_again: Whether factors are weighed again that their publisher has weighed.
            benchmarks: Figures to compare with: a CSV file (or its bytes) with `benchmark`, `value`, `per`,
                `source` and, where they are to tell rows apart, `scope`, `category` and `activity`.
        """
        asked = aggregating(
            factors,
            (silver, domain),
            known_at,
            (gwp, weigh_again),
            (metrics, scope2),
            benchmarks,
        )
        return [aggregated(it) for it in json.loads(_native.aggregate(self._native, *asked))]

    def files(self, table: str, kind: Kind = "data") -> list[File]:
        """The live files of a table, as its commits name them."""

        def file(it: dict[str, Any]) -> File:
            of = it["file"]
            return File(
                path=of["path"],
                sha256=of["sha256"],
                size_bytes=of["size_bytes"],
                rows=of["rows"],
                partition=of.get("partition", {}),
                commit=it["commit"],
            )

        return [file(it) for it in json.loads(self._native.files(table, kind))]

    def read(
        self, table: str, kind: Kind = "data", *, partition: str | None = None
    ) -> pyarrow.Table:
        """The rows of a table as the commits have them, in order of the commits; needs pyarrow.

        Args:
            table: `bronze/emissions`.
            kind: Rows of the table, rows that were refused, or rows that were there already.
            partition: Only these: `tenant_id=acme/year=2025/month=1`.
        """
        import pyarrow

        tables = self._native.read(table, kind, partition, None)
        if not tables:
            return pyarrow.table({})
        # Columns that came later are empty in older files.
        return pyarrow.concat_tables(tables, promote_options="permissive")

    def quarantine(
        self,
        table: str,
        *,
        codes: Iterable[str] = (),
        file: str | None = None,
        limit: int | None = None,
    ) -> Quarantine:
        """Rows that were refused, with the reason and their bytes.

        Args:
            table: `bronze/emissions`.
            codes: Only those with one of these reasons.
            file: Only those that came in this input.
            limit: So many at most; the others are counted.
        """
        entries, rows, reasons = self._native.quarantine(table, list(codes), file, limit)
        return Quarantine(
            entries=tuple(Refused(*it) for it in entries),
            rows=rows,
            reasons=tuple(
                Reason(code, column or None, rows) for (code, column), rows in reasons.items()
            ),
        )

    def replay(
        self,
        *,
        schema: str,
        codes: Iterable[str] = (),
        sources: Iterable[str | os.PathLike[str]] = (),
        mask_keys: Mapping[str, bytes] | None = None,
        dry_run: bool = False,
        tokens: str | os.PathLike[str] | None = None,
        application_key: str | os.PathLike[str] | None = None,
    ) -> Replayed:
        """Tries rows of the quarantine again, after the document was mended; in one commit.

        Args:
            schema: The mended document; it says which table.
            codes: Only rows that were refused for one of these reasons.
            sources: Where the inputs lie, as for `ingest`: of rows whose document has a mask no bytes are kept.
            mask_keys: The keys of masks, by the names that the document has.
            dry_run: Whether nothing is committed.
            tokens: Where what tokens stand for is kept, as for `ingest`.
            application_key: The key that seals it.
        """
        options = {
            "codes": list(codes),
            "sources": [os.fspath(it) for it in sources],
            "dry_run": dry_run,
            **token_place(tokens, application_key),
        }
        keys = dict(mask_keys or {})
        done, met = _native.replay(self._native, schema, json.dumps(options), keys)
        return replayed(json.loads(done), met)

    def compact(
        self,
        table: str,
        *,
        small_bytes: int | None = None,
        target_bytes: int | None = None,
        at_least: int | None = None,
    ) -> Compacted | None:
        """Makes small files large ones; `None` if there was nothing to do.

        Args:
            table: `bronze/emissions`.
            small_bytes: Files below this are put together (16 MiB).
            target_bytes: So many bytes become one file (64 MiB).
            at_least: How many there have to be in a partition (2).
        """
        done = self._native.compact(table, small_bytes, target_bytes, at_least)
        return None if done is None else Compacted(*done)

    def ddl(
        self,
        table: str,
        kind: Kind = "data",
        *,
        location: str | None = None,
        tenants: Literal["injected", "enum"] = "injected",
    ) -> str:
        """The statement that makes Athena know a table, with partition projection.

        Args:
            table: `bronze/emissions`.
            kind: Its rows, its quarantine or its duplicates.
            location: Where Athena finds the lake; its own address if nothing is said.
            tenants: Whether a query has to name the tenant, or the table lists them.
        """
        return self._native.ddl(table, kind, location, tenants)


def discover(
    entity: str, sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
) -> Proposal:
    """Proposes a schema document from the first 16 MiB of each input. Nothing is applied.

    Args:
        entity: What a row is: the table becomes `bronze/<entity>`.
        sources: Files, folders and buckets.
    """
    if isinstance(sources, (str, os.PathLike)):
        sources = [sources]
    return proposal(json.loads(_native.discover(entity, [os.fspath(it) for it in sources])))


def most(most: int | float | None) -> dict[str, int] | None:
    """How many rows may be refused, as the extension reads it."""
    if most is None:
        return None
    if isinstance(most, float):
        if not 0 <= most <= 1:
            raise ValueError(f"`{most}` is no share of rows: use 0.0 to 1.0, or a whole number of rows")
        return {"per_million": round(most * 1_000_000)}
    return {"rows": most}


def token_place(
    tokens: str | os.PathLike[str] | None, application_key: str | os.PathLike[str] | None
) -> dict[str, str | None]:
    """Where what tokens stand for is kept, as the extension reads it."""
    if (tokens is None) != (application_key is None):
        raise ValueError("`tokens` and `application_key` go together")
    return {
        "tokens": None if tokens is None else os.fspath(tokens),
        "application_key": None if application_key is None else os.fspath(application_key),
    }
