"""Emission factors: what was published, and since when it was known.

    >>> from strongroom import factors
    >>> str(factors.Interval.of_year(2024))
    '2024-01-01/2025-01-01'

Figures go in and come out as `decimal.Decimal`; a float is refused.
"""

from strongroom._factors.aio import AsyncFactorStore
from strongroom._factors.answers import (
    Amount,
    Answer,
    Calculation,
    Diff,
    DiffLine,
    Event,
    Export,
    ExportLine,
    Found,
    Imported,
    NotKnown,
    NotValid,
    Outcome,
    Resolution,
    Restatement,
    Rows,
    Segment,
    Step,
    Verified,
    Withdrawn,
)
from strongroom._factors.asking import Bridge, Change, Fallback, Selector
from strongroom._factors.model import (
    Factor,
    Interval,
    Licence,
    Reason,
    Source,
    Uncertainty,
    Version,
)
from strongroom._factors.numbers import KnownAt, Number
from strongroom._factors.store import FactorStore, averify, verify

__all__ = [
    "Amount",
    "Answer",
    "AsyncFactorStore",
    "Bridge",
    "Calculation",
    "Change",
    "Diff",
    "DiffLine",
    "Event",
    "Export",
    "ExportLine",
    "Factor",
    "FactorStore",
    "Fallback",
    "Found",
    "Imported",
    "Interval",
    "KnownAt",
    "Licence",
    "NotKnown",
    "NotValid",
    "Number",
    "Outcome",
    "Reason",
    "Resolution",
    "Restatement",
    "Rows",
    "Segment",
    "Selector",
    "Source",
    "Step",
    "Uncertainty",
    "Verified",
    "Version",
    "Withdrawn",
    "averify",
    "verify",
]
