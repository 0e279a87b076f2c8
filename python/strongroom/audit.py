"""Tamper-evident audit logs on S3 or in a directory.

    >>> from strongroom import audit
    >>> audit.canonical_json({"b": 1e16, "a": None})
    '{"a": null, "b": 1e+16}'
"""

from strongroom._audit.context import context
from strongroom._audit.handler import Handler
from strongroom._audit.ledger import AsyncLedger, Event, Ledger, Retention
from strongroom._audit.reading import (
    Evidence,
    Exported,
    Finding,
    LegacyFinding,
    LegacyReport,
    Proved,
    Report,
    aexport,
    aprove,
    averify,
    averify_legacy,
    export,
    prove,
    verify,
    verify_legacy,
    verify_proof,
)
from strongroom._strongroom.audit import (
    Note,
    Receipt,
    Signature,
    canonical_json,
    generate_key,
    open_note,
    record_hash,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "AsyncLedger",
    "Event",
    "Evidence",
    "Exported",
    "Finding",
    "Handler",
    "LegacyFinding",
    "LegacyReport",
    "Ledger",
    "Note",
    "Proved",
    "Receipt",
    "Report",
    "Retention",
    "Signature",
    "aexport",
    "aprove",
    "averify",
    "averify_legacy",
    "canonical_json",
    "context",
    "export",
    "generate_key",
    "open_note",
    "prove",
    "record_hash",
    "verify",
    "verify_consistency",
    "verify_inclusion",
    "verify_legacy",
    "verify_proof",
]
