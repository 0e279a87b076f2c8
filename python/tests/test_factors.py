"""Emission factors from Python."""

from __future__ import annotations

import asyncio
import builtins
import dataclasses
import datetime
import importlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pytest
from servers import SERVERS, Server, there

import strongroom
from strongroom import audit
from strongroom.factors import (
    AsyncFactorStore,
    Bridge,
    Calculation,
    Change,
    Factor,
    FactorStore,
    Fallback,
    Found,
    Interval,
    Licence,
    NotKnown,
    NotValid,
    Reason,
    Selector,
    Source,
    Uncertainty,
    Version,
    Withdrawn,
    averify,
    verify,
)

AGENCY = Source("Example Energy Agency", "grid", "2024", published_at=date(2024, 6, 3))
FREE = Licence("CC0-1.0", redistribute=True, attribution="Example Energy Agency")
GRID = Factor("grid/xa", "electricity.grid", "kWh", region="XA", scope="2", s2_method="location")
WORLD = dataclasses.replace(GRID, factor_id="grid/world", region="WORLD")


def figure(
    text: str, valid: Interval, factor: Factor = GRID, licence: Licence = FREE, **more: Any
) -> Version:
    gases = {"co2e": Decimal(text)}
    return Version(factor.factor_id, gases, AGENCY, licence, valid, gwp_set="AR5", **more)


IN_2023 = figure("0.2314", Interval.of_year(2023))
IN_2024 = figure("0.2070", Interval(date(2024, 1, 1)))
MENDED = figure("0.2170", Interval(date(2024, 1, 1)))
MAY = date(2024, 5, 1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/factors"


@pytest.fixture
def store(url: str) -> Any:
    with FactorStore.open(url, actor="alice") as opened:
        opened.put(GRID, IN_2023)
        opened.put(GRID, IN_2024)
        opened.tag("edition-2024")
        yield opened


def figures(answer: object) -> str:
    assert isinstance(answer, Found)
    return str(answer.figures["co2e"])


def test_two_kinds_of_time(store: FactorStore) -> None:
    assert figures(store.get_at("grid/xa", date(2023, 12, 31))) == "0.2314"
    assert figures(store.get_at("grid/xa", date(2024, 1, 1))) == "0.2070"
    before = datetime.datetime.now(timezone.utc)
    mended = store.correct(GRID, MENDED, reason=Reason("error", "a plant was left out"))
    assert mended.created and mended.seq == 3 and mended.version_id == MENDED.version_id
    assert figures(store.get_at("grid/xa", MAY)) == "0.2170"
    for known_at in ("edition-2024", 2, 1, before):
        assert figures(store.get_at("grid/xa", MAY, known_at)) == "0.2070", known_at
    # The same instant, elsewhere.
    east = before.astimezone(timezone(datetime.timedelta(hours=4, minutes=30)))
    assert figures(store.get_at("grid/xa", MAY, east)) == "0.2070"
    assert store.get(MENDED.version_id) == MENDED
    assert store.tags() == {"edition-2024": 1}
    with pytest.raises(strongroom.NotFoundError) as told:
        store.get_at("grid/xa", MAY, "no such tag")
    assert told.value.code == "factors.no_tag"


def test_nothing_is_an_answer(store: FactorStore) -> None:
    assert store.get_at("nowhere", MAY) == NotKnown()
    answer = store.get_at("grid/xa", date(2020, 1, 1))
    assert isinstance(answer, NotValid) and figures(answer.nearest) == "0.2314"
    store.withdraw("grid/xa", Interval.of_year(2023), reason="licence")
    answer = store.get_at("grid/xa", date(2023, 6, 1))
    assert isinstance(answer, Withdrawn)
    assert answer.reason == Reason("licence") and figures(answer.found) == "0.2314"
    assert figures(store.get_at("grid/xa", date(2023, 6, 1), "edition-2024")) == "0.2314"
    store.reinstate("grid/xa", Interval.of_year(2023))
    assert figures(store.get_at("grid/xa", date(2023, 6, 1))) == "0.2314"


def test_a_second_time_adds_nothing_and_another_identity_is_refused(store: FactorStore) -> None:
    again = store.put(GRID, IN_2024)
    assert (again.created, again.seq) == (False, 1)
    other = dataclasses.replace(GRID, unit="MWh")
    with pytest.raises(strongroom.ConflictError) as told:
        store.put(other, IN_2024)
    assert told.value.code == "factors.identity_differs" and told.value.hint
    with pytest.raises(strongroom.ConflictError):
        store.put(GRID, MENDED, expected_head=None)
    with pytest.raises(strongroom.ConflictError):
        store.put(GRID, MENDED, expected_head=0)
    assert store.put(GRID, MENDED, expected_head=1).created


def test_floats_are_refused_with_a_way_out() -> None:
    with pytest.raises(TypeError, match=r"`co2e`: 0.207 is a float.*Decimal\('0.207'\)"):
        Version("a", {"co2e": 0.207}, AGENCY, FREE, Interval.of_year(2024))  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="not a bool"):
        Version("a", {"co2e": True}, AGENCY, FREE, Interval.of_year(2024))
    with pytest.raises(ValueError, match="NaN is no figure"):
        Version("a", {"co2e": Decimal("NaN")}, AGENCY, FREE, Interval.of_year(2024))
    with pytest.raises(TypeError, match="percent|float"):
        Uncertainty("percent", low=0.5)._told()  # type: ignore[arg-type]


