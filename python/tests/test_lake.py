"""The lake from Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import strongroom
from strongroom import lake
from strongroom.lake import Counts, Lake

BRONZE = "bronze/emissions"


def row(tenant: str, activity: int, quantity: object, month: int = 1) -> str:
    return json.dumps(
        {
            "tenant_id": tenant,
            "activity_id": f"a-{activity}",
            "emission_factor_id": "grid/xa",
            "quantity": quantity,
            "unit": "kWh",
            "timestamp": f"2025-{month:02}-03T00:00:00Z",
            "source": "meter",
        }
    )


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    lines = [row("acme", 1, 10), row("acme", 1, 10), row("acme", 1, 11), row("zeta", 2, 5, 2)]
    lines += [row("acme", 3, "12.5"), '{"tenant_id": ']
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.ndjson").write_text("\n".join(lines))
    return tmp_path / "raw"


def test_every_row_ends_in_one_place(tmp_path: Path, raw: Path) -> None:
    place = Lake.open(tmp_path / "lake", actor="ana")
    heard: list[tuple[int, int, int, int]] = []
    report = place.ingest(
        raw, schema=lake.ACTIVITY, threads=1, progress=lambda *told: heard.append(told)
    )
    assert report.commit == 0
    assert report.counts == Counts(rows=6, accepted=2, exact=1, conflicting=1, quarantined=2)
    assert [(it.name, it.outcome, it.counts) for it in report.inputs] == [
        ("a.ndjson", "taken", report.counts)
    ]
    assert {(it.code, it.column, it.rows) for it in report.reasons} == {
        ("malformed_json", None, 1),
        ("wrong_type", "quantity", 1),
    }
    assert heard and heard[-1][1] == 6
    assert place.tables() == [BRONZE]

    table = place.read(BRONZE)
    found = {(it["tenant_id"], it["month"], it["quantity"]) for it in table.to_pylist()}
    assert found == {("acme", 1, 10.0), ("zeta", 2, 5.0)}
    one = place.read(BRONZE, partition="tenant_id=zeta/year=2025/month=2")
    assert one.column("_line").to_pylist() == [4]
    assert place.read(BRONZE, "duplicates").column("kind").to_pylist() == ["exact", "conflict"]
    assert sum(it.rows for it in place.files(BRONZE)) == 2

    refused = place.quarantine(BRONZE, codes=["malformed_json"])
    (entry,) = refused.entries
    assert (entry.line, entry.raw, refused.rows) == (6, b'{"tenant_id": ', 1)
    counted = place.quarantine(BRONZE, limit=0)
    assert (counted.entries, counted.rows) == ((), 2)
    assert "PARTITIONED BY" in place.ddl(BRONZE, location="s3://lake")


def test_the_same_bytes_are_taken_in_once(tmp_path: Path, raw: Path) -> None:
    place = Lake.open(tmp_path / "lake")
    dry = place.ingest(raw, schema=lake.ACTIVITY, dry_run=True)
    assert (dry.commit, dry.counts.accepted) == (None, 2)
    assert place.ingest(raw, schema=lake.ACTIVITY).commit == 0
    (raw / "a.ndjson").rename(raw / "b.ndjson")
    again = place.ingest(raw, schema=lake.ACTIVITY)
    assert again.commit is None and again.inputs[0].outcome == "known"


def test_small_files_become_large_ones(tmp_path: Path, raw: Path) -> None:
    place = Lake.open(tmp_path / "lake")
    place.ingest(raw, schema=lake.ACTIVITY)
    (raw / "b.ndjson").write_text(row("acme", 9, 1))
    place.ingest(raw, schema=lake.ACTIVITY)
    before = place.read(BRONZE).num_rows
    done = place.compact(BRONZE)
    assert done is not None and done.removed >= 2
    assert place.read(BRONZE).num_rows == before == 3
    assert place.compact(BRONZE) is None


def test_what_cannot_be_is_said(tmp_path: Path, raw: Path) -> None:
    with pytest.raises(strongroom.NotFoundError):
        Lake.open(tmp_path / "nothing", create=False)
    place = Lake.open(tmp_path / "lake")
    with pytest.raises(strongroom.InvalidError, match="schema|entity|columns"):
        place.ingest(raw, schema="schema: lake/1")
    with pytest.raises(strongroom.StrongroomError, match="2 of 6 rows were refused"):
        place.ingest(raw, schema=lake.ACTIVITY, max_quarantined=1)
    with pytest.raises(strongroom.StrongroomError, match="refused"):
        place.ingest(raw, schema=lake.ACTIVITY, max_quarantined=0.1)
    with pytest.raises(ValueError, match="no share of rows"):
        place.ingest(raw, schema=lake.ACTIVITY, max_quarantined=2.0)
    with pytest.raises(strongroom.NotFoundError):
        place.read(BRONZE)
    with pytest.raises(strongroom.InvalidError, match="`rows` is no kind"):
        place.read(BRONZE, "rows")  # type: ignore[arg-type]
    masked = lake.ACTIVITY.replace(
        "name: source, type: string,", "name: source, type: string, mask: {hash: people},"
    )
    assert masked != lake.ACTIVITY
    with pytest.raises(strongroom.InvalidError, match="people"):
        place.ingest(raw, schema=masked)
