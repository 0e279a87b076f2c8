"""Older logs are taken over, old bodies removed, keys of people destroyed."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from older import write_old

import strongroom
from strongroom import audit

ALICE = ("report.read", "alice", "report/1", "read")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return (tmp_path / "log").as_uri()


@pytest.fixture
def keys(tmp_path: Path) -> str:
    return (tmp_path / "keys").as_uri()


@pytest.fixture
def signer() -> str:
    return audit.generate_key("strongroom.test")[0]


def records(url: str, folder: Path) -> list[dict[str, Any]]:
    audit.export(url, folder)
    files = sorted((folder / "segments").iterdir())
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()[1:]]


def test_an_older_log_is_taken_over_as_it_was_hashed(url: str, tmp_path: Path) -> None:
    keys = write_old(tmp_path / "old", 30, ("login", "export"))
    seen: list[int] = []
    imported = audit.import_legacy((tmp_path / "old").as_uri(), url, progress=seen.append)
    assert (imported.records, imported.runs) == (30, ((0, 30),))
    assert [key for key, _, _ in imported.report.order] == keys
    assert seen and seen[-1] == 30
    stored = records(url, tmp_path / "bundle")
    assert [it["record_hash"] for it in stored[:30]] == [it[1] for it in imported.report.order]
    assert (stored[30]["event_type"], stored[30]["details"]["count"]) == ("_audit.legacy_import", 30)
    report = audit.verify(url)
    assert (report.ok, report.records) == (True, 31)


def test_an_open_ledger_takes_an_older_log_and_stays_open(url: str, tmp_path: Path) -> None:
    write_old(tmp_path / "old", 3)
    with audit.Ledger.open(url) as ledger:
        ledger.append(*ALICE)
        old = (tmp_path / "old").as_uri()
        assert audit.import_legacy(old, ledger, below="audit").runs == ((1, 3),)
        assert ledger.append(*ALICE).seq == 5
        with pytest.raises(TypeError, match="`writer` comes too late"):
            audit.import_legacy(old, ledger, writer="here")
    assert audit.verify(url).ok


def test_a_damaged_older_log_is_taken_over_on_demand_only(url: str, tmp_path: Path) -> None:
    keys = write_old(tmp_path / "old", 4)
    path = tmp_path / "old" / keys[2]
    path.write_text(path.read_text().replace("alice", "malet"))
    old = (tmp_path / "old").as_uri()
    with pytest.raises(strongroom.TamperedError, match="the older log does not hold"):
        audit.import_legacy(old, url)
    imported = audit.import_legacy(old, url, even_if_damaged=True)
    assert imported.records == 3 and not imported.report.ok
    stored = records(url, tmp_path / "bundle")
    assert stored[-1]["details"]["findings"]["content_altered"] == 1


def test_the_lost_end_of_an_older_log_is_noticed_by_its_head(url: str, tmp_path: Path) -> None:
    keys = write_old(tmp_path / "old", 4)
    head = Path(keys[3]).stem
    (tmp_path / "old" / keys[3]).unlink()
    old = (tmp_path / "old").as_uri()
    with pytest.raises(strongroom.TamperedError):
        audit.import_legacy(old, url, head=head)
    assert audit.import_legacy(old, url, head=Path(keys[2]).stem).records == 3


def fill(url: str, signer: str, count: int = 600) -> None:
    limits = audit.Limits(segment_records=100)
    with audit.Ledger.open(url, signer=signer, limits=limits) as ledger:
        ledger.append_all([audit.Event(*ALICE, {"n": n}) for n in range(count)])


def test_bodies_go_and_proofs_stay(url: str, signer: str) -> None:
    fill(url, signer)
    would = audit.prune(url, before_seq=250, dry_run=True, signer=signer)
    assert (would.first_seq, would.records, would.segments, would.recorded_at) == (0, 200, 2, None)
    assert audit.verify(url).records == 600
    with audit.Ledger.open(url, signer=signer) as ledger:
        pruned = audit.prune(ledger, before_seq=250)
        assert ledger.append(*ALICE).seq == 601
    assert (pruned.records, pruned.segments, pruned.recorded_at) == (200, 2, 600)
    report = audit.verify(url)
    assert (report.status, report.records, report.size) == ("ok", 402, 602)
    assert [it.severity for it in report.findings if it.kind == "pruned"] == ["note"]
    gone, there = audit.prove(url, 17), audit.prove(url, 317)
    assert gone.line is None and there.line is not None


def test_records_are_pruned_by_their_moment(url: str, signer: str) -> None:
    fill(url, signer)
    now = datetime.now(timezone.utc)
    assert audit.prune(url, before=now - timedelta(days=1), signer=signer).records == 0
    # Only whole bundles of 256 hashes are there for ever.
    assert audit.prune(url, before=now + timedelta(days=1), signer=signer).records == 500


def test_pruning_asks_for_an_end_and_for_a_log(url: str, signer: str) -> None:
    with pytest.raises(strongroom.NotFoundError):
        audit.prune(url, before_seq=1)
    # Nor is a log begun by it.
    with pytest.raises(strongroom.NotFoundError):
        audit.Ledger.open(url, create=False)
    fill(url, signer, 10)
    with pytest.raises(strongroom.InvalidError, match="say up to which record or moment"):
        audit.prune(url, signer=signer)
    with pytest.raises(TypeError):
        audit.prune(url, before=datetime(2026, 1, 17), signer=signer)


SECRET = {"customer": {"mail": "ada@example.org", "phones": ["+44 1", "+44 2"]}, "sum": 12}
PLACES = ["customer.mail", "/customer/phones/1"]


def everything_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_is_sealed_opens_until_the_subject_is_erased(
    url: str, keys: str, signer: str, tmp_path: Path
) -> None:
    with audit.Ledger.open(url, signer=signer, subject_keys=keys, compress=False) as ledger:
        ledger.append(*ALICE, SECRET, subject="customer-77", seal=PLACES)
        future = ledger.submit(*ALICE, SECRET, subject="customer-78", seal=PLACES)
        future.result()
        ledger.append_all([audit.Event(*ALICE, SECRET, subject="customer-77", seal=PLACES)])
    stored = everything_in(tmp_path / "log")
    assert b"+44 1" in stored and b"+44 2" not in stored
    assert b"ada@example.org" not in stored and b"customer-77" not in stored
    sealed = records(url, tmp_path / "bundle")
    for record in sealed:
        assert record["details"]["customer"]["mail"] != "ada@example.org"
        opened = audit.unseal(record, subject_keys=keys)
        assert (opened.record["details"], opened.closed) == (SECRET, ())
    erased = audit.erase_subject(url, "customer-77", subject_keys=keys, signer=signer)
    assert len(erased) == 1
    for record, whose in zip(sealed, (77, 78, 77), strict=True):
        opened = audit.unseal(record, subject_keys=keys)
        if whose == 78:
            assert opened.record["details"] == SECRET
        else:
            assert [place for place, _ in opened.closed] == ["/customer/mail", "/customer/phones/1"]
            assert opened.record["details"] == record["details"]
    report = audit.verify(url)
    assert (report.ok, report.records) == (True, 4)
    assert "erased" in {it.kind for it in report.findings if it.is_note}
    assert b"customer-77" not in everything_in(tmp_path / "log")
    with pytest.raises(strongroom.NotFoundError, match="no key for this subject") as caught:
        audit.erase_subject(url, "customer-77", subject_keys=keys)
    assert caught.value.code == "ledger.no_subject_key"
    assert audit.verify(url).records == 4


def test_nobody_believes_by_mistake_that_something_is_sealed(url: str, keys: str) -> None:
    with audit.Ledger.open(url) as ledger:
        with pytest.raises(ValueError, match="without `subject_keys`"):
            ledger.append(*ALICE, SECRET, subject="customer-77", seal=PLACES)
        with pytest.raises(ValueError, match="without `subject_keys`"):
            audit.erase_subject(ledger, "customer-77")
    with audit.Ledger.open(url, subject_keys=keys) as ledger:
        with pytest.raises(ValueError, match="give `subject`"):
            ledger.append(*ALICE, SECRET, seal=PLACES)
        for nothing in ((), "customer.mail"):
            with pytest.raises(ValueError, match="give `seal`"):
                ledger.append(*ALICE, SECRET, subject="customer-77", seal=nothing)
        with pytest.raises(strongroom.InvalidError):
            ledger.append(*ALICE, {}, subject="customer-77", seal=["customer.mail"])
        assert ledger.head == (0, None)
    with pytest.raises(strongroom.InvalidError, match="lie in the log"):
        audit.Ledger.open(url, subject_keys=f"{url}/keys")


def test_a_loop_does_all_of_it(url: str, keys: str, signer: str, tmp_path: Path) -> None:
    write_old(tmp_path / "old", 3)

    async def work() -> int:
        old = (tmp_path / "old").as_uri()
        assert (await audit.aimport_legacy(old, url, signer=signer)).records == 3
        async with audit.AsyncLedger.open(url, signer=signer, subject_keys=keys) as ledger:
            await ledger.append(*ALICE, SECRET, subject="customer-77", seal=PLACES)
            assert len(await audit.aerase_subject(ledger.ledger, "customer-77")) == 1
        sealed = records(url, tmp_path / "bundle")[-2]
        assert len((await audit.aunseal(sealed, subject_keys=keys)).closed) == 2
        return (await audit.aprune(url, before_seq=3, signer=signer)).records

    # None: the bundle of the first 256 hashes is not full yet.
    assert asyncio.run(work()) == 0
    assert audit.verify(url).ok
