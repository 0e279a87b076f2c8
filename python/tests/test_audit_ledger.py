"""Logs that are written from Python: threads, processes, tasks, forks, signals."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

import strongroom
from strongroom import audit

ALICE = ("report.read", "alice", "report/1", "read")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return (tmp_path / "log").as_uri()


def test_a_record_is_stored_and_linked_when_append_returns(url: str) -> None:
    with audit.Ledger.open(url, writer="here") as ledger:
        first = ledger.append(*ALICE, {"rows": 12})
        second = ledger.append(*ALICE)
        assert (first.seq, first.previous_hash) == (0, None)
        assert (second.seq, second.previous_hash) == (1, first.record_hash)
        assert ledger.head == (2, second.record_hash)
        report = audit.verify(url)
    assert (report.status, report.records, report.last_hash) == ("ok", 2, second.record_hash)


def test_threads_share_a_ledger_and_every_predecessor_is_unique(url: str) -> None:
    with audit.Ledger.open(url) as ledger, ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda n: ledger.append(*ALICE, {"n": n}), range(800)))
    assert sorted(it.seq for it in many) == list(range(800))
    assert len({it.previous_hash for it in many}) == 800
    assert audit.verify(url).records == 800


def write_some(url: str, count: int) -> None:
    with audit.Ledger.open(url) as ledger:
        for future in [ledger.submit(*ALICE, {"n": n}) for n in range(count)]:
            future.result()


def test_processes_share_a_log(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write_some, args=(url, 200)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    report = audit.verify(url)
    assert (report.ok, report.records) == (True, 400)


KILLED = """
import sys
from strongroom import audit
ledger = audit.Ledger.open(sys.argv[1])
n = 0
while True:
    receipt = ledger.append("report.read", "alice", "report/1", "read", {"n": n})
    print(receipt.seq, receipt.record_hash, flush=True)
    n += 1
"""


def test_what_was_acknowledged_survives_kill_9(url: str, tmp_path: Path) -> None:
    writing = subprocess.Popen(
        [sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE, text=True
    )
    assert writing.stdout is not None
    acknowledged = [writing.stdout.readline() for _ in range(20)]
    writing.kill()
    acknowledged += writing.stdout.read().splitlines()
    writing.wait()
    writing.stdout.close()
    report = audit.verify(url)
    assert report.ok
    audit.export(url, tmp_path / "bundle")
    stored = {}
    for file in (tmp_path / "bundle/segments").iterdir():
        for line in file.read_bytes().splitlines()[1:]:
            record = json.loads(line)
            stored[record["seq"]] = record["record_hash"]
    whole = [it.split() for it in acknowledged if len(it.split()) == 2]
    assert len(whole) >= 20
    for seq, record_hash in whole:
        if len(record_hash) == 64:
            assert stored[int(seq)] == record_hash


def test_an_event_loop_has_a_thousand_events_in_flight(url: str) -> None:
    async def write() -> list[audit.Receipt]:
        async with audit.AsyncLedger.open(url) as ledger:
            return await asyncio.gather(*(ledger.append(*ALICE, {"n": n}) for n in range(1000)))

    receipts = asyncio.run(write())
    assert [it.seq for it in receipts] == list(range(1000))
    assert audit.verify(url).segments < 1000


def test_a_submitted_event_cannot_be_called_back(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        future = ledger.submit(*ALICE)
        assert isinstance(future, Future)
        assert not future.cancel()
        assert future.result().seq == 0


def test_append_all_keeps_the_order(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        receipts = ledger.append_all(audit.Event(*ALICE, {"n": n}) for n in range(50))
    assert [it.seq for it in receipts] == list(range(50))


def test_an_event_id_is_recorded_once(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        first = ledger.append(*ALICE, event_id="1")
        assert ledger.append(*ALICE, event_id="1") == first
        with pytest.raises(strongroom.ConflictError) as raised:
            ledger.append(*ALICE, {"other": True}, event_id="1")
        assert raised.value.code == "ledger.event_id_taken"


def test_a_ledger_that_is_not_closed_loses_nothing(url: str) -> None:
    ledger = audit.Ledger.open(url)
    futures = [ledger.submit(*ALICE, {"n": n}) for n in range(300)]
    del ledger
    gc.collect()
    assert sorted(it.result().seq for it in futures) == list(range(300))
    assert audit.verify(url).records == 300


def test_the_end_of_the_program_closes_what_is_open(url: str) -> None:
    program = (
        "import sys; from strongroom import audit; ledger = audit.Ledger.open(sys.argv[1]);"
        "[ledger.submit('report.read', 'alice', 'report/1', 'read') for _ in range(300)]"
    )
    subprocess.run([sys.executable, "-c", program, url], check=True, timeout=60)
    assert audit.verify(url).records == 300


def test_a_closed_ledger_says_so(url: str) -> None:
    ledger = audit.Ledger.open(url)
    ledger.close()
    with pytest.raises(strongroom.InvalidError, match="closed"):
        ledger.append(*ALICE)


def test_a_forked_child_is_told_to_open_its_own(url: str) -> None:
    program = """
