"""Logs on servers that speak S3, as the older logger's class, a handler and a loop write them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from older import old
from servers import SERVERS, Bucket, Middle, Server, between, there

import strongroom
from strongroom import audit
from strongroom.compat.audit_logger import ImmutableAuditLogger

pytestmark = pytest.mark.parametrize("server", SERVERS, indirect=True)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    return there(request.param)


EVENT = ("login", "alice", "system", "read")
#: What a bucket that locks nothing is told about.
UNLOCKED = pytest.mark.filterwarnings("ignore:.*does not lock what is logged")


@pytest.fixture
def middle(server: Server) -> Iterator[Middle]:
    yield from between(server)


def log(place: str, count: int, **options: Any) -> list[str]:
    with ImmutableAuditLogger(place, **options) as logger:
        return [logger.log_event(*EVENT, {"n": n}) for n in range(count)]


def kinds(findings: Any) -> set[str]:
    return {it.kind for it in findings if it.severity == "tampered"}


@UNLOCKED
def test_the_name_of_a_bucket_is_enough(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    bucket = server.bucket()
    first = log(bucket.name, 3)
    with ImmutableAuditLogger(bucket.name) as logger, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: logger.log_event(*EVENT, {"n": n}), range(40)))
        last = logger.log_event("login", "José", "system", "read", {9: 1, 10: 2})  # type: ignore[dict-item]
    logger = ImmutableAuditLogger(bucket.name)
    assert logger.verify_chain(first[0], last) and logger.verify_chain(0, 43)
    assert logger.verify().records == 44
    with pytest.raises(strongroom.NotFoundError):
        logger.verify_chain(first[0], 44)
    assert all(key.startswith("ledger/") for key in bucket.keys())


def locked(bucket: Bucket) -> tuple[ImmutableAuditLogger, list[str]]:
    retention = audit.Retention(1, "governance")
    return ImmutableAuditLogger(bucket.url()), log(bucket.url(), 3, retention=retention)


def test_case_10_a_delete_marker_hides_nothing(server: Server) -> None:
    bucket = server.bucket(lock=True)
    logger, hashes = locked(bucket)
    assert logger.verify_chain(hashes[0], hashes[-1])
    for key in [key for key in bucket.keys() if "/seg/" in key]:
        bucket.ask("DELETE", key)
    assert not [key for key in bucket.keys() if "/seg/" in key]
    assert not logger.verify_chain(hashes[0], hashes[-1])
    ledger = logger.verify().ledger
    assert ledger is not None and "delete_marker" in kinds(ledger.findings)
    assert ledger.records == 3


def test_case_10_a_newer_version_hides_nothing(server: Server) -> None:
    bucket = server.bucket(lock=True)
    logger, hashes = locked(bucket)
    first = min(key for key in bucket.keys() if "/seg/" in key)
    bucket.ask("PUT", first, body=bucket.ask("GET", first).body.replace(b"alice", b"malet") + b"\n")
    assert not logger.verify_chain(hashes[0], hashes[-1])
    ledger = logger.verify().ledger
    assert ledger is not None and kinds(ledger.findings) == {"shadowed_version"}
    assert ledger.records == 3


def test_case_10_nor_are_the_older_loggers_objects_hidden(server: Server) -> None:
    bucket = server.bucket(lock=True)
    written = list(old(5))
    for key, body in written:
        bucket.ask("PUT", key, body=body)
    # A retry of the older logger: the same object once more.
    bucket.ask("PUT", written[1][0], body=written[1][1])
    keys = [key for key, _ in written]
    logger = ImmutableAuditLogger(bucket.url())
    assert logger.verify_chain(keys[0], keys[-1])
    bucket.ask("DELETE", keys[-1])
    forged = dict(old(5, actor="malet"))
    bucket.ask("PUT", keys[0], body=list(forged.values())[0])
    assert not logger.verify_chain(keys[0], keys[-1])
    legacy = logger.verify().legacy
    assert legacy is not None and legacy.objects == 5 and legacy.one_chain
    named = {(it.kind, it.key) for it in legacy.findings if it.severity == "tampered"}
    hidden, shadowed = (key.removeprefix("audit/") for key in (keys[-1], keys[0]))
    assert named == {("delete_marker", hidden), ("shadowed_version", shadowed)}
    # What is taken over is what was written, not what hides it.
    place = bucket.url("taken-over")
    imported = audit.import_legacy(bucket.url(), place, below="audit", even_if_damaged=True)
    assert [it[1] for it in imported.report.order] == [it.rpartition("/")[2][:64] for it in keys]
    assert imported.records == 5 and audit.verify(place).ok


def test_case_11_what_is_logged_is_locked(server: Server) -> None:
    bucket = server.bucket(lock=True)
    log(bucket.url(), 2, retention=audit.Retention(3, "governance"))
    kept = [key for key in bucket.keys() if "/seg/" in key or key.endswith("/log")]
    assert len(kept) == 3
    for key in kept:
        headers = bucket.ask("HEAD", key).headers
        assert headers["x-amz-object-lock-mode"] == "GOVERNANCE"
        assert headers["x-amz-object-lock-retain-until-date"]


def test_what_is_locked_is_not_pruned(server: Server) -> None:
    place = server.bucket(lock=True).url("log")
    signer = audit.generate_key("strongroom.test")[0]
    with audit.Ledger.open(place, signer=signer, retention=1) as ledger:
        ledger.append_all([audit.Event(*EVENT, {"n": n}) for n in range(256)])
        ledger.checkpoint()
        with pytest.raises(strongroom.ProtectedError):
            audit.prune(ledger, before_seq=256)
        assert audit.prune(ledger, before_seq=256, expired_only=True).records == 0
    assert audit.verify(place).records == 256


def test_case_11_a_bucket_that_locks_nothing_is_warned_of(server: Server) -> None:
    unlocked, able, locking = server.bucket(), server.bucket(lock=True), server.bucket(days=1)
    for bucket in (unlocked, able):
        with pytest.warns(UserWarning, match="does not lock what is logged") as caught:
            log(bucket.url(), 1)
        assert [it.filename for it in caught] == [__file__]
    # Warnings are errors here.
    log(locking.url(), 1)
    with pytest.raises(strongroom.StrongroomError):
        log(unlocked.url("other"), 1, retention=1)


@UNLOCKED
def test_case_15_a_lost_answer_makes_no_second_record(server: Server, middle: Middle) -> None:
    place = server.bucket().url(endpoint=middle.endpoint)
    lost: list[str] = []

    def lose(method: str, path: str) -> bool:
        if method == "PUT" and f"/seg/{1:020}" in path and not lost:
            lost.append(path)
            return True
        return False

    middle.lose = lose
    hashes = log(place, 3)
    assert len(lost) == 1 and len(set(hashes)) == 3
    logger = ImmutableAuditLogger(place)
    assert logger.verify().records == 3
    assert logger.verify_chain(hashes[0], hashes[-1])


@UNLOCKED
def test_case_15_a_caller_who_tries_again_makes_no_second_record(
    server: Server, middle: Middle
) -> None:
    place = server.bucket().url(endpoint=middle.endpoint)
    first = log(place, 1)[0]

    def lose(method: str, path: str) -> bool:
        # Stored, and from then on nobody hears anything.
        middle.dark = method == "PUT" and "/seg/" in path
        return middle.dark

    with ImmutableAuditLogger(place, retries=1) as logger:
        # The first event opens the log.
        opened = logger.log_event(*EVENT, {"n": 0}, event_id="order-0")
        middle.lose = lose
        with pytest.raises(strongroom.UnavailableError):
            logger.log_event(*EVENT, {"n": 1}, event_id="order-1")
        middle.lose, middle.dark = lambda method, path: False, False
        once = logger.log_event(*EVENT, {"n": 1}, event_id="order-1")
        last = logger.log_event(*EVENT, {"n": 2})
    logger = ImmutableAuditLogger(place)
    assert logger.verify_chain(first, last)
    assert logger.verify().records == 4 and len({first, opened, once, last}) == 4


def test_a_loop_writes_to_a_server(server: Server) -> None:
    place = server.bucket().url("log")
    private, verifier = audit.generate_key("strongroom.test")

    async def write() -> list[audit.Receipt]:
        async with audit.AsyncLedger.open(place, signer=private) as ledger:
            return list(await asyncio.gather(*(ledger.append(*EVENT, {"n": n}) for n in range(300))))

    assert sorted(it.seq for it in asyncio.run(write())) == list(range(300))
    report = asyncio.run(audit.averify(place, verifier_keys=[verifier], require_anchor=True))
    assert (report.ok, report.records, report.sealed_size) == (True, 300, 300)
    evidence = asyncio.run(audit.aprove(place, 250))
    assert evidence.line is not None
    proved = audit.verify_proof(evidence.proof, evidence.line, verifier_keys=[verifier])
    assert (proved.seq, proved.size) == (250, 300)


def test_a_handler_logs_to_a_server(server: Server) -> None:
    place = server.bucket().url("log")
    logger = logging.getLogger("strongroom-on-s3")
    logger.propagate = False
    handler = audit.Handler(place, actor="payments", writer="here")
    logger.addHandler(handler)
    try:
        for n in range(100):
            logger.warning("refused %d", n)
        handler.flush()
        assert audit.verify(place).records == 100
    finally:
        logger.removeHandler(handler)
        handler.close()


def test_people_are_erased_on_a_server_that_forgets(server: Server) -> None:
    place, forgets = server.bucket(lock=True).url("log"), server.bucket().url("keys")
    remembers = server.bucket(versions=True).url("keys")
    with pytest.raises(strongroom.InvalidError, match="keeps versions"):
        audit.Ledger.open(place, subject_keys=remembers)
    with audit.Ledger.open(place, subject_keys=forgets) as ledger:
        ledger.append(*EVENT, {"mail": "ada@example.org"}, subject="ada", seal=["mail"])
        assert len(audit.erase_subject(ledger, "ada")) == 1
    assert audit.verify(place).records == 2
