"""Records of `logging` that go to a ledger."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strongroom import audit


@pytest.fixture
def url(tmp_path: Path) -> str:
    return (tmp_path / "log").as_uri()


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("My App.payments")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    logger.handlers.clear()


def records(url: str, tmp_path: Path) -> list[dict[str, Any]]:
    audit.export(url, tmp_path / "bundle")
    files = sorted((tmp_path / "bundle/segments").iterdir())
    lines = [line for file in files for line in file.read_bytes().splitlines()[1:]]
    return [json.loads(line) for line in lines]


def test_records_carry_what_was_logged(
    url: str, tmp_path: Path, logger: logging.Logger
) -> None:
    handler = audit.Handler(url, level="INFO", actor="payments")
    logger.addHandler(handler)
    logger.debug("passed over")
    with audit.context(actor="alice", resource="payment/1"):
        logger.info("paid %s with %d", object, 12, extra={"tags": {"a", 1.5}})
    try:
        raise KeyError("lost")
    except KeyError:
        logger.exception("failed", extra={"actor": "bob"})
    handler.close()
    paid, failed = records(url, tmp_path)
    assert (paid["event_type"], paid["action"]) == ("my-app.payments", "info")
    assert (paid["actor"], paid["resource"]) == ("alice", "payment/1")
    assert paid["details"]["message"] == "paid <class 'object'> with 12"
    assert paid["details"]["args"] == ["<class 'object'>", 12]
    assert (failed["actor"], failed["resource"]) == ("bob", "My App.payments")
    assert "KeyError: 'lost'" in failed["details"]["exception"]


def test_flush_waits_for_the_store(url: str, logger: logging.Logger) -> None:
    with audit.Ledger.open(url) as ledger:
        handler = audit.Handler(ledger, actor="payments")
        logger.addHandler(handler)
        for n in range(500):
            logger.info("event %d", n)
        handler.flush()
        assert audit.verify(url).records == 500
        handler.close()
        ledger.append("still.open", "a", "b", "c")


def test_nothing_is_raised_into_the_application(
    url: str, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = audit.Ledger.open(url)
    handler = audit.Handler(ledger)
    reported: list[logging.LogRecord] = []
    monkeypatch.setattr(handler, "handleError", reported.append)
    logger.addHandler(handler)
    logger.info("nobody")
    assert [it.msg for it in reported] == ["nobody"]
    ledger.close()
    with audit.context(actor="alice"):
        logger.info("too late")
    handler.flush()
    handler.close()
    assert [it.msg for it in reported] == ["nobody", "too late"]


def test_too_many_waiting_records_are_dropped_and_reported(
    url: str, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = audit.Handler(url, actor="payments", most_waiting=0)
    reported: list[logging.LogRecord] = []
    monkeypatch.setattr(handler, "handleError", reported.append)
    logger.addHandler(handler)
    logger.info("one")
    handler.close()
    assert len(reported) == 1


def test_what_strongroom_logs_goes_round_no_circle(url: str) -> None:
    with audit.Ledger.open(url) as ledger:
        handler = audit.Handler(ledger, actor="a")
        handler.handle(logging.makeLogRecord({"name": "strongroom.audit", "msg": "stored"}))
        handler.flush()
        assert ledger.head == (0, None)
