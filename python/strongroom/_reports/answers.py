"""What the archive answers."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from strongroom import StrongroomError
from strongroom._factors.answers import Rows
from strongroom._factors.numbers import read_moment
from strongroom._reports.model import ReportKey, Role, Status


@dataclass(frozen=True)
class Plaintext:
    """What a sealed file was before.

    Attributes:
        form: How it was sealed.
        size_bytes: How long it was.
        sha256: Its digest.
    """

    form: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class StoredFile:
    """A file of a report, as it was stored.

    Attributes:
        name: What it is called.
        role: What it is for.
        media_type: Its media type.
        size_bytes: How long it is.
        sha256: Its digest, reckoned while it was stored: `sha256:` and 64 digits.
        version: Which version of the object it is, where the store keeps several.
        sealed: What it was before it was sealed, if it was; length and digest are of what is stored.
    """

    name: str
    role: Role | Literal["metadata"]
    media_type: str
    size_bytes: int
    sha256: str
    version: str | None = None
    sealed: Plaintext | None = None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> StoredFile:
        sealed = told.get("sealed")
        return cls(**{**told, "sealed": Plaintext(**sealed) if sealed else None})


@dataclass(frozen=True)
class Duty:
    """A rule that a report is kept under.

    Attributes:
        rule: Its id.
        rule_version: Which edition of it.
        law: The article.
        title: What has to be kept, in words.
        jurisdiction: Whose law it is; `*` for a rule of the platform.
        trigger: The event that starts its clock.
        since: When that happened, a day or a moment as text; `None` while nobody knows.
    """

    rule: str
    rule_version: int
    law: str
    title: str
    jurisdiction: str
    trigger: str
    since: str | None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Duty:
        rule = told["rule"]
        return cls(
            rule["id"],
            rule["version"],
            rule["reference"]["law"],
            rule["title"],
            rule["jurisdiction"],
            rule["trigger"],
            told.get("trigger"),
        )


@dataclass(frozen=True)
class Hold:
    """A legal hold that is in force.

    Attributes:
        name: What it is called.
        actor: Who placed it.
        reason: Why.
        placed_at: When.
    """

    name: str
    actor: str
    reason: str
    placed_at: datetime.datetime


@dataclass(frozen=True)
class FixityFailure:
    """A file that is not what it was, or is not protected as it should be."""

    file: str
    problem: str


@dataclass(frozen=True)
class Fixity:
    """What came of reading all content of a report.

    Attributes:
        files: How many files were read.
        bytes: How many bytes.
        failed: What is wrong; empty if all is well.
        at: When that was, if it was recorded earlier.
    """

    files: int
    bytes: int
    failed: tuple[FixityFailure, ...]
    at: datetime.datetime | None = None

    @property
    def intact(self) -> bool:
        """Whether every file is what it was."""
        return not self.failed

    def __bool__(self) -> bool:
        return self.intact

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Fixity:
        failed = tuple(FixityFailure(it["file"], it["problem"]) for it in told["failed"])
        return cls(told["files"], told["bytes"], failed, _moment(told.get("at")))


@dataclass(frozen=True)
class Certificate:
    """What is left of a report that was destroyed.

    Attributes:
        key: Which report it was.
        files: What was destroyed: name, digest and size in bytes.
        manifest_sha256: What names its manifest, which stays.
        archived_at: When it had been archived.
        rules: Every rule it was kept under: id, version, article.
        rule: The rule that ended last.
        last_protected_day: The last day on which that rule protected it.
        eligible_since: Since when nothing protected it.
        list: The digest of the list that was approved.
        listed_by: Who drew that up.
        approved_by: Who approved it.
        approved_at: When.
        disposed_by: Who carried it out.
        disposed_at: When that was decided.
        key_destroyed: When the key of its sealed content was destroyed, if it was sealed.
    """

    key: ReportKey
    files: tuple[tuple[str, str, int], ...]
    manifest_sha256: str
    archived_at: datetime.datetime
    rules: tuple[tuple[str, int, str], ...]
    rule: str
    last_protected_day: datetime.date
    eligible_since: datetime.datetime
    list: str
    listed_by: str
    approved_by: str
    approved_at: datetime.datetime
    disposed_by: str
    disposed_at: datetime.datetime
    key_destroyed: datetime.datetime | None = None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Certificate:
        files = ((name, it["sha256"], it["size_bytes"]) for name, it in told["files"].items())
        return cls(
            key_of(told["report"]),
            tuple(sorted(files)),
            told["manifest_sha256"],
            read_moment(told["archived_at"]),
            tuple((it["id"], it["version"], it["law"]) for it in told["rules"]),
            told["rule"],
            datetime.date.fromisoformat(told["last_protected_day"]),
            read_moment(told["eligible_since"]),
            told["list"],
            told["listed_by"],
            told["approved_by"],
            read_moment(told["approved_at"]),
            told["disposed_by"],
            read_moment(told["disposed_at"]),
            _moment(told.get("key_destroyed")),
        )


@dataclass(frozen=True)
class Report:
    """What is known of a report at one moment.

    Attributes:
        key: Its whole name.
        status: `held`, `retained`, `expired` or `disposed`.
        archived_at: When it was archived.
        archived_by: By whom.
        files: Its files, by name.
        metadata: The file that holds its metadata; see `Reports.metadata`.
        size_bytes: How many bytes all of it has.
        sealed: Whether its content was sealed before it was stored.
        key_destroyed: When the key to that was destroyed.
        mode: Who may lift its lock: nobody (`compliance`), or a special permission (`governance`).
        zone: Where it belongs to, which decides on which day things happen.
        until: The moment from which on nothing protects it; `None` while nobody knows.
        governed_by: Why, in words.
        waits_for: The events that have to be known for that.
        extended_until: Until when it is protected for longer than its rules do.
        duties: The rules that it is kept under.
        holds: The holds in force.
        amends: The report that it corrects.
        amended_by: The ids of those that correct it.
        idempotency_key: What its id was made from.
        acts: How many acts there were.
        fixity: The last check of its content.
        manifest_sha256: What names its manifest.
        certificate: What is left of it, if it was destroyed.
    """

    key: ReportKey
    status: Status
    archived_at: datetime.datetime
    archived_by: str
    files: tuple[StoredFile, ...]
    metadata: StoredFile | None
    size_bytes: int
    sealed: bool
    key_destroyed: datetime.datetime | None
    mode: Literal["compliance", "governance"]
    zone: str
    until: datetime.datetime | None
    governed_by: str
    waits_for: tuple[str, ...]
    extended_until: datetime.datetime | None
    duties: tuple[Duty, ...]
    holds: tuple[Hold, ...]
    amends: ReportKey | None
    amended_by: tuple[str, ...]
    idempotency_key: str | None
    acts: int
    fixity: Fixity | None
    manifest_sha256: str
    certificate: Certificate | None

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Report:
        same = (
            "status", "archived_by", "size_bytes", "sealed", "mode", "zone", "governed_by", "acts",
        )  # fmt: skip
        metadata, fixity, certificate = told["metadata"], told["fixity"], told["certificate"]
        return cls(
            key=ReportKey.parse(told["report"]),
            archived_at=read_moment(told["archived_at"]),
            files=tuple(StoredFile._of(it) for it in told["files"]),
            metadata=StoredFile._of(metadata) if metadata else None,
            key_destroyed=_moment(told["key_destroyed"]),
            until=_moment(told["until"]),
            waits_for=tuple(told["waits_for"]),
            extended_until=_moment(told["extended_until"]),
            duties=tuple(Duty._of(it) for it in told["duties"]),
            holds=tuple(
                Hold(it["name"], it["actor"], it["reason"], read_moment(it["placed_at"]))
                for it in told["holds"]
            ),
            amends=ReportKey.parse(told["amends"]) if told["amends"] else None,
            amended_by=tuple(told["amended_by"]),
            idempotency_key=told["idempotency_key"],
            fixity=Fixity._of(fixity) if fixity else None,
            manifest_sha256=told["manifest_sha256"],
            certificate=Certificate._of(certificate) if certificate else None,
            **{name: told[name] for name in same},
        )

    def file(self, name: str) -> StoredFile | None:
        """The file of this name."""
        return next((it for it in self.files if it.name == name), None)

    def _row(self) -> dict[str, Any]:
        return {
            **_names(self.key),
            "status": self.status,
            "archived_at": self.archived_at,
            "archived_by": self.archived_by,
            "until": self.until,
            "waits_for": ", ".join(self.waits_for),
            "holds": ", ".join(it.name for it in self.holds),
            "files": len(self.files),
            "size_bytes": self.size_bytes,
            "intact": self.fixity.intact if self.fixity else None,
            "problem": None,
        }


@dataclass(frozen=True)
class Broken:
    """A report of which nothing can be said, because what is stored does not verify.

    Attributes:
        key: Which.
        error: Why.
    """

    key: ReportKey
    error: StrongroomError

    def _row(self) -> dict[str, Any]:
        return {**_names(self.key), "problem": str(self.error)}


#: A report that was found.
Found: TypeAlias = Report | Broken


def _names(key: ReportKey) -> dict[str, Any]:
    return {"type": key.report_type, "tenant": key.tenant, "period": key.period, "id": key.id}


Row = TypeVar("Row", bound="Report | Broken | Eligible")


class Table(Rows[Row]):
    """Reports as rows of a table: a sequence, which pandas and pyarrow can have too."""

    def to_dicts(self) -> list[dict[str, Any]]:
        """One flat dictionary for each report."""
        return [row._row() for row in self._rows]


@dataclass(frozen=True)
class Archived:
    """A report that is archived.

    Attributes:
        report: What is known of it now.
        repeated: Whether it had been archived before, by the same request.
    """

    report: Report
    repeated: bool

    @property
    def key(self) -> ReportKey:
        """Its whole name."""
        return self.report.key


@dataclass(frozen=True)
class Eligible:
    """A report that may be destroyed, and why.

    Attributes:
        key: Which.
        files: How many files it has, its metadata among them.
        bytes: How many bytes.
        rule: The rule that ended last.
        rule_version: Which edition of it.
        last_protected_day: The last day on which that rule protected it.
        eligible_since: Since when nothing protects it.
    """

    key: ReportKey
    files: int
    bytes: int
    rule: str
    rule_version: int
    last_protected_day: datetime.date
    eligible_since: datetime.datetime

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Eligible:
        return cls(
            key_of(told["report"]),
            told["files"],
            told["bytes"],
            told["rule"],
            told["rule_version"],
            datetime.date.fromisoformat(told["last_protected_day"]),
            read_moment(told["eligible_since"]),
        )

    def _row(self) -> dict[str, Any]:
        rest = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "key"}
        return _names(self.key) | rest


@dataclass(frozen=True)
class DisposalList:
    """Reports that may be destroyed, as somebody proposes it.

    Attributes:
        digest: What names the list, and is approved.
        listed_at: When it was drawn up.
        listed_by: By whom.
        reports: The reports.
        json: The list itself, to be handed to whoever approves it.
        broken: Reports of which nothing can be said. They are not on the list.
    """

    digest: str
    listed_at: datetime.datetime
    listed_by: str
    reports: Table[Eligible]
    json: str
    broken: tuple[Broken, ...] = ()

    @classmethod
    def _of(
        cls, digest: str, text: str, unreadable: Iterable[tuple[str, StrongroomError]]
    ) -> DisposalList:
        told = json.loads(text)
        reports = Table(Eligible._of(it) for it in told["reports"])
        broken = tuple(Broken(ReportKey.parse(name), error) for name, error in unreadable)
        listed_at = read_moment(told["listed_at"])
        return cls(digest, listed_at, told["listed_by"], reports, text, broken)

    def __bool__(self) -> bool:
        return len(self.reports) > 0


@dataclass(frozen=True)
class Destroyed:
    """What became of a report on an approved list.

    Attributes:
        key: Which.
        certificate: What is left of it, if it was destroyed.
        error: Why it is still there, if it is.
    """

    key: ReportKey
    certificate: Certificate | None
    error: StrongroomError | None


@dataclass(frozen=True)
class CertificateChecked:
    """A certificate that holds.

    Attributes:
        certificate: What it says.
        signed_by: The names of the given keys that signed it.
        recorded_at: Its number in the log.
        key_is_gone: Whether the key of sealed content is gone, where the keys are known here.
    """

    certificate: Certificate
    signed_by: tuple[str, ...]
    recorded_at: int
    key_is_gone: bool | None


@dataclass(frozen=True)
class Bag:
    """A bag that was written (RFC 8493).

    Attributes:
        folder: Where.
        files: How many files it holds.
        bytes: How many bytes.
        tag_manifest: The digest of the manifest of its manifests, which stands for all of it.
    """

    folder: Path
    files: int
    bytes: int
    tag_manifest: str


def key_of(told: Mapping[str, Any]) -> ReportKey:
    """A name, as documents spell it."""
    return ReportKey(told["type"], told["tenant"], told["period"], told["id"])


def _moment(told: str | None) -> datetime.datetime | None:
    return read_moment(told) if told else None
