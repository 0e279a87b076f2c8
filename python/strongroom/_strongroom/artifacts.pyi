"""Artifacts, as `strongroom.artifacts` wraps them. Values cross as JSON."""

import builtins
from collections.abc import Callable
from typing import TypeAlias, final

from strongroom._strongroom.audit import Ledger

__all__ = [
    "Store",
    "approve",
    "demote",
    "entry",
    "fetch",
    "gate",
    "list",
    "missing",
    "models",
    "on_event",
    "presign_get",
    "presign_put",
    "promote",
    "put",
    "quarantined",
    "register",
    "release",
    "set_aside",
    "verify",
]

_Progress: TypeAlias = Callable[[int], object] | None
_Address: TypeAlias = tuple[str, str, str, builtins.list[tuple[str, str]], str]

@final
class Store:
    """Artifacts that are open."""

    @staticmethod
    def open(
        url: str,
        options: str,
        *,
        rules: bytes | None,
        gates: bytes | None,
        ledger: Ledger | str | None,
        signer: str | None,
    ) -> Store:
        """Opens the artifacts at ``url``, or begins there."""

    def heal(self) -> builtins.list[tuple[str, str]]:
        """Finishes what was interrupted."""

    def close(self) -> None:
        """Closes the log, if it was opened for this."""

    @property
    def location(self) -> str:
        """Where they are."""

def put(
    store: Store,
    key: str,
    content: object,
    *,
    sha256: str | None,
    size_bytes: int | None,
    media_type: str | None,
    progress: _Progress,
) -> str:
    """Checks a file and keeps it for good."""

def entry(store: Store, key: str) -> str:
    """What an artifact is."""

def fetch(store: Store, key: str, to: object, stage: str | None, progress: _Progress) -> str:
    """Writes the bytes of an artifact to an open file; gives what it is."""

def list(store: Store, under: str | None, stage: str | None, all: bool) -> str:
    """What there is under a name, in a stage."""

def quarantined(store: Store, under: str) -> str:
    """What was put aside under a name."""

def presign_get(store: Store, key: str, seconds: float) -> _Address:
    """Lets somebody read an artifact for a while."""

def presign_put(
    store: Store,
    key: str,
    tenant: str | None,
    seconds: float,
    sha256: str | None,
    size_bytes: int | None,
) -> _Address:
    """Lets somebody upload a file: under a key, or under one that is made up for a tenant."""

def on_event(store: Store, message: bytes) -> str:
    """Acts on a message with notifications of S3."""

def release(store: Store, name: str) -> str:
    """What is true about a release."""

def gate(
    store: Store,
    release: str,
    gate: str,
    passed: bool,
    contents: str | None,
    evidence: str | None,
) -> int | None:
    """Writes down what a gate said."""

def approve(
    store: Store, release: str, to: str, contents: str, comment: str | None
) -> int | None:
    """The actor agrees that a release moves on."""

def missing(store: Store, release: str, to: str) -> str:
    """What is missing before a release can move on."""

def promote(store: Store, release: str, to: str, contents: str | None) -> int | None:
    """Moves a release to the next stage."""

def demote(store: Store, release: str, to: str, reason: str) -> int | None:
    """Moves a release back."""

def register(store: Store, release: str, registration: str) -> int | None:
    """Says something about a version of a model."""

def models(store: Store, name: str | None) -> str:
    """The models, or the one of this name."""

def set_aside(
    store: Store, key: str, accept: bool, sha256: str | None, reason: str
) -> int | None:
    """Makes an artifact of what was put aside, or destroys it."""

def verify(store: Store, content: bool) -> str:
    """Holds every log against the ledger, and the bytes against what was accepted."""
