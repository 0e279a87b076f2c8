"""The lake from Python."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import strongroom
from strongroom import factors, lake
from strongroom.factors import FactorStore
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


def test_what_tokens_stand_for_is_kept_sealed_and_told(tmp_path: Path, raw: Path) -> None:
    name = "name: source, type: string,"
    document = lake.ACTIVITY.replace(name, f"{name} mask: {{token: people}},")
    assert document != lake.ACTIVITY
    key = tmp_path / "app.key"
    key.write_text("5e" * 32)
    key.chmod(0o600)
    vault: Any = {"tokens": tmp_path / "vault", "application_key": key}
    given: Any = {"mask_keys": {"people": b"k" * 32}}

    place = Lake.open(tmp_path / "lake")
    mended = document.replace("version: 1", "version: 2").replace(
        "name: quantity, type: double,", "name: quantity, type: double, accept_text: true,"
    )
    report = place.ingest(raw, schema=document, **given, **vault)
    assert report.counts.quarantined == 2
    (met,) = report.tokens["source"].items()
    assert met[0].startswith("tok_") and met[1] == "meter"
    (kept,) = (tmp_path / "vault/tokens").iterdir()
    assert b"meter" not in kept.read_bytes() and kept.stat().st_mode & 0o077 == 0

    replayed = place.replay(schema=mended, codes=["wrong_type"], sources=[raw], **given, **vault)
    assert replayed.counts.accepted == 1 and replayed.tokens == report.tokens
    assert "meter" not in repr(replayed)
    assert len(list((tmp_path / "vault/tokens").iterdir())) == 2

    with pytest.raises(ValueError, match="go together"):
        place.ingest(raw, schema=document, tokens=tmp_path / "vault")
    # A key that cannot be read is told before anything is committed.
    with pytest.raises(strongroom.StrongroomError):
        Lake.open(tmp_path / "none").ingest(
            raw, schema=document, tokens=tmp_path / "vault", application_key=tmp_path / "x", **given
        )
    assert Lake.open(tmp_path / "none").tables() == []


def test_a_document_is_proposed_and_never_applied(tmp_path: Path, raw: Path) -> None:
    proposal = lake.discover("emissions", raw)
    assert (proposal.rows, proposal.unreadable) == (5, 1)
    seen = {it.name: it for it in proposal.columns}
    assert seen["timestamp"].type == "timestamp" and seen["tenant_id"].present == 5
    # What most values are is proposed; one quantity is a text, and somebody has to say what that means.
    assert seen["quantity"].types == {"integer": 4, "number as text": 1}
    assert (seen["quantity"].type, seen["quantity"].examples) == ("integer", ("10", "11", "5"))
    assert proposal.document.startswith("# Proposed from 5 rows; 1 more")
    assert not (tmp_path / "lake").exists()
    with pytest.raises(strongroom.StrongroomError, match="no-such"):
        lake.discover("emissions", raw / "no-such")


def test_what_was_refused_is_tried_again(tmp_path: Path, raw: Path) -> None:
    place = Lake.open(tmp_path / "lake")
    place.ingest(raw, schema=lake.ACTIVITY)
    mended = lake.ACTIVITY.replace(
        "name: quantity, type: double,", "name: quantity, type: double, accept_text: true,"
    ).replace("version: 1", "version: 2")
    assert "accept_text" in mended
    dry = place.replay(schema=mended, dry_run=True)
    assert (dry.commit, dry.counts.accepted) == (None, 1)
    done = place.replay(schema=mended, codes=["wrong_type"])
    assert done.commit == 1
    assert done.counts == Counts(rows=1, accepted=1, exact=0, conflicting=0, quarantined=0)
    assert (done.left, done.reasons) == (1, ())
    again = place.replay(schema=mended)
    assert [(it.code, it.rows) for it in again.reasons] == [("malformed_json", 1)]
    assert place.read(BRONZE).num_rows == 3
    with pytest.raises(strongroom.NotFoundError):
        Lake.open(tmp_path / "empty").replay(schema=mended)


@pytest.fixture
def figures(tmp_path: Path) -> FactorStore:
    store = FactorStore.open(tmp_path / "factors")
    store.put(*figure("grid/xa", {"co2e": "0.25"}, "AR5"))
    return store


def figure(
    name: str, gases: dict[str, str], gwp_set: str | None
) -> tuple[factors.Factor, factors.Version]:
    factor = factors.Factor(name, "electricity", "kWh", scope="2", category="Electricity")
    source = factors.Source("a publisher", "a dataset")
    licence = factors.Licence("CC0-1.0", redistribute=True)
    days = factors.Interval(datetime.date(2024, 1, 1))
    basis: Any = "co2e" if gwp_set else "mass"
    return factor, factors.Version(
        name, gases, source, licence, days, gas_basis=basis, gwp_set=gwp_set
    )


def test_sources_are_resolved_by_a_reference_table(
    tmp_path: Path, raw: Path, figures: FactorStore
) -> None:
    place = Lake.open(tmp_path / "lake")
    place.ingest(raw, schema=lake.ACTIVITY)
    (tmp_path / "systems.csv").write_text("id,name,aliases,kind\nM1,A meter,METER|meters,device\n")
    done = place.refine(figures, references={"source": tmp_path / "systems.csv"})
    assert (done.accepted, done.rejected) == (2, {})
    table = place.read("silver/emissions/activities")
    assert table.column("source_id").to_pylist() == ["M1", "M1"]
    assert table.column("source_id_match").to_pylist() == ["alias", "alias"]
    assert table.column("source_id_kind").to_pylist() == ["device", "device"]
    other = place.refine(
        figures, silver="silver/emissions/other", references={"source": b"id,name\n1,meters\n"}
    )
    assert other.rejected == {"entity_unknown": 2}
    assert other.unresolved[0]["suggestions"][0]["id"] == "1"
    with pytest.raises(strongroom.InvalidError, match="no column `id`"):
        place.refine(figures, silver="silver/x/y", references={"source": b"name\nx\n"})


def test_gases_are_weighed_as_asked(tmp_path: Path, raw: Path, figures: FactorStore) -> None:
    place = Lake.open(tmp_path / "lake")
    place.ingest(raw, schema=lake.ACTIVITY)
    figures.put(*figure("by-mass", {"co2": "1", "ch4": "2"}, None))
    (raw / "b.ndjson").write_text(row("acme", 7, 1).replace("grid/xa", "by-mass"))
    place.ingest(raw, schema=lake.ACTIVITY)
    before = place.refine(figures, silver="silver/emissions/without")
    assert before.rejected == {"gwp_set_missing": 1}
    done = place.refine(figures, gwp="AR5")
    assert (done.accepted, done.rejected) == (3, {})
    table = place.read("silver/emissions/activities")
    weighed = {it["activity_id"]: it["emissions_kg"] for it in table.to_pylist()}
    assert weighed == {"a-1": Decimal("2.5"), "a-2": Decimal("1.25"), "a-7": Decimal(57)}
    with pytest.raises(strongroom.InvalidError, match="AR9"):
        place.refine(figures, gwp="AR9")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no zone"):
        place.refine(figures, known_at=datetime.datetime(2026, 1, 1))


def test_years_and_benchmarks(tmp_path: Path, figures: FactorStore) -> None:
    (tmp_path / "raw").mkdir()
    lines = [row("acme", 1, 10), row("acme", 2, 8).replace("2025", "2024")]
    (tmp_path / "raw/a.ndjson").write_text("\n".join(lines))
    place = Lake.open(tmp_path / "lake")
    place.ingest(tmp_path / "raw", schema=lake.ACTIVITY)
    place.refine(figures)
    figures.correct(*figure("grid/xa", {"co2e": "0.5"}, "AR5"))
    (tmp_path / "sector.csv").write_text("benchmark,per,value,source\noffices,kWh,0.2,somebody\n")
    done = place.aggregate(factors=figures, benchmarks=tmp_path / "sector.csv")
    assert [it.table.rsplit("/", 1)[1] for it in done] == [
        "summary", "activity", "scope2", "coverage", "yoy", "benchmark",
    ]  # fmt: skip
    rows = place.read("gold/emissions/yoy").to_pylist()
    (now,) = [it for it in rows if it["year"] == 2025]
    assert (now["reported_kg"], now["reported_prior_kg"]) == (Decimal("2.5"), Decimal(2))
    assert (now["like_for_like_kg"], now["like_for_like_prior_kg"]) == (Decimal(5), Decimal(4))
    assert now["reported_change_percent"] == now["like_for_like_change_percent"] == Decimal("25.0")
    against = place.read("gold/emissions/benchmark").to_pylist()
    assert {it["own_value"] for it in against} == {Decimal("0.25")}
    assert {it["above_percent"] for it in against} == {Decimal("25.0")}
    # Only what is asked for; and nothing came out differently.
    (one,) = place.aggregate(metrics=["summary"])
    assert one.commit is None
    with pytest.raises(TypeError, match="factors"):
        place.aggregate(gwp="AR5")
    with pytest.raises(strongroom.InvalidError, match="line 2 of the benchmarks"):
        place.aggregate(benchmarks=b"benchmark,value,source\nx,1,\n")
