"""The older class for reports: its objects are read, and what went wrong with it no longer does.

Most tests run in a directory and on each server that speaks S3, there in a bucket with Object Lock.
"""

from __future__ import annotations

import io
import itertools
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from servers import SERVERS, Bucket, Server, there
from shared import ROOT

import strongroom
from strongroom._strongroom.compat import Objects
from strongroom.compat.report_archival import ReportArchival
from strongroom.reports import Reports

VECTORS = json.loads((ROOT / "tests/vectors/reports/older_class.json").read_text())["vectors"]
PDF = b"%PDF-1.7 made up"


@dataclass(frozen=True)
class Place:
    """Where objects are, and a hand on them that knows no class."""

    url: str

    @property
    def objects(self) -> Objects:
        return Objects.open(self.url)

    def archival(self, **options: Any) -> ReportArchival:
        return ReportArchival(self.url, **options)

    def write(self, key: str, body: bytes | str, metadata: dict[str, str] | None = None) -> None:
        body = body.encode() if isinstance(body, str) else body
        self.objects.put(key, body, absent=False, metadata=metadata or {})

    def reports(self) -> list[str]:
        """All keys but those of the archive itself."""
        return [it for it in self.objects.keys("") if not it.startswith("_strongroom/")]


@pytest.fixture(params=["directory", *SERVERS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "directory":
        return Place(f"file://{tmp_path}")
    server: Server = there(request.param)
    bucket = server.bucket(lock=True)
    return Place(bucket.url())


@pytest.fixture(params=SERVERS)
def locked(request: pytest.FixtureRequest) -> tuple[Place, Bucket]:
    """A bucket with Object Lock, on each server: what a directory does not have."""
    server: Server = there(request.param)
    bucket = server.bucket(lock=True)
    return Place(bucket.url()), bucket


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    return Place(f"file://{tmp_path}")


def write_old(
    place: Place, report_type: str, tenant: str, content: bytes = PDF, year: int = 2026
) -> str:
    """What the older class wrote, its way."""
    report_id = str(uuid.uuid4())
    base = f"{report_type}/{tenant}/{year}/{report_id}"
    headers = {"report-id": report_id, "report-type": report_type, "tenant-id": tenant}
    place.write(f"{base}/report.pdf", content, headers)
    told = {
        "report_id": report_id,
        "report_type": report_type,
        "tenant_id": tenant,
        "archived_at": "2026-05-05T05:05:05",
        "retention_days": 2557,
        "content_type": "application/pdf",
        "custom_metadata": {"n": 1},
    }
    place.write(f"{base}/metadata.json", json.dumps(told))
    return report_id


def archive(archival: ReportArchival, **changes: Any) -> str:
    told: dict[str, Any] = {
        "report_type": "csrd",
        "tenant_id": "acme",
        "report_content": PDF,
        "content_type": "application/pdf",
        "metadata": {"n": 1},
    }
    return archival.archive_report(**(told | changes))


def test_what_the_older_class_wrote_is_read(place: Place) -> None:
    for vector in VECTORS:
        content = bytes.fromhex(vector["content_hex"])
        place.write(vector["report_key"], content, vector["report_s3_metadata"])
        place.write(vector["metadata_key"], vector["metadata_body"])
    with place.archival() as archival:
        for vector in VECTORS:
            told = (vector["report_type"], vector["tenant_id"], vector["report_id"])
            found = archival.get_report(*told)
            assert found is not None, vector["id"]
            assert found["content"] == bytes.fromhex(vector["content_hex"])
            assert found["content_type"] == vector["content_type"]
            assert found["metadata"] == vector["report_s3_metadata"]
            assert json.dumps(found["custom_metadata"]) == vector["metadata_json"]
    # Reading begins no archive.
    assert not place.objects.keys("_strongroom/")


def test_old_and_new_lie_side_by_side(place: Place) -> None:
    old = write_old(place, "csrd", "acme", b"%PDF-1.4 old")
    with place.archival() as archival:
        new = archive(archival, metadata={"total": 12.5, "who": "Zoë"})
        for report_id, content in ((old, b"%PDF-1.4 old"), (new, PDF)):
            found = archival.get_report("csrd", "acme", report_id)
            assert found is not None and found["content"] == content
            assert found["metadata"]["report-id"] == report_id
            assert set(found["metadata"]) >= {"report-id", "report-type", "tenant-id"}
        assert archival.incomplete("csrd", "acme") == []
    # Another process, which has not archived anything.
    with place.archival() as reader:
        found = reader.get_report("csrd", "acme", new)
        assert found is not None and found["custom_metadata"] == {"total": 12.5, "who": "Zoë"}


def test_row_36_a_report_is_named_whole(place: Place) -> None:
    with place.archival() as archival:
        ids = [write_old(place, "csrd", "acme"), archive(archival)]
        for report_id in ids:
            parts = ("", "2026", "-", report_id[0], report_id[:-1], report_id + "0", "report.pdf")
            for part in (*parts, report_id.upper(), f" {report_id}", f"{report_id}\n", str(uuid.uuid4())):
                assert archival.get_report("csrd", "acme", part) is None, part
            assert archival.get_report("csrd", "acme", report_id) is not None


def test_row_37_every_report_of_a_tenant_is_found(folder: Place, tmp_path: Path) -> None:
    ids = []
    for _ in range(600):
        report_id = str(uuid.uuid4())
        base = tmp_path / "csrd/acme/2026" / report_id
        base.mkdir(parents=True)
        (base / "report.pdf").write_bytes(report_id.encode())
        told = {"report_type": "csrd", "tenant_id": "acme", "report_id": report_id}
        (base / "metadata.json").write_text(json.dumps(told | {"custom_metadata": None}))
        ids.append(report_id)
    with folder.archival() as archival:
        for report_id in sorted(ids)[::59] + [max(ids)]:
            found = archival.get_report("csrd", "acme", report_id)
            assert found is not None and found["content"] == report_id.encode()


def test_row_37_on_more_than_one_page(locked: tuple[Place, Bucket]) -> None:
    place, _ = locked
    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(lambda _: write_old(place, "csrd", "acme"), range(510)))
    with place.archival() as archival:
        assert archival.get_report("csrd", "acme", max(ids)) is not None
        new = [archive(archival) for _ in range(3)]
        assert all(archival.get_report("csrd", "acme", it) for it in new)


def test_row_38_no_tenant_reads_what_another_has(folder: Place) -> None:
    words = ["acme", "acme/eu", "eu", "csrd", "csrd/acme", "..", "", "x/../../eudr/victim", "a b", "_x"]
    with folder.archival() as archival:
        made: dict[tuple[str, str], str] = {}
        for report_type, tenant in itertools.product(["csrd", "csrd/acme", "CSRD"], words):
            try:
                made[report_type, tenant] = archive(
                    archival, report_type=report_type, tenant_id=tenant
                )
            except strongroom.InvalidError as error:
                assert error.code in ("reports.type_unknown", "reports.tenant_invalid")
        assert set(made) == {("csrd", "acme"), ("csrd", "eu"), ("csrd", "csrd")}
        for report_type, tenant in [
            ("csrd", "acme/eu"), ("csrd/acme", "eu"), ("csrd", "a b"), ("tcfd", "UPPER"),
        ]:  # fmt: skip
            made[report_type, tenant] = write_old(folder, report_type, tenant)
        for (owner, report_id), report_type, tenant in itertools.product(
            made.items(), ["csrd", "csrd/acme", "csrd/acme/eu", "CSRD", "tcfd", "", ".."], [*words, "UPPER"]
        ):
            found = archival.get_report(report_type, tenant, report_id)
            assert (found is not None) == (owner == (report_type, tenant)), (owner, report_type, tenant)
        # Without its other half, whose it is would be a guess.
        report_id = str(uuid.uuid4())
        folder.write(f"csrd/acme/eu/2026/{report_id}/report.pdf", PDF)
        assert archival.get_report("csrd", "acme/eu", report_id) is None
        assert archival.get_report("csrd/acme", "eu", report_id) is None


def test_row_39_only_the_end_of_a_key_says_what_an_object_is(place: Place) -> None:
    with place.archival() as archival:
        for tenant in ("metadata.json-team", "manifest.json"):
            new = archive(archival, tenant_id=tenant)
            old = write_old(place, "csrd", tenant)
            assert archival.get_report("csrd", tenant, new) is not None
            assert archival.get_report("csrd", tenant, old) is not None


def test_row_40_nothing_is_pasted_into_tags(place: Place) -> None:
    with place.archival() as archival:
        archive(archival)
        before = place.objects.keys("")
        for tenant in ("a&b=c", "x&compliance=false", "a+b", "50%", "a=b", "é", "x" * 300):
            with pytest.raises(strongroom.InvalidError) as told:
                archive(archival, tenant_id=tenant)
            assert told.value.code == "reports.tenant_invalid" and told.value.hint
        assert place.objects.keys("") == before, "nothing was stored"


def test_row_41_a_report_cannot_be_deleted(locked: tuple[Place, Bucket]) -> None:
    place, bucket = locked
    with place.archival() as archival:
        report_id = archive(archival)
        (key,) = [it for it in place.reports() if it.endswith("report.pdf")]
        about = bucket.server.ask("HEAD", f"/{bucket.name}/{key}").headers
        assert about["x-amz-object-lock-mode"] == "COMPLIANCE"
        until = datetime.fromisoformat(about["x-amz-object-lock-retain-until-date"].replace("Z", "+00:00"))
        assert until > datetime.now(timezone.utc) + timedelta(days=2556)
        version = about["x-amz-version-id"]
        refused = bucket.server.ask("DELETE", f"/{bucket.name}/{key}", f"versionId={version}")
        assert refused.status == 403
        # Neither a delete marker nor a newer version hides it.
        bucket.ask("DELETE", key)
        found = archival.get_report("csrd", "acme", report_id)
        assert found is not None and found["content"] == PDF
        bucket.ask("PUT", key, body=b"forged")
        found = archival.get_report("csrd", "acme", report_id)
        assert found is not None and found["content"] == PDF


@pytest.mark.parametrize("server", SERVERS)
def test_row_41_a_bucket_that_cannot_lock_is_named(server: Server) -> None:
    bucket = there(server).bucket()
    with ReportArchival(bucket.url()) as archival:
        with pytest.warns(UserWarning, match="has no Object Lock"):
            report_id = archive(archival)
        assert archival.get_report("csrd", "acme", report_id) is not None
    with ReportArchival(bucket.url(), protection="compliance") as strict:
        with pytest.raises(strongroom.InvalidError) as told:
            archive(strict)
        assert told.value.code == "reports.unfit"


def test_row_42_a_type_is_one_of_four(place: Place) -> None:
    with place.archival() as archival:
        for report_type in ("CSRD", "csrd ", "crsd", "esrs", ""):
            with pytest.raises(strongroom.InvalidError) as told:
                archive(archival, report_type=report_type)
            assert told.value.code == "reports.type_unknown"
    assert place.reports() == []


@pytest.mark.parametrize(("report_type", "years"), [("csrd", 7), ("cbam", 5), ("eudr", 5), ("custom", 1)])
def test_row_43_years_are_years_of_the_calendar(folder: Place, report_type: str, years: int) -> None:
    with folder.archival() as archival:
        report_id = archive(archival, report_type=report_type)
        found = archival.get_report(report_type, "acme", report_id)
    with Reports(folder.url, actor="ana", protection="rules-alone") as reports:
        report = reports.get(f"{report_type}/acme/{report_id}")
    begun = report.archived_at
    try:
        anniversary = begun.replace(year=begun.year + years).date()
    except ValueError:
        # The 29th of February has no anniversary; the day before it is the last one.
        anniversary = begun.date().replace(year=begun.year + years, day=28)
    # The day of the anniversary is protected to its end, and no day in days is short of it.
    assert report.until is not None and report.until.date() > anniversary
    assert report.until - begun >= timedelta(days={7: 2557, 5: 1825, 1: 365}[years])
    assert found is not None and int(found["metadata"]["retention-days"]) >= 365 * years


class Torn:
    """A file that breaks off."""

    def read(self, _: int) -> bytes:
        raise ConnectionResetError("the other side went away")


def test_row_44_a_retry_completes_the_same_report(place: Place) -> None:
    with place.archival() as archival:
        with pytest.raises(ConnectionResetError):
            archive(archival, report_content=Torn(), idempotency_key="2026-17")
        (report_id,) = archival.incomplete("csrd", "acme")
        assert archival.get_report("csrd", "acme", report_id) is None, "half a report is none"
        assert archive(archival, idempotency_key="2026-17") == report_id
        assert archive(archival, idempotency_key="2026-17") == report_id
        assert archival.incomplete("csrd", "acme") == []
        assert archival.get_report("csrd", "acme", report_id) is not None
    assert len([it for it in place.reports() if it.endswith("/report.pdf")]) == 1


def test_row_44_half_a_report_with_its_content_is_none(folder: Place) -> None:
    with Reports(folder.url, actor="ana", protection="rules-alone") as reports:
        with pytest.raises(ConnectionResetError):
            reports.archive("csrd", "acme", {"report.pdf": PDF, "data.csv": Torn()})
        ((half, _),) = reports.unfinished("csrd", "acme")
    assert f"{half}/report.pdf" in folder.reports()
    with folder.archival() as archival:
        assert archival.incomplete("csrd", "acme") == [half.id]
        assert archival.get_report("csrd", "acme", half.id) is None


def test_row_44_halves_of_the_older_class_are_named(place: Place) -> None:
    whole, half = write_old(place, "csrd", "acme"), str(uuid.uuid4())
    place.write(f"csrd/acme/2026/{half}/report.pdf", PDF)
    with place.archival() as archival:
        assert archival.incomplete("csrd", "acme") == [half]
        archive(archival)
        assert archival.incomplete("csrd", "a b") == [] == archival.incomplete("tcfd", "acme")
        found = archival.get_report("csrd", "acme", half)
        assert found is not None and found["content"] == PDF and found["custom_metadata"] is None
        assert archival.get_report("csrd", "acme", whole) is not None


def test_row_45_metadata_is_looked_at_first(place: Place) -> None:
    with place.archival() as archival:
        for metadata in ({"when": datetime.now()}, {"a": {1: 2}}, {"a": [b"bytes"]}):
            with pytest.raises(TypeError, match="metadata"):
                archive(archival, metadata=metadata)
        with pytest.raises(ValueError):
            archive(archival, metadata={"a": float("inf")})
        assert place.reports() == []
        report_id = archive(archival, metadata=None)
        found = archival.get_report("csrd", "acme", report_id)
        assert found is not None and found["custom_metadata"] is None


def test_row_46_there_is_one_moment(folder: Place) -> None:
    with folder.archival() as archival:
        report_id = archive(archival)
        found = archival.get_report("csrd", "acme", report_id)
    (key,) = [it for it in folder.reports() if it.endswith("manifest.json")]
    manifest = json.loads(folder.objects.get(key) or b"")
    assert found is not None
    at = datetime.fromisoformat(found["metadata"]["archived-at"])
    assert manifest["archived_at"].startswith(at.isoformat())
    assert key.split("/")[2] == manifest["report"]["period"] == str(at.year)
    assert manifest["retention"]["archived_at"] == manifest["archived_at"]


def test_row_47_media_types_metadata_and_digests(folder: Place, tmp_path: Path) -> None:
    kinds = {
        "text/html; charset=utf-8": "report.html",
        "TEXT/HTML": "report.html",
        "application/xhtml+xml": "report.xhtml",
        "text/csv": "report.csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "report.xlsx",
        "application/x-made-up": "report.bin",
    }
    with folder.archival() as archival:
        for content_type, name in kinds.items():
            report_id = archive(archival, content_type=content_type, report_content=b"some")
            assert (tmp_path / f"csrd/acme/{datetime.now(timezone.utc).year}/{report_id}/{name}").exists()
            found = archival.get_report("csrd", "acme", report_id)
            assert found is not None and found["custom_metadata"] == {"n": 1}
            assert found["content_type"] == content_type.lower()
        with pytest.raises(strongroom.InvalidError) as told:
            archive(archival, content_type="pdf")
        assert told.value.code == "reports.media_type_invalid"
        (forged,) = tmp_path.glob("csrd/*/*/*/report.csv")
        forged.chmod(0o644)
        forged.write_bytes(b"fake")
        with pytest.raises(strongroom.TamperedError) as altered:
            archival.get_report("csrd", "acme", forged.parent.name)
        assert altered.value.code == "reports.altered"
        # What the older class wrote about a report has to fit, too.
        old = write_old(folder, "csrd", "acme")
        (said,) = tmp_path.glob(f"csrd/*/*/{old}/metadata.json")
        said.write_text(said.read_text().replace("acme", "acne"))
        with pytest.raises(strongroom.TamperedError) as altered:
            archival.get_report("csrd", "acme", old)
        assert altered.value.code == "compat.report_altered"


def test_a_log_elsewhere_is_asked_for(folder: Place, tmp_path: Path) -> None:
    log = f"file://{tmp_path}/log"
    with folder.archival(ledger=log) as archival:
        report_id = archive(archival, report_content=io.BytesIO(PDF))
    with folder.archival() as archival, pytest.raises(strongroom.NotFoundError) as told:
        archival.get_report("csrd", "acme", report_id)
    assert told.value.code == "compat.no_log" and told.value.hint
    with folder.archival(ledger=log) as archival:
        assert archival.get_report("csrd", "acme", report_id) is not None


@pytest.mark.parametrize("server", SERVERS)
def test_the_name_of_a_bucket_is_enough(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = there(server).bucket(lock=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.server.endpoint)
    assert urlsplit(bucket.server.endpoint).scheme == "http"
    with ReportArchival(bucket.name) as archival:
        with ThreadPoolExecutor(4) as pool:
            ids = list(pool.map(lambda _: archive(archival), range(8)))
        assert len(set(ids)) == 8
        assert all(archival.get_report("csrd", "acme", it) for it in ids)