def test_every_digit_is_kept(store: FactorStore) -> None:
    for text in ("2.5200000000000005", "2.50", "0.0000889261744966443", "1E+3", "1" * 40):
        put = store.correct(GRID, figure(text, Interval.of_year(2024)))
        assert put.version_id is not None
        read = store.get(put.version_id)
        assert str(read.figures["co2e"]) == format(Decimal(text), "f")
        assert read.version_id == put.version_id


def test_days_and_moments_are_not_confused(store: FactorStore) -> None:
    now = datetime.datetime.now()
    with pytest.raises(TypeError, match="a day is a `datetime.date`"):
        store.get_at("grid/xa", now)
    with pytest.raises(TypeError, match="a day is"):
        store.get_at("grid/xa", "2024-05-01")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="has no zone"):
        store.get_at("grid/xa", MAY, now)
    with pytest.raises(TypeError, match="known_at"):
        store.get_at("grid/xa", MAY, True)
    with pytest.raises(ValueError, match="no event"):
        store.get_at("grid/xa", MAY, -1)
    with pytest.raises(ValueError, match="not after"):
        Interval(date(2024, 1, 1), date(2024, 1, 1))
    assert date(2024, 12, 31) in Interval.of_year(2024)
    assert date(2025, 1, 1) not in Interval.of_year(2024)


def test_nothing_is_taken_instead_unless_it_is_said(store: FactorStore) -> None:
    store.put(WORLD, figure("0.4810", Interval(date(2024, 1, 1)), WORLD))
    wanted = Selector("electricity.grid", region="XB", unit="kWh")
    with pytest.raises(strongroom.NotFoundError) as told:
        store.resolve(wanted, MAY)
    assert told.value.code == "factors.resolve_not_known" and told.value.hint
    found = store.resolve(wanted, MAY, fallback=Fallback(regions=["WORLD"]))
    assert figures(found.found) == "0.4810" and found.factor == WORLD
    assert [it.details for it in found.steps] == [
        {"region": "XB", "found": False},
        {"region": "WORLD", "found": True},
    ]
    assert found.penalties == {"regions": 1} and found.known_at == 3
    direct = store.resolve(dataclasses.replace(wanted, region="XA"), MAY)
    assert len(direct.steps) == 1 and not direct.penalties
    with pytest.raises(strongroom.NotFoundError):
        store.resolve(dataclasses.replace(wanted, region="XA"), date(2022, 1, 1))
    late = Interval(date(2030, 1, 1))
    store.withdraw("grid/xa", late)
    earlier = store.resolve(
        dataclasses.replace(wanted, region="XA"), date(2031, 1, 1), fallback=Fallback(earlier_years=2)
    )
    assert [it.kind for it in earlier.steps] == ["region", "earlier"]
    with pytest.raises(strongroom.NotFoundError):
        store.resolve(dataclasses.replace(wanted, s2_method="market"), MAY, fallback=Fallback(["WORLD"]))
    with pytest.raises(ValueError, match="not both"):
        store.resolve(
            wanted, MAY, fallback=Fallback(earlier_years=1, uk_period=Interval.of_year(2024))
        )


