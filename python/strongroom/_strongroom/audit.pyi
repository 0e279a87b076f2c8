"""Tamper-evident audit logs, and the pure functions beneath them."""

import datetime
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias, final

__all__ = [
    "Ledger",
    "Note",
    "Receipt",
    "Signature",
    "bucket_lock",
    "canonical_json",
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

#: Event type, actor, resource, action, details, event id, class, whom and what to seal.
_Told: TypeAlias = tuple[
    str,
    str,
    str,
    str,
    dict[str, Any] | None,
    str | None,
    str | None,
    tuple[str, list[str]] | None,
]

def canonical_json(obj: object, *, allow_nan: bool = True) -> str:
    """``obj`` as ``json.dumps(obj, sort_keys=True)`` prints it: the text that record hashes cover.

    The one difference: keys that are no text become text *before* they are sorted, so that what was
    hashed is what is hashed again after reading. ``json.dumps`` puts ``{9: 1, 10: 2}`` in the order
    of numbers, and in the order of text once it has been read back.

        >>> canonical_json({"b": 1e-05, "a": "é"})
        '{"a": "\\\\u00e9", "b": 1e-05}'

    Args:
        obj: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list``, ``tuple``, ``dict``.
        allow_nan: Whether ``nan`` and infinities are printed as the bare words that Python prints.
            A ledger refuses them in new records.

    Raises:
        TypeError: For anything else, with the path to it.
        ValueError: For two keys that become one text, for a nesting that does not end, and for
            integers of more than 4,300 digits.
    """

def record_hash(record: dict[str, object]) -> str:
    """The hash of a record: SHA-256 over its canonical text without the member ``record_hash``.

    Returns:
        64 hexadecimal digits.

    Raises:
        InvalidError: If ``record`` is no ``dict``.
        TypeError: For what is not JSON.
    """

def verify_inclusion(
    leaf_index: int, tree_size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Checks that a leaf is in a tree (RFC 9162, 2.1.3.2); returns nothing when it is.

    Args:
        leaf_index: The number of the leaf, from 0.
        tree_size: How many leaves the tree has.
        leaf_hash: SHA-256 over a zero byte and the entry; for a record of a ledger the entry is its
            record hash (32 bytes).
        proof: Hashes of 32 bytes, from the leaf's sibling upwards.
        root: The root of the tree.

    Raises:
        TamperedError: If the proof leads to another root.
        InvalidError: For an index beyond the tree or a proof of the wrong length.
        ValueError: For a hash that has not 32 bytes.
    """

def verify_consistency(
    size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Checks that a tree continues an older one (RFC 9162, 2.1.4.2); returns nothing when it does.

    Raises:
        TamperedError: If the proof leads to other roots.
        InvalidError: For sizes that go backwards or a proof of the wrong length.
        ValueError: For a hash that has not 32 bytes.
    """

@final
class Signature:
    """Who signed a note."""

    @property
    def name(self) -> str:
        """The name of the key."""

    @property
    def id(self) -> int:
        """The id of the key: the first four bytes of its hash."""

    @property
    def timestamp(self) -> int | None:
        """When a witness signed, in seconds since 1970; ``None`` for other signatures."""

@final
class Note:
    """A signed note (c2sp.org/signed-note) of which at least one signature was verified."""

    @property
    def text(self) -> str:
        """What was signed; ends in a newline."""

    @property
    def verified(self) -> list[Signature]:
        """The signatures by known keys."""

    @property
    def unverified(self) -> list[Signature]:
        """The signatures by other keys. They prove nothing."""

def open_note(text: str | bytes, verifier_keys: Sequence[str]) -> Note:
    """Reads a signed note and verifies every signature that names one of the keys.

    Args:
        text: The note.
        verifier_keys: Keys as ``name+id+base64``, as ``strongroom audit keys show`` prints them.

    Raises:
        TamperedError: If a known key did not sign this text.
        UnverifiedError: If none of the keys signed.
        InvalidError: If this is no note, or a key cannot be read.
    """

@final
class Receipt:
    """What a caller keeps of an event: its record is stored."""

    @property
    def seq(self) -> int:
        """Its place in the log, from 0."""

    @property
    def record_hash(self) -> str:
        """The hash of the record."""

    @property
    def previous_hash(self) -> str | None:
        """The hash of the record before it; ``None`` for the first."""

    @property
    def timestamp(self) -> str:
        """When it was appended, as the record has it: RFC 3339, UTC, microseconds."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Ledger:
    """An open log, as ``strongroom.audit.Ledger`` wraps it: see there."""

    @staticmethod
    def open(
        url: str,
        *,
        signer: str | None,
        verifier_keys: Sequence[str],
        writer: str | None,
        log_id: str | None,
        origin: str | None,
        retention: tuple[str, int, dict[str, int]] | None,
        create: bool,
        checkpoint_every: float,
        checkpoint_records: int,
        compress: bool | int,
        limits: dict[str, int | None],
        conditions: str | None,
        retries: int | None,
        subject_keys: str | None,
    ) -> Ledger: ...
    def append(self, told: _Told, timeout: float | None) -> Receipt: ...
    def submit(self, told: _Told) -> Future[Receipt]: ...
    def append_all(self, told: Sequence[_Told]) -> list[Receipt]: ...
    def checkpoint(self) -> tuple[int, str] | None: ...
    def rotate_key(self, signer: str) -> Receipt: ...
    def close(self) -> None: ...
    @property
    def head(self) -> tuple[int, str | None]: ...
    @property
    def log_id(self) -> str: ...
    @property
    def origin(self) -> str: ...

def verify(
    url: str,
    *,
    keyring: bytes | None,
    verifier_keys: Sequence[str],
    pin: str | None,
    require_anchor: bool,
    require_sealed: bool,
    lock: tuple[str, datetime.datetime] | None,
    skip_tiles: bool,
    threads: int | None,
    progress: Callable[[int, int, int], object] | None,
) -> str:
    """The report as JSON: see ``strongroom.audit.verify``."""

def prove(url: str, record: int | str) -> tuple[str, int, str, bytes | None]:
    """Proof, number, hash and line: see ``strongroom.audit.prove``."""

def verify_proof(
    proof: bytes,
    line: bytes,
    *,
    keyring: bytes | None,
    verifier_keys: Sequence[str],
    origin: str | None,
) -> str:
    """What was proved, as JSON: see ``strongroom.audit.verify_proof``."""

def export(
    url: str,
    to: str,
    *,
    filter: dict[str, Any] | None,
    keyring: bytes | None,
    verifier_keys: Sequence[str],
) -> tuple[int, int, int]:
    """Numbers of records: see ``strongroom.audit.export``."""

def verify_legacy(
    url: str,
    *,
    below: str | None,
    head: str | None,
    progress: Callable[[int], object] | None,
) -> str:
    """The report as JSON: see ``strongroom.audit.verify_legacy``."""

def import_legacy(
    ledger: Ledger,
    old_url: str,
    *,
    below: str | None,
    head: str | None,
    even_if_damaged: bool,
    progress: Callable[[int], object] | None,
) -> tuple[str, list[tuple[int, int]]]:
    """The report as JSON, and where the records are: see ``strongroom.audit.import_legacy``."""

def prune(
    ledger: Ledger,
    *,
    before: datetime.datetime | None,
    before_seq: int | None,
    expired_only: bool,
    dry_run: bool,
) -> tuple[int, int, int, int | None]:
    """First record, records, segments, who says so: see ``strongroom.audit.prune``."""

def erase_subject(ledger: Ledger, subject: str) -> list[str]:
    """The names of the destroyed keys: see ``strongroom.audit.erase_subject``."""

def unseal(
    subject_keys: str, log_id: str, details: object
) -> tuple[bytes, list[tuple[str, str]]]:
    """The details as JSON, and what stays closed: see ``strongroom.audit.unseal``."""

def bucket_lock(url: str) -> tuple[str, int] | None:
    """The protection that a bucket gives what is written to it: mode and days.

    ``None`` if it gives none.
    """

def generate_key(name: str) -> tuple[str, str]:
    """A new key for signing checkpoints: the private half, a secret, and the verifier key.

    Raises:
        InvalidError: For a name with a space or a ``+`` in it, or none.
    """
