"""A data lake in which no row is lost: raw, bronze, silver and gold in Parquet.

    >>> from strongroom import lake
    >>> "winner: first" in lake.ACTIVITY
    True

What comes out is the same as from the command line, and as from `strongroom.spark`.
"""

from strongroom._lake.answers import (
    Aggregated,
    Compacted,
    Counts,
    Evidence,
    File,
    Ingested,
    Input,
    Proposal,
    Quarantine,
    Reason,
    Refined,
    Refused,
    Replayed,
)
from strongroom._lake.store import Lake, discover
from strongroom._strongroom.lake import ACTIVITY

__all__ = [
    "ACTIVITY",
    "Aggregated",
    "Compacted",
    "Counts",
    "Evidence",
    "File",
    "Ingested",
    "Input",
    "Lake",
    "Proposal",
    "Quarantine",
    "Reason",
    "Refined",
    "Refused",
    "Replayed",
    "discover",
]
