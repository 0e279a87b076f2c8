"""Tamper-evident audit logs, and the pure functions beneath them."""

from collections.abc import Sequence
from typing import final

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
