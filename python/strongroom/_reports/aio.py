"""The archive of reports, for `asyncio`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from typing import IO, Any

from strongroom._aio import Opening
from strongroom._files import Progress
from strongroom._reports.answers import (
    Archived,
    Bag,
    CertificateChecked,
    Destroyed,
    DisposalList,
    Fixity,
    Found,
    Report,
    Table,
)
from strongroom._reports.model import Files, ReportType, When
from strongroom._reports.store import Healed, Reports, Unfinished, Which


class AsyncReports(Opening[Reports]):
    """A `Reports` for `asyncio`: nothing here blocks the event loop.

        async with AsyncReports("s3://reports-prod", actor="ana") as reports:
            archived = await reports.archive("csrd", "acme", ["report.pdf"])

    Callbacks for progress are called on another thread.
    """

    _what = "reports"

    def __init__(self, url: str | os.PathLike[str], **options: Any) -> None:
        """Takes what `Reports` takes; the reports are opened by `async with`."""
        super().__init__(url, **options)

    def _make(self) -> Reports:
        return Reports(self._url, **self._options)

    @property
    def reports(self) -> Reports:
        """The reports beneath.

        Raises:
            RuntimeError: Outside of `async with`.
        """
        return self._beneath()

    async def archive(
        self, report_type: ReportType, tenant: str, files: Files, **terms: Any
    ) -> Archived:
        """As `Reports.archive`."""
        return await asyncio.to_thread(
            lambda: self.reports.archive(report_type, tenant, files, **terms)
        )

    async def unfinished(self, report_type: ReportType, tenant: str) -> Unfinished:
        """As `Reports.unfinished`."""
        return await asyncio.to_thread(self.reports.unfinished, report_type, tenant)

    async def heal(self) -> Healed:
        """As `Reports.heal`."""
        return await asyncio.to_thread(self.reports.heal)

    async def get(self, report: Which) -> Report:
        """As `Reports.get`."""
        return await asyncio.to_thread(self.reports.get, report)

    async def describe(self, report: Which) -> dict[str, Any]:
        """As `Reports.describe`."""
        return await asyncio.to_thread(self.reports.describe, report)

    async def find(self, **wanted: Any) -> AsyncIterator[Found]:
        """As `Reports.find`."""
        found = self.reports.find(**wanted)
        while (report := await asyncio.to_thread(next, found, None)) is not None:
            yield report

    async def list(self, **wanted: Any) -> Table[Found]:
        """As `Reports.list`."""
        return await asyncio.to_thread(lambda: self.reports.list(**wanted))

    async def metadata(self, report: Which) -> dict[str, Any] | None:
        """As `Reports.metadata`."""
        return await asyncio.to_thread(self.reports.metadata, report)

    async def metadata_text(self, report: Which) -> str | None:
        """As `Reports.metadata_text`."""
        return await asyncio.to_thread(self.reports.metadata_text, report)

    async def read(self, report: Which, file: str) -> bytes:
        """As `Reports.read`."""
        return await asyncio.to_thread(self.reports.read, report, file)

    async def download(
        self,
        report: Which,
        file: str,
        to: str | os.PathLike[str] | IO[bytes],
        *,
        progress: Progress | None = None,
    ) -> None:
        """As `Reports.download`."""
        await asyncio.to_thread(
            lambda: self.reports.download(report, file, to, progress=progress)
        )

    async def export(
        self, report: Which, folder: str | os.PathLike[str], *, progress: Progress | None = None
    ) -> Bag:
        """As `Reports.export`."""
        return await asyncio.to_thread(
            lambda: self.reports.export(report, folder, progress=progress)
        )

    async def hold(self, report: Which, name: str, *, reason: str) -> Report:
        """As `Reports.hold`."""
        return await asyncio.to_thread(lambda: self.reports.hold(report, name, reason=reason))

    async def release(self, report: Which, name: str, *, reason: str) -> Report:
        """As `Reports.release`."""
        return await asyncio.to_thread(lambda: self.reports.release(report, name, reason=reason))

    async def extend(self, report: Which, until: When, *, reason: str) -> Report:
        """As `Reports.extend`."""
        return await asyncio.to_thread(lambda: self.reports.extend(report, until, reason=reason))

    async def trigger(self, report: Which, event: str, on: When, **terms: Any) -> Report:
        """As `Reports.trigger`."""
        return await asyncio.to_thread(lambda: self.reports.trigger(report, event, on, **terms))

    async def shorten(self, report: Which, until: When, **terms: Any) -> Report:
        """As `Reports.shorten`."""
        return await asyncio.to_thread(lambda: self.reports.shorten(report, until, **terms))

    async def strengthen(self, report: Which, *, reason: str) -> Report:
        """As `Reports.strengthen`."""
        return await asyncio.to_thread(lambda: self.reports.strengthen(report, reason=reason))

    async def add_duty(self, report: Which, rule: str, **terms: Any) -> Report:
        """As `Reports.add_duty`."""
        return await asyncio.to_thread(lambda: self.reports.add_duty(report, rule, **terms))

    async def withdraw_duty(self, report: Which, rule: str, **terms: Any) -> Report:
        """As `Reports.withdraw_duty`."""
        return await asyncio.to_thread(lambda: self.reports.withdraw_duty(report, rule, **terms))

    async def verify(self, report: Which) -> Fixity:
        """As `Reports.verify`."""
        return await asyncio.to_thread(self.reports.verify, report)

    async def eligible(self, **wanted: Any) -> DisposalList:
        """As `Reports.eligible`."""
        return await asyncio.to_thread(lambda: self.reports.eligible(**wanted))

    async def approve(self, proposed: DisposalList | str, digest: str | None = None) -> str:
        """As `Reports.approve`."""
        return await asyncio.to_thread(self.reports.approve, proposed, digest)

    async def destroy(self, approved: DisposalList | str) -> tuple[Destroyed, ...]:
        """As `Reports.destroy`."""
        return await asyncio.to_thread(self.reports.destroy, approved)

    async def check_certificate(
        self, report: Which, keys: Iterable[str] = ()
    ) -> CertificateChecked:
        """As `Reports.check_certificate`."""
        return await asyncio.to_thread(self.reports.check_certificate, report, keys)