def test_history_segments_and_diff(store: FactorStore) -> None:
    store.correct(GRID, MENDED, reason="error", claimed_at=datetime.datetime(2025, 2, 1, tzinfo=timezone.utc))
    store.alias("grid/xa", "XA")
    history = store.history("XA")
    assert [(it.seq, it.kind) for it in history] == [
        (0, "put"), (1, "put"), (3, "correct"), (4, "alias"),
    ]  # fmt: skip
    assert history[2].claimed_at == datetime.datetime(2025, 2, 1, tzinfo=timezone.utc)
    assert history[2].supersedes == (IN_2024.version_id,) and history[2].actor == "alice"
    days = store.segments("grid/xa", "edition-2024")
    assert [(str(it.valid), figures(it.answer)) for it in days] == [
        ("2023-01-01/2024-01-01", "0.2314"), ("2024-01-01/..", "0.2070"),
    ]  # fmt: skip
    diff = store.diff("edition-2024")
    assert [(it.what, it.before, it.after) for it in diff.lines] == [
        ("changed", IN_2024.version_id, MENDED.version_id)
    ]
    assert store.diff(None, None, valid_at=date(2023, 5, 1), to_valid_at=MAY).lines[0].what == "changed"
    assert store.diff("edition-2024", valid_at=date(2023, 5, 1)).unchanged == 1


def test_tables(store: FactorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(WORLD, figure("0.4810", Interval(date(2024, 1, 1)), WORLD))
    lines = store.export().lines
    assert len(lines) == 3 and lines[0:2][1] == lines[1]
    frame = lines.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["co2e"]) == [Decimal("0.2314"), Decimal("0.2070"), Decimal("0.4810")]
    assert str(frame["co2e"].sum()) == "0.9194"
    assert list(frame["valid_from"])[0] == date(2023, 1, 1)
    assert set(store.history("grid/xa").to_pandas()["kind"]) == {"put"}
    assert list(store.segments("grid/xa").to_pandas()["co2e"])[1] == Decimal("0.2070")
    table = lines.to_arrow()
    assert isinstance(table, pyarrow.Table)
    assert table.column("co2e").to_pylist() == ["0.2314", "0.2070", "0.4810"]
    assert table.column("valid_from").type == pyarrow.date32()

    imported = importlib.import_module

    def missing(name: str, *more: Any) -> Any:
        if name in ("pandas", "pyarrow"):
            raise ModuleNotFoundError(name)
        return imported(name, *more)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match="install `pandas`"):
        lines.to_pandas()
    with pytest.raises(ImportError, match="install `pyarrow`"):
        lines.to_arrow()
    assert lines.to_dicts()[0]["publisher"] == "Example Energy Agency"


def test_export_keeps_to_licences(store: FactorStore) -> None:
    members = Licence("Members only")
    steel = Factor("materials/steel", "materials.steel", "t", region="XA")
    store.put(steel, figure("1890", Interval(date(2024, 1, 1)), steel, members))
    heard: list[int] = []
    export = store.export(progress=heard.append)
    assert export.excluded == {"Members only": 1} and len(export.lines) == 2 and heard == [2]
    assert export.attributions == ("Example Energy Agency",)
    assert len(store.export(all_licences=True).lines) == 3
    assert len(store.export(licences=["OGL-UK-3.0"]).lines) == 0


