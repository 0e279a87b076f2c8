"""The older class for factors: its objects are read, and what went wrong with it no longer does.

Each test runs in a directory and on each server that speaks S3.
"""

from __future__ import annotations

import decimal
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from servers import SERVERS, Server, there
from shared import ROOT

from strongroom import ConflictError, TamperedError, audit
from strongroom._strongroom.compat import Objects
from strongroom.compat import emission_factor_storage
from strongroom.compat.emission_factor_storage import EmissionFactorStorage

VECTORS = json.loads((ROOT / "tests/vectors/factors/older_class.json").read_text())["vectors"]


@dataclass(frozen=True)
class Place:
    """Where objects are, and a hand on them that knows no class."""

    url: str

    @property
    def objects(self) -> Objects:
        return Objects.open(self.url)

    def storage(self, **options: Any) -> EmissionFactorStorage:
        return EmissionFactorStorage(self.url, **options)

    def write(self, key: str, body: bytes | str) -> None:
        body = body.encode() if isinstance(body, str) else body
        self.objects.put(key, body, absent=False, metadata={})

    def read(self, key: str) -> Any:
        body = self.objects.get(key)
        return None if body is None else json.loads(body)


@pytest.fixture(params=["directory", *SERVERS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "directory":
        return Place(f"file://{tmp_path}")
    server: Server = there(request.param)
    return Place(server.bucket().url())


def store_old(place: Place, factor_id: str, data: object, date: str, created: str = "2026-02-01") -> str:
    """What the older class wrote, its way."""
    version = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]
    key = f"factors/{factor_id}/{date}/{version}.json"
    metadata = {
        "factor_id": factor_id,
        "source": "DEFRA 2025",
        "effective_date": date,
        "version_hash": version,
        "created_at": f"{created}T00:00:00",
    }
    place.write(key, json.dumps({"metadata": metadata, "data": data}))
    place.write(f"factors/{factor_id}/latest.json", json.dumps({"key": key}))
    return version


def value(found: dict[str, Any] | None) -> Any:
    return None if found is None else found["data"]["v"]


def test_what_the_older_class_wrote_is_read(place: Place) -> None:
    for vector in VECTORS:
        place.write(vector["s3_key"], vector["body"])
    storage = place.storage()
    for vector in VECTORS:
        found = storage.get_factor(
            vector["factor_id"], vector["version_hash"], vector["effective_date"]
        )
        assert found is not None, vector["id"]
        assert json.dumps(found) == json.dumps(json.loads(vector["body"])), vector["id"]
        assert storage.get_factor(vector["factor_id"], vector["sha256"]) is not None


@pytest.mark.parametrize(
    "vector", [it for it in VECTORS if it["group"] != "special_float"], ids=lambda it: it["id"]
)
def test_keys_and_versions_are_as_before(tmp_path: Path, vector: dict[str, Any]) -> None:
    place = Place(f"file://{tmp_path}")
    data = json.loads(vector["factor_data_json"])
    told = (vector["factor_id"], data, vector["source"], vector["effective_date"])
    assert place.storage().store_factor(*told) == vector["version_hash"]
    stored = place.read(vector["s3_key"])
    assert json.dumps(stored["data"]) == json.dumps(json.loads(vector["body"])["data"])
    old = json.loads(vector["body"])["metadata"]
    assert {name: stored["metadata"][name] for name in old if name != "created_at"} == {
        name: text for name, text in old.items() if name != "created_at"
    }
    assert stored["metadata"]["sha256"] == vector["sha256"]
    # Older readers follow the pointer.
    assert place.read(vector["latest_key"]) == json.loads(vector["latest_body"])


def test_row_24_a_version_is_named_whole(place: Place) -> None:
    storage = place.storage()
    version = storage.store_factor("elec", {"v": 1}, "DEFRA", "2025-01-01")
    for part in ("2025", "factors", "/", "e", version[:6], "latest", version.upper(), version + "0"):
        assert storage.get_factor("elec", part) is None, part
    assert value(storage.get_factor("elec", version)) == 1
    digest = hashlib.sha256(b'{"v": 1}').hexdigest()
    assert value(storage.get_factor("elec", digest)) == 1
    assert storage.get_factor("elec", digest[:-1] + "f" if digest[-1] != "f" else "0") is None


def test_row_25_the_date_counts(place: Place) -> None:
    storage = place.storage()
    for year in (2023, 2024, 2026):
        storage.store_factor("elec", {"v": year}, "DEFRA", f"{year}-01-01")

    def at(date: str) -> Any:
        return value(storage.get_factor("elec", effective_date=date))

    assert [at(date) for date in ("2022-12-31", "2023-01-01", "2023-12-31", "2025-06-30")] == [
        None, 2023, 2023, 2024,
    ]  # fmt: skip
    assert at("2026-01-01") == 2026
    with pytest.raises(ValueError, match="no date"):
        at("2026")


def test_row_26_an_older_factor_is_not_the_latest(place: Place) -> None:
    storage = place.storage()
    storage.store_factor("elec", {"v": 2025}, "DEFRA", "2025-01-01")
    storage.store_factor("elec", {"v": 2014}, "DEFRA", "2014-01-01")
    assert value(storage.get_factor("elec")) == 2025
    pointer = place.read("factors/elec/latest.json")["key"]
    assert place.read(pointer)["data"] == {"v": 2025}
    # Of one date, what was stored last.
    store_old(place, "gas", {"v": "b"}, "2025-01-01", "2026-02-02")
    store_old(place, "gas", {"v": "a"}, "2025-01-01", "2026-02-01")
    assert value(storage.get_factor("gas")) == "b"


def test_row_27_writers_race_and_the_newest_is_latest(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(year: int) -> str:
        return place.storage().store_factor("elec", {"v": year}, "DEFRA", f"{year}-01-01")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store, range(2010, 2026)))
    assert value(place.storage().get_factor("elec")) == 2025
    assert place.read(place.read("factors/elec/latest.json")["key"])["data"] == {"v": 2025}


