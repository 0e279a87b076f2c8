"""The archive of reports at one place."""

from __future__ import annotations

import datetime
import json
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

from strongroom._audit.ledger import Ledger
from strongroom._factors.numbers import read_moment, to_json
from strongroom._files import Progress, appearing
from strongroom._reports.answers import (
    Archived,
    Bag,
    Broken,
    Certificate,
    CertificateChecked,
    Destroyed,
    DisposalList,
    Fixity,
    Found,
    Report,
    Table,
)
from strongroom._reports.model import (
    Files,
    ReportKey,
    ReportType,
    Status,
    When,
    told_files,
    told_metadata,
    told_when,
)
from strongroom._strongroom import reports as _native

#: A report: its name, whole or without the period, or what is known of it.
Which: TypeAlias = str | ReportKey | Report | Archived

#: Reports that were not completed, each with the moment at which they began.
Unfinished: TypeAlias = list[tuple[ReportKey, datetime.datetime]]
#: Acts that were finished, each with what it was done to.
Healed: TypeAlias = list[tuple[str, str]]

#: How many reports are asked for at a time.
PAGE = 256


class Reports:
    """An archive of reports that is open.

        with Reports("s3://reports-prod", actor="ana") as reports:
            archived = reports.archive("csrd", "acme", ["report.pdf"], jurisdictions=["DE"])

    Every act is recorded in a log first. Safe to share between threads and with other processes;
    what another one left unfinished is finished when the archive is opened.
    """

    def __init__(
        self,
        url: str | os.PathLike[str],
        *,
        actor: str,
        ledger: Ledger | str | None = None,
        protection: Literal["compliance", "governance", "rules-alone"] = "compliance",
        create: bool = True,
        zone: str | None = None,
        rules: Mapping[str, Any] | str | bytes | None = None,
        signer: str | os.PathLike[str] | None = None,
        body_keys: str | os.PathLike[str] | None = None,
        application_key: str | os.PathLike[str] | None = None,
        retries: int | None = None,
    ) -> None:
        """Opens the archive at `url`, or begins one, and finishes what was interrupted.

        Args:
            url: `s3://bucket/prefix`, `file:///dir`, or a path that begins with `/` or `./`.
            actor: Who acts, for the record.
            ledger: Where every act is recorded: a log that is open, which stays open, or the URL of
                one; `_strongroom/ledger` below `url` if left out.
            protection: What protects reports besides the rules: the Object Lock of the store, which
                nobody or only a special permission lifts, or nothing. A store that cannot lock is
                refused unless it is nothing.
            create: Whether an archive is begun where none is.
            zone: Where records belong to, which decides on which day things happen; UTC if left out.
            rules: Rules besides the built-in ones: a document, or its JSON.
            signer: The key that signs certificates and the log: its text, or the file that holds it.
            body_keys: Where the keys of sealed reports are: another store, without versions, that
                forgets what is deleted.
            application_key: The key that wraps those keys: a file of 64 hexadecimal digits that only
                you may read.
            retries: How often a failing store is tried again.

        Raises:
            InvalidError: If the store cannot protect reports, or rules or zone cannot be used.
            NotFoundError: If nothing is there, and nothing shall be begun.
        """
        options = {
            "actor": actor,
            "create": create,
            "protection": protection,
            "zone": zone,
            "retries": retries,
            "body_keys": os.fspath(body_keys) if body_keys is not None else None,
            "application_key": os.fspath(application_key) if application_key is not None else None,
        }
        if isinstance(rules, Mapping):
            rules = json.dumps(rules)
        self._open: _native.Archive | None = None
        self._open, findings = _native.Archive.open(
            os.fspath(url),
            to_json(options),
            rules=rules.encode() if isinstance(rules, str) else rules,
            ledger=ledger._native if isinstance(ledger, Ledger) else ledger,
            signer=os.fspath(signer) if signer is not None else None,
        )
        for finding in findings:
            warnings.warn(f"rules: {finding}", stacklevel=2)

    @classmethod
    def open(cls, url: str | os.PathLike[str], **options: Any) -> Reports:
        """The same as the constructor, as logs and factors are opened."""
        return cls(url, **options)

    @property
    def _native(self) -> _native.Archive:
        if self._open is None:
            raise RuntimeError("the reports are closed")
        return self._open

    def close(self) -> None:
        """Lets go of the reports; seals and closes the log, if this opened it."""
        native, self._open = self._open, None
        if native is not None:
            native.close()

    def __enter__(self) -> Reports:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Reports at {self._open.location}>" if self._open else "<Reports, closed>"

    # Archiving.

    def archive(
        self,
        report_type: ReportType,
        tenant: str,
        files: Files,
        *,
        period: str | int | None = None,
        metadata: Mapping[str, Any] | str | None = None,
        jurisdictions: Iterable[str] = (),
        given: Mapping[str, bool] | None = None,
        cautious: bool = False,
        since: Mapping[str, When] | None = None,
        zone: str | None = None,
        amends: Which | None = None,
        key: str | None = None,
        seal: bool = False,
        progress: Progress | None = None,
    ) -> Archived:
        """Archives files as one report: all of it or nothing.

        Everything is checked before the first byte is stored; files are stored as they are read, with
        bounded memory; what protects them and the manifest follow as one act.

        Args:
            report_type: What it is about; it decides which rules there are.
            tenant: Who it belongs to: lower case letters, digits, `.`, `-` and `_`.
            files: Paths, open files and `NewFile`s; or a dictionary of names and contents.
            period: The time it is about, `2026` or `2026-Q1`; this year if left out.
            metadata: A dictionary, or the text of a JSON object, which is kept letter by letter.
            jurisdictions: Whose laws reach it: `DE`, `US-CA`, `EU`. Without any, only the rules of
                the platform.
            given: What is so, or is not, where a rule depends on it: `{"listed": True}`.
            cautious: Takes it that every rule applies of which nobody said whether it does.
            since: When something happened that starts a clock: `{"drawn_up": date(2026, 3, 1)}`.
                Without it the report is held.
            zone: Where it belongs to, if not where the archive does.
            amends: The report that it corrects, named whole.
            key: The same key always means the same report, so that a call can be made again after any
                failure. Without one, files of a call that failed are found by `unfinished`.
            seal: Seals files and metadata before they are stored, with a key of the report that is
                destroyed with it; names, lengths and digests stay readable. Needs `body_keys`.
            progress: Hears how many more bytes were read, as the `update` of a progress bar does.

        Raises:
            InvalidError: If the report cannot be archived as it was asked.
            ConflictError: If the key stands for another report, or another content.
            UnavailableError: If the store failed; with a key, call again.
        """
        request = {
            "type": report_type,
            "tenant": tenant,
            "period": str(period) if period is not None else None,
            "metadata": told_metadata(metadata),
            "jurisdictions": _texts(jurisdictions, "jurisdictions"),
            "given": dict(given or {}),
            "cautious": cautious,
            "since": {event: told_when(on, event) for event, on in (since or {}).items()},
            "zone": zone,
            "amends": _name(amends) if amends is not None else None,
            "key": key,
            "seal": seal,
        }
        told, repeated = self._native.archive(to_json(request), told_files(files), progress)
        return Archived(Report._of(json.loads(told)), repeated)

    def unfinished(self, report_type: ReportType, tenant: str) -> Unfinished:
        """Reports that began to be archived and were not completed, each with the moment."""
        found = _native.unfinished(self._native, report_type, tenant)
        return [(ReportKey.parse(name), read_moment(at)) for name, at in found]

    def heal(self) -> Healed:
        """Finishes what was interrupted, also by others: each act and what it was done to.

        Opening does this too, and so does every act.
        """
        return _native.heal(self._native)

    # Reading.

    def get(self, report: Which) -> Report:
        """What is known of a report: `type/tenant/period/id`, or without the period.

        No other report is ever given: type, tenant and id have to be whole and right.

        Raises:
            NotFoundError: If there is none.
            TamperedError: If what is stored does not verify.
        """
        return Report._of(self.describe(report))

    def describe(self, report: Which) -> dict[str, Any]:
        """The same as plain JSON, as the command line prints it."""
        told: dict[str, Any] = json.loads(_native.get(self._native, _name(report)))
        return told

    def keys(
        self,
        *,
        report_type: ReportType | None = None,
        tenant: str | None = None,
        period: str | int | None = None,
    ) -> Iterator[ReportKey]:
        """The names of reports, in order, asked for page by page."""
        query = _query(report_type, tenant, period, None)
        cursor: str | None = None
        while True:
            names, cursor = _native.list(self._native, query, cursor, PAGE)
            yield from map(ReportKey.parse, names)
            if cursor is None:
                return

    def find(
        self,
        *,
        report_type: ReportType | None = None,
        tenant: str | None = None,
        period: str | int | None = None,
        status: Status | None = None,
    ) -> Iterator[Found]:
        """The reports that fit all that is said, page by page, with what has become of each.

        One that does not verify is given as `Broken` in its place: it must not go unnoticed.
        """
        query = _query(report_type, tenant, period, status)
        cursor: str | None = None
        while True:
            found, cursor = _native.find(self._native, query, cursor, PAGE)
            for name, told, error in found:
                if told is not None:
                    yield Report._of(json.loads(told))
                elif error is not None:
                    yield Broken(ReportKey.parse(name), error)
            if cursor is None:
                return

    def list(self, **wanted: Any) -> Table[Found]:
        """The same at once, as a table for pandas and pyarrow; takes what `find` takes."""
        return Table(self.find(**wanted))

    def metadata(self, report: Which) -> dict[str, Any] | None:
        """The metadata of a report; numbers with a point are Decimals with every digit."""
        text = self.metadata_text(report)
        if text is None:
            return None
        read: dict[str, Any] = json.loads(text, parse_float=Decimal)
        return read

    def metadata_text(self, report: Which) -> str | None:
        """The metadata of a report, letter by letter as it came."""
        return _native.metadata(self._native, _name(report))

    def read(self, report: Which, file: str) -> bytes:
        """A file of a report, whole.

        Raises:
            NotFoundError: If there is none, or it was destroyed.
            TamperedError: If it is not what was archived.
        """
        return _native.read(self._native, _name(report), file)

    def download(
        self,
        report: Which,
        file: str,
        to: str | os.PathLike[str] | IO[bytes],
        *,
        progress: Progress | None = None,
    ) -> None:
        """Writes a file of a report piece by piece, with bounded memory.

        Args:
            report: Which report.
            file: Which of its files.
            to: A path where nothing is yet, at which the file appears when all of it is known to be
                right. Or an open file: then use nothing of it unless this returns.
            progress: Hears how many more bytes were written.

        Raises:
            FileExistsError: If something is there.
            TamperedError: If it is not what was archived.
        """
        name = _name(report)
        if not isinstance(to, str | os.PathLike):
            _native.download(self._native, name, file, to, progress)
            return
        with appearing(Path(to), replace=False) as beside:
            _native.download(self._native, name, file, beside, progress)

    def export(
        self, report: Which, folder: str | os.PathLike[str], *, progress: Progress | None = None
    ) -> Bag:
        """Writes a report as a bag (BagIt 1.0) in a folder that is not there yet.

        Raises:
            ConflictError: If something is there.
        """
        told = _native.export(self._native, _name(report), os.fspath(folder), progress)
        return Bag(Path(folder), **json.loads(told))

    # What protects reports.

    def hold(self, report: Which, name: str, *, reason: str) -> Report:
        """Places a named hold: the report stays, whatever the calendar says, until it is released."""
        return self._act(report, reason, {"do": "hold", "name": name})

    def release(self, report: Which, name: str, *, reason: str) -> Report:
        """Lifts a named hold. Others stay."""
        return self._act(report, reason, {"do": "release", "name": name})

    def extend(self, report: Which, until: When, *, reason: str) -> Report:
        """Protects a report for longer than its rules do: until a moment, or the day that begins at
        midnight UTC.

        Raises:
            InvalidError: If it would end earlier than it does.
        """
        return self._act(report, reason, {"do": "extend", "until": _midnight(until)})

    def trigger(
        self,
        report: Which,
        event: str,
        on: When,
        *,
        reason: str,
        correct: bool = False,
        bypass: bool = False,
    ) -> Report:
        """Says when something happened that the clock of a rule waits for; `Report.waits_for` names it.

        Args:
            report: Which report.
            event: What happened.
            on: When: a day, or a moment in its zone.
            reason: Why, for the record.
            correct: Whether another time was said before, and that was wrong.
            bypass: Whether it may lose protection by the correction; in governance mode only.
        """
        told = {"do": "trigger", "event": event, "on": told_when(on, event), "correct": correct}
        return self._act(report, reason, told, bypass)

    def shorten(self, report: Which, until: When, *, reason: str, bypass: bool = False) -> Report:
        """Takes back an extension, as far as the duties of the report allow; in governance mode only,
        and only with `bypass`."""
        told = {"do": "shorten", "until": _midnight(until)}
        return self._act(report, reason, told, bypass)

    def strengthen(self, report: Which, *, reason: str) -> Report:
        """Turns a lock in governance mode into one in compliance mode. There is no way back."""
        return self._act(report, reason, {"do": "strengthen"})

    def add_duty(
        self, report: Which, rule: str, *, reason: str, since: When | None = None
    ) -> Report:
        """Puts a report under one more rule, or under a newer version of one; what protects it stays.

        Args:
            report: Which report.
            rule: The id of a rule, of which the current version is meant.
            reason: Why, for the record.
            since: When its event happened, which other rules that wait for it hear too; as long as
                nobody said it, the report is held.
        """
        at = told_when(since, "since") if since is not None else None
        return self._act(report, reason, {"do": "add_duty", "rule": rule, "since": at})

    def withdraw_duty(
        self, report: Which, rule: str, *, reason: str, bypass: bool = False
    ) -> Report:
        """Says that a rule never applied to a report; in governance mode only, and only with
        `bypass`."""
        return self._act(report, reason, {"do": "withdraw_duty", "rule": rule}, bypass)

    def _act(
        self, report: Which, reason: str, act: Mapping[str, Any], bypass: bool = False
    ) -> Report:
        told = _native.act(self._native, _name(report), reason, to_json(act), bypass)
        return Report._of(json.loads(told))

    def verify(self, report: Which) -> Fixity:
        """Reads all content again, compares it with the manifest, looks whether the store protects it
        as it should, and records the outcome.

        Raises:
            TamperedError: If the manifest or the acts are not what they were. That a file is damaged
                stands in the answer.
        """
        return Fixity._of(json.loads(_native.verify(self._native, _name(report))))

    # Destroying.

    def eligible(
        self,
        *,
        report_type: ReportType | None = None,
        tenant: str | None = None,
        period: str | int | None = None,
    ) -> DisposalList:
        """Lists what may be destroyed now. Nothing is destroyed, and nothing noted. What does not verify
        is on no list, and named in `broken`."""
        query = _query(report_type, tenant, period, None)
        return DisposalList._of(*_native.eligible(self._native, query))

    def approve(self, proposed: DisposalList | str, digest: str | None = None) -> str:
        """Agrees to a list, as the actor of this archive, who is not the one who drew it up.

        Args:
            proposed: The list, or its JSON with the digest that is meant.
            digest: What names it.

        Raises:
            ProtectedError: If the list is another one, or the actor drew it up.
        """
        if isinstance(proposed, DisposalList):
            digest = digest or proposed.digest
            proposed = proposed.json
        if digest is None:
            raise TypeError("say the digest that is approved, too")
        _native.approve(self._native, proposed, digest)
        return digest

    def destroy(self, approved: DisposalList | str) -> tuple[Destroyed, ...]:
        """Destroys the content of every report on an approved list that may still go.

        Args:
            approved: The list, or its digest.

        Raises:
            ProtectedError: If nobody approved it. Why one report stayed stands in its place.
        """
        digest = approved.digest if isinstance(approved, DisposalList) else approved
        return tuple(
            Destroyed(
                ReportKey.parse(name), Certificate._of(json.loads(told)) if told else None, error
            )
            for name, told, error in _native.destroy(self._native, digest)
        )

    def check_certificate(self, report: Which, keys: Iterable[str] = ()) -> CertificateChecked:
        """Checks the certificate of a report that was destroyed: it was recorded, it describes the
        manifest that is left, the files are gone, and one of `keys` signed it, if there are any.

        Raises:
            TamperedError: If something of it does not hold.
        """
        told = _native.check_certificate(self._native, _name(report), _texts(keys, "keys"))
        read = json.loads(told)
        certificate = Certificate._of(read["certificate"])
        signed_by = tuple(read["signed_by"])
        return CertificateChecked(certificate, signed_by, read["recorded_at"], read["key_is_gone"])


def _name(report: Which) -> str:
    if isinstance(report, str | ReportKey):
        return str(report)
    if isinstance(report, Report | Archived):
        return str(report.key)
    raise TypeError(f"a report is its name, or what is known of it, not a {type(report).__name__}")


def _midnight(until: When) -> str:
    """A moment; of a day its first, in UTC."""
    if not isinstance(until, datetime.datetime) and isinstance(until, datetime.date):
        until = datetime.datetime.combine(until, datetime.time(tzinfo=datetime.timezone.utc))
    return told_when(until, "until")


def _texts(texts: Iterable[str], what: str) -> list[str]:
    if isinstance(texts, str):
        raise TypeError(f"`{what}` is a list of texts, also where there is only one")
    return list(texts)


def _query(
    report_type: str | None, tenant: str | None, period: str | int | None, status: str | None
) -> str:
    return to_json(
        {
            "type": report_type,
            "tenant": tenant,
            "period": str(period) if period is not None else None,
            "status": status,
        }
    )
