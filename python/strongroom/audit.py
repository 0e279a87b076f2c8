"""Tamper-evident audit logs on S3 or in a directory.

    >>> from strongroom import audit
    >>> audit.canonical_json({"b": 1e16, "a": None})
    '{"a": null, "b": 1e+16}'
"""

from strongroom._audit.context import context
from strongroom._audit.handler import Handler
from strongroom._audit.ledger import AsyncLedger, Event, Ledger, Limits, Retention
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
from strongroom._audit.upkeep import (
    Imported,
    Pruned,
    Unsealed,
    aerase_subject,
    aimport_legacy,
    aprune,
    aunseal,
    erase_subject,
    import_legacy,
    prune,
    unseal,
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
    "Imported",
    "Ledger",
    "LegacyFinding",
    "LegacyReport",
    "Limits",
    "Note",
    "Proved",
    "Pruned",
    "Receipt",
    "Report",
    "Retention",
    "Signature",
    "Unsealed",
    "aerase_subject",
    "aexport",
    "aimport_legacy",
    "aprove",
    "aprune",
    "aunseal",
    "averify",
    "averify_legacy",
    "canonical_json",
    "context",
    "erase_subject",
    "export",
    "generate_key",
    "import_legacy",
    "open_note",
    "prove",
    "prune",
    "record_hash",
    "unseal",
    "verify",
    "verify_consistency",
    "verify_inclusion",
    "verify_legacy",
    "verify_proof",
]