def test_row_27_a_slow_writer_does_not_undo_a_fast_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(f"file://{tmp_path}")
    slow = place.storage()
    decided, go_on = threading.Event(), threading.Event()
    newest = slow._newest
    first = iter([True])

    def held(*told: Any) -> Any:
        answer = newest(*told)
        if next(first, False):
            decided.set()
            go_on.wait(30)
        return answer

    monkeypatch.setattr(slow, "_newest", held)
    thread = threading.Thread(target=slow.store_factor, args=("elec", {"v": 2024}, "D", "2024-01-01"))
    thread.start()
    assert decided.wait(30)
    place.storage().store_factor("elec", {"v": 2025}, "D", "2025-01-01")
    go_on.set()
    thread.join()
    assert place.read(place.read("factors/elec/latest.json")["key"])["data"] == {"v": 2025}


def test_row_28_what_a_crash_left_is_mended_and_a_loss_is_told(place: Place) -> None:
    # Died between the two writes: the pointer is of before.
    store_old(place, "elec", {"v": 2024}, "2024-01-01")
    stale = place.read("factors/elec/latest.json")
    store_old(place, "elec", {"v": 2025}, "2025-01-01")
    place.write("factors/elec/latest.json", json.dumps(stale))
    storage = place.storage()
    assert value(storage.get_factor("elec")) == 2025
    storage.store_factor("elec", {"v": 2025}, "DEFRA 2025", "2025-01-01")
    assert place.read("factors/elec/latest.json") != stale
    for body in ('{"key": "factors/elec/2026-01-01/000000000000.json"}', "{}", "[]", "x"):
        place.write("factors/elec/latest.json", body)
        with pytest.raises(TamperedError) as told:
            storage.get_factor("elec")
        assert told.value.code == "compat.factor_altered" and told.value.hint
    assert storage.get_factor("nothing") is None


