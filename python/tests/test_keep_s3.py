"""Reports and artifacts on servers that speak S3, in buckets with and without Object Lock."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from servers import SERVERS, Bucket, Middle, Server, between, there

import strongroom
from strongroom import audit
from strongroom.artifacts import Address, Artifacts
from strongroom.reports import Reports

pytestmark = pytest.mark.parametrize("server", SERVERS, indirect=True)
PDF = b"%PDF-1.7 made up"


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    return there(request.param)


@pytest.fixture
def middle(server: Server) -> Iterator[Middle]:
    yield from between(server)


def headers(bucket: Bucket, key: str) -> dict[str, str]:
    return bucket.server.ask("HEAD", f"/{bucket.name}/{key}").headers


def test_a_report_is_locked_from_the_first_moment_on(server: Server) -> None:
    bucket = server.bucket(lock=True)
    with Reports(bucket.url(), actor="ana") as reports:
        report = reports.archive(
            "cbam", "acme", {"q1.xml": b"<q/>"}, period="2026-Q1", jurisdictions=["EU"]
        ).report
        key = f"{report.key}/q1.xml"
        about = headers(bucket, key)
        # Nobody knows until when, so it is held, and locked for as long as is known.
        assert about["x-amz-object-lock-legal-hold"] == "ON"
        assert about["x-amz-object-lock-mode"] == "COMPLIANCE"
        report = reports.trigger(
            report, "declaration_submitted", date(2030, 9, 28), reason="receipt 17"
        )
        about = headers(bucket, key)
        assert about["x-amz-object-lock-legal-hold"] == "OFF"
        until = datetime.fromisoformat(
            about["x-amz-object-lock-retain-until-date"].replace("Z", "+00:00")
        )
        assert report.until is not None and abs(until - report.until) < timedelta(seconds=1)
        assert report.until.year == 2035
        version = about["x-amz-version-id"]
        refused = server.ask("DELETE", f"/{bucket.name}/{key}", f"versionId={version}")
        assert refused.status == 403
        # Neither a delete marker nor another body hides it.
        bucket.ask("DELETE", key)
        bucket.ask("PUT", key, body=b"<forged/>")
        bucket.ask("DELETE", f"{report.key}/manifest.json")
        assert reports.read(report, "q1.xml") == b"<q/>"
        assert [it for it in reports.keys()] == [report.key]
        assert reports.verify(report).intact
        assert reports.hold(report, "case", reason="a claim").status == "held"
    ledger = bucket.url("_strongroom/ledger")
    assert audit.verify(ledger).records == 4


def test_a_bucket_that_cannot_lock_is_refused_and_left_alone(server: Server) -> None:
    bucket = server.bucket(versions=True)
    with pytest.raises(strongroom.InvalidError) as told:
        Reports(bucket.url(), actor="ana")
    assert told.value.code == "reports.unfit" and not bucket.keys()
    with Reports(bucket.url(), actor="ana", protection="rules-alone") as reports:
        reports.archive("custom", "acme", {"a.pdf": PDF})


def test_an_answer_that_is_lost_is_looked_up(server: Server, middle: Middle) -> None:
    bucket = server.bucket(lock=True)
    # Begun without what stands between: it takes few connections at a time.
    Reports(bucket.url(), actor="ana").close()
    lost: list[str] = []

    def once(method: str, path: str) -> bool:
        if method == "PUT" and path not in lost and "/custom/" in path:
            lost.append(path)
            return True
        return False

    middle.lose = once
    with Reports(bucket.url(endpoint=middle.endpoint), actor="ana") as reports:
        report = reports.archive("custom", "acme", {"a.pdf": PDF}, metadata={"n": 1}).report
        assert lost and reports.read(report, "a.pdf") == PDF and reports.verify(report)
    assert len({it for it in bucket.keys() if it.endswith("/a.pdf")}) == 1


def use(address: Address, body: bytes = b"") -> tuple[int, bytes]:
    """Asks with nothing but the address."""
    parts = urlsplit(address.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        target = f"{parts.path}?{parts.query}"
        connection.request(address.method, target, body or None, dict(address.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_addresses_let_somebody_upload_and_read(server: Server) -> None:
    bucket = server.bucket(versions=True)
    with Artifacts(bucket.url(), actor="portal") as artifacts:
        address = artifacts.presign_upload("acme", "data.csv", valid_for=60, size_bytes=8)
        assert address.key.startswith("uploads/acme/") and address.key.endswith("/data.csv")
        assert address.url not in repr(address) and "X-Amz-Signature" not in repr(address)
        status, said = use(address, b"a,b\n1,2\n")
        assert status == 200, said
        with pytest.raises(strongroom.NotFoundError) as told:
            artifacts.get(address.key)
        assert told.value.code == "artifacts.not_checked"
        event = {
            "Records": [
                {
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Put",
                    "eventTime": "2026-03-01T00:00:00.000Z",
                    "userIdentity": {"principalId": "AWS:portal"},
                    "s3": {
                        "bucket": {"name": bucket.name},
                        "object": {"key": address.key, "size": 8, "sequencer": "0A"},
                    },
                }
            ]
        }
        (notice,) = artifacts.on_event(event)
        assert notice.noticed == "accepted"
        reading = artifacts.presign_get(address.key, valid_for=timedelta(seconds=60))
        assert use(reading) == (200, b"a,b\n1,2\n")
        assert artifacts.get(address.key) == b"a,b\n1,2\n"
        # What was put over it is not what was accepted.
        bucket.ask("PUT", address.key, body=b"forged")
        assert artifacts.get(address.key) == b"a,b\n1,2\n"
        assert use(reading) == (200, b"a,b\n1,2\n")
        with pytest.raises(strongroom.InvalidError):
            artifacts.presign_get(address.key, valid_for=timedelta(days=8))
        with pytest.raises(ValueError, match="valid_for"):
            artifacts.presign_get(address.key, valid_for=-1)
    # That addresses were given out is recorded, and they are not.
    for key in bucket.keys():
        body = bucket.ask("GET", key).body
        assert b"X-Amz-Signature" not in body and b"X-Amz-Credential" not in body, key
