"""The older logger's class: its documented defects, each shown to be mended."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from older import write_old

import strongroom
from strongroom import audit
from strongroom.compat.audit_logger import ImmutableAuditLogger

EVENT = ("login", "alice", "system", "read")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "bucket"


@pytest.fixture
def place(root: Path) -> str:
    return root.as_uri()


def log(place: str, count: int, **options: Any) -> list[str]:
    with ImmutableAuditLogger(place, **options) as logger:
        return [logger.log_event(*EVENT, {"n": n}) for n in range(count)]


def read_segment(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_case_01_an_intact_chain_of_one_hour_verifies(place: str) -> None:
    hashes = log(place, 6)
    assert ImmutableAuditLogger(place).verify_chain(hashes[0], hashes[-1])


def test_case_02_a_chain_over_two_types_verifies(place: str, root: Path) -> None:
    keys = write_old(root, 6, ("login", "export"))
    assert ImmutableAuditLogger(place).verify_chain(keys[0], keys[-1])


def test_case_03_a_record_behind_the_thousandth_is_read(place: str, root: Path) -> None:
    keys = write_old(root, 1103)
    assert ImmutableAuditLogger(place).verify_chain(keys[0], keys[-1])
    path = root / keys[1100]
    path.write_text(path.read_text().replace("alice", "malet"))
    logger = ImmutableAuditLogger(place)
    assert not logger.verify_chain(keys[0], keys[-1])
    legacy = logger.verify().legacy
    assert legacy is not None
    named = [it.key for it in legacy.findings if it.kind == "content_altered"]
    assert len(named) == 1 and named[0] is not None and keys[1100].endswith(named[0])


def test_case_04_a_restart_continues_the_chain(place: str) -> None:
    first, second = log(place, 3), log(place, 3)
    assert ImmutableAuditLogger(place).verify_chain(first[0], second[-1])


def test_case_05_two_writers_lose_nothing(place: str) -> None:
    with ImmutableAuditLogger(place) as one, ImmutableAuditLogger(place) as two:
        hashes = [logger.log_event(*EVENT, {}) for _ in range(5) for logger in (one, two)]
    assert len(set(hashes)) == 10
    assert ImmutableAuditLogger(place).verify().records == 10


def test_case_06_threads_share_a_logger(place: str) -> None:
    with ImmutableAuditLogger(place) as logger, ThreadPoolExecutor(8) as pool:
        hashes = list(pool.map(lambda n: logger.log_event(*EVENT, {"n": n}), range(80)))
    assert len(set(hashes)) == 80
    assert ImmutableAuditLogger(place).verify().ok


def test_cases_07_and_08_missing_ends_are_noticed(place: str, root: Path) -> None:
    hashes = log(place, 6)
    for path in (root / "ledger").rglob("seg/00000000000000000000*"):
        path.unlink() if path.is_file() else None
    assert not ImmutableAuditLogger(place).verify_chain(1, 5)
    assert len(hashes) == 6


def test_case_09_a_foreign_hand_cannot_sign(place: str, tmp_path: Path) -> None:
    private, verifier = audit.generate_key("strongroom.test")
    log(place, 3, signer=private)
    logger = ImmutableAuditLogger(place)
    assert logger.verify(verifier_keys=[verifier], require_anchor=True).ok
    stranger = audit.generate_key("strongroom.test")[1]
    assert not logger.verify(verifier_keys=[stranger], require_anchor=True).ok


def test_case_12_empty_and_mistyped_ranges_are_errors(place: str) -> None:
    logger = ImmutableAuditLogger(place)
    with pytest.raises(strongroom.NotFoundError, match="no log"):
        logger.verify_chain("", "zzz")
    hashes = log(place, 3)
    with pytest.raises(strongroom.NotFoundError, match="no record"):
        logger.verify_chain(hashes[0], "0" * 64)
    with pytest.raises(ValueError, match="before it begins"):
        logger.verify_chain(hashes[2], hashes[0])
    assert logger.verify_chain(hashes[1], hashes[1])


def test_case_13_a_moved_record_is_noticed(place: str, root: Path) -> None:
    keys = write_old(root, 3)
    assert ImmutableAuditLogger(place).verify_chain(keys[0], keys[-1])
    moved = root / "audit/login/2031/12/31/23/0000.json"
    moved.parent.mkdir(parents=True)
    (root / keys[1]).rename(moved)
    assert not ImmutableAuditLogger(place).verify_chain(keys[0], keys[2])


@pytest.mark.parametrize("body", [b"{}", b"nothing", b"[1]", b"\xff\xfe"])
def test_case_14_a_stray_object_is_a_finding(place: str, root: Path, body: bytes) -> None:
    keys = write_old(root, 3)
    assert ImmutableAuditLogger(place).verify_chain(keys[0], keys[-1])
    (root / "audit/stray.json").write_bytes(body)
    assert not ImmutableAuditLogger(place).verify_chain(keys[0], keys[2])


def test_case_16_numbers_can_be_keys(place: str) -> None:
    with ImmutableAuditLogger(place) as logger:
        key = logger.log_event(*EVENT, {9: "a", 10: "b"})  # type: ignore[dict-item]
    assert ImmutableAuditLogger(place).verify_chain(key, key)


def test_case_17_nan_is_refused_with_its_path(place: str) -> None:
    with ImmutableAuditLogger(place) as logger:
        with pytest.raises(ValueError, match=r"`details\.score`"):
            logger.log_event(*EVENT, {"score": float("nan")})


@pytest.mark.parametrize("actor", ["José", "  bob", "a\r\nb", "x" * 3000])
def test_cases_18_and_19_any_actor_is_recorded(place: str, actor: str) -> None:
    with ImmutableAuditLogger(place) as logger:
        key = logger.log_event("login", actor, "system", "read", {})
    assert ImmutableAuditLogger(place).verify_chain(key, key)


@pytest.mark.parametrize("kind", ["", "..", "login/2026", "x" * 1080, "Übung"])
def test_case_20_event_types_are_of_a_small_alphabet(place: str, kind: str) -> None:
    with ImmutableAuditLogger(place) as logger:
        with pytest.raises(ValueError, match="is not an event type"):
            logger.log_event(kind, "alice", "system", "read", {})


def lines(place: str, folder: Path) -> list[dict[str, Any]]:
    audit.export(place, folder)
    files = sorted((folder / "segments").iterdir())
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()[1:]]


def test_case_15_an_event_with_an_id_is_recorded_once(place: str, tmp_path: Path) -> None:
    first = log(place, 1)[0]
    with ImmutableAuditLogger(place) as logger:
        once = logger.log_event(*EVENT, {"n": 1}, event_id="order-1")
        assert logger.log_event(*EVENT, {"n": 1}, event_id="order-1") == once
    # A restarted process, which finds the id in the log.
    with ImmutableAuditLogger(place) as logger:
        assert logger.log_event(*EVENT, {"n": 1}, event_id="order-1") == once
        with pytest.raises(strongroom.ConflictError):
            logger.log_event(*EVENT, {"n": 2}, event_id="order-1")
    assert ImmutableAuditLogger(place).verify().records == 2
    assert ImmutableAuditLogger(place).verify_chain(first, once)


def test_case_21_moments_have_a_zone_and_one_width(place: str, tmp_path: Path) -> None:
    before = datetime.now(timezone.utc)
    log(place, 20)
    moments = [it["timestamp"] for it in lines(f"{place}/ledger", tmp_path / "bundle")]
    assert len(moments) == 20 and moments == sorted(moments)
    for moment in moments:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
        at = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
        assert abs(at - before) < timedelta(minutes=10)


def test_case_21_the_older_widths_stay_readable(place: str, root: Path) -> None:
    # `isoformat` leaves a fraction of nothing out.
    starts = [datetime(2026, 1, 17, 9, 0, 0, 999_999), datetime(2026, 1, 17, 9, 0, 1)]
    keys = write_old(root, 2, moments=starts)
    assert [len(json.loads((root / key).read_bytes())["timestamp"]) for key in keys] == [26, 19]
    assert ImmutableAuditLogger(place).verify_chain(*keys)


def test_case_22_an_older_logger_whose_clock_went_back_is_honest(place: str, root: Path) -> None:
    moments = [datetime(2026, 1, 17, 10, 0, 0, 300_000), datetime(2026, 1, 17, 9, 59, 59, 700_000)]
    keys = write_old(root, 2, moments=moments)
    assert keys[0] > keys[1]
    logger = ImmutableAuditLogger(place)
    assert logger.verify_chain(*keys)
    legacy = logger.verify().legacy
    assert legacy is not None and "clock_regression" in {it.kind for it in legacy.findings}


def test_case_22_a_clock_that_went_back_is_noted_and_not_fatal(place: str, root: Path) -> None:
    first = log(place, 2, compress=False)[0]
    # What a writer stores whose clock is ahead: a segment in the format of the ledger.
    segments = root / "ledger/seg"
    header, *records = read_segment(max(segments.iterdir()))
    record = records[-1] | {"timestamp": "2199-01-01T00:00:00.000000Z", "seq": 2}
    record["previous_hash"] = record.pop("record_hash")
    record["record_hash"] = audit.record_hash(record)
    header |= {"batch": "0" * 32, "count": 1, "first_seq": 2, "last_hash": record["record_hash"]}
    header["previous_hash"] = record["previous_hash"]
    text = audit.canonical_json({k: v for k, v in record.items() if k != "record_hash"})
    line = f'{text[:-1]}, "record_hash": "{record["record_hash"]}"}}'
    (segments / f"{2:020}").write_text(f"{audit.canonical_json(header)}\n{line}\n")
    last = log(place, 2)[-1]
    logger = ImmutableAuditLogger(place)
    assert logger.verify_chain(first, last)
    ledger = logger.verify().ledger
    assert ledger is not None and (ledger.status, ledger.records) == ("ok", 5)
    noted = [it for it in ledger.findings if it.kind == "clock_regression"]
    assert [(it.first_seq, it.severity) for it in noted] == [(3, "note")]


def test_case_23_a_member_that_stands_twice_is_noticed(place: str, root: Path) -> None:
    keys = write_old(root, 2)
    assert ImmutableAuditLogger(place).verify_chain(keys[0], keys[-1])
    path = root / keys[1]
    path.write_text(path.read_text().replace('"actor"', '"actor": "mallory",\n  "actor"', 1))
    assert not ImmutableAuditLogger(place).verify_chain(keys[0], keys[1])


def test_a_bucket_with_both_logs_verifies(place: str, root: Path) -> None:
    keys, hashes = write_old(root, 3), log(place, 3)
    logger = ImmutableAuditLogger(place)
    assert logger.verify_chain(keys[0], hashes[-1]) and logger.verify_chain(keys[0], 2)
    assert logger.verify().records == 6
    with pytest.raises(ValueError, match="before it begins"):
        logger.verify_chain(hashes[0], keys[0])
