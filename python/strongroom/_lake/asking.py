"""How rows are taken from zone to zone, as the extension reads it; for one machine and for Spark."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from strongroom._factors.numbers import KnownAt, known
from strongroom._factors.store import FactorStore
from strongroom._strongroom.factors import Store

#: Warming potentials by which gases are weighed.
Gwp: TypeAlias = Literal["AR4", "AR5", "AR6"]

#: A file of CSV, or its bytes.
Csv: TypeAlias = str | os.PathLike[str] | bytes


def refining(
    factors: FactorStore,
    tables: tuple[str, str],
    known_at: KnownAt,
    how: tuple[Gwp | None, bool],
    modes: tuple[bool, bool],
    references: Mapping[str, Csv] | None,
) -> tuple[Store, str, str, KnownAt, str, list[tuple[str, str, bytes]]]:
    """The arguments behind the lake."""
    gwp, weigh_again = how
    retry, restate = modes
    options = {"gwp": gwp, "weigh_again": weigh_again, "retry": retry, "restate": restate}
    read = [(column, *_named(file, column)) for column, file in (references or {}).items()]
    return factors._native, *tables, known(known_at), json.dumps(options), read


def aggregating(
    factors: FactorStore | None,
    tables: tuple[str, str],
    known_at: KnownAt,
    how: tuple[Gwp | None, bool],
    gold: tuple[Iterable[str], str],
    benchmarks: Csv | None,
) -> tuple[Store | None, str, str, KnownAt, str, bytes | None]:
    """The arguments behind the lake."""
    gwp, weigh_again = how
    if factors is None and (known_at is not None or gwp is not None or weigh_again):
        raise TypeError("`known_at`, `gwp` and `weigh_again` say how `factors` are taken: hand these over too")
    metrics, scope2 = gold
    options = {"gwp": gwp, "weigh_again": weigh_again, "metrics": list(metrics), "scope2": scope2}
    read = None if benchmarks is None else _named(benchmarks, "")[1]
    native = None if factors is None else factors._native
    return native, *tables, known(known_at), json.dumps(options), read


def _named(file: Csv, name: str) -> tuple[str, bytes]:
    """What a file is called, and its bytes."""
    if isinstance(file, bytes):
        return name, file
    path = Path(file)
    return path.stem, path.read_bytes()
