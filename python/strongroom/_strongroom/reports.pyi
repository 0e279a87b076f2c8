"""The archive of reports, as `strongroom.reports` wraps it. Values cross as JSON."""

import builtins
import os
from collections.abc import Callable, Sequence
from typing import TypeAlias, final

from strongroom._strongroom import StrongroomError
from strongroom._strongroom.audit import Ledger

__all__ = [
    "Archive",
    "act",
    "approve",
    "check_certificate",
    "destroy",
    "download",
    "eligible",
    "export",
    "find",
    "get",
    "heal",
    "list",
    "locks",
    "metadata",
    "name_for",
    "read",
    "unfinished",
    "verify",
]

_Progress: TypeAlias = Callable[[int], object] | None
_File: TypeAlias = tuple[str, str | None, str, object]
_Outcome: TypeAlias = tuple[str, str | None, StrongroomError | None]

@final
class Archive:
    """An archive that is open."""

    @staticmethod
    def open(
        url: str,
        options: str,
        *,
        rules: bytes | None,
        ledger: Ledger | str | None,
        signer: str | None,
    ) -> tuple[Archive, builtins.list[str]]:
        """Opens the archive at ``url``, or begins one; gives what to look at in the rules, too."""

    def archive(
        self, request: str, files: Sequence[_File], progress: _Progress
    ) -> tuple[str, bool]:
        """Archives a report; gives what is known of it then, and whether it was there before."""

    def close(self) -> None:
        """Closes the log, if it was opened for this."""

    @property
    def location(self) -> str:
        """Where it is."""

def get(archive: Archive, report: str) -> str:
    """What is known of a report."""

def list(
    archive: Archive, query: str, cursor: str | None, limit: int
) -> tuple[builtins.list[str], str | None]:
    """One page of names of reports, and where the next begins."""

def find(
    archive: Archive, query: str, cursor: str | None, limit: int
) -> tuple[builtins.list[_Outcome], str | None]:
    """One page of reports: names, what is known of each, or why that cannot be said."""

def metadata(archive: Archive, report: str) -> str | None:
    """The metadata of a report, letter by letter."""

def read(archive: Archive, report: str, file: str) -> bytes:
    """A file of a report, whole."""

def download(
    archive: Archive, report: str, file: str, to: object, progress: _Progress
) -> None:
    """Writes a file of a report to an open file."""

def export(
    archive: Archive, report: str, folder: str | os.PathLike[str], progress: _Progress
) -> str:
    """Writes a report as a bag."""

def name_for(media_type: str) -> str:
    """What the only file of a report of this media type is called."""

def act(archive: Archive, report: str, reason: str, act: str, bypass: bool) -> str:
    """Changes what protects a report."""

def verify(archive: Archive, report: str) -> str:
    """Reads all content of a report, compares it and records the outcome."""

def heal(archive: Archive) -> builtins.list[tuple[str, str]]:
    """Finishes what was interrupted."""

def unfinished(archive: Archive, report_type: str, tenant: str) -> builtins.list[tuple[str, str]]:
    """Reports that began to be archived and were not completed, each with the moment."""

def eligible(
    archive: Archive, query: str
) -> tuple[str, str, builtins.list[tuple[str, StrongroomError]]]:
    """What may be destroyed now: the digest of the list, the list, and what could not be read."""

def approve(archive: Archive, list: str, digest: str) -> None:
    """The actor of the archive agrees to a list that has this digest."""

def destroy(archive: Archive, digest: str) -> builtins.list[_Outcome]:
    """Destroys what is on an approved list."""

def check_certificate(archive: Archive, report: str, keys: Sequence[str]) -> str:
    """Checks the certificate of a report that was destroyed."""

def locks(url: str) -> bool:
    """Whether the bucket of a store can lock what is archived there."""
