"""Artifacts: what was built, trained, packed or uploaded, checked and kept for good.

    >>> from strongroom import artifacts
    >>> artifacts.Registration(metrics={"rmse": "0.125"}).metrics
    {'rmse': Decimal('0.125')}

What is taken, and what has to happen before something moves on, is the same as for the command line.
"""

from strongroom._artifacts.aio import AsyncArtifacts
from strongroom._artifacts.model import (
    Address,
    Approval,
    Entry,
    Files,
    Finding,
    GateReport,
    Lineage,
    Listed,
    Missing,
    Model,
    Moved,
    Notice,
    Quarantined,
    Readiness,
    Reason,
    Registration,
    Release,
    Stage,
    Stored,
)
from strongroom._artifacts.store import Artifacts

__all__ = [
    "Address",
    "Approval",
    "Artifacts",
    "AsyncArtifacts",
    "Entry",
    "Files",
    "Finding",
    "GateReport",
    "Lineage",
    "Listed",
    "Missing",
    "Model",
    "Moved",
    "Notice",
    "Quarantined",
    "Readiness",
    "Reason",
    "Registration",
    "Release",
    "Stage",
    "Stored",
]
