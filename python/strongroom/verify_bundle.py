#!/usr/bin/env python3
"""Verifies an exported bundle of an audit log with nothing but Python's standard library.

    python3 verify.py DIR [--vkey KEY | --keyring FILE | --trust-bundle-keys]
                          [--origin TEXT] [--json]

Exit status: 0 everything holds, 2 not usable, 7 tampered, 8 could not verify.

The layout of a bundle is docs/reference/audit-bundle.md of strongroom. The sources of the rules:
RFC 6962 section 2.1 (tree), RFC 8032 section 5.1 (Ed25519), C2SP signed-note, tlog-checkpoint,
tlog-tiles and tlog-proof. Reads each file once and keeps no records in memory.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Dict, Iterator, List, NamedTuple, Optional, Tuple

OK, USAGE, TAMPERED, COULD_NOT_VERIFY = 0, 2, 7, 8
# `, "record_hash": "<64 digits>"}`, which stands in place of the last brace of a record.
SUFFIX = re.compile(rb', "record_hash": "([0-9a-f]{64})"\}\Z')
SUFFIX_LENGTH = 84
DIGEST = re.compile(r"[0-9a-f]{64}\Z")
CLOCK_TOLERANCE = timedelta(seconds=300)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z")
# More than any segment may hold (64 MiB): a line without an end must not fill the memory.
LONGEST_LINE = 64 << 20
UNVOUCHED = "chain and tree are checked, but nobody vouches for them"
NOTES = {"unsealed_tail", "clock_regression", "pruned", "unlisted", "incomplete"}


class Finding(NamedTuple):
    """One thing that was found; `key` is the file in the bundle."""

    kind: str
    message: str
    key: Optional[str] = None
    first_seq: Optional[int] = None
    last_seq: Optional[int] = None

    @property
    def weight(self) -> str:
        if self.kind == "could_not_check":
            return self.kind
        return "note" if self.kind in NOTES else "tampered"


class Refused(Exception):
    """Bytes that are not what they should be; the caller says where."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


# --- Ed25519 (RFC 8032, section 5.1.7), as strict as the strictest common verifiers ---------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(one: Point, other: Point) -> Point:
    """The sum of two points in extended coordinates (RFC 8032, section 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decompress(octets: bytes) -> Optional[Point]:
    """The point of 32 octets, or None: not on the curve, or not the one spelling of its point."""
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def compress(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def small_order(point: Point) -> bool:
    return compress(multiply(8, point)) == compress(NEUTRAL)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the one of `message` by `public`.

    Refuses what lets one message have several signatures, or one signature fit several messages:
    S of L or more, other spellings of a point, points of small order.
    """
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce = decompress(public), decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= L or small_order(key) or small_order(nonce):
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    negative: Point = (P - key[0], key[1], 1, P - key[3])
    return compress(add(multiply(scalar, BASE), multiply(challenge, negative))) == signature[:32]


# --- the tree (RFC 6962, section 2.1) and its tiles (C2SP tlog-tiles) -----------------------------


