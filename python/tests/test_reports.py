"""The archive of reports from Python."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import bagit
import pytest
from archives import OVER, PDF, opened

import strongroom
from strongroom import audit
from strongroom.reports import (
    AsyncReports,
    Broken,
    NewFile,
    Report,
    ReportKey,
    Reports,
)

@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


@pytest.fixture
def reports(url: str) -> Any:
    with opened(url) as archive:
        yield archive


def test_what_is_archived_is_read_back(reports: Reports, tmp_path: Path) -> None:
    pdf, sheet = tmp_path / "report.pdf", tmp_path / "figures.csv"
    pdf.write_bytes(PDF)
    sheet.write_bytes(b"scope,t\n1,12\n")
    heard: list[int] = []
    with sheet.open("rb") as figures:
        archived = reports.archive(
            "csrd",
            "acme",
            [
                pdf,
                NewFile(figures, role="data"),
                NewFile(bytearray(b"ok"), "letter.txt", "text/plain; charset=utf-8", "evidence"),
            ],
            period=2025,
            metadata={"total": 12.5, "who": "Zoë"},
            jurisdictions=["DE"],
            given={"listed": False},
            since={"drawn_up": date(2026, 3, 1)},
            progress=heard.append,
        )
        assert not figures.closed
    assert sum(heard) == len(PDF) + 13 + 2
    report = archived.report
    assert not archived.repeated and (report.key.tenant, report.key.period) == ("acme", "2025")
    assert [(it.name, it.role, it.size_bytes) for it in report.files] == [
        ("figures.csv", "data", 13), ("letter.txt", "evidence", 2), ("report.pdf", "report", len(PDF)),
    ]  # fmt: skip
    assert report.status == "retained" and report.archived_by == "ana"
    # Ten years from the end of 2026, where the days of Berlin end; by then winter time.
    assert report.until == datetime(2036, 12, 31, 23, tzinfo=timezone.utc)
    assert "de-hgb-257" in report.governed_by
    duties = {it.rule: it for it in report.duties}
    assert duties["de-hgb-257"].since == "2026-03-01" and "257" in duties["de-hgb-257"].law
    assert reports.get(report) == reports.get(str(report.key)) == report
    assert reports.get(f"csrd/acme/{report.key.id}").key == report.key
    assert reports.read(report, "report.pdf") == PDF
    assert reports.metadata(report) == {"total": Decimal("12.5"), "who": "Zoë"}
    fixity = reports.verify(report)
    assert fixity and (fixity.files, fixity.bytes) == (4, report.size_bytes)
    checked = reports.get(report).fixity
    assert checked is not None and checked.at is not None and checked.intact


def test_files_come_as_paths_bytes_and_streams_and_nothing_else(
    reports: Reports, tmp_path: Path
) -> None:
    class Slow(io.RawIOBase):
        """Gives a little at a time, and no name."""

        left = 5 << 20

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            taken = min(size, self.left, 300_001)
            self.left -= taken
            return b"x" * taken

    heard: list[int] = []
    large = reports.archive("custom", "acme", {"large.bin": Slow()}, progress=heard.append)
    stored = large.report.file("large.bin")
    assert stored is not None and stored.size_bytes == 5 << 20 == sum(heard)
    assert reports.read(large, "large.bin") == b"x" * (5 << 20)

    def archive(files: Any) -> Any:
        return reports.archive("custom", "acme", files)

    with pytest.raises(TypeError, match="have no name"):
        archive([PDF])
    with pytest.raises(TypeError, match="a list or a dictionary"):
        archive("report.pdf")
    with pytest.raises(TypeError, match="bytes or an open file, not a int"):
        archive({"a.txt": 7})
    with pytest.raises(FileNotFoundError):
        archive([tmp_path / "missing.pdf"])
    with pytest.raises(IsADirectoryError):
        archive([tmp_path])
    text = tmp_path / "a.txt"
    text.write_text("text")
    with pytest.raises(TypeError, match="binary mode"), text.open() as file:
        archive([file])

    class Torn:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError("the other side went away")

    with pytest.raises(ConnectionResetError, match="other side"):
        archive({"torn.pdf": Torn()})
    with pytest.raises(strongroom.InvalidError) as told:
        archive({"report.pdf": NewFile(PDF, role="summary")})  # type: ignore[arg-type]
    assert told.value.hint
    with pytest.raises(strongroom.InvalidError) as told:
        archive({"report.pdf": NewFile(b"<html>", media_type="text/html")})
    assert told.value.code == "reports.extension_differs"
    with pytest.raises(strongroom.InvalidError) as told:
        archive({"../report.pdf": PDF})
    assert told.value.code == "reports.file_name_invalid"
    assert [it for it in reports.keys()] == [large.key]


def test_a_callback_that_raises_ends_the_work(reports: Reports) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reports.archive("custom", "acme", {"a.bin": b"x" * (32 << 20)}, progress=stop)


def test_the_same_key_means_the_same_report(reports: Reports) -> None:
    first = reports.archive("eudr", "acme", {"a.json": b"{}"}, key="2026-17", given={})
    again = reports.archive("eudr", "acme", {"a.json": b"{}"}, key="2026-17", given={})
    assert again.repeated and again.key == first.key and again.report == first.report
    with pytest.raises(strongroom.ConflictError) as told:
        reports.archive("eudr", "acme", {"a.json": b"[]"}, key="2026-17")
    assert told.value.code == "reports.content_differs"
    with pytest.raises(strongroom.ConflictError) as told:
        reports.archive("eudr", "acme", {"b.json": b"{}"}, key="2026-17")
    assert told.value.code == "reports.key_taken" and told.value.hint
    other = reports.archive("eudr", "globex", {"a.json": b"{}"}, key="2026-17")
    assert other.key.id != first.key.id
    assert reports.unfinished("eudr", "acme") == []


def test_metadata_is_checked_before_anything_is_stored(reports: Reports, tmp_path: Path) -> None:
    def archive(metadata: Any) -> Any:
        return reports.archive("custom", "acme", {"a.pdf": PDF}, metadata=metadata)

    with pytest.raises(TypeError, match=r"metadata.when: JSON has no datetime"):
        archive({"when": datetime.now()})
    with pytest.raises(TypeError, match=r"metadata.rows.1.figure: JSON has no Decimal"):
        archive({"rows": [1, {"figure": Decimal("1.10")}]})
    with pytest.raises(TypeError, match="the key 1 is no text"):
        archive({1: 2})
    with pytest.raises(ValueError):
        archive({"a": float("nan")})
    with pytest.raises(strongroom.InvalidError):
        archive("[]")
    assert not (tmp_path / "store/custom").exists()
    text = '{"b": 1.10,  "a": 12345678901234567890}'
    kept = archive(text)
    assert reports.metadata_text(kept) == text
    assert reports.metadata(kept) == {"b": Decimal("1.10"), "a": 12345678901234567890}
    assert reports.metadata(archive(None)) is None


def test_only_the_whole_name_finds_a_report(reports: Reports) -> None:
    archived = reports.archive("csrd", "acme", {"a.pdf": PDF}, period="2026")
    key = archived.key
    for wrong in ("", "acme", key.id, f"csrd/acme/{key.id[:8]}", f"csrd/acme/2026/{key.id[:-1]}",
                  f"csrd//{key.id}", f"csrd/acme/../{key.id}", f"CSRD/acme/{key.id}"):  # fmt: skip
        with pytest.raises(strongroom.InvalidError):
            reports.get(wrong)
    for other in (f"csrd/acme/2025/{key.id}", f"csrd/acm/{key.id}", f"cbam/acme/{key.id}"):
        with pytest.raises(strongroom.NotFoundError):
            reports.get(other)
    with pytest.raises(strongroom.NotFoundError) as told:
        reports.read(archived, "b.pdf")
    assert told.value.code == "reports.no_file"
    with pytest.raises(TypeError, match="a report is its name"):
        reports.get(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="type/tenant/period/id"):
        ReportKey.parse("a/b")


def test_holds_triggers_and_extensions(reports: Reports) -> None:
    report = reports.archive(
        "cbam", "acme", {"a.xml": b"<a/>"}, period="2026-Q1", jurisdictions=["EU"]
    ).report
    assert report.status == "held" and report.until is None
    assert report.waits_for == ("declaration_submitted",)
    with pytest.raises(strongroom.InvalidError) as told:
        reports.trigger(report, "no_such_thing", date(2027, 9, 28), reason="x")
    assert told.value.hint
    with pytest.raises(TypeError, match="has no zone"):
        reports.trigger(report, "declaration_submitted", datetime(2027, 9, 28), reason="x")
    # Thirty minutes into the day, where it belongs to another one in UTC.
    east = timezone(timedelta(hours=2))
    late = datetime(2028, 1, 1, 0, 30, tzinfo=east)
    report = reports.trigger(report, "declaration_submitted", late, reason="receipt 17")
    assert report.status == "retained" and report.until == datetime(2032, 1, 1, tzinfo=timezone.utc)
    with pytest.raises(strongroom.InvalidError) as told:
        reports.trigger(report, "declaration_submitted", date(2028, 2, 1), reason="again")
    assert told.value.code == "retention.trigger_set"
    report = reports.trigger(
        report, "declaration_submitted", date(2028, 2, 1), reason="it was", correct=True
    )
    assert report.until == datetime(2033, 1, 1, tzinfo=timezone.utc)
    report = reports.hold(report, "case-7", reason="a claim")
    reports.hold(report, "case-8", reason="another")
    report = reports.release(report, "case-8", reason="settled")
    assert report.status == "held"
    assert [(it.name, it.actor, it.reason) for it in report.holds] == [("case-7", "ana", "a claim")]
    with pytest.raises(strongroom.InvalidError):
        reports.release(report, "case-8", reason="once more")
    assert reports.release(report, "case-7", reason="settled").status == "retained"
    longer = reports.extend(report, date(2040, 1, 1), reason="to be safe")
    assert longer.until == longer.extended_until == datetime(2040, 1, 1, tzinfo=timezone.utc)
    with pytest.raises(strongroom.StrongroomError) as refused:
        reports.extend(report, date(2035, 1, 1), reason="less")
    assert refused.value.code.startswith("retention.")
    assert longer.acts == 8


def test_what_was_not_said_is_asked_for(reports: Reports) -> None:
    with pytest.raises(strongroom.InvalidError) as told:
        reports.archive("csrd", "acme", {"a.pdf": PDF}, jurisdictions=["DE"])
    assert told.value.code == "retention.undecided" and "listed" in str(told.value)
    cautious = reports.archive("csrd", "acme", {"a.pdf": PDF}, jurisdictions=["DE"], cautious=True)
    assert {it.rule for it in cautious.report.duties} >= {"eu-transparency-4", "de-hgb-257"}
    for report_type in ("CSRD", "csrd ", "crsd", "esrs"):
        with pytest.raises(strongroom.InvalidError) as told:
            reports.archive(report_type, "acme", {"a.pdf": PDF})  # type: ignore[arg-type]
        assert told.value.code == "reports.type_unknown"
    with pytest.raises(TypeError, match="list of texts"):
        reports.archive("csrd", "acme", {"a.pdf": PDF}, jurisdictions="DE")


def test_corrections_are_linked(reports: Reports) -> None:
    first = reports.archive("csrd", "acme", {"a.pdf": PDF})
    second = reports.archive("csrd", "acme", {"a.pdf": PDF + b"2"}, amends=first)
    assert second.report.amends == first.key
    assert reports.get(first).amended_by == (second.key.id,)
    with pytest.raises(strongroom.InvalidError):
        reports.archive("csrd", "globex", {"a.pdf": PDF}, amends=first)


def test_find_names_what_is_damaged(reports: Reports, tmp_path: Path) -> None:
    keys = [
        reports.archive(kind, tenant, {"a.pdf": PDF}, period=2026).key  # type: ignore[arg-type]
        for kind, tenant in [("cbam", "acme"), ("csrd", "acme"), ("csrd", "acme-2"), ("csrd", "acme")]
    ]
    assert list(reports.keys()) == sorted(keys, key=str)
    assert set(reports.keys(report_type="csrd", tenant="acme")) == {keys[1], keys[3]}
    assert list(reports.keys(tenant="acm")) == [] and list(reports.keys(period=2025)) == []
    assert {it.key for it in reports.find(tenant="acme-2", status="retained")} == {keys[2]}
    assert not reports.list(status="held")
    with pytest.raises(strongroom.InvalidError) as told:
        reports.list(status="gone")
    assert told.value.hint
    manifest = tmp_path / "store" / str(keys[2]) / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_bytes(manifest.read_bytes().replace(b"acme-2", b"acme-3"))
    table = reports.list(report_type="csrd")
    assert [isinstance(it, Broken) for it in table] == [True, False, False]
    broken = table[0]
    assert isinstance(broken, Broken) and isinstance(broken.error, strongroom.TamperedError)
    assert broken.error.code == "reports.altered" and broken.key == keys[2]
    frame = table.to_pandas()
    assert list(frame["tenant"]) == ["acme-2", "acme", "acme"]
    assert "altered" in list(frame["problem"])[0]
    arrow = table[1:].to_arrow()
    assert arrow.column("size_bytes").to_pylist() == [len(PDF), len(PDF)]


def test_what_is_altered_is_not_read(reports: Reports, tmp_path: Path) -> None:
    report = reports.archive("custom", "acme", {"a.pdf": PDF}).report
    path = tmp_path / "store" / str(report.key) / "a.pdf"
    path.chmod(0o644)
    path.write_bytes(PDF.replace(b"made", b"MADE"))
    out = tmp_path / "out.pdf"
    with pytest.raises(strongroom.TamperedError) as told:
        reports.read(report, "a.pdf")
    assert told.value.code == "reports.altered"
    with pytest.raises(strongroom.TamperedError):
        reports.download(report, "a.pdf", out)
    assert not out.exists() and not [it for it in tmp_path.iterdir() if it.name.startswith(".out")]
    fixity = reports.verify(report)
    assert not fixity and fixity.failed[0].file == "a.pdf"
    with pytest.raises(strongroom.TamperedError):
        reports.export(report, tmp_path / "bag")
    assert not (tmp_path / "bag").exists()


def test_downloads_appear_whole_or_not_at_all(reports: Reports, tmp_path: Path) -> None:
    body = os.urandom(20 << 20)
    report = reports.archive("custom", "acme", {"a.bin": body}).report
    out, heard = tmp_path / "out.bin", list[int]()
    reports.download(report, "a.bin", out, progress=heard.append)
    assert out.read_bytes() == body and sum(heard) == len(body)
    with pytest.raises(FileExistsError):
        reports.download(report, "a.bin", out)
    memory = io.BytesIO()
    reports.download(report, "a.bin", memory)
    assert memory.getvalue() == body

    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        reports.download(report, "a.bin", Full())  # type: ignore[arg-type]


def test_bags_are_read_by_others(reports: Reports, tmp_path: Path) -> None:
    report = reports.archive("custom", "acme", {"of March.csv": b"a\n"}, metadata={"a": 1}).report
    heard: list[int] = []
    bag = reports.export(report, tmp_path / "bag", progress=heard.append)
    assert bag.files == 3 and sum(heard) == report.size_bytes
    read = bagit.Bag(str(tmp_path / "bag"))
    read.validate()
    assert read.info["External-Identifier"] == str(report.key)
    assert set(read.payload_files()) == {
        "data/of March.csv", "data/metadata.json", "data/manifest.json",
    }  # fmt: skip
    with pytest.raises(strongroom.ConflictError) as told:
        reports.export(report, tmp_path / "bag")
    assert told.value.code == "bags.already_there" and told.value.hint


def test_every_act_is_in_the_log(url: str, tmp_path: Path) -> None:
    log = f"file://{tmp_path}/log"
    with audit.Ledger.open(log) as ledger, opened(url, ledger=ledger) as reports:
        report = reports.archive("custom", "acme", {"a.pdf": PDF}).report
        reports.hold(report, "case", reason="a claim")
        reports.close()
        ledger.append("still", "open", "log", "read")
    assert audit.verify(log).records == 3
    with opened(url, ledger=log) as reports:
        reports.verify(report)
    assert audit.verify(log).records == 4
    with opened(f"{url}-2") as reports:
        reports.archive("custom", "acme", {"a.pdf": PDF})
    below = audit.verify(f"{url}-2/_strongroom/ledger")
    assert below.ok and below.records == 1


def test_opening(url: str, tmp_path: Path) -> None:
    with pytest.raises(strongroom.InvalidError) as told:
        Reports(url, actor="ana")
    assert told.value.code == "reports.unfit" and told.value.hint
    assert not (tmp_path / "store").exists()
    with pytest.raises(strongroom.NotFoundError):
        opened(url, create=False)
    with pytest.raises(strongroom.InvalidError) as told:
        opened(url, zone="Europe/Atlantis")
    assert told.value.code == "retention.word_unknown"
    with pytest.raises(strongroom.InvalidError) as told:
        opened(url, rules={"version": "1", "rules": [{}]})
    assert told.value.code == "retention.rules_invalid"
    with pytest.raises(strongroom.InvalidError):
        Reports(url, actor="ana", protection="none")  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="for less time than version 1"):
        opened(url, rules=OVER).close()
    reports = Reports.open(url, actor="ana", protection="rules-alone")
    assert repr(reports) == f"<Reports at {url}>"
    reports.close()
    reports.close()
    assert repr(reports) == "<Reports, closed>"
    with pytest.raises(RuntimeError, match="closed"):
        reports.get("csrd/acme/x")


def test_secrets_are_not_shown(url: str) -> None:
    private, _ = audit.generate_key("reports.example")
    with opened(url, signer=private) as reports:
        assert private not in repr(reports) and private not in repr(vars(reports))
    aio = AsyncReports(url, actor="ana", signer=private)
    assert private not in repr(aio)


def test_many_threads(reports: Reports) -> None:
    def one(n: int) -> Report:
        return reports.archive("custom", f"t{n % 3}", {"a.pdf": PDF + bytes([n])}).report

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(24)))
    assert {it.key for it in made} == set(reports.keys())
    # One of several that hold it at once is first; the others plan again or are told.
    held, told = list[Report](), list[strongroom.StrongroomError]()

    def hold(n: int) -> None:
        try:
            held.append(reports.hold(made[0], f"case-{n}", reason="a claim"))
        except strongroom.ConflictError as error:
            told.append(error)

    threads = [threading.Thread(target=hold, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) + len(told) == 4 and held
    assert len(reports.get(made[0]).holds) == len(held)


@pytest.mark.filterwarnings("ignore:rules. version 2 of")
def test_asyncio(url: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncReports(url, actor="ana", protection="rules-alone", rules=OVER) as reports:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0.001)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            heard: list[int] = []
            archived = await asyncio.gather(
                *(
                    reports.archive(
                        "custom",
                        "acme",
                        {"a.bin": bytes([n]) * (4 << 20)},
                        metadata={"n": n},
                        since={"drawn_up": date(1999, 1, 1)},
                        progress=heard.append,
                    )
                    for n in range(3)
                )
            )
            ticking.cancel()
            assert sum(heard) == 12 << 20 and ticks > 3
            found = [it async for it in reports.find(tenant="acme")]
            assert {it.key for it in found} == {it.key for it in archived}
            first = archived[0]
            assert await reports.read(first, "a.bin") == b"\0" * (4 << 20)
            assert (await reports.list(tenant="acme"))[0] in found
            assert await reports.metadata(first) == {"n": 0}
            assert (await reports.verify(first)).intact
            await reports.download(first, "a.bin", tmp_path / "a.bin")
            assert (await reports.export(first, tmp_path / "bag")).files == 3
            assert (await reports.hold(first, "case", reason="x")).status == "held"
            listed = await reports.eligible(tenant="acme")
            assert len(listed.reports) == 2
            await reports.release(first, "case", reason="x")
            async with AsyncReports(url, actor="bob", protection="rules-alone") as bob:
                await bob.approve(listed)
            destroyed = await reports.destroy(listed)
            assert all(it.certificate for it in destroyed)
            assert (await reports.check_certificate(destroyed[0].key)).recorded_at > 0
            assert await reports.unfinished("custom", "acme") == [] == await reports.heal()
        assert repr(reports) == "<AsyncReports, closed>"
        with pytest.raises(RuntimeError, match="async with"):
            await reports.get(first)

    asyncio.run(main())
