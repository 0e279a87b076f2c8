"""Contracts for object storage, and a tamper-evident record of what was stored."""

from strongroom._strongroom import (
    ConflictError,
    InternalError,
    InvalidError,
    NotFoundError,
    ProtectedError,
    StrongroomError,
    TamperedError,
    UnavailableError,
    UnverifiedError,
    __version__,
)

__all__ = [
    "ConflictError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "ProtectedError",
    "StrongroomError",
    "TamperedError",
    "UnavailableError",
    "UnverifiedError",
    "__version__",
]
