"""From bronze to silver to gold, workers make the same files as the embedded engine."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import rows as raw
from factory import factors, figure
from strongroom import lake, spark
from strongroom.factors import FactorStore
from strongroom.lake import Aggregated, Lake, Refined

SILVER = "silver/emissions/activities"


class Both:
    """The same lake twice: one for the embedded engine, one for workers."""

    def __init__(self, folder: Path, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.session = folder, session
        self.one, self.other = Lake.open(folder / "one"), Lake.open(folder / "other")
        self.factors: FactorStore = factors(folder / "factors")
        #: How many tasks each stage had.
        self.tasks: list[tuple[str, int]] = []
        run = spark._run

        def counted(*arguments: Any) -> list[str]:
            tasks = arguments[4]
            self.tasks.append((tasks[0].rsplit("/", 1)[1].split("-")[0], len(tasks)))
            return run(*arguments)

        monkeypatch.setattr(spark, "_run", counted)

    def take(self, name: str, text: str) -> None:
        (self.folder / name).mkdir()
        (self.folder / name / f"{name}.ndjson").write_text(text)
        document = lake.ACTIVITY.replace("winner: first", "winner: last")
        for place in (self.one, self.other):
            place.ingest(self.folder / name, schema=document)

    def refine(self, **options: Any) -> Refined:
        wanted = self.one.refine(self.factors, **options)
        came = spark.refine(self.session, self.other, self.factors, task_bytes=20_000, **options)
        assert came == wanted
        self.same(SILVER)
        return came

    def aggregate(self, **options: Any) -> list[Aggregated]:
        wanted = self.one.aggregate(**options)
        came = spark.aggregate(self.session, self.other, task_bytes=20_000, **options)
        assert came == wanted
        for table in came:
            self.same(table.table)
        return came

    def same(self, table: str) -> None:
        """Every live file: what it is called, its digest and its rows."""
        for kind in ("data", "quarantine"):
            assert self.other.files(table, kind) == self.one.files(table, kind)  # type: ignore[arg-type]


@pytest.fixture
def both(tmp_path: Path, session: Any, monkeypatch: pytest.MonkeyPatch) -> Both:
    return Both(tmp_path, session, monkeypatch)


def test_files_and_quarantine_are_the_same(both: Both, tmp_path: Path) -> None:
    raw.write(tmp_path / "made", 1_500)
    text = (tmp_path / "made/a.ndjson").read_text()
    both.take("first", text)
    both.take("second", text.replace('"2025-', '"2024-'))
    for nth in range(6):
        factor, version = figure(nth, f"0.1{nth}")
        days = type(version.valid).of_year(2024)
        both.factors.put(factor, type(version)(**{**version.__dict__, "valid": days}))
    known_at = datetime.datetime.now(datetime.timezone.utc)
    with_tables = {"gwp": "AR5", "references": {"source": raw.SOURCES}, "known_at": known_at}
    done = both.refine(**with_tables)
    assert done.accepted > 500 and set(done.rejected) == {"factor_unknown"}
    stages = dict(both.tasks)
    assert set(stages) == {"refine", "write"} and min(stages.values()) >= 3
    years = {"factors": both.factors, "gwp": "AR5", "benchmarks": raw.BENCHMARKS}
    gold = both.aggregate(**years)
    assert len(gold) == 6 and all(it.commit == 0 for it in gold)
    assert both.tasks[-1][0] == "sum" and both.tasks[-1][1] > 6
    assert both.other.read("gold/emissions/yoy").num_rows > 0

    # The same again does nothing, and asks nobody.
    both.tasks.clear()
    assert both.refine(**with_tables).commit is None
    assert all(it.commit is None for it in both.aggregate(**years))
    assert both.tasks == []

    # What was missing, what takes the place of other rows, and what was corrected.
    both.factors.put(*figure(6, "0.75"))
    assert both.refine(gwp="AR5", references=with_tables["references"], retry=True).resolved > 0
    both.take("third", "\n".join(text.splitlines()[:60]).replace('"quantity": ', '"quantity": 1'))
    with_tables.pop("known_at")
    assert both.refine(**with_tables).dropped > 0
    both.factors.correct(*figure(1, "0.5"))
    assert both.refine(**with_tables, restate=True).restated > 0
    assert any(it.commit for it in both.aggregate(**years))
    assert any(it.commit for it in both.aggregate(metrics=["summary"], scope2="market"))


def test_a_row_of_silver_is_worth_the_same(both: Both, tmp_path: Path) -> None:
    raw.write(tmp_path / "made", 600)
    both.take("first", (tmp_path / "made/b.ndjson").read_text())
    both.refine()
    frame = spark.read(both.session, both.other, SILVER)
    total = sum(both.one.read(SILVER).column("emissions_kg").to_pylist())
    assert sum(row["emissions_kg"] for row in frame.select("emissions_kg").collect()) == total > 0


def test_what_fails_commits_nothing(both: Both, tmp_path: Path) -> None:
    raw.write(tmp_path / "made", 600)
    both.take("first", (tmp_path / "made/a.ndjson").read_text())
    (one, *_) = both.other.files("bronze/emissions")
    (tmp_path / "other" / one.path).write_bytes(b"PAR1 and nothing")
    with pytest.raises(Exception, match="other bytes"):
        spark.refine(both.session, both.other, both.factors)
    assert SILVER not in both.other.tables()
    left = tmp_path / "other/_strongroom/lake" / SILVER / "staging"
    assert not left.exists() or not list(left.iterdir())
