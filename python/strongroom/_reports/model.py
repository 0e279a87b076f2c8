"""What reports are called, and what is handed over to be archived."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from strongroom._files import Content

#: What a report is about.
ReportType: TypeAlias = Literal["csrd", "cbam", "eudr", "custom"]
#: What can be said of a report in one word.
Status: TypeAlias = Literal["held", "retained", "expired", "disposed"]
#: What a file of a report is for.
Role: TypeAlias = Literal["report", "data", "evidence"]
#: When something happened: a day, or a moment with its zone.
When: TypeAlias = datetime.date | datetime.datetime


@dataclass(frozen=True)
class ReportKey:
    """The whole name of a report; as text `csrd/acme/2026/…`.

    Attributes:
        report_type: What it is about.
        tenant: Who it belongs to.
        period: The time it is about: `2026` or `2026-Q1`.
        id: Which one it is: a UUID.
    """

    report_type: ReportType
    tenant: str
    period: str
    id: str

    def __str__(self) -> str:
        return f"{self.report_type}/{self.tenant}/{self.period}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> ReportKey:
        """Reads `type/tenant/period/id`.

        Raises:
            ValueError: For anything else.
        """
        parts = text.split("/")
        if len(parts) != 4 or parts[0] not in ("csrd", "cbam", "eudr", "custom") or "" in parts:
            raise ValueError(f"`{text}` is no name of a report: write `type/tenant/period/id`")
        return cls(*parts)  # type: ignore[arg-type]


@dataclass(frozen=True)
class NewFile:
    """A file to be archived.

    Attributes:
        content: Where its bytes come from. An open file is read to its end and stays open.
        name: What it is called in the report, with its own extension; as the file, if left out.
        media_type: Its media type; that of its extension, if left out.
        role: What it is for: the report itself, the same as figures, or what it rests on.
    """

    content: Content
    name: str | None = None
    media_type: str | None = None
    role: Role = "report"

    def _told(self) -> tuple[str, str | None, str, object]:
        content = self.content
        if isinstance(content, bytearray | memoryview):
            content = bytes(content)
        name = self.name
        if isinstance(content, str | os.PathLike):
            path = os.fspath(content)
            # What is not there is found before anything is stored.
            with open(path, "rb"):
                name = name or os.path.basename(path)
        elif not isinstance(content, bytes):
            known = getattr(content, "name", None)
            name = name or (os.path.basename(known) if isinstance(known, str) else None)
        if name is None:
            raise TypeError('these bytes have no name: say `{"report.pdf": …}` or `NewFile(…, name=…)`')
        return name, self.media_type, self.role, content


#: Files of a report: paths, open files and `NewFile`s; or a dictionary with their names.
Files: TypeAlias = Mapping[str, Content | NewFile] | Iterable[Content | NewFile]


def told_files(files: Files) -> list[tuple[str, str | None, str, object]]:
    """Files as they cross into Rust.

    Raises:
        OSError: For a path that cannot be opened.
        TypeError: For what is no file, and for bytes without a name.
    """
    if isinstance(files, Mapping):
        return [_as_new(content, name)._told() for name, content in files.items()]
    if isinstance(files, str | os.PathLike | NewFile | bytes) or hasattr(files, "read"):
        raise TypeError("`files` is a list or a dictionary of files, also where there is only one")
    return [_as_new(content, None)._told() for content in files]


def _as_new(content: Content | NewFile, name: str | None) -> NewFile:
    if isinstance(content, NewFile):
        return NewFile(content.content, name or content.name, content.media_type, content.role)
    return NewFile(content, name)


def told_metadata(metadata: Mapping[str, Any] | str | None) -> str | None:
    """Metadata as the text that is kept letter by letter.

    Raises:
        TypeError: For what JSON cannot hold, with its place.
        ValueError: For `NaN` and infinities.
    """
    if metadata is None or isinstance(metadata, str):
        return metadata
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is a dictionary or a text of JSON, not a {type(metadata).__name__}")
    _check(metadata, "metadata")
    return json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False)


def _check(value: object, place: str) -> None:
    """Refuses what would be read back as something else."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{place}: the key {key!r} is no text")
            _check(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for nth, item in enumerate(value):
            _check(item, f"{place}.{nth}")
    elif not (value is None or isinstance(value, str | int | float)):
        kind = type(value).__name__
        raise TypeError(f"{place}: JSON has no {kind}: say `str(…)`, or hand over the text of JSON")


def told_when(value: When, what: str) -> str:
    """A day, or a moment in its zone.

    Raises:
        TypeError: For a moment without a zone, whose day nobody knows.
    """
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise TypeError(f"{what}: {value} has no zone: add `tzinfo=…`, or say the day")
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{what}: say a `datetime.date` or a `datetime.datetime`, not a {type(value).__name__}")
