"""The archive of reports: kept for as long as the law says, and not a day less.

    >>> from strongroom import reports
    >>> key = reports.ReportKey.parse("csrd/acme/2026/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de")
    >>> key.tenant
    'acme'

What a report is, what may be done to it and how long it is kept is the same as for the command line.
"""

from strongroom._files import Content
from strongroom._reports.aio import AsyncReports
from strongroom._reports.answers import (
    Archived,
    Bag,
    Broken,
    Certificate,
    CertificateChecked,
    Destroyed,
    DisposalList,
    Duty,
    Eligible,
    Fixity,
    FixityFailure,
    Found,
    Hold,
    Plaintext,
    Report,
    StoredFile,
    Table,
)
from strongroom._reports.model import NewFile, ReportKey, ReportType, Role, Status
from strongroom._reports.store import Reports

__all__ = [
    "Archived",
    "AsyncReports",
    "Bag",
    "Broken",
    "Certificate",
    "CertificateChecked",
    "Content",
    "Destroyed",
    "DisposalList",
    "Duty",
    "Eligible",
    "Fixity",
    "FixityFailure",
    "Found",
    "Hold",
    "NewFile",
    "Plaintext",
    "Report",
    "ReportKey",
    "ReportType",
    "Reports",
    "Role",
    "Status",
    "StoredFile",
    "Table",
]
