"""Tamper-evident audit logs on S3 or in a directory.

    >>> from strongroom import audit
    >>> audit.canonical_json({"b": 1e16, "a": None})
    '{"a": null, "b": 1e+16}'
"""

from strongroom._strongroom.audit import (
    Note,
    Signature,
    canonical_json,
    open_note,
    record_hash,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "Note",
    "Signature",
    "canonical_json",
    "open_note",
    "record_hash",
    "verify_consistency",
    "verify_inclusion",
]
