"""Factors for the rows of `rows`: six of seven are known."""

from __future__ import annotations

import os
from typing import Any

from strongroom.factors import Factor, FactorStore, Interval, Licence, Source, Version


def figure(nth: int, figure: str) -> tuple[Factor, Version]:
    """A figure of CO2e; of every third factor it is given by gas, in masses."""
    name = f"ef-{nth}"
    scope, category = str(nth % 3 + 1), f"c-{nth % 4}"
    method: Any = "location" if scope == "2" else None
    factor = Factor(
        name, f"activity {nth % 2}", "kWh", scope=scope, category=category, s2_method=method
    )
    masses = nth % 3 == 2
    gases: dict[str, Any] = {"co2": figure, "ch4": "0.000123"} if masses else {"co2e": figure}
    version = Version(
        name,
        gases,
        Source("a publisher", "a dataset"),
        Licence("CC0-1.0", redistribute=True),
        Interval.of_year(2025),
        gas_basis="mass" if masses else "co2e",
        gwp_set=None if masses else "AR5",
    )
    return factor, version


def factors(place: str | os.PathLike[str]) -> FactorStore:
    store = FactorStore.open(place)
    for nth in range(6):
        store.put(*figure(nth, f"0.2{nth}17"))
    return store
