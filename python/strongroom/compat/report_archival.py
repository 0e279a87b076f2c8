"""The older class for reports, on the archive.

    from strongroom.compat.report_archival import ReportArchival

The constructor, `archive_report` and `get_report` are called as before, and what the older class wrote is
read. What is archived now is protected, found and checked as every report of `strongroom.reports` is.
What is different is in `docs/guides/migrating-from-the-python-reports.md`.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import warnings
from collections.abc import Mapping
from typing import Any, Literal

from strongroom import InvalidError, NotFoundError, TamperedError
from strongroom._audit.ledger import Ledger
from strongroom._files import Content
from strongroom._reports.answers import Report
from strongroom._reports.model import NewFile
from strongroom._reports.store import Reports
from strongroom._strongroom.compat import Objects
from strongroom._strongroom.reports import locks, name_for

__all__ = ["ReportArchival"]

#: What names a report.
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: The media types that the older class had an ending for.
ENDINGS = {"report.pdf": "application/pdf", "report.html": "text/html"}


class ReportArchival:
    """Archives compliance reports for as long as they have to be kept.

    Safe to share between threads and processes.
    """

    def __init__(
        self,
        bucket: str,
        *,
        actor: str = "strongroom.compat",
        ledger: Ledger | str | None = None,
        protection: Literal["compliance", "governance", "rules-alone"] | None = None,
        **options: Any,
    ) -> None:
        """Remembers where; the archive is opened by the first call.

        Args:
            bucket: The name of a bucket, or the URL of a store. Credentials, region and
                `AWS_ENDPOINT_URL` are found as by any program for AWS.
            actor: Who archives, for the record.
            ledger: Where that is recorded; `_strongroom/ledger` in the bucket if left out.
            protection: What protects reports. If left out, Object Lock in compliance mode if the bucket
                has it; if not, a warning says that nothing does.
            options: What else `strongroom.reports.Reports` takes.
        """
        self.bucket = bucket
        self._url = bucket if re.match(r"[a-z0-9]+:|[./]", bucket) else f"s3://{bucket}"
        self._options: dict[str, Any] = {"actor": actor, "ledger": ledger, **options}
        self._protection = protection
        self._opening = threading.Lock()
        self._archive: Reports | None = None
        self._reader: Reports | None = None
        self._old: Objects | None = None

    def archive_report(
        self,
        report_type: str,
        tenant_id: str,
        report_content: Content,
        content_type: str,
        metadata: Mapping[str, Any] | None,
        *,
        idempotency_key: str | None = None,
    ) -> str:
        """Archives a report, and returns its id. All of it is stored, or it is no report.

        With an `idempotency_key` of yours a call can be made again after any failure: it completes the
        same report.

        Raises:
            InvalidError: For a type, a tenant or a media type that is none.
            TypeError: For metadata that JSON cannot hold; nothing is stored then.
        """
        file = NewFile(report_content, name_for(content_type), content_type)
        archived = self._open().archive(
            report_type,  # type: ignore[arg-type]  # whatever it is, it is checked
            tenant_id,
            [file],
            metadata=metadata,
            key=idempotency_key,
        )
        return archived.key.id

    def get_report(
        self, report_type: str, tenant_id: str, report_id: str
    ) -> dict[str, Any] | None:
        """A report; `None` if exactly this type, tenant and id have none.

        Returns:
            `content`, `content_type` and `metadata` as before; `custom_metadata` as it was handed over,
            and the `sha256` of the content, which was compared where the archive knows it.

        Raises:
            TamperedError: If what is stored is not what was archived.
            NotFoundError: If it was destroyed, or its log is not where it should be.
        """
        if not UUID.fullmatch(report_id):
            return None
        if not all(map(_is_part, report_type.split("/") + tenant_id.split("/"))):
            return None
        report = self._look(report_type, tenant_id, report_id)
        if report is not None:
            return self._told(report)
        return self._get_old(report_type, tenant_id, report_id)

    def incomplete(self, report_type: str, tenant_id: str) -> list[str]:
        """The ids of reports of which only a part was stored, by the older class or by this one."""
        if not _is_part(report_type) or not _is_part(tenant_id):
            return []
        prefix = f"{report_type}/{tenant_id}/"
        names: dict[str, set[str]] = {}
        for key in self._objects().keys(prefix):
            year, _, rest = key.removeprefix(prefix).partition("/")
            report_id, _, name = rest.partition("/")
            if UUID.fullmatch(report_id):
                names.setdefault(report_id, set()).add(name)
        found = {
            report_id
            for report_id, there in names.items()
            if any(it.startswith("report.") for it in there)
            and not there & {"metadata.json", "manifest.json"}
        }
        reports = self._readable()
        try:
            begun = reports.unfinished(report_type, tenant_id) if reports else []  # type: ignore[arg-type]
        except InvalidError:
            # A type or a tenant that only the older class took.
            begun = []
        return sorted(found | {key.id for key, _ in begun})

    def close(self) -> None:
        """Closes the archive; the next call opens it again."""
        with self._opening:
            opened = (self._archive, self._reader)
            self._archive = self._reader = None
        for reports in opened:
            if reports is not None:
                reports.close()

    def __enter__(self) -> ReportArchival:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What is archived now.

    def _open(self) -> Reports:
        with self._opening:
            if self._archive is None:
                protection = self._protection or self._possible()
                self._archive = Reports(self._url, protection=protection, **self._options)
            return self._archive

    def _possible(self) -> Literal["compliance", "rules-alone"]:
        if locks(self._url):
            return "compliance"
        if self._url.startswith("s3:"):
            why = "the bucket has no Object Lock, so whoever may write to it may destroy reports"
            hint = 'use one that has, or say `protection="rules-alone"`'
            warnings.warn(f"`{self.bucket}`: {why}: {hint}", stacklevel=4)
        return "rules-alone"

    def _readable(self) -> Reports | None:
        """The archive, if there is one. Reading begins none."""
        with self._opening:
            if self._archive is not None:
                return self._archive
            if self._reader is None:
                options = {**self._options, "create": False}
                try:
                    self._reader = Reports(self._url, protection="rules-alone", **options)
                except NotFoundError:
                    return None
            return self._reader

    def _look(self, report_type: str, tenant_id: str, report_id: str) -> Report | None:
        if "/" in report_type or "/" in tenant_id:
            return None
        reports = self._readable()
        try:
            return reports.get(f"{report_type}/{tenant_id}/{report_id}") if reports else None
        except NotFoundError as error:
            if error.code == "reports.no_report":
                return None
            raise
        except InvalidError as error:
            # Types and tenants that only the older class took.
            if error.code in ("reports.type_unknown", "reports.tenant_invalid"):
                return None
            raise

    def _told(self, report: Report) -> dict[str, Any]:
        reports, file = self._readable(), report.files[0]
        assert reports is not None, "the report was read from it"
        content = reports.read(report, file.name)
        text = reports.metadata_text(report)
        days = "indefinite" if report.until is None else str((report.until - report.archived_at).days)
        return {
            "content": content,
            "content_type": file.media_type,
            "metadata": {
                "report-id": report.key.id,
                "report-type": report.key.report_type,
                "tenant-id": report.key.tenant,
                "retention-days": days,
                "archived-at": report.archived_at.replace(tzinfo=None).isoformat(),
            },
            "custom_metadata": None if text is None else json.loads(text),
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    # What the older class wrote.

    def _objects(self) -> Objects:
        with self._opening:
            if self._old is None:
                self._old = Objects.open(self._url)
            return self._old

    def _is_begun(self, report_type: str, tenant_id: str, report_id: str) -> bool:
        """Whether the archive noted that it began with such a report."""
        note = f"_strongroom/reports/{report_type}/{tenant_id}/{report_id}"
        return self._objects().get(note) is not None

    def _get_old(self, report_type: str, tenant_id: str, report_id: str) -> dict[str, Any] | None:
        prefix = f"{report_type}/{tenant_id}/"
        own = re.compile(rf"[0-9]{{4}}/{report_id}/report\.(pdf|html|bin)")
        keys = self._objects().keys(prefix)
        key = next((it for it in keys if own.fullmatch(it[len(prefix) :])), None)
        if key is None:
            return None
        folder, _, name = key.rpartition("/")
        if f"{folder}/manifest.json" in keys:
            error = NotFoundError(f"`{folder}` is archived, and its log is not where it should be")
            error.code, error.hint = "compat.no_log", "hand over `ledger=`"
            raise error
        if self._is_begun(report_type, tenant_id, report_id):
            # Half a report of the archive is none.
            return None
        said = self._objects().get(f"{folder}/metadata.json")
        slashed = "/" in report_type or "/" in tenant_id
        if said is None and slashed:
            # Whose it is would be a guess.
            return None
        told = _read_old(folder, said) if said is not None else {}
        named = tuple(told.get(it) for it in ("report_type", "tenant_id", "report_id"))
        if told and named != (report_type, tenant_id, report_id):
            if slashed:
                return None
            raise _tampered(f"`{folder}` says that it is another report")
        content = self._objects().get(key)
        about = self._objects().about(key)
        if content is None or about is None:
            return None
        return {
            "content": content,
            "content_type": told.get("content_type") or ENDINGS.get(name) or about[0],
            "metadata": about[1] or _headers(told),
            "custom_metadata": told.get("custom_metadata"),
            "sha256": hashlib.sha256(content).hexdigest(),
        }


def _is_part(text: str) -> bool:
    return text not in ("", ".", "..") and text.isprintable() and not text.startswith("_")


def _read_old(folder: str, said: bytes) -> dict[str, Any]:
    try:
        told = json.loads(said)
        told["report_id"], told["custom_metadata"]
    except (ValueError, KeyError, TypeError) as error:
        raise _tampered(f"`{folder}/metadata.json` is none of the older class") from error
    return dict(told)


def _headers(told: Mapping[str, Any]) -> dict[str, str]:
    """What the older class said about an object, where the store did not keep it."""
    names = ("report_id", "report_type", "tenant_id", "retention_days", "archived_at")
    return {name.replace("_", "-"): str(told[name]) for name in names if name in told}


def _tampered(message: str) -> TamperedError:
    error = TamperedError(message)
    error.code, error.hint = "compat.report_altered", "restore the object from a version or a copy"
    return error