def test_row_29_names_with_slashes_are_kept_apart(place: Place) -> None:
    storage = place.storage()
    inner = storage.store_factor("elec/private", {"v": "inner"}, "D", "2025-01-01")
    storage.store_factor("elec", {"v": "outer"}, "D", "2024-01-01")
    assert storage.get_factor("elec", inner) is None
    assert value(storage.get_factor("elec")) == "outer"
    assert value(storage.get_factor("elec/private", inner)) == "inner"
    # `a/b` with the date `c` would be `a` with the date `b/c`.
    for factor_id, date in [("a", "b/2025-01-01"), ("a", "2025"), ("a", "2025-13-01"), ("a", "")]:
        with pytest.raises(ValueError, match="no date"):
            storage.store_factor(factor_id, {"v": 1}, "D", date)
    for factor_id in ("", "a//b", "/a", "a/", "a/../b", ".", "a\nb"):
        with pytest.raises(ValueError, match="cannot name a factor"):
            storage.store_factor(factor_id, {"v": 1}, "D", "2025-01-01")
    # The older class took any date; what it wrote is found, and not taken for another factor's.
    odd = store_old(place, "elec", {"v": "odd"}, "01/02/2025")
    assert value(storage.get_factor("elec", odd)) == "odd"


def test_row_30_versions_beyond_the_first_page_are_found(tmp_path: Path) -> None:
    place = Place(f"file://{tmp_path}")
    versions = [store_old(place, "elec", {"v": n}, "2025-01-01") for n in range(1050)]
    storage = place.storage()
    last = sorted(versions)[-1]
    assert value(storage.get_factor("elec", last)) == versions.index(last)
    assert value(storage.get_factor("elec", versions[1049])) == 1049


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_row_30_on_a_server(server: Server) -> None:
    place = Place(server.bucket().url())
    digests = [f"{n:012x}" for n in range(1, 1003)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda it: place.write(f"factors/elec/2025-01-01/{it}.json", "{}"), digests))
    last = store_old(place, "elec", {"v": 6}, "2025-01-01")
    assert last > digests[-1], "it stands on the second page"
    assert value(place.storage().get_factor("elec", last)) == 6


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    return there(request.param)


def test_row_31_nothing_is_overwritten(place: Place) -> None:
    storage = place.storage()
    version = storage.store_factor("elec", {"v": 1}, "DEFRA", "2025-01-01")
    key = f"factors/elec/2025-01-01/{version}.json"
    before = place.read(key)
    assert storage.store_factor("elec", {"v": 1}, "DEFRA", "2025-01-01") == version
    with pytest.raises(ConflictError, match="the source `DEFRA`, not `EPA`"):
        storage.store_factor("elec", {"v": 1}, "EPA", "2025-01-01")
    assert place.read(key) == before
    # The same figures for another date are stored beside them, and both dates are found.
    assert storage.store_factor("elec", {"v": 1}, "DEFRA", "2026-01-01") == version
    found = storage.get_factor("elec", version)
    assert found is not None and found["metadata"]["effective_date"] == "2026-01-01"
    found = storage.get_factor("elec", version, "2025-01-01")
    assert found is not None and found["metadata"]["effective_date"] == "2025-01-01"


def test_row_32_what_was_altered_is_not_served(place: Place) -> None:
    storage = place.storage()
    version = storage.store_factor("elec", {"v": 0.2}, "DEFRA", "2025-01-01")
    key = f"factors/elec/2025-01-01/{version}.json"
    stored = place.read(key)
    altered = [
        stored | {"data": {"v": 0.02}},
        stored | {"metadata": stored["metadata"] | {"factor_id": "gas"}},
        stored | {"metadata": stored["metadata"] | {"sha256": "0" * 64}},
        {"data": stored["data"]},
        [],
    ]
    for body in altered:
        place.write(key, json.dumps(body))
        for asked in ({"version": version}, {}, {"effective_date": "2025-06-01"}):
            with pytest.raises(TamperedError):
                storage.get_factor("elec", **asked)