def test_results_are_pinned_and_come_out_again(store: FactorStore, url: str) -> None:
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    result = store.compute("1.5", "MWh", "grid/xa", valid_at=MAY, computed_at=at, keep=True)
    assert result.value.rounded == Decimal("310.5") and result.value.exact
    assert result.version_ids == (IN_2024.version_id,) and result.known_at == "2"
    assert result.gwp_set == "AR5" and result.computed_at == at
    for n in range(50):
        store.correct(GRID, figure(f"0.3{n:02}", Interval(date(2024, 1, 1))), reason="error")
    store.withdraw("grid/xa")
    assert store.recompute(result) == result
    assert store.recompute(result).json == result.json
    kept = store.kept(result.result_hash)
    assert kept is not None and kept.json == result.json and not store.keep(kept)
    assert store.impact(IN_2024.version_id) == [result.result_hash]
    assert store.impact(MENDED.version_id if False else IN_2023.version_id) == []
    forged = Calculation.from_json(result.json.replace('"310.5', '"210.5', 1))
    with pytest.raises(strongroom.TamperedError):
        store.recompute(forged)
    with pytest.raises(strongroom.TamperedError):
        store.keep(forged)
    with pytest.raises(strongroom.NotFoundError) as told:
        store.compute(1, "kWh", "grid/xa", valid_at=MAY)
    assert told.value.code == "factors.withdrawn"
    again = store.compute(1, "kWh", "grid/xa", valid_at=MAY, known_at="edition-2024")
    assert again.known_at == "edition-2024" and again.value.rounded == Decimal("0.207")


def test_results_are_restated(store: FactorStore) -> None:
    old = store.compute(1000, "kWh", "grid/xa", valid_at=MAY)
    store.correct(GRID, MENDED, reason="error")
    new = store.restate(old, "grid/xa", valid_at=MAY)
    assert new.difference == 10 and new.calculation.restates == old.result_hash
    assert new.percent is not None and new.percent == Decimal("4.8")
    assert store.recompute(new.calculation).json == new.calculation.json


def test_what_cannot_be_calculated_is_refused(store: FactorStore) -> None:
    oil = Factor("fuel/oil", "fuels.oil", "l", scope="1")
    gases = {"co2": "2.662", "ch4": "0.00036", "n2o": "0.0000215"}
    mass = Version("fuel/oil", gases, AGENCY, FREE, Interval(date(2024, 1, 1)), gas_basis="mass")
    store.put(oil, mass)
    with pytest.raises(strongroom.InvalidError) as told:
        store.compute(100, "l", "fuel/oil", valid_at=MAY)
    assert told.value.code == "calculation.no_gwp_set" and told.value.hint
    ar6 = store.compute(100, "l", "fuel/oil", valid_at=MAY, gwp_set="AR6")
    assert set(ar6.gases) == {"co2", "ch4", "n2o"} and ar6.gases["co2"].rounded == Decimal("266.2")
    with pytest.raises(strongroom.InvalidError):
        store.compute(84, "kg", "fuel/oil", valid_at=MAY, gwp_set="AR6")
    density = Bridge("1.25", "l/kg", "delivery note 17")
    weighed = store.compute(80, "kg", "fuel/oil", valid_at=MAY, gwp_set="AR6", bridges=[density])
    assert weighed.value == ar6.value
    for wrong, unit in [(1.5, "l"), (Decimal("NaN"), "l")]:
        with pytest.raises((TypeError, ValueError)):
            store.compute(wrong, unit, "fuel/oil", valid_at=MAY, gwp_set="AR6")  # type: ignore[arg-type]
    with pytest.raises(strongroom.InvalidError):
        store.compute(1, "l", "fuel/oil", valid_at=MAY, gwp_set="AR9")
    with pytest.raises(TypeError, match="a version is a version"):
        store.compute(1, "l", mass.version_id, valid_at=MAY)
    found = store.resolve(Selector("fuels.oil"), MAY)
    assert store.compute(100, "l", found, gwp_set="AR6").value == ar6.value


