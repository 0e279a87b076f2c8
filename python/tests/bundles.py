"""Makes bundles of an audit log, knowing the documents and not the verifier.

A second implementation on purpose: recursive where the verifier streams, affine where it uses
extended coordinates, and proofs come from their definition in RFC 6962.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

ORIGIN = "example.com/log"
LOG_ID = "demo"
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    (a, b), (c, d) = one, other
    k = D * a * b * c * d
    return (a * d + b * c) * pow(1 + k, -1, P) % P, (b * d + a * c) * pow(1 - k, -1, P) % P


def multiply(scalar: int, point: tuple[int, int]) -> tuple[int, int]:
    result = (0, 1)
    for bit in bin(scalar)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def encode(point: tuple[int, int]) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def number(octets: bytes) -> int:
    return int.from_bytes(octets, "little")


class Signer:
    """An Ed25519 key under a name (RFC 8032, section 5.1.6)."""

    def __init__(self, name: str = ORIGIN, seed: bytes = b"\x07" * 32, kind: int = 1) -> None:
        digest = hashlib.sha512(seed).digest()
        self.scalar = number(digest[:32]) & (2**254 - 8) | 2**254
        self.prefix = digest[32:]
        self.public = encode(multiply(self.scalar, BASE))
        self.name = name
        typed = bytes([kind]) + self.public
        self.id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(typed).decode()}"

    def sign(self, message: bytes) -> bytes:
        secret = number(hashlib.sha512(self.prefix + message).digest()) % ORDER
        nonce = encode(multiply(secret, BASE))
        challenge = number(hashlib.sha512(nonce + self.public + message).digest())
        return nonce + ((secret + challenge * self.scalar) % ORDER).to_bytes(32, "little")

    def note(self, text: str) -> str:
        """A signed note of C2SP."""
        signature = base64.b64encode(self.id + self.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"

    def cosign(self, text: str, moment: int, claimed: int) -> str:
        """The line of a witness (C2SP tlog-cosignature), which may lie about its moment."""
        signature = self.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        encoded = base64.b64encode(self.id + claimed.to_bytes(8, "big") + signature).decode()
        return f"\u2014 {self.name} {encoded}\n"


def leaf(record_hash: str) -> bytes:
    return hashlib.sha256(b"\0" + bytes.fromhex(record_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    at = split(len(leaves))
    return node(root(leaves[:at]), root(leaves[at:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    at = split(len(leaves))
    if index < at:
        return [*path(index, leaves[:at]), root(leaves[at:])]
    return [*path(index - at, leaves[at:]), root(leaves[:at])]


def sealed(record: dict[str, Any]) -> tuple[str, str]:
    """The line of a record, and its hash."""
    text = json.dumps(record, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text[:-1]}, "record_hash": "{digest}"}}', digest


class Log:
    """Records in segments."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.hashes: list[str] = []
        self.segments: list[tuple[int, list[str]]] = []

    def record(self, event_type: str, details: Any, actor: str = "alice") -> None:
        seq = len(self.lines)
        line, digest = sealed(
            {
                "v": 1,
                "seq": seq,
                "log_id": LOG_ID,
                "timestamp": f"2026-01-02T03:{seq // 60 % 60:02}:{seq % 60:02}.000000Z",
                "event_type": event_type,
                "actor": actor,
                "resource": f"report/{seq % 7}",
                "action": "read",
                "details": details,
                "previous_hash": self.hashes[-1] if self.hashes else None,
            }
        )
        self.lines.append(line)
        self.hashes.append(digest)

    def segment(self, first: int, kind: str = "records") -> None:
        """Closes a segment that begins with the record `first`."""
        header = {
            "v": 1,
            "batch": f"{first:032x}",
            "kind": kind,
            "log_id": LOG_ID,
            "first_seq": first,
            "count": len(self.lines) - first,
            "previous_hash": self.hashes[first - 1] if first else None,
            "last_hash": self.hashes[-1],
        }
        self.segments.append((first, [json.dumps(header, sort_keys=True), *self.lines[first:]]))

    def grow(self, count: int, per_segment: int) -> None:
        while count > 0:
            first = len(self.lines)
            for _ in range(min(count, per_segment)):
                seq = len(self.lines)
                text = "\u00e9\u2028\U0001f600 \"quoted\", \"seq\": 9"
                details = {"n": seq, "x": 1e16, "t": text, "deep": [{"b": None, "a": -0.0}]}
                self.record("report.read", details, "bob" if seq % 5 == 3 else "alice")
            self.segment(first)
            count -= per_segment

    def legacy_lines(self, count: int) -> None:
        """Lines of the older logger: no numbers, a fork, keys in numeric order."""
        first = len(self.lines)
        for number in range(count):
            record = {"actor": f"u{number}", "details": {9: "a", 10: "b"}, "previous_hash": None}
            line, digest = sealed(record)
            self.lines.append(line)
            self.hashes.append(digest)
        self.segment(first, "legacy")

    def commit_import(self, first: int, count: int, over: tuple[int, int] | None = None) -> None:
        """The record that commits to legacy lines; `over` are those whose root it gives."""
        start, length = over or (first, count)
        tree = root([leaf(each) for each in self.hashes[start : start + length]])
        details = {"first_index": first, "count": count, "root": tree.hex()}
        self.record("_audit.legacy_import", details)
        self.segment(len(self.lines) - 1)

    def import_legacy(self, count: int) -> None:
        first = len(self.lines)
        self.legacy_lines(count)
        self.commit_import(first, count)

    def leaves(self) -> list[bytes]:
        return [leaf(each) for each in self.hashes]

    def checkpoint(self, signer: Signer, size: int | None = None, origin: str = ORIGIN) -> str:
        size = len(self.lines) if size is None else size
        encoded = base64.b64encode(root(self.leaves()[:size])).decode()
        return signer.note(f"{origin}\n{size}\n{encoded}\n")

    def tiles(self) -> dict[str, bytes]:
        """The tiles of C2SP tlog-tiles over all records."""
        found = {}
        for number in range(0, len(self.hashes), 256):
            part = self.hashes[number : number + 256]
            name = place("entries", number // 256, len(part))
            found[name] = b"".join(b"\0\x20" + bytes.fromhex(each) for each in part)
        level, hashes = 0, self.leaves()
        while hashes:
            for number in range(0, len(hashes), 256):
                row = hashes[number : number + 256]
                found[place(str(level), number // 256, len(row))] = b"".join(row)
            whole = len(hashes) // 256
            hashes = [root(hashes[at * 256 : at * 256 + 256]) for at in range(whole)]
            level += 1
        return found


def place(level: str, number: int, width: int) -> str:
    digits = f"{number:03}"
    assert number < 1000, "the tests need no more"
    return f"tile/{level}/{digits}" + ("" if width == 256 else f".p/{width}")


def list_files(folder: Path) -> dict[str, Any]:
    """What `bundle.json` lists."""
    listed = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and name != "bundle.json":
            octets = file.read_bytes()
            listed[name] = {"bytes": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}
    return listed


def write(folder: Path, name: str, octets: bytes | str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(octets.encode() if isinstance(octets, str) else octets)


def write_head(folder: Path, **members: Any) -> None:
    head = {"v": 1, "log_id": LOG_ID, "origin": ORIGIN, "created_at": "2026-01-03T00:00:00.000000Z"}
    head.update(members, files=list_files(folder))
    write(folder, "bundle.json", json.dumps(head, indent=1))


def relist(folder: Path, **members: Any) -> None:
    """What a forger does who knows that the files are listed."""
    head = json.loads((folder / "bundle.json").read_text())
    write_head(folder, **{**head, **members})


def common(folder: Path, signer: Signer | None) -> None:
    document = {"v": 1, "log_id": LOG_ID, "origin": ORIGIN, "max_segment_records": 100}
    write(folder, "log", json.dumps(document))
    if signer is not None:
        keyring = {"v": 1, "keys": [{"vkey": signer.vkey, "from_size": 0}]}
        write(folder, "keyring.json", json.dumps(keyring))


def full(
    folder: Path, log: Log, signer: Signer | None, signed: int | None = None, tiles: bool = True
) -> Path:
    """A full bundle; `signed` is the size of the checkpoint."""
    common(folder, signer)
    for first, lines in log.segments:
        write(folder, f"segments/{first:020}.ndjson", "".join(f"{line}\n" for line in lines))
    if signer is not None:
        write(folder, "checkpoint", log.checkpoint(signer, signed))
    if tiles:
        for name, octets in log.tiles().items():
            write(folder, name, octets)
    write_head(
        folder,
        kind="full",
        filter=None,
        size=len(log.lines),
        records=len(log.lines),
        root=root(log.leaves()).hex(),
        last_hash=log.hashes[-1] if log.hashes else None,
    )
    return folder


def filtered(folder: Path, log: Log, signer: Signer, **wanted: str) -> Path:
    """A filtered bundle of what equals the wanted members."""
    common(folder, signer)
    note, leaves, chosen = log.checkpoint(signer), log.leaves(), []
    for seq, line in enumerate(log.lines):
        record = json.loads(line)
        if any(record[name] != value for name, value in wanted.items()):
            continue
        chosen.append(line)
        steps = "".join(base64.b64encode(step).decode() + "\n" for step in path(seq, leaves))
        proof = f"c2sp.org/tlog-proof@v1\nindex {seq}\n{steps}\n{note}"
        write(folder, f"proofs/{seq:020}.tlog-proof", proof)
    write(folder, "records.ndjson", "".join(f"{line}\n" for line in chosen))
    write(folder, "checkpoint", note)
    write_head(
        folder,
        kind="filtered",
        filter=wanted,
        size=len(leaves),
        records=len(chosen),
        root=root(leaves).hex(),
        last_hash=None,
    )
    return folder