def leaf_of(record_hash: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + record_hash).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect(hashes: List[bytes]) -> bytes:
    """The root over a power of two of neighbours."""
    while len(hashes) > 1:
        hashes = [node_of(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def tile_path(level: str, number: int, width: int) -> str:
    parts = ["%03d" % (number % 1000)]
    while number >= 1000:
        number //= 1000
        parts.insert(0, "x%03d" % (number % 1000))
    return "tile/%s/%s%s" % (level, "/".join(parts), "" if width == 256 else ".p/%d" % width)


class Tree:
    """Grows leaf by leaf; keeps at most 255 hashes for each level of tiles."""

    def __init__(self) -> None:
        self.size = 0
        self.rows: List[List[bytes]] = [[]]

    def append(self, leaf: bytes) -> List[Tuple[int, int, bytes]]:
        """Adds a leaf. Answers the tiles that became full: level, number, content."""
        full: List[Tuple[int, int, bytes]] = []
        self.size += 1
        level, carried = 0, leaf
        while True:
            if level == len(self.rows):
                self.rows.append([])
            row = self.rows[level]
            row.append(carried)
            if len(row) < 256:
                return full
            full.append((level, (self.size >> 8 * (level + 1)) - 1, b"".join(row)))
            carried, self.rows[level] = perfect(row), []
            level += 1

    def ragged(self) -> List[Tuple[int, int, bytes]]:
        """The tiles that are not full."""
        rows = enumerate(self.rows)
        return [(level, self.size >> 8 * (level + 1), b"".join(row)) for level, row in rows if row]

    def root(self) -> bytes:
        peaks: List[bytes] = []
        for row in reversed(self.rows):
            at = 0
            for bit in range(7, -1, -1):
                if len(row) & 1 << bit:
                    peaks.append(perfect(row[at : at + (1 << bit)]))
                    at += 1 << bit
        if not peaks:
            return hashlib.sha256().digest()
        root = peaks.pop()
        while peaks:
            root = node_of(peaks.pop(), root)
        return root


def included(index: int, size: int, leaf: bytes, proof: List[bytes], root: bytes) -> bool:
    """Whether `proof` leads from the leaf to the root (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        return False
    at, last, computed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            computed = node_of(step, computed)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            computed = node_of(computed, step)
        at, last = at >> 1, last >> 1
    return last == 0 and computed == root


# --- keys, notes, checkpoints ---------------------------------------------------------------------


class Key(NamedTuple):
    """A verifier key, and the sizes of checkpoints it may sign: `first <= size <= last`."""

    name: str
    id: bytes
    public: bytes
    witness: bool = False
    first: int = 0
    last: Optional[int] = None

    def fits(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)


class Keyring(NamedTuple):
    """The keys the caller trusts, and how many witnesses must have signed."""

    keys: List[Key]
    quorum: int = 0
    origin: Optional[str] = None


def unbase64(text: str) -> bytes:
    """Strict: the standard alphabet, padded, in its one spelling."""
    octets = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(octets).decode("ascii") != text:
        raise ValueError("not the one spelling of its octets")
    return octets


def read_vkey(text: str) -> Key:
    """Reads `<name>+<id>+<base64 of type and key>` (C2SP signed-note); raises ValueError."""
    name, plus, rest = text.partition("+")
    key_id, more, encoded = rest.partition("+")
    digits = re.match(r"[0-9a-f]{8}\Z", key_id)
    if not (name and plus and more and digits) or re.search(r"\s", text):
        raise ValueError("`%s` is no verifier key (<name>+<8 digits>+<base64>)" % text)
    octets = unbase64(encoded)
    # 1 is a log's key, 4 a witness's (C2SP signed-note and tlog-cosignature).
    if len(octets) != 33 or octets[0] not in (1, 4):
        raise ValueError("`%s` is no Ed25519 verifier key" % text)
    if hashlib.sha256(name.encode() + b"\n" + octets).hexdigest()[:8] != key_id:
        raise ValueError("`%s` does not fit its own id" % text)
    return Key(name, binascii.unhexlify(key_id), octets[1:], octets[0] == 4)


def read_keyring(octets: bytes) -> Keyring:
    """Reads the document of a keyring; raises ValueError."""
    document = json.loads(octets)
    if not isinstance(document, dict) or document.get("v") != 1:
        raise ValueError("no keyring of version 1")
    keys = []
    for entry in document["keys"]:
        first, last = entry.get("from_size") or 0, entry.get("to_size")
        revoked = entry.get("revoked_from_size")
        ends = [] if last is None else [last]
        ends += [] if revoked is None else [revoked - 1]
        if not all(isinstance(bound, int) for bound in [first] + ends):
            raise ValueError("the range of a key is not made of numbers")
        key = read_vkey(entry["vkey"])
        keys.append(key._replace(first=first, last=min(ends) if ends else None))
    witnesses = [read_vkey(text) for text in document.get("witnesses") or []]
    if any(key.witness for key in keys) or not all(key.witness for key in witnesses):
        raise ValueError("the keys of witnesses and of the log are mixed up")
    return Keyring(keys + witnesses, document.get("witness_quorum") or 0, document.get("origin"))


class Checkpoint(NamedTuple):
    """A checkpoint and the names of the given keys that signed it."""

    origin: str
    size: int
    root: bytes
    signed_by: List[str]
    witnessed_by: List[str]


def open_checkpoint(octets: bytes, keyring: Keyring) -> Checkpoint:
    """Reads a checkpoint and checks the signatures of known keys; raises Refused."""
    try:
        note = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad_checkpoint", "the checkpoint is not UTF-8") from None
    text, blank, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not blank or not note.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", note):
        raise Refused("bad_checkpoint", "the checkpoint is no signed note")
    if len(lines) < 3 or not lines[0] or not re.match(r"(0|[1-9]\d{0,18})\Z", lines[1], re.ASCII):
        raise Refused("bad_checkpoint", "the note is no checkpoint (origin, size, root)")
    try:
        size, root = int(lines[1]), unbase64(lines[2])
        parsed = [read_signature(line) for line in signatures[:-1].split("\n")]
    except ValueError as error:
        raise Refused("bad_checkpoint", "the checkpoint is malformed: %s" % error) from None
    if len(root) != 32:
        raise Refused("bad_checkpoint", "the root of the checkpoint is not 32 octets long")
    signers = [
        key
        for name, key_id, signature in parsed
        for key in keyring.keys
        if (key.name, key.id) == (name, key_id) and signed(key, text + "\n", signature)
    ]
    signed_by = sorted({key.name for key in signers if not key.witness and key.fits(size)})
    witnessed_by = sorted({key.name for key in signers if key.witness})
    if signers and not signed_by and not all(key.witness for key in signers):
        raise Refused("key_mismatch", "the key may not sign a tree of %d records" % size)
    if signed_by and len(witnessed_by) < keyring.quorum:
        text = "%d witnesses signed the checkpoint, %d are asked for"
        raise Refused("could_not_check", text % (len(witnessed_by), keyring.quorum))
    return Checkpoint(lines[0], size, root, signed_by, witnessed_by)


def signed(key: Key, text: str, signature: bytes) -> bool:
    """True, or Refused: a wrong signature of a known key condemns the note (C2SP signed-note)."""
    if key.witness:
        # C2SP tlog-cosignature: eight octets of time, which is signed as well.
        text = "cosignature/v1\ntime %d\n%s" % (int.from_bytes(signature[:8], "big"), text)
        signature = signature[8:]
    if not ed25519_verify(key.public, text.encode(), signature):
        raise Refused("bad_checkpoint", "the signature of `%s` does not hold" % key.name)
    return True


def read_signature(line: str) -> Tuple[str, bytes, bytes]:
    match = re.match("\u2014 ([^ +]+) ([^ ]+)\\Z", line)
    octets = unbase64(match.group(2)) if match else b""
    if match is None or len(octets) < 5:
        raise ValueError("a line of signatures is malformed")
    return match.group(1), octets[:4], octets[4:]


# --- the bundle -----------------------------------------------------------------------------------


def once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """Refuses a member that stands twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("duplicate_member", "a member stands twice")
    return members


def read_json(text: str, hook: Any = once) -> Any:
    """Reads JSON; without the hook four times as fast, and the last of equal members counts."""
    try:
        return json.loads(text, object_pairs_hook=hook)
    except ValueError as error:
        raise Refused("malformed", "not JSON: %s" % error) from None
    except RecursionError:
        raise Refused("could_not_check", "nested too deeply for this Python") from None


def record_of(line: bytes) -> Tuple[bytes, bytes]:
    """The octets that were hashed, and their hash as the line gives it and as it must be."""
    match = SUFFIX.search(line, max(0, len(line) - SUFFIX_LENGTH))
    if match is None:
        raise Refused("malformed", "the line does not end in a record hash")
    preimage = line[:-SUFFIX_LENGTH] + b"}"
    digest = hashlib.sha256(preimage)
    if digest.hexdigest().encode() != match.group(1):
        raise Refused("content_altered", "the record does not have the hash it gives")
    return preimage, digest.digest()


class Verifier:
    """Reads one bundle; what it meets becomes a finding, never an exception."""

    def __init__(self, folder: str, keyring: Optional[Keyring], origin: Optional[str]) -> None:
        self.folder, self.keyring, self.origin = folder, keyring, origin
        self.findings: List[Finding] = []
        self.head: Dict[str, Any] = {}
        self.files: Dict[str, Dict[str, Any]] = {}
        self.unread: set[str] = set()
        self.note = b""
        self.checkpoint: Optional[Checkpoint] = None
        self.sealed_root: Optional[bytes] = None
        self.tree = Tree()
        self.entries: List[bytes] = []
        self.last: Optional[bytes] = None
        self.moment: Optional[str] = None
        self.records, self.segments = 0, 0
        # Runs of legacy records that no import record has committed to yet: start and hashes.
        self.legacy: List[Tuple[int, bytearray]] = []
        self.holes: List[Tuple[int, int, bool]] = []
        # A hole of which not even the hashes are known: nothing can be said about the tree.
        self.blind = False
        self.prunings: List[Tuple[int, int]] = []

    def found(
        self, kind: str, message: str, key: Optional[str] = None, seq: Optional[int] = None,
        last: Optional[int] = None,
    ) -> None:
        self.findings.append(Finding(kind, message, key, seq, seq if last is None else last))

    def open(self, path: str) -> Optional[BinaryIO]:
        """Opens a listed file without following links."""
        place = self.folder
        for part in path.split("/"):
            place = os.path.join(place, part)
            if os.path.islink(place):
                self.found("malformed", "a symbolic link is not followed", path)
                return None
        try:
            return open(place, "rb")
        except FileNotFoundError:
            self.found("gap", "the file is listed, but missing", path)
        except OSError as error:
            self.found("could_not_check", "cannot be read: %s" % error.strerror, path)
        return None

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a listed file without their ends; checks length and digest on the way."""
        self.unread.discard(path)
        stream = self.open(path)
        if stream is None:
            return
        digest, length = hashlib.sha256(), 0
        with stream:
            while True:
                line = stream.readline(LONGEST_LINE)
                if not line:
                    break
                digest.update(line)
                length += len(line)
                if not line.endswith(b"\n"):
                    self.found("malformed", "the last line has no end, or a line is too long", path)
                    break
                yield line[:-1]
            for rest in iter(lambda: stream.read(1 << 20), b""):
                digest.update(rest)
                length += len(rest)
        listed = self.files[path]
        if length != listed["bytes"] or digest.hexdigest() != listed["sha256"]:
            self.found("content_altered", "the file is not the one that bundle.json lists", path)

    def whole(self, path: str) -> Optional[bytes]:
        """A small listed file; None if the bundle does not have it."""
        if path not in self.files:
            return None
        self.unread.discard(path)
        stream = self.open(path)
        if stream is None:
            return None
        with stream:
            octets = stream.read(LONGEST_LINE)
        listed = self.files[path]
        if len(octets) != listed["bytes"] or hashlib.sha256(octets).hexdigest() != listed["sha256"]:
            self.found("content_altered", "the file is not the one that bundle.json lists", path)
        return octets

    def verify(self) -> None:
        """Everything there is to say about the bundle."""
        if not self.read_head():
            return
        self.read_log()
        self.read_checkpoint()
        self.full() if self.head["kind"] == "full" else self.filtered()
        if self.records != self.head["records"]:
            text = "bundle.json speaks of %s record lines, there are %d"
            self.found("gap", text % (self.head["records"], self.records))
        for path in sorted(self.unread - {"verify.py", "keyring.json"}):
            self.whole(path)
            known = ("segments/", "proofs/", "records") + (() if self.blind else ("tile/",))
            if path.startswith(known):
                self.found("malformed", "the file belongs to no part of this log", path)
        for path in sorted(self.unread & {"verify.py", "keyring.json"}):
            self.whole(path)
        self.unlisted()
        self.vouch()

    def read_head(self) -> bool:
        try:
            with open(os.path.join(self.folder, "bundle.json"), "rb") as stream:
                head = read_json(stream.read(LONGEST_LINE).decode("utf-8"))
        except OSError as error:
            self.found("could_not_check", "cannot be read: %s" % error.strerror, "bundle.json")
            return False
        except (Refused, UnicodeDecodeError) as error:
            self.found("malformed", str(error), "bundle.json")
            return False
        if isinstance(head, dict) and head.get("v") != 1:
            self.found("could_not_check", "not of version 1: take a newer verifier", "bundle.json")
            return False
        if not well_formed(head):
            self.found("malformed", "a member is missing or of the wrong type", "bundle.json")
            return False
        self.head, self.files = head, head["files"]
        self.unread = set(self.files)
        return True

    def read_log(self) -> None:
        octets = self.whole("log")
        if octets is None:
            self.found("missing_log_document", "the bundle has no log document", "log")
            return
        try:
            log = read_json(octets.decode("utf-8"))
        except (Refused, UnicodeDecodeError) as error:
            self.found("malformed", str(error), "log")
            return
        for member in ("log_id", "origin"):
            if not isinstance(log, dict) or log.get(member) != self.head[member]:
                self.found("malformed", "`%s` differs from bundle.json" % member, "log")

    def read_checkpoint(self) -> None:
        octets = self.whole("checkpoint")
        if octets is None:
            return
        try:
            self.note = octets
            self.checkpoint = open_checkpoint(octets, self.keyring or Keyring([]))
        except Refused as refused:
            self.found(refused.kind, str(refused), "checkpoint")
            return
        wanted = [self.head["origin"], self.origin, self.keyring and self.keyring.origin]
        if any(origin not in (None, self.checkpoint.origin) for origin in wanted):
            self.found("bad_checkpoint", "the checkpoint is of another log", "checkpoint")
        if self.checkpoint.size == 0:
            self.sealed_root = self.tree.root()

    # --- a full bundle

    def full(self) -> None:
        for path in sorted(path for path in self.files if path.startswith("segments/")):
            match = re.match(r"segments/(\d{20})\.ndjson\Z", path, re.ASCII)
            if match is None:
                self.found("malformed", "no name of a segment", path)
            else:
                self.segment(path, int(match.group(1)))
        if self.tree.size < self.head["size"]:
            self.hole(self.head["size"])
        self.corroborate()
        self.tiles(self.tree.ragged())
        if self.entries:
            self.tile("entries", self.tree.size >> 8, b"".join(self.entries), len(self.entries))
        if self.tree.size != self.head["size"]:
            text = "bundle.json speaks of %d records, the segments hold %d"
            self.found("malformed", text % (self.head["size"], self.tree.size), "bundle.json")
        elif not self.blind and self.tree.root().hex() != self.head["root"]:
            text = "the records do not have the root of bundle.json"
            self.found("content_altered", text, "bundle.json")
        last = self.last.hex() if self.last else None
        if self.head["last_hash"] != last and (self.last or not self.blind):
            self.found("content_altered", "the last hash is not this one", "bundle.json")
        sealed = self.checkpoint
        if sealed is not None and sealed.size > self.tree.size:
            text = "the checkpoint covers %d records, there are %d"
            self.found("truncated", text % (sealed.size, self.tree.size), "checkpoint")
        elif sealed is not None and sealed.root != self.sealed_root and not self.blind:
            text = "the records do not have the root that was signed"
            self.found("bad_checkpoint", text, "checkpoint")
        if sealed is not None and sealed.size < self.tree.size:
            text = "the last %d records are in no checkpoint yet" % (self.tree.size - sealed.size)
            self.found("unsealed_tail", text, None, sealed.size, self.tree.size - 1)

    def segment(self, path: str, first: int) -> None:
        self.segments += 1
        if first > self.tree.size:
            self.hole(first)
        elif first < self.tree.size:
            self.found("fork", "the segment covers records that are in another one", path, first)
            return
        header: Dict[str, Any] = {}
        for number, line in enumerate(self.lines(path)):
            if number == 0:
                header = self.header(path, line, first)
                continue
            seq = self.tree.size
            try:
                preimage, digest = record_of(line)
                record = parse(preimage)
                if header.get("kind") == "legacy":
                    parse(preimage, once)
                    self.legacy[-1][1].extend(digest)
                else:
                    self.check(path, record, preimage, seq)
            except Refused as refused:
                self.found(refused.kind, str(refused), path, seq)
                # What follows is judged by the hash the line gives, so one change is one finding.
                match = SUFFIX.search(line)
                digest = binascii.unhexlify(match.group(1)) if match else bytes(32)
            self.append(digest)
            self.records += 1
        if header and header.get("count") != self.tree.size - first:
            text = "the header speaks of %s records, there are %d"
            self.found("gap", text % (header.get("count"), self.tree.size - first), path, first)
        if header and header.get("last_hash") != (self.last.hex() if self.last else None):
            self.found("content_altered", "the last hash is not the one of the header", path, first)

    def header(self, path: str, line: bytes, first: int) -> Dict[str, Any]:
        try:
            header = parse(line, once)
        except Refused as refused:
            self.found(refused.kind, str(refused), path)
            return {}
        if self.blind and self.last is None and DIGEST.match(str(header.get("previous_hash"))):
            self.last = binascii.unhexlify(header["previous_hash"])
        before = self.last.hex() if self.last else None
        wanted = {"v": 1, "log_id": self.head["log_id"], "first_seq": first}
        if header.get("kind") not in ("records", "legacy") or differs(header, wanted):
            self.found("malformed", "the header is not the one of this segment", path, first)
        if header.get("previous_hash") != before:
            self.found("link_broken", "the header does not name the record before", path, first)
        if header.get("kind") == "legacy":
            if not self.legacy or self.legacy[-1][0] + len(self.legacy[-1][1]) // 32 != first:
                self.legacy.append((first, bytearray()))
        return header

    def check(self, path: str, record: Dict[str, Any], preimage: bytes, seq: int) -> None:
        """What an ordinary record must say, apart from its hash."""
        before = self.last.hex() if self.last else None
        if canonical(record) != preimage:
            parse(preimage, once)
            self.found("noncanonical", "the octets are not the canonical ones", path, seq)
        if differs(record, {"v": 1, "seq": seq, "log_id": self.head["log_id"]}):
            self.found("malformed", "`v`, `seq` or `log_id` does not fit its place", path, seq)
        if "previous_hash" not in record or record["previous_hash"] != before:
            self.found("link_broken", "the record does not name the one before it", path, seq)
        moment = record.get("timestamp")
        if not isinstance(moment, str) or MOMENT.match(moment) is None:
            self.found("malformed", "`timestamp` is no moment", path, seq)
        else:
            if self.moment is not None and goes_back(self.moment, moment):
                self.found("clock_regression", "stamped much earlier than one before", path, seq)
                self.moment = None
            self.moment = max(self.moment or moment, moment)
        details = record.get("details")
        if record.get("event_type") == "_audit.pruned" and isinstance(details, dict):
            first, count = details.get("first_seq"), details.get("count")
            if isinstance(first, int) and isinstance(count, int):
                self.prunings.append((first, first + count))
        if record.get("event_type") == "_audit.legacy_import" and isinstance(details, dict):
            if not self.imported(details.get("first_index"), details.get("count"), details):
                text = "the legacy records are not those that were imported"
                self.found("content_altered", text, path, seq)

    def imported(self, first: Any, count: Any, details: Dict[str, Any]) -> bool:
        """Whether an import record speaks of legacy records that are there, and of no others."""
        if type(first) is not int or type(count) is not int or count < 0:
            return False
        for run in self.legacy:
            start, hashes = run
            if start <= first and first + count <= start + len(hashes) // 32:
                tree = Tree()
                for at in range(32 * (first - start), 32 * (first + count - start), 32):
                    tree.append(leaf_of(bytes(hashes[at : at + 32])))
                if first + count == start + len(hashes) // 32:
                    self.legacy.remove(run)
                return tree.root().hex() == details.get("root")
        return False

    def append(self, digest: bytes) -> None:
        self.last = digest
        self.entries.append(b"\x00\x20" + digest)
        self.tiles(self.tree.append(leaf_of(digest)))
        if len(self.entries) == 256:
            self.tile("entries", (self.tree.size >> 8) - 1, b"".join(self.entries), 256)
            self.entries = []
        if self.checkpoint is not None and self.tree.size == self.checkpoint.size:
            self.sealed_root = self.tree.root()

    def tiles(self, tiles: List[Tuple[int, int, bytes]]) -> None:
        for level, number, content in tiles:
            self.tile(str(level), number, content, len(content) // 32)

    def tile(self, level: str, number: int, content: bytes, width: int) -> None:
        path = tile_path(level, number, width)
        octets = self.whole(path)
        if octets is not None and octets != content and not self.blind:
            self.found("content_altered", "the tile is not the one of these records", path)

    def hole(self, end: int) -> None:
        """Goes over missing segments with the hashes of the entry tiles, if the bundle has them."""
        first, known = self.tree.size, True
        while self.tree.size < end and known:
            number = self.tree.size >> 8
            width = min(256, self.head["size"] - (number << 8))
            octets = self.whole(tile_path("entries", number, width))
            known = octets is not None and len(octets) == 34 * width
            while known and octets and self.tree.size < end and self.tree.size >> 8 == number:
                at = 34 * (self.tree.size & 255)
                self.append(octets[at + 2 : at + 34])
        if not known:
            self.blind, self.last, self.entries = True, None, []
            self.tree.size, self.tree.rows = end, [[]]
        self.holes.append((first, end, known))

    def corroborate(self) -> None:
        """Holes are honest only if the log itself says so, after them."""
        for first, end, known in self.holes:
            named = any(start <= first and end <= stop for start, stop in self.prunings)
            text = "%d records are not in the bundle" % (end - first)
            if not known:
                self.found("gap", text, None, first, end - 1)
            elif not named:
                self.found("pruned_uncorroborated", text, None, first, end - 1)
            else:
                self.found("pruned", text + ", as the log itself says", None, first, end - 1)

    # --- a filtered bundle

    def filtered(self) -> None:
        text = "a filtered bundle cannot show that no matching record is left out"
        self.found("incomplete", text)
        sealed = self.checkpoint
        stated = (self.head["size"], self.head["root"])
        if sealed is not None and (sealed.size, sealed.root.hex()) != stated:
            text = "size and root are not those of bundle.json"
            self.found("bad_checkpoint", text, "checkpoint")
        if "records.ndjson" not in self.files:
            self.found("gap", "the bundle has no records", "records.ndjson")
            return
        before = -1
        for line in self.lines("records.ndjson"):
            self.records += 1
            seq: Optional[int] = None
            try:
                preimage, digest = record_of(line)
                record = parse(preimage)
                seq = record.get("seq") if type(record.get("seq")) is int else None
                if seq is None or seq <= before:
                    raise Refused("malformed", "line %d is out of order" % self.records)
                before = seq
                self.proof(seq, digest)
                if canonical(record) != preimage:
                    parse(preimage, once)
                    raise Refused("noncanonical", "the octets are not the canonical ones")
                if differs(record, {"v": 1, "log_id": self.head["log_id"]}):
                    raise Refused("malformed", "`v` or `log_id` is not the one of this log")
                if not matches(record, self.head["filter"]):
                    raise Refused("malformed", "the record is not what the filter asks for")
            except Refused as refused:
                self.found(refused.kind, str(refused), "records.ndjson", seq)

    def proof(self, seq: int, digest: bytes) -> None:
        path = "proofs/%020d.tlog-proof" % seq
        octets = self.whole(path)
        if octets is None:
            self.found("could_not_check", "the record has no proof", path, seq)
            return
        sealed = self.checkpoint
        head, blank, note = octets.partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        if len(lines) > 1 and lines[1].startswith("extra "):
            del lines[1]
        try:
            proof = [unbase64(line) for line in lines[2:]]
        except ValueError:
            proof = [b""]
        start = ["c2sp.org/tlog-proof@v1", "index %d" % seq]
        if lines[:2] != start or not blank or any(len(step) != 32 for step in proof):
            self.found("malformed", "no proof of this record", path, seq)
        elif sealed is not None and note != self.note:
            self.found("inconsistent_checkpoints", "the proof is for another checkpoint", path, seq)
        elif sealed is not None and not included(
            seq, sealed.size, leaf_of(digest), proof, sealed.root
        ):
            self.found("content_altered", "the record is not in the signed tree", path, seq)

    # --- the end

    def unlisted(self) -> None:
        for place, folders, names in os.walk(self.folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.relpath(os.path.join(place, name), self.folder).replace(os.sep, "/")
                if path not in self.files and path != "bundle.json":
                    self.found("unlisted", "the file was not looked at", path)

    def vouch(self) -> None:
        """Whether somebody the caller trusts signed what was read."""
        if any(finding.key == "checkpoint" for finding in self.findings):
            return
        if self.checkpoint is None:
            self.found("could_not_check", "there is no checkpoint: " + UNVOUCHED, "checkpoint")
        elif self.keyring is None:
            self.found("could_not_check", "no key was given: " + UNVOUCHED, "checkpoint")
        elif not self.checkpoint.signed_by:
            self.found("key_mismatch", "none of the given keys signed the checkpoint", "checkpoint")

    def report(self) -> Dict[str, Any]:
        """What `--json` prints."""
        weights = {finding.weight for finding in self.findings}
        status = TAMPERED if "tampered" in weights else OK
        if status == OK and "could_not_check" in weights:
            status = COULD_NOT_VERIFY
        sealed = self.checkpoint
        names = {OK: "ok", TAMPERED: "tampered", COULD_NOT_VERIFY: "could_not_verify"}
        report = {"v": 1, "verdict": names[status], "status": status}
        for member in ("kind", "log_id", "origin", "size", "root", "last_hash"):
            report[member] = self.head.get(member)
        report.update(records=self.records, segments=self.segments)
        report["signed_size"] = sealed.size if sealed and sealed.signed_by else None
        report["signed_by"] = sealed.signed_by if sealed else []
        report["witnessed_by"] = sealed.witnessed_by if sealed else []
        report["findings"] = [dict(f._asdict(), **{"class": f.weight}) for f in self.findings]
        return report


def differs(members: Dict[str, Any], wanted: Dict[str, Any]) -> bool:
    """Whether a member has another value or another type; True is not 1 here."""
    return any(type(members.get(k)) is not type(v) or members[k] != v for k, v in wanted.items())


def parse(octets: bytes, hook: Any = None) -> Dict[str, Any]:
    """Reads a line; what is compared with its canonical octets needs no hook."""
    try:
        value = read_json(octets.decode("ascii"), hook)
    except UnicodeDecodeError:
        raise Refused("noncanonical", "the line is not ASCII") from None
    if not isinstance(value, dict) or "record_hash" in value:
        raise Refused("malformed", "the line is no record")
    return value


def goes_back(before: str, now: str) -> bool:
    """Whether a clock was put back: writers wait and their clocks differ, by less than this."""
    stamps = []
    for moment in (before, now):
        try:
            stamps.append(datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ"))
        except ValueError:  # a leap second, or a day that no calendar has
            return False
    return stamps[0] - stamps[1] > CLOCK_TOLERANCE


def canonical(record: Dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, sort_keys=True).encode("ascii")
    except RecursionError:
        raise Refused("could_not_check", "nested too deeply for this Python") from None


# Members of a filter that bound instead of being equal.
BOUNDS = {"from", "until", "from_seq", "until_seq"}


def matches(record: Dict[str, Any], wanted: Dict[str, Any]) -> bool:
    moment = str(record.get("timestamp"))
    if moment < wanted.get("from", "") or ("until" in wanted and moment >= wanted["until"]):
        return False
    seq = record.get("seq")
    if type(seq) is int and not wanted.get("from_seq", 0) <= seq < wanted.get("until_seq", 1 << 63):
        return False
    return all(record.get(k) == v for k, v in wanted.items() if k not in BOUNDS)


def well_formed(head: Any) -> bool:
    """Whether bundle.json has the members this verifier relies on."""
    if not isinstance(head, dict) or head.get("kind") not in ("full", "filtered"):
        return False
    if not all(isinstance(head.get(member), str) for member in ("log_id", "origin", "root")):
        return False
    for member in ("size", "records"):
        if type(head.get(member)) is not int or not 0 <= head[member] < 1 << 63:
            return False
    known = {"actor", "resource", "action", "event_type", *BOUNDS}
    chosen, last = head.get("filter"), head.get("last_hash")
    if head["kind"] == "full":
        rest = chosen is None
    else:
        rest = isinstance(chosen, dict) and bool(chosen) and set(chosen) <= known
        kinds = {"from_seq": int, "until_seq": int}
        rest = rest and all(type(v) is kinds.get(k, str) for k, v in (chosen or {}).items())
    if not rest or not (last is None or isinstance(last, str)):
        return False
    if not isinstance(head.get("files"), dict):
        return False
    for path, listed in head["files"].items():
        parts = path.split("/")
        if "\\" in path or ":" in path or "\0" in path or path == "bundle.json":
            return False
        if any(part in ("", ".", "..") for part in parts) or not isinstance(listed, dict):
            return False
        if type(listed.get("bytes")) is not int or not DIGEST.match(str(listed.get("sha256"))):
            return False
    return True


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="Verifies an exported bundle of an audit log.")
    parser.add_argument("folder", metavar="DIR")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--vkey", action="append", default=[], help="a key to trust (repeatable)")
    keys.add_argument("--keyring", metavar="FILE", help="a document of keys to trust")
    text = "trust the bundle's own keyring.json"
    keys.add_argument("--trust-bundle-keys", action="store_true", help=text)
    parser.add_argument("--origin", help="the log it must be; default: the one the bundle names")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    chosen = parser.parse_args(arguments)
    if not os.path.isdir(chosen.folder):
        parser.error("`%s` is no folder" % chosen.folder)
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    keyring: Optional[Keyring] = None
    try:
        if chosen.vkey:
            keyring = Keyring([read_vkey(text) for text in chosen.vkey])
        elif chosen.keyring or chosen.trust_bundle_keys:
            file = chosen.keyring or os.path.join(chosen.folder, "keyring.json")
            with open(file, "rb") as stream:
                keyring = read_keyring(stream.read(LONGEST_LINE))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        parser.error("the keys cannot be read: %s" % error)
    verifier = Verifier(chosen.folder, keyring, chosen.origin)
    verifier.verify()
    report = verifier.report()
    if chosen.json:
        print(json.dumps(report, sort_keys=True))
    else:
        for finding in verifier.findings:
            place = "" if finding.first_seq is None else " at %d" % finding.first_seq
            place += "" if finding.key is None else " in `%s`" % finding.key
            print(ascii_only("%s%s: %s" % (finding.kind, place, finding.message)))
        text = "%s: %d records of `%s`, %ssigned by %s"
        signers = ", ".join(report["signed_by"]) or "nobody you named"
        # What is behind the checkpoint is nobody's word, and must not look like the signer's.
        signed, size = report["signed_size"], report["size"]
        part = "the first %d " % signed if signed is not None and signed != size else ""
        values = (report["verdict"], report["records"], report["origin"], part, signers)
        print(ascii_only(text % values))
    return int(report["status"])


def ascii_only(text: str) -> str:
    """Names come from strangers: nothing of them may steer a terminal."""
    return text.encode("unicode_escape").decode("ascii")


if __name__ == "__main__":
    sys.exit(main())