def test_releases_are_compared(store: FactorStore) -> None:
    heard: list[int] = []
    new = Factor("grid/xc", "electricity.grid", "kWh", region="XC")
    release = [
        (GRID, figure("0.1990", Interval(date(2025, 1, 1)))),
        (new, figure("0.05", Interval(date(2025, 1, 1)), new)),
        (dataclasses.replace(GRID, unit="MWh"), IN_2024),
    ]
    dry = store.import_release(release, dry_run=True, tag="edition-2025")
    assert dry.dry_run and "edition-2025" not in store.tags()
    done = store.import_release(release, tag="edition-2025", progress=heard.append)
    assert dataclasses.replace(dry, dry_run=False, position=done.position) == done
    assert done.added == ("grid/xc",) and done.changed == ("grid/xa",)
    assert [(row, name) for row, name, _ in done.rejected] == [(3, "grid/xa")]
    assert store.tags()["edition-2025"] == 4 and heard == sorted(heard)
    again = store.import_release(release)
    assert again.events == 0 and set(again.unchanged) == {"grid/xa", "grid/xc"}


def test_several_changes_are_made_or_none(store: FactorStore) -> None:
    before = store.counts
    with pytest.raises(strongroom.StrongroomError):
        store.change([Change.put(WORLD, figure("1", Interval.of_year(2024), WORLD)), Change.withdraw("nope")])
    assert store.counts == before
    done = store.change(
        [Change.put(WORLD, figure("1", Interval.of_year(2024), WORLD)), Change.tag("both")]
    )
    assert [it.created for it in done] == [True, True] and store.tags()["both"] == 3


def test_what_others_write_is_seen_after_a_refresh(store: FactorStore, url: str) -> None:
    with FactorStore.open(url) as other:
        other.put(WORLD, figure("1", Interval.of_year(2024), WORLD))
    assert store.get_at("grid/world", MAY) == NotKnown()
    assert store.refresh() == 1
    assert figures(store.get_at("grid/world", MAY)) == "1"


def test_threads_share_a_store(store: FactorStore) -> None:
    def put(n: int) -> int:
        factor = Factor(f"x/{n}", "x", "kWh")
        return store.put(factor, figure("1", Interval.of_year(2024), factor)).seq

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == list(range(3, 19))


def test_a_ledger_hears_of_every_act(url: str, tmp_path: Path) -> None:
    log = f"file://{tmp_path}/log"
    with FactorStore.open(url, actor="alice", ledger=log) as store:
        store.put(GRID, IN_2024)
        store.withdraw("grid/xa", reason="error")
    with audit.Ledger.open(log) as ledger:
        assert ledger.head[0] == 2
        with FactorStore.open(url, ledger=ledger) as store:
            store.reinstate("grid/xa")
        assert ledger.head[0] == 3
        ledger.append("still.open", "a", "b", "c")
    assert audit.verify(log).ok


