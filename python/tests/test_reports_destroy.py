"""Reports that may go, and their keys."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from archives import OVER, PDF, opened

import strongroom
from strongroom import audit

#: What somebody should look at is said once.
pytestmark = pytest.mark.filterwarnings("ignore:rules. version 2 of")
LONG_AGO = {"drawn_up": date(1999, 1, 1)}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


def test_destruction_takes_two_people_and_leaves_a_certificate(url: str) -> None:
    private, public = audit.generate_key("reports.example")
    with opened(url, rules=OVER, signer=private) as ana, opened(url, "bob") as bob:
        kept = [
            ana.archive("custom", "acme", {"a.pdf": PDF}, since=LONG_AGO).report for _ in range(3)
        ]
        assert {it.status for it in kept} == {"expired"}
        held = bob.hold(kept[2], "case", reason="a claim")
        young = ana.archive("csrd", "acme", {"a.pdf": PDF})
        listed = ana.eligible(tenant="acme")
        assert listed and {it.key for it in listed.reports} == {kept[0].key, kept[1].key}
        assert listed.reports[0].rule == "platform-custom"
        assert str(listed.reports[0].last_protected_day) == "2000-01-01"
        assert listed.reports.to_dicts()[0]["bytes"] == len(PDF)
        with pytest.raises(strongroom.ProtectedError):
            ana.destroy(listed)
        with pytest.raises(strongroom.ProtectedError) as told:
            ana.approve(listed)
        assert told.value.code == "reports.approval_invalid"
        with pytest.raises(strongroom.ProtectedError):
            bob.approve(listed.json.replace("acme", "acmf"), listed.digest)
        with pytest.raises(TypeError):
            bob.approve(listed.json)
        assert bob.approve(listed.json, listed.digest) == bob.approve(listed) == listed.digest
        # Something happens to one of them in between.
        bob.hold(kept[1], "late", reason="just in time")
        outcome = {it.key: it for it in ana.destroy(listed.digest)}
        stayed, gone = outcome[kept[1].key], outcome[kept[0].key]
        assert isinstance(stayed.error, strongroom.ProtectedError) and stayed.certificate is None
        assert gone.error is None and gone.certificate is not None
        assert gone.certificate.files == (("a.pdf", kept[0].files[0].sha256, len(PDF)),)
        assert (gone.certificate.listed_by, gone.certificate.approved_by) == ("ana", "bob")
        with pytest.raises(strongroom.NotFoundError) as missing:
            ana.read(kept[0], "a.pdf")
        assert missing.value.code == "reports.gone"
        left = ana.get(kept[0])
        assert left.status == "disposed" and left.certificate == gone.certificate
        assert ana.get(held).status == "held" and ana.get(young).status == "retained"
        checked = ana.check_certificate(kept[0], [public])
        assert checked.signed_by == ("reports.example",) and checked.certificate == gone.certificate
        other = audit.generate_key("somebody.else")[1]
        with pytest.raises(strongroom.TamperedError):
            ana.check_certificate(kept[0], [other])
        again = {it.key: it for it in ana.destroy(listed)}
        assert again[kept[0].key].certificate == gone.certificate


def test_what_does_not_verify_is_on_no_list(url: str, tmp_path: Path) -> None:
    with opened(url, rules=OVER) as reports:
        first, second = (
            reports.archive("custom", "acme", {"a.pdf": PDF}, since=LONG_AGO).key for _ in range(2)
        )
        manifest = tmp_path / "store" / str(first) / "manifest.json"
        manifest.chmod(0o644)
        manifest.write_bytes(manifest.read_bytes().replace(b"ana", b"eve"))
        listed = reports.eligible()
        assert [it.key for it in listed.reports] == [second]
        assert [it.key for it in listed.broken] == [first]
        assert isinstance(listed.broken[0].error, strongroom.TamperedError)


def test_sealed_reports_are_read_with_their_key_alone(url: str, tmp_path: Path) -> None:
    application = tmp_path / "application.key"
    application.write_text("2a" * 32)
    application.chmod(0o600)
    keys: dict[str, Any] = {"body_keys": f"file://{tmp_path}/keys", "application_key": application}
    with opened(url, rules=OVER, **keys) as reports, opened(url, "bob", **keys) as bob:
        report = reports.archive(
            "custom", "acme", {"a.pdf": PDF}, metadata={"n": 1}, since=LONG_AGO, seal=True
        ).report
        assert report.sealed and report.key_destroyed is None
        stored = report.file("a.pdf")
        assert stored is not None and stored.sealed is not None
        assert stored.sealed.size_bytes == len(PDF) < stored.size_bytes
        assert PDF not in (tmp_path / "store" / str(report.key) / "a.pdf").read_bytes()
        assert reports.read(report, "a.pdf") == PDF and reports.metadata(report) == {"n": 1}
        assert reports.verify(report)
        with opened(url) as stranger, pytest.raises(strongroom.InvalidError) as told:
            stranger.read(report, "a.pdf")
        assert told.value.code == "reports.keys_missing" and told.value.hint
        bob.approve(listed := reports.eligible())
        (gone,) = reports.destroy(listed)
        assert gone.certificate is not None and gone.certificate.key_destroyed is not None
        checked = reports.check_certificate(report)
        assert checked.key_is_gone and checked.certificate == gone.certificate
        assert reports.get(report).key_destroyed == gone.certificate.key_destroyed
    left = {it.relative_to(tmp_path / "keys").parts[0] for it in (tmp_path / "keys").rglob("*/*")}
    assert left <= {"destroyed", ".strongroom"}, "only the record that there was a key"
    with opened(url) as plain, pytest.raises(strongroom.InvalidError) as told:
        plain.archive("custom", "acme", {"a.pdf": PDF}, seal=True)
    assert told.value.code == "reports.request_invalid"
    with pytest.raises(strongroom.InvalidError, match="go together"):
        opened(url, body_keys="./keys")
    application.chmod(0o644)
    with pytest.raises(strongroom.InvalidError) as told:
        opened(url, **keys)
    assert "2a" * 32 not in str(told.value)


def test_duties_are_added_and_nothing_is_shortened(url: str) -> None:
    with opened(url) as reports:
        report = reports.archive("csrd", "acme", {"a.pdf": PDF}).report
        with pytest.raises(strongroom.InvalidError) as told:
            reports.add_duty(report, "no-such-rule", reason="x")
        assert told.value.hint is not None and "platform-csrd" in told.value.hint
        held = reports.add_duty(report, "nl-bw-2-394", reason="a branch there")
        assert held.status == "held" and held.waits_for == ("drawn_up",)
        signed = reports.trigger(report, "drawn_up", date(2026, 3, 2), reason="signed")
        assert signed.status == "retained"
        known = reports.add_duty(
            report, "de-hgb-257", since=date(2026, 3, 2), reason="a branch there"
        )
        assert {it.rule for it in known.duties} >= {"nl-bw-2-394", "de-hgb-257"}
        assert known.until == datetime(2036, 12, 31, 23, tzinfo=timezone.utc)
        with pytest.raises(strongroom.InvalidError) as told:
            reports.withdraw_duty(report, "de-hgb-257", reason="closed", bypass=True)
        assert told.value.code == "retention.compliance"
        reports.extend(report, date(2050, 1, 1), reason="to be safe")
        with pytest.raises(strongroom.InvalidError) as told:
            reports.shorten(report, date(2040, 1, 1), reason="x", bypass=True)
        assert told.value.code == "retention.compliance"
