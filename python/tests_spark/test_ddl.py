"""Hive takes the statements that are meant for Athena, whose own are Hive's, and finds every row.

The statements run as they are in Hive itself, which PySpark carries (its parser, its analysis, its metastore).
Partition projection is Athena's alone: Hive keeps the properties and does not read them, so partitions are
added from the folders.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import rows as raw
from factory import factors
from strongroom import lake
from strongroom.lake import Lake

KINDS = ("data", "quarantine", "duplicates")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("ddl")
    raw.write(folder / "raw", 3_000)
    place = Lake.open(folder / "lake")
    place.ingest(folder / "raw", schema=lake.ACTIVITY)
    with factors(folder / "factors") as store:
        place.refine(store, references={"source": raw.SOURCES})
        place.aggregate(factors=store, benchmarks=raw.BENCHMARKS)
    return place


def hive(session: Any, statement: str) -> None:
    """Has Hive itself run a statement, not Spark; which Spark lets tests do alone."""
    catalog = session._jsparkSession.sharedState().externalCatalog().unwrapped()
    system = session._jvm.java.lang.System
    system.setProperty("spark.testing", "true")
    try:
        catalog.client().runSqlHive(statement)
    finally:
        system.clearProperty("spark.testing")


def known(rows: list[dict[str, Any]], names: list[str]) -> list[tuple[str, ...]]:
    """The rows in some order; moments without their zone."""

    def told(value: object) -> str:
        if isinstance(value, datetime.datetime):
            return str(value.replace(tzinfo=None))
        return repr(bytes(value)) if isinstance(value, (bytes, bytearray)) else repr(value)

    return sorted(tuple(told(row[name]) for name in names) for row in rows)


def test_hive_takes_every_statement_and_finds_every_row(session: Any, place: Lake) -> None:
    session.conf.set("spark.sql.session.timeZone", "UTC")
    seen = set()
    for table in place.tables():
        for kind in KINDS:
            if not place.files(table, kind):  # type: ignore[arg-type]
                continue
            statement = place.ddl(table, kind, location=f"file://{place.url}", tenants="enum")  # type: ignore[arg-type]
            name = statement.split(None, 4)[3]
            database = name.split(".")[0].strip("`")
            hive(session, f"CREATE DATABASE IF NOT EXISTS {database}")
            hive(session, statement.strip().removesuffix(";"))
            described = {
                row["col_name"]: row["data_type"]
                for row in session.sql(f"DESCRIBE TABLE EXTENDED {name}").collect()
            }
            assert described["Type"] == "EXTERNAL"
            assert ("projection.enabled=true" in described["Table Properties"]) == (
                "PARTITIONED BY" in statement
            )
            if "PARTITIONED BY" in statement:
                session.sql(f"MSCK REPAIR TABLE {name}")
            frame = session.table(name)
            wanted = place.read(table, kind).to_pylist()  # type: ignore[arg-type]
            found = [row.asDict() for row in frame.collect()]
            assert len(found) == len(wanted) > 0, name
            assert set(frame.columns) == set(wanted[0]), name
            assert known(found, frame.columns) == known(wanted, frame.columns), name
            seen.add(name)
    gold = ("summary", "activity", "scope2", "coverage", "yoy", "benchmark")
    others = ["bronze.emissions", "quarantine.emissions", "duplicates.emissions"]
    assert len(seen) == len(gold) + 2 + len(others), seen
