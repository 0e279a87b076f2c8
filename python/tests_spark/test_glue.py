"""The Glue jobs as they are, on real Spark, with a stand-in for `awsglue` alone."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import awsglue_stand_in
import pytest
import rows as raw
from strongroom import NotFoundError, factors
from strongroom.lake import Lake

JOBS = Path(__file__).parents[2] / "deploy/glue"


def run(monkeypatch: pytest.MonkeyPatch, job: str, **arguments: str) -> None:
    argv = [job, "--JOB_NAME", job]
    for name, value in arguments.items():
        argv += [f"--{name}", value]
    monkeypatch.setattr("sys.argv", argv)
    awsglue_stand_in.install()
    awsglue_stand_in.COMMITTED.clear()
    runpy.run_path(str(JOBS / f"{job}.py"), run_name="__main__")
    assert awsglue_stand_in.COMMITTED == [job]


def test_from_raw_to_gold(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw.write(tmp_path / "raw/emissions", 2_000)
    source, target = str(tmp_path / "raw"), str(tmp_path / "lake")
    run(monkeypatch, "raw_to_bronze", source_bucket=source, target_bucket=target)
    lake = Lake.open(target, create=False)
    accepted = lake.read("bronze/emissions").num_rows
    assert accepted > 1_500
    with factors.FactorStore.open(tmp_path / "factors") as store:
        for nth in range(6):
            name = f"ef-{nth}"
            factor = factors.Factor(name, "electricity", "kWh", scope="2", category="Electricity")
            figure = factors.Version(
                name,
                {"co2e": "0.25"},
                factors.Source("a publisher", "a dataset"),
                factors.Licence("CC0-1.0", redistribute=True),
                factors.Interval.of_year(2025),
                gwp_set="AR5",
            )
            store.put(factor, figure)
    run(monkeypatch, "bronze_to_silver", target_bucket=target, factors=str(tmp_path / "factors"))
    silver = lake.read("silver/emissions/activities")
    refused = lake.quarantine("silver/emissions/activities")
    assert silver.num_rows + refused.rows == accepted
    assert {it.code for it in refused.reasons} == {"factor_unknown"}
    run(monkeypatch, "silver_to_gold", target_bucket=target)
    gold = lake.read("gold/emissions/summary")
    total = sum(gold.column("total_emissions_kg").to_pylist())
    assert total == sum(silver.column("emissions_kg").to_pylist()) > 0
    assert sum(gold.column("record_count").to_pylist()) == silver.num_rows
    # Years too, once there are factors for that.
    run(monkeypatch, "silver_to_gold", target_bucket=target, factors=str(tmp_path / "factors"))
    assert lake.read("gold/emissions/yoy").num_rows > 0
    known = {"target_bucket": target, "factors": str(tmp_path / "factors"), "known_at": "no-such-tag"}
    with pytest.raises(NotFoundError, match="no-such-tag"):
        run(monkeypatch, "bronze_to_silver", **known)
    # The same again: nothing is new.
    run(monkeypatch, "raw_to_bronze", source_bucket=source, target_bucket=target)
    assert "commit None" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="source_bucket"):
        run(monkeypatch, "raw_to_bronze", target_bucket=target)
