"""Contracts for object storage: checked, decided and rendered."""

from strongroom._strongroom import (
    ConflictError,
    InternalError,
    InvalidError,
    NotFoundError,
    StrongroomError,
    UnavailableError,
    __version__,
)

__all__ = [
    "ConflictError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "StrongroomError",
    "UnavailableError",
    "__version__",
]
