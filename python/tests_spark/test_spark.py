"""Spark makes the same files as the embedded engine, and reads what both make."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
import rows as raw
from strongroom import NotFoundError, lake, spark
from strongroom.lake import Ingested, Lake

BRONZE = "bronze/emissions"


def commits(place: Lake) -> dict[str, list[Any]]:
    """Every live file: what it is called, its digest and its rows."""
    return {kind: place.files(BRONZE, kind) for kind in ("data", "quarantine", "duplicates")}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, session: Any) -> tuple[Lake, Lake, Ingested, Path]:
    folder = tmp_path_factory.mktemp("both")
    raw.write(folder / "raw")
    embedded = Lake.open(folder / "embedded")
    wanted = embedded.ingest(folder / "raw", schema=lake.ACTIVITY, threads=2)
    report = spark.ingest(
        session, folder / "raw", folder / "spark", document=lake.ACTIVITY, piece_bytes=300_000
    )
    assert report == wanted
    return embedded, Lake.open(folder / "spark"), report, folder


def test_files_quarantine_and_duplicates_are_the_same(both: tuple[Lake, Lake, Ingested, Path]) -> None:
    embedded, spark_made, report, _ = both
    counts = report.counts
    assert counts.rows == 20_100
    assert counts.rows == sum((counts.accepted, counts.exact, counts.conflicting, counts.quarantined))
    assert counts.exact >= 400 and counts.conflicting >= 300 and counts.quarantined >= 1_900
    reasons = {it.code for it in report.reasons}
    assert {"malformed_json", "wrong_type", "bad_timestamp", "missing"} <= reasons
    wanted = commits(embedded)
    assert len(wanted["data"]) == 15
    assert commits(spark_made) == wanted
    for kind in ("data", "quarantine", "duplicates"):
        assert spark_made.read(BRONZE, kind).equals(embedded.read(BRONZE, kind))


def test_doing_it_again_does_nothing(both: tuple[Lake, Lake, Ingested, Path], session: Any) -> None:
    _, made, _, folder = both
    before = commits(made)
    report = spark.ingest(session, folder / "raw", folder / "spark", document=lake.ACTIVITY)
    assert report.commit is None
    assert {it.outcome for it in report.inputs} == {"known"}
    assert commits(made) == before


def test_spark_reads_what_the_commits_name(
    both: tuple[Lake, Lake, Ingested, Path], session: Any
) -> None:
    embedded, made, report, _ = both
    frame = spark.read(session, made, BRONZE)
    assert frame.count() == report.counts.accepted
    by_month = {
        (row["tenant_id"], row["year"], row["month"]): row["count"]
        for row in frame.groupBy("tenant_id", "year", "month").count().collect()
    }
    table = embedded.read(BRONZE)
    grouped = table.group_by(["tenant_id", "year", "month"]).aggregate([([], "count_all")])
    wanted = {
        (it["tenant_id"], it["year"], it["month"]): it["count_all"] for it in grouped.to_pylist()
    }
    assert by_month == wanted
    columns = ["tenant_id", "month", "activity_id", "quantity", "source", "_file", "_line"]
    rows = sorted((tuple(row) for row in frame.select(columns).collect()), key=lambda it: it[-2:])
    lines = [tuple(it[name] for name in columns) for it in table.to_pylist()]
    assert rows == sorted(lines, key=lambda it: it[-2:])
    refused = spark.read(session, made, BRONZE, "quarantine")
    assert refused.count() == report.counts.quarantined


def test_what_looks_like_a_number_in_a_path_stays_a_text(session: Any, tmp_path: Path) -> None:
    raw.write(tmp_path / "raw", 300)
    text = (tmp_path / "raw/a.ndjson").read_text().replace('"tenant-', '"00')
    (tmp_path / "b.ndjson").write_text(text)
    place = Lake.open(tmp_path / "lake")
    place.ingest(tmp_path / "b.ndjson", schema=lake.ACTIVITY)
    frame = spark.read(session, place, BRONZE)
    wanted = set(place.read(BRONZE).column("tenant_id").to_pylist())
    assert "000" in wanted
    assert {row["tenant_id"] for row in frame.select("tenant_id").collect()} == wanted


def test_rows_that_came_before_count(session: Any, tmp_path: Path) -> None:
    raw.write(tmp_path / "one", 600)
    raw.write(tmp_path / "two", 900)
    for winner in ("first", "last"):
        document = lake.ACTIVITY.replace("winner: first", f"winner: {winner}")
        embedded = Lake.open(tmp_path / f"embedded-{winner}")
        other = Lake.open(tmp_path / f"spark-{winner}")
        for source in ("one", "two"):
            wanted = embedded.ingest(tmp_path / source, schema=document)
            assert spark.ingest(session, tmp_path / source, other, document=document) == wanted
        assert commits(other) == commits(embedded)


def test_masks_have_their_keys_on_the_workers(session: Any, tmp_path: Path) -> None:
    raw.write(tmp_path / "raw", 600)
    name = "name: source, type: string,"
    document = lake.ACTIVITY.replace(name, f"{name} mask: {{token: people}},")
    assert document != lake.ACTIVITY
    keys = {"people": b"k" * 32}
    wanted = Lake.open(tmp_path / "one").ingest(tmp_path / "raw", schema=document, mask_keys=keys)
    report = spark.ingest(
        session, tmp_path / "raw", tmp_path / "two", document=document, mask_keys=keys
    )
    assert report == wanted and set(report.tokens["source"].values()) == {"api", "erp"}


def test_the_driver_keeps_what_tokens_stand_for(session: Any, tmp_path: Path) -> None:
    raw.write(tmp_path / "raw", 100)
    name = "name: source, type: string,"
    document = lake.ACTIVITY.replace(name, f"{name} mask: {{token: people}},")
    key = tmp_path / "app.key"
    key.write_text("5e" * 32)
    key.chmod(0o600)
    keys = {"people": b"k" * 32}
    spark.ingest(
        session,
        tmp_path / "raw",
        tmp_path / "lake",
        document=document,
        mask_keys=keys,
        tokens=tmp_path / "tokens",
        application_key=key,
    )
    (kept,) = (tmp_path / "tokens" / "tokens").iterdir()
    assert b"erp" not in kept.read_bytes() and kept.stat().st_mode & 0o077 == 0


def test_what_fails_commits_nothing(session: Any, tmp_path: Path) -> None:
    raw.write(tmp_path / "raw", 600)
    with pytest.raises(Exception, match="refused"):
        spark.ingest(
            session,
            tmp_path / "raw",
            tmp_path / "lake",
            document=lake.ACTIVITY,
            max_quarantined=0.001,
        )
    with pytest.raises(NotFoundError):
        Lake.open(tmp_path / "lake").files(BRONZE)
    left = tmp_path / "lake/_strongroom/lake/bronze/emissions/staging"
    assert not left.exists() or not list(left.iterdir())
    assert multiprocessing.active_children() == []
