"""Engines of others read what we write, row for row, by its directories alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pytest
import rows as raw
from pyarrow import dataset
from strongroom import lake
from strongroom.lake import Lake

COLUMNS = ["tenant_id", "year", "month", "activity_id", "quantity", "unit", "source", "_file", "_line"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Any, ...]]]:
    folder = tmp_path_factory.mktemp("readers")
    raw.write(folder / "raw", 6_000)
    place = Lake.open(folder / "lake")
    place.ingest(folder / "raw", schema=lake.ACTIVITY)
    table = place.read("bronze/emissions").select([*COLUMNS, "timestamp"])
    return folder / "lake/bronze/emissions", ordered(table.to_pylist())


def ordered(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The rows in the order of the raw files; moments as texts in UTC."""

    def told(row: dict[str, Any]) -> tuple[Any, ...]:
        moment = row["timestamp"]
        told = [None if row[name] != row[name] else row[name] for name in COLUMNS]
        told[1:3] = [int(row["year"]), int(row["month"])]
        return (*told, int(moment.timestamp()))

    return sorted((told(row) for row in rows), key=lambda row: (row[7], row[8]))


def test_duckdb(written: tuple[Path, list[tuple[Any, ...]]]) -> None:
    folder, wanted = written
    found = duckdb.sql(
        f"SELECT * FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    )
    table = found.to_arrow_table() if hasattr(found, "to_arrow_table") else found.arrow()
    assert ordered(table.to_pylist()) == wanted


def test_polars(written: tuple[Path, list[tuple[Any, ...]]]) -> None:
    folder, wanted = written
    frame = polars.scan_parquet(f"{folder}/**/*.parquet", hive_partitioning=True).collect()
    assert ordered(frame.to_dicts()) == wanted


def test_pandas(written: tuple[Path, list[tuple[Any, ...]]]) -> None:
    folder, wanted = written
    frame = pandas.read_parquet(folder)
    frame = frame.astype({"year": int, "month": int, "tenant_id": str, "source": object})
    frame = frame.where(frame.notna(), None)
    assert ordered(frame.to_dict("records")) == wanted


def test_pyarrow(written: tuple[Path, list[tuple[Any, ...]]]) -> None:
    folder, wanted = written
    table = dataset.dataset(folder, partitioning="hive").to_table()
    assert ordered(table.to_pylist()) == wanted