import os, sys
from strongroom import audit
ledger = audit.Ledger.open(sys.argv[1])
ledger.append("a", "b", "c", "d")
child = os.fork()
if child == 0:
    try:
        ledger.append("a", "b", "c", "d")
    except RuntimeError as error:
        assert "after the fork" in str(error)
        with audit.Ledger.open(sys.argv[1]) as own:
            seq = own.append("a", "b", "c", "d").seq
        sys.exit(seq)
    os._exit(99)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
ledger.append("a", "b", "c", "d")
sys.exit(status)
"""
    done = subprocess.run([sys.executable, "-c", program, url], timeout=60)
    assert done.returncode == 1
    assert audit.verify(url).records == 3


def test_ctrl_c_ends_the_waiting() -> None:
    # Nothing is ever answered there: the ledger waits to open the log.
    program = """
import os, signal, socket, threading
from strongroom import audit
silent = socket.create_server(("127.0.0.1", 0))
try:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    port = silent.getsockname()[1]
    audit.Ledger.open(f"s3://bucket?endpoint=http://127.0.0.1:{port}&region=us-east-1")
except KeyboardInterrupt:
    os._exit(7)
"""
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, timeout=60)
    assert done.returncode == 7


@pytest.mark.parametrize("kind", ["", "Login", "a/b", "a..b", "_audit.own", "x" * 65])
def test_event_types_are_of_a_small_alphabet(url: str, kind: str) -> None:
    with audit.Ledger.open(url) as ledger, pytest.raises(strongroom.InvalidError) as raised:
        ledger.append(kind, "alice", "report/1", "read")
    assert raised.value.code.startswith("audit.event_type")


def test_details_that_are_not_json_are_refused_with_their_path(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        with pytest.raises(ValueError, match=r"at `details\.rows\.1`"):
            ledger.append(*ALICE, {"rows": [1, float("nan")]})
        with pytest.raises(TypeError, match=r"at `details\.when`"):
            ledger.append(*ALICE, {"when": object()})
        assert ledger.head == (0, None)


def test_actor_and_resource_come_from_the_context(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        with pytest.raises(ValueError, match="no actor"):
            ledger.append("report.read", resource="report/1", action="read")
        with audit.context(actor="alice", resource="report/1"):
            with audit.context(actor="bob"):
                ledger.append("report.read", action="read")
            ledger.append("report.read", action="read")
    bob, alice = records(url)
    assert (bob["actor"], alice["actor"]) == ("bob", "alice")
    assert (bob["resource"], alice["resource"]) == ("report/1", "report/1")


def records(url: str) -> list[dict[str, str]]:
    folder = Path(url.removeprefix("file://")).with_name("bundle")
    audit.export(url, folder)
    files = sorted((folder / "segments").iterdir())
    lines = [line for file in files for line in file.read_bytes().splitlines()[1:]]
    return [json.loads(line) for line in lines]


def test_an_altered_log_is_tampered(url: str) -> None:
    with audit.Ledger.open(url, compress=False) as ledger:
        ledger.append(*ALICE)
    root = Path(url.removeprefix("file://"))
    altered = 0
    for path in root.rglob("*"):
        if path.is_file() and b'"alice"' in path.read_bytes():
            path.chmod(0o644)
            path.write_bytes(path.read_bytes().replace(b'"alice"', b'"malet"'))
            altered += 1
    assert altered
    report = audit.verify(url)
    assert report.status == "tampered" and not report
    assert [it.kind for it in report.findings if it.kind == "content_altered"]
    assert report.to_dict()["status"] == "tampered"


def test_a_log_without_anything_is_not_verified(url: str) -> None:
    assert audit.verify(url).status == "could_not_verify"


def test_evidence_convinces_whoever_knows_the_key(url: str, tmp_path: Path) -> None:
    private, verifier = audit.generate_key("strongroom.test")
    (tmp_path / "key").write_text(private)
    with audit.Ledger.open(url, signer=tmp_path / "key") as ledger:
        receipts = [ledger.append(*ALICE, {"n": n}) for n in range(5)]
        assert ledger.checkpoint() is not None
    evidence = audit.prove(url, receipts[3].record_hash)
    assert evidence == audit.prove(url, 3)
    assert evidence.line is not None
    proved = audit.verify_proof(evidence.proof, evidence.line, verifier_keys=[verifier])
    assert (proved.seq, proved.size) == (3, 5)
    forged = evidence.line.replace(b'"n": 3', b'"n": 4')
    with pytest.raises(strongroom.StrongroomError):
        audit.verify_proof(evidence.proof, forged, verifier_keys=[verifier])
    stranger = audit.generate_key("strongroom.test")[1]
    with pytest.raises(strongroom.UnverifiedError):
        audit.verify_proof(evidence.proof, evidence.line, verifier_keys=[stranger])
    report = audit.verify(url, verifier_keys=[verifier], require_anchor=True)
    assert report.ok and report.anchored
    with pytest.raises(strongroom.NotFoundError):
        audit.prove(url, 99)


def test_a_pin_notices_that_a_log_was_put_back(url: str, tmp_path: Path) -> None:
    pin = tmp_path / "pin.json"
    with audit.Ledger.open(url) as ledger:
        ledger.append(*ALICE)
        ledger.append(*ALICE)
    assert audit.verify(url, pin=pin).ok and pin.exists()
    root = Path(url.removeprefix("file://"))
    for path in root.rglob("00000000000000000001*"):
        path.unlink() if path.is_file() else None
    assert audit.verify(url, pin=pin).status == "tampered"


def test_a_time_limit_ends_the_waiting(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        with pytest.raises(ValueError, match="timeout"):
            ledger.append(*ALICE, timeout=float("nan"))
        assert ledger.append(*ALICE, timeout=60).seq == 0


def test_a_finding_says_how_much_it_weighs(url: str) -> None:
    private, verifier = audit.generate_key("strongroom.test")
    with audit.Ledger.open(url, signer=private) as ledger:
        ledger.append(*ALICE)
    with audit.Ledger.open(url) as ledger:
        ledger.append(*ALICE)
    report = audit.verify(url, verifier_keys=[verifier])
    assert [(it.kind, it.severity) for it in report.findings] == [("unsealed_tail", "note")]
    assert (report.exit_status, report.notes, report.checkpoints) == (0, 1, 1)
    assert report.checkpoint is not None and report.origin in report.checkpoint.splitlines()
    assert report.log_id == report.document["log_id"]
    report = audit.verify(url, require_anchor=True)
    assert report.exit_status == 8 and report.status == "could_not_verify"
    assert "could_not_check" in [it.severity for it in report.findings]
    body = next(Path(url.removeprefix("file://")).rglob("seg/00000000000000000001*"))
    body.unlink()
    Path(body.parent, "0" * 20).unlink()
    report = audit.verify(url, verifier_keys=[verifier])
    assert report.exit_status == 7 and "tampered" in [it.severity for it in report.findings]
    assert report.to_dict()["findings"][0]["severity"] in ("note", "could_not_check", "tampered")


def test_options_reach_the_ledger(url: str) -> None:
    limits = audit.Limits(segment_records=2, event_ids=1)
    with audit.Ledger.open(url, limits=limits, compress=19, conditions="atomic", retries=0) as ledger:
        ledger.append_all([audit.Event(*ALICE, {"n": n}) for n in range(5)])
    assert audit.verify(url).segments >= 3
    document = json.loads((Path(url.removeprefix("file://")) / "log%").read_bytes())
    assert (document["conditions"], document["max_segment_records"]) == ("atomic", 2)
    for wrong in (0, 20, -1):
        with pytest.raises(ValueError, match="no level of compression"):
            audit.Ledger.open(url, compress=wrong)
    with pytest.raises(ValueError, match="`atomic` or `oldest-version`"):
        audit.Ledger.open(url, conditions="perhaps")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Limits\.races"):
        audit.Ledger.open(url, limits=audit.Limits(races=-1))