def test_row_32_what_was_altered_in_an_older_object_is_not_served(place: Place) -> None:
    version = store_old(place, "elec", {"v": 0.2}, "2025-01-01")
    key = f"factors/elec/2025-01-01/{version}.json"
    place.write(key, json.dumps(place.read(key) | {"data": {"v": 0.02}}))
    with pytest.raises(TamperedError, match="not what its version says"):
        place.storage().get_factor("elec", version)


def test_row_33_any_text_is_stored(place: Place) -> None:
    storage = place.storage()
    for factor_id, source in [("électricité", "Größen 100 %"), ("電力", "x" * 3000)]:
        version = storage.store_factor(factor_id, {"v": "é"}, source, "2025-01-01")
        found = storage.get_factor(factor_id, version)
        assert found is not None and found["metadata"]["source"] == source
        assert found["metadata"]["factor_id"] == factor_id


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_row_33_headers_are_ascii(server: Server) -> None:
    bucket = server.bucket()
    storage = EmissionFactorStorage(bucket.url())
    version = storage.store_factor("elec", {"v": 1}, "Größen 100 %", "2025-01-01")
    answer = bucket.ask("HEAD", f"factors/elec/2025-01-01/{version}.json")
    assert answer.headers["x-amz-meta-source"] == "Gr%C3%B6%C3%9Fen 100 %25"
    assert answer.headers["x-amz-meta-version-hash"] == version
    assert answer.headers["x-amz-meta-factor-id"] == "elec"
    assert answer.headers["content-type"] == "application/json"


def test_row_34_the_rule_for_numbers(tmp_path: Path) -> None:
    storage = EmissionFactorStorage(f"file://{tmp_path}")

    def store(v: object) -> str:
        return storage.store_factor("elec", {"v": v}, "D", "2025-01-01")

    assert len({store(1), store(1.0), store(True)}) == 3
    assert store(decimal.Decimal("0.2070")) == store("0.2070") != store(0.207)
    assert value(storage.get_factor("elec", store(decimal.Decimal("1E+3")))) == "1000"
    for number in (float("nan"), float("inf"), decimal.Decimal("NaN"), decimal.Decimal("-Infinity")):
        with pytest.raises(ValueError):
            store(number)
    with pytest.raises(TypeError, match="not a set"):
        store({1})


def test_row_34_whole_numbers_as_keys(tmp_path: Path) -> None:
    place = Place(f"file://{tmp_path}")
    data = {10: "b", 9: {"x": 1}}
    version = store_old(place, "old", data, "2025-01-01")
    assert place.storage().get_factor("old", version) is not None
    version = place.storage().store_factor("new", data, "D", "2025-01-01")  # type: ignore[arg-type]
    found = place.storage().get_factor("new", version)
    assert found is not None and found["data"] == {"10": "b", "9": {"x": 1}}


def test_row_35_equal_digits_are_a_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 12 digits that are the same for all, as somebody may find them for two.
    real = emission_factor_storage._digest

    def weak(data: object) -> str:
        return "2abc22ed39f2" + real(data)[12:]

    monkeypatch.setattr(emission_factor_storage, "_digest", weak)
    storage = EmissionFactorStorage(f"file://{tmp_path}")
    version = storage.store_factor("elec", {"v": 0.207}, "D", "2025-01-01")
    with pytest.raises(ConflictError, match="the digits of both are the same"):
        storage.store_factor("elec", {"v": 0.021}, "D", "2025-01-01")
    assert value(storage.get_factor("elec", version)) == 0.207


def test_a_ledger_hears_of_each_version_once(tmp_path: Path) -> None:
    with audit.Ledger.open(f"file://{tmp_path}/log") as ledger:
        storage = EmissionFactorStorage(f"file://{tmp_path}/factors", ledger=ledger)
        for _ in range(2):
            storage.store_factor("elec", {"v": 1}, "DEFRA", "2025-01-01")
        assert ledger.head[0] == 1