def test_what_was_altered_is_reported(url: str, tmp_path: Path) -> None:
    with FactorStore.open(url) as store:
        store.put(GRID, IN_2024)
    whole = verify(url)
    assert (whole.factors, whole.versions, whole.events, whole.batches) == (1, 1, 1, 1)
    assert whole.head is not None and asyncio.run(averify(url)) == whole
    [batch] = [
        Path(folder, name)
        for folder, _, names in os.walk(tmp_path)
        for name in names
        if f"{0:020}" in name or f"{0:020}" in folder
    ][:1]
    body = bytearray(batch.read_bytes())
    body[len(body) // 2] ^= 1
    batch.chmod(0o644)
    batch.write_bytes(body)
    with pytest.raises(strongroom.StrongroomError):
        verify(url)
    with pytest.raises(strongroom.NotFoundError):
        verify(f"{url}-elsewhere")


def test_a_closed_store_says_so(url: str) -> None:
    store = FactorStore.open(url)
    assert "0 factors" in repr(store)
    store.close()
    store.close()
    with pytest.raises(RuntimeError, match="closed"):
        store.get_at("a")
    assert "closed" in repr(store)
    with pytest.raises(strongroom.NotFoundError):
        FactorStore.open(f"{url}-elsewhere", create=False)


def test_a_fork_is_told(store: FactorStore) -> None:
    child = os.fork()
    if child == 0:
        try:
            store.get_at("grid/xa", MAY)
        except RuntimeError as error:
            os._exit(0 if "forked" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_asyncio(url: str) -> None:
    async def story() -> None:
        async with AsyncFactorStore.open(url, actor="alice") as factors:
            puts = [factors.put(GRID, IN_2023), factors.put(WORLD, figure("1", Interval.of_year(2024), WORLD))]
            done = await asyncio.gather(*puts)
            assert {it.created for it in done} == {True}
            await factors.tag("a")
            assert figures(factors.store.get_at("grid/xa", date(2023, 5, 1))) == "0.2314"
            result = factors.store.compute(1, "kWh", "grid/xa", valid_at=date(2023, 5, 1))
            assert await factors.keep(result)
            assert await factors.impact(IN_2023.version_id) == [result.result_hash]
            assert (await factors.export()).excluded == {}
            taken = await factors.import_release([(GRID, IN_2024)], dry_run=True)
            assert taken.changed == ("grid/xa",)
        with pytest.raises(RuntimeError, match="async with"):
            await factors.refresh()

    asyncio.run(story())


def test_versions_read_back_as_they_were(store: FactorStore) -> None:
    full = Version(
        "fuel/full",
        {"co2": "2.50", "ch4": 0},
        dataclasses.replace(
            AGENCY,
            url="https://example.com/f",
            file_sha256="sha256:" + "0" * 64,
            accessed_at=datetime.datetime(2024, 6, 4, 12, 0, 0, 120, tzinfo=timezone.utc),
        ),
        FREE,
        Interval(date(2024, 1, 1)),
        gas_basis="mass",
        result_unit="g",
        absent={"n2o": "< 1"},
        uncertainty=Uncertainty("percent", Decimal("5"), Decimal("5.0"), Decimal("95")),
        quality=frozenset({"o", "e"}),
        years_calculated_from="2020-2022",
        rows=("12", "13"),
    )
    factor = Factor("fuel/full", "fuels", "kWh", basis="HHV", biogenic=True, aliases=frozenset({"full"}))
    put = store.put(factor, full)
    assert put.version_id == full.version_id
    read = store.get(full.version_id)
    assert read == full and read.uncertainty == full.uncertainty
    assert store.factor("full") == factor and store.factor("nope") is None
    assert json.loads(json.dumps({"id": read.version_id}))["id"].startswith("sha256:")


@pytest.mark.parametrize("server", SERVERS)
def test_on_a_server(server: Server | None, tmp_path: Path) -> None:
    url = there(server).bucket(versions=True).url("grid")
    with FactorStore.open(url, cache=tmp_path / "cache") as store:
        store.put(GRID, IN_2023)
        store.put(GRID, IN_2024)
    with FactorStore.open(url, cache=tmp_path / "cache", create=False) as store:
        assert figures(store.get_at("grid/xa", MAY)) == "0.2070"
        result = store.compute(1, "kWh", "grid/xa", valid_at=MAY, keep=True)
        assert store.impact(IN_2024.version_id) == [result.result_hash]
    assert verify(url).events == 2


def test_no_name_is_left_out() -> None:
    from strongroom import factors

    public = {name for name in vars(factors) if not name.startswith("_")}
    assert set(factors.__all__) <= public and builtins.sorted(factors.__all__) == factors.__all__
