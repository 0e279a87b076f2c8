"""The verifier of one file, run as an auditor runs it: alone, with no package around it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bundles
import pytest
from bundles import LOG_ID, Log, Signer

VERIFIER = Path(__file__).resolve().parents[1] / "strongroom/verify_bundle.py"
SIGNER = Signer()


def run(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Status and report. `-I -S`: nothing that is installed may help."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(folder), "--json", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stderr == "", ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    assert report["status"] == ran.returncode
    return ran.returncode, report


def verify(folder: Path) -> tuple[int, list[str]]:
    status, report = run(folder, "--vkey", SIGNER.vkey)
    return status, [finding["kind"] for finding in report["findings"]]


@pytest.fixture(scope="session")
def log() -> Log:
    log = Log()
    log.grow(300, 100)
    return log


@pytest.fixture
def bundle(tmp_path: Path, log: Log) -> Path:
    return bundles.full(tmp_path / "bundle", log, SIGNER)


@pytest.fixture
def chosen(tmp_path: Path, log: Log) -> Path:
    return bundles.filtered(tmp_path / "chosen", log, SIGNER, actor="bob")


def edit(file: Path, change: Callable[[bytes], bytes]) -> None:
    before = file.read_bytes()
    after = change(before)
    assert after != before, "the test changes something"
    file.write_bytes(after)


def segment(folder: Path, first: int) -> Path:
    return folder / f"segments/{first:020}.ndjson"


# --- honest bundles


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 600])
def test_an_honest_log_of_any_size_verifies(tmp_path: Path, size: int) -> None:
    log = Log()
    log.grow(size, 97)
    status, report = run(bundles.full(tmp_path, log, SIGNER), "--vkey", SIGNER.vkey)
    assert (status, report["findings"]) == (0, [])
    assert report["records"] == report["signed_size"] == size
    assert report["signed_by"] == [SIGNER.name]
    assert report["last_hash"] == log.hashes[-1]


def test_the_empty_log_verifies(tmp_path: Path) -> None:
    status, report = run(bundles.full(tmp_path, Log(), SIGNER), "--vkey", SIGNER.vkey)
    assert (status, report["findings"], report["records"]) == (0, [], 0)


def test_a_filtered_bundle_verifies_and_says_what_it_cannot_show(chosen: Path) -> None:
    status, report = run(chosen, "--vkey", SIGNER.vkey)
    assert (status, report["records"], report["signed_size"]) == (0, 60, 300)
    assert [finding["kind"] for finding in report["findings"]] == ["incomplete"]


def test_records_after_the_checkpoint_are_noted(tmp_path: Path, log: Log) -> None:
    bundle = bundles.full(tmp_path, log, SIGNER, 200)
    status, report = run(bundle, "--vkey", SIGNER.vkey)
    assert status == 0
    [finding] = report["findings"]
    assert finding["kind"] == "unsealed_tail" and finding["class"] == "note"
    assert (finding["first_seq"], finding["last_seq"]) == (200, 299)
    # Nobody signed those, and people are not told that somebody did.
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(bundle), "--vkey", SIGNER.vkey]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert said.endswith(f"`{bundles.ORIGIN}`, the first 200 signed by {SIGNER.name}\n")


def test_imported_records_of_the_older_logger_verify(tmp_path: Path) -> None:
    log = Log()
    log.grow(10, 10)
    log.import_legacy(40)
    log.grow(10, 10)
    assert verify(bundles.full(tmp_path, log, SIGNER)) == (0, [])


def test_another_number_of_imported_records_than_was_promised_is_noticed(tmp_path: Path) -> None:
    log = Log()
    log.import_legacy(4)
    line, digest = log.lines.pop(), log.hashes.pop()
    log.segments.pop()
    log.record("_audit.legacy_import", {**json.loads(line)["details"], "count": 5})
    log.segment(4)
    assert digest != log.hashes[-1]
    assert verify(bundles.full(tmp_path, log, SIGNER)) == (7, ["content_altered"])


def test_an_import_may_be_interrupted_and_interleaved(tmp_path: Path) -> None:
    """A writer crashed after a first segment, another one wrote in between; both are honest."""
    log = Log()
    log.grow(5, 5)
    log.legacy_lines(20)
    log.legacy_lines(30)
    log.commit_import(25, 30)
    log.legacy_lines(4)
    log.grow(3, 3)
    log.legacy_lines(6)
    last = len(log.lines) - 6
    log.commit_import(last, 6)
    log.commit_import(last - 3 - 4, 4)
    assert verify(bundles.full(tmp_path, log, SIGNER)) == (0, [])


@pytest.mark.parametrize(("first", "count"), [(4, 3), (6, 3), (5, 4), (5, 0), (0, 3)])
def test_an_import_record_must_speak_of_legacy_records_that_are_there(
    tmp_path: Path, first: int, count: int
) -> None:
    log = Log()
    log.grow(5, 5)
    log.legacy_lines(3)
    log.commit_import(first, count, over=(5, 3))
    assert verify(bundles.full(tmp_path, log, SIGNER)) == (7, ["content_altered"])


def test_a_clock_that_goes_back_is_noted(tmp_path: Path) -> None:
    log = Log()
    log.grow(3, 3)
    line = json.loads(log.lines.pop())
    log.hashes.pop()
    del line["record_hash"], log.segments[0]
    text, digest = bundles.sealed({**line, "timestamp": "2025-01-01T00:00:00.000000Z"})
    log.lines.append(text)
    log.hashes.append(digest)
    log.segment(0)
    assert verify(bundles.full(tmp_path, log, SIGNER)) == (0, ["clock_regression"])


def test_a_small_bundle_can_be_read_by_people(bundle: Path) -> None:
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(bundle), "--vkey", SIGNER.vkey]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    expected = f"ok: 300 records of `{bundles.ORIGIN}`, signed by {SIGNER.name}\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, expected, "")


def test_bundles_that_rust_wrote_verify() -> None:
    """Records, headers, tiles, checkpoint, keyring and proofs of the library, octet for octet."""
    folder = VERIFIER.parents[2] / "tests/vectors/audit/bundle"
    lines = (folder / "README.md").read_text().splitlines()
    [vkey] = [line.strip() for line in lines if "+" in line]
    status, report = run(folder / "full", "--vkey", vkey)
    assert (status, report["findings"], report["records"]) == (0, [], 53)
    status, report = run(folder / "filtered", "--vkey", vkey)
    assert (status, report["records"]) == (0, 8)
    assert run(folder / "full", "--trust-bundle-keys")[0] == 0


# --- who vouches


def test_without_a_key_nobody_vouches(bundle: Path) -> None:
    status, report = run(bundle)
    assert (status, report["verdict"]) == (8, "could_not_verify")
    assert [finding["kind"] for finding in report["findings"]] == ["could_not_check"]
    assert report["signed_by"] == [] and report["signed_size"] is None


def test_the_keys_of_the_bundle_are_used_only_when_asked_for(bundle: Path) -> None:
    assert run(bundle, "--trust-bundle-keys")[0] == 0


def test_a_keyring_beside_the_bundle_is_enough(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes((bundle / "keyring.json").read_bytes())
    assert run(bundle, "--keyring", str(tmp_path / "mine.json"))[0] == 0


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        ({"from_size": 300}, 0),
        ({"from_size": 301}, 7),
        ({"to_size": 299}, 7),
        ({"to_size": 300}, 0),
        ({"revoked_from_size": 300}, 7),
        ({"to_size": 301, "revoked_from_size": 301}, 0),
        ({"to_size": None, "revoked_from_size": None}, 0),
    ],
)
def test_a_key_signs_in_its_range_only(
    bundle: Path, tmp_path: Path, bounds: dict[str, Any], status: int
) -> None:
    keyring = {"v": 1, "keys": [{"vkey": SIGNER.vkey, **bounds}]}
    bundles.write(tmp_path, "mine.json", json.dumps(keyring))
    assert run(bundle, "--keyring", str(tmp_path / "mine.json"))[0] == status


def test_a_keyring_may_name_its_log(bundle: Path, tmp_path: Path) -> None:
    for origin, status in [(bundles.ORIGIN, 0), ("example.com/other", 7)]:
        keyring = {"v": 1, "origin": origin, "keys": [{"vkey": SIGNER.vkey}]}
        bundles.write(tmp_path, "mine.json", json.dumps(keyring))
        assert run(bundle, "--keyring", str(tmp_path / "mine.json"))[0] == status


def test_witnesses_are_counted(bundle: Path, tmp_path: Path, log: Log) -> None:
    witness = Signer("witness.example", b"\x09" * 32, kind=4)
    keyring = {"v": 1, "keys": [{"vkey": SIGNER.vkey}], "witnesses": [witness.vkey]}
    bundles.write(tmp_path, "mine.json", json.dumps({**keyring, "witness_quorum": 1}))
    assert run(bundle, "--keyring", str(tmp_path / "mine.json"))[0] == 8

    note = log.checkpoint(SIGNER)
    for moment, status in [(1_700_000_000, 0), (1_700_000_001, 7)]:
        line = witness.cosign(note.partition("\n\n")[0] + "\n", 1_700_000_000, claimed=moment)
        bundles.write(bundle, "checkpoint", note + line)
        bundles.relist(bundle)
        found, report = run(bundle, "--keyring", str(tmp_path / "mine.json"))
        assert found == status
        assert report["witnessed_by"] == ([witness.name] if status == 0 else [])


def test_no_checkpoint_is_no_pass(tmp_path: Path, log: Log) -> None:
    assert verify(bundles.full(tmp_path, log, None)) == (8, ["could_not_check"])


def test_a_chain_signed_anew_by_a_stranger_is_noticed(tmp_path: Path, log: Log) -> None:
    stranger = Signer(seed=b"\x08" * 32)
    assert verify(bundles.full(tmp_path, log, stranger)) == (7, ["key_mismatch"])


def test_a_checkpoint_of_another_log_is_noticed(bundle: Path, log: Log) -> None:
    bundles.write(bundle, "checkpoint", log.checkpoint(SIGNER, origin="example.com/other"))
    bundles.relist(bundle)
    assert verify(bundle) == (7, ["bad_checkpoint"])


def test_the_caller_may_say_which_log_it_must_be(bundle: Path) -> None:
    assert run(bundle, "--vkey", SIGNER.vkey, "--origin", bundles.ORIGIN)[0] == 0
    assert run(bundle, "--vkey", SIGNER.vkey, "--origin", "example.com/other")[0] == 7


@pytest.mark.parametrize("arguments", [["--vkey", "x"], ["--keyring", "no-such-file"], ["--what"]])
def test_wrong_usage_has_its_own_status(bundle: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(bundle), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")


def test_no_folder_and_no_bundle_differ(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(tmp_path / "none")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
    assert run(tmp_path)[0] == 8


# --- tampering with a full bundle


def test_a_flipped_bit_anywhere_in_the_records_is_noticed(bundle: Path) -> None:
    """Even by somebody who lists the files anew."""
    file = segment(bundle, 100)
    octets = file.read_bytes()
    for at in range(0, len(octets), len(octets) // 25):
        file.write_bytes(octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :])
        bundles.relist(bundle)
        status, kinds = verify(bundle)
        assert status == 7, (at, kinds)


def test_an_edited_record_is_named(bundle: Path) -> None:
    edit(segment(bundle, 100), lambda octets: octets.replace(b'"n": 142', b'"n": 143', 1))
    bundles.relist(bundle)
    status, report = run(bundle, "--vkey", SIGNER.vkey)
    [finding] = report["findings"]
    assert (status, finding["kind"], finding["first_seq"]) == (7, "content_altered", 142)
    assert finding["key"] == f"segments/{100:020}.ndjson"


def forge(log: Log, change: Callable[[Log], None]) -> Log:
    """A second log of the same length, made with a change at record 150."""
    forged = Log()
    forged.grow(100, 100)
    for seq in range(100, 300):
        if seq == 150:
            change(forged)
        else:
            forged.record("report.read", json.loads(log.lines[seq])["details"])
        if seq % 100 == 99:
            forged.segment(seq - 99)
    return forged


def test_a_chain_computed_anew_does_not_have_the_root_that_was_signed(
    tmp_path: Path, log: Log
) -> None:
    forged = forge(log, lambda forged: forged.record("report.read", {}, "mallory"))
    folder = bundles.full(tmp_path, forged, None)
    bundles.write(folder, "checkpoint", log.checkpoint(SIGNER))
    bundles.relist(folder)
    assert verify(folder) == (7, ["bad_checkpoint"])


def test_a_missing_segment_is_a_gap(bundle: Path) -> None:
    segment(bundle, 100).unlink()
    for tile in (bundle / "tile").rglob("*"):
        tile.unlink() if tile.is_file() else None
    bundles.relist(bundle, records=200)
    status, report = run(bundle, "--vkey", SIGNER.vkey)
    [finding] = report["findings"]
    assert (status, finding["kind"]) == (7, "gap")
    assert (finding["first_seq"], finding["last_seq"]) == (100, 199)


def test_a_segment_that_is_listed_but_missing_is_noticed(bundle: Path) -> None:
    segment(bundle, 100).unlink()
    assert verify(bundle)[0] == 7


def test_a_missing_end_is_noticed_by_the_checkpoint(bundle: Path, log: Log) -> None:
    segment(bundle, 200).unlink()
    for tile in (bundle / "tile").rglob("*"):
        tile.unlink() if tile.is_file() else None
    shorter = bundles.root(log.leaves()[:200]).hex()
    bundles.relist(bundle, size=200, records=200, root=shorter, last_hash=log.hashes[199])
    assert verify(bundle) == (7, ["truncated"])


def test_exchanged_lines_are_noticed(bundle: Path) -> None:
    def swap(octets: bytes) -> bytes:
        lines = octets.split(b"\n")
        lines[7], lines[8] = lines[8], lines[7]
        return b"\n".join(lines)

    edit(segment(bundle, 100), swap)
    bundles.relist(bundle)
    status, kinds = verify(bundle)
    assert status == 7 and "link_broken" in kinds


@pytest.mark.parametrize("at", [1, 50, 100])
def test_a_removed_line_is_noticed(bundle: Path, at: int) -> None:
    def drop(octets: bytes) -> bytes:
        lines = octets.split(b"\n")
        del lines[at]
        return b"\n".join(lines)

    edit(segment(bundle, 100), drop)
    bundles.relist(bundle)
    assert verify(bundle)[0] == 7


def test_a_second_segment_for_the_same_records_is_a_fork(bundle: Path) -> None:
    octets = segment(bundle, 100).read_bytes()
    segment(bundle, 150).write_bytes(octets)
    bundles.relist(bundle)
    status, kinds = verify(bundle)
    assert status == 7 and "fork" in kinds


def with_line(text: str) -> Log:
    """A log of one record whose line is this text, hashed as it stands."""
    one = Log()
    digest = hashlib.sha256(text.encode()).hexdigest()
    one.lines.append(f'{text[:-1]}, "record_hash": "{digest}"}}')
    one.hashes.append(digest)
    one.segment(0)
    return one


def plain(log: Log) -> str:
    line = log.lines[0]
    return line[:-84] + "}"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda text: text.replace('"actor"', '"actor": "mallory", "actor"'), "duplicate_member"),
        (lambda text: text.replace(": ", ":", 1), "noncanonical"),
        (lambda text: text.replace("1e+16", "10000000000000000.0"), "noncanonical"),
        (lambda text: text.replace("\\u00e9", "\u00e9"), "noncanonical"),
        (lambda text: text.replace('"seq": 0', '"seq": 0.0'), "malformed"),
        (lambda text: text.replace('"v": 1', '"v": true'), "malformed"),
        (lambda text: text.replace('"demo"', '"other"'), "malformed"),
        (lambda text: text.replace("000000Z", "000000"), "malformed"),
        (lambda text: text[:-1] + ', "zone": }', "malformed"),
        (lambda text: "[" * 100_000 + "}", "could_not_check"),
    ],
)
def test_a_line_is_judged_by_more_than_its_hash(
    tmp_path: Path, log: Log, change: Callable[[str], str], kind: str
) -> None:
    """Each line has the hash it gives, a header, a root and a signature that fit it."""
    text = change(plain(log))
    assert text != plain(log)
    forged = with_line(text)
    status, kinds = verify(bundles.full(tmp_path, forged, SIGNER))
    assert kinds == [kind]
    assert status == (8 if kind == "could_not_check" else 7)


def test_the_first_record_has_no_predecessor(tmp_path: Path, log: Log) -> None:
    text = plain(log).replace('"previous_hash": null', f'"previous_hash": "{"0" * 64}"')
    forged = with_line(text)
    assert verify(bundles.full(tmp_path, forged, SIGNER)) == (7, ["link_broken"])


@pytest.mark.parametrize(
    ("member", "value", "kind"),
    [
        ("count", 99, "gap"),
        ("last_hash", "0" * 64, "content_altered"),
        ("previous_hash", "0" * 64, "link_broken"),
        ("previous_hash", None, "link_broken"),
        ("first_seq", 101, "malformed"),
        ("log_id", "other", "malformed"),
        ("v", 2, "malformed"),
        ("kind", "other", "malformed"),
    ],
)
def test_the_header_of_a_segment_is_compared(
    bundle: Path, member: str, value: Any, kind: str
) -> None:
    file = segment(bundle, 100)
    head, _, rest = file.read_bytes().partition(b"\n")
    changed = json.dumps({**json.loads(head), member: value}, sort_keys=True).encode()
    file.write_bytes(changed + b"\n" + rest)
    bundles.relist(bundle)
    assert verify(bundle) == (7, [kind])


def test_a_file_that_differs_from_its_listing_is_noticed(bundle: Path) -> None:
    """The nonce of a batch is nowhere else."""
    old, new = f'"batch": "{100:032x}"'.encode(), f'"batch": "{101:032x}"'.encode()
    edit(segment(bundle, 100), lambda octets: octets.replace(old, new))
    assert verify(bundle) == (7, ["content_altered"])


def test_an_altered_tile_is_noticed(bundle: Path) -> None:
    names = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"]
    for name in [*names, "tile/entries/001.p/44"]:
        octets = (bundle / name).read_bytes()
        bundles.write(bundle, name, octets[:-1] + bytes([octets[-1] ^ 1]))
        bundles.relist(bundle)
        assert verify(bundle) == (7, ["content_altered"]), name
        bundles.write(bundle, name, octets)
    bundles.relist(bundle)
    assert verify(bundle) == (0, [])


def test_a_file_of_no_part_of_the_log_is_noticed(bundle: Path) -> None:
    bundles.write(bundle, "tile/0/007", b"x")
    assert verify(bundle) == (0, ["unlisted"])
    bundles.relist(bundle)
    assert verify(bundle) == (7, ["malformed"])


@pytest.mark.parametrize(
    "members",
    [
        {"size": 299},
        {"records": 299},
        {"root": "0" * 64},
        {"last_hash": "0" * 64},
        {"last_hash": None},
        {"log_id": "other"},
        {"origin": "other"},
        {"kind": "filtered"},
        {"kind": "other"},
        {"filter": {"actor": "bob"}},
        {"size": True},
        {"size": -1},
        {"files": []},
    ],
)
def test_what_the_bundle_says_about_itself_is_compared(
    bundle: Path, members: dict[str, Any]
) -> None:
    head = json.loads((bundle / "bundle.json").read_text())
    bundles.write(bundle, "bundle.json", json.dumps({**head, **members}))
    assert verify(bundle)[0] == 7


def test_a_newer_format_is_left_to_a_newer_verifier(bundle: Path) -> None:
    edit(bundle / "bundle.json", lambda octets: octets.replace(b'"v": 1', b'"v": 2'))
    assert verify(bundle) == (8, ["could_not_check"])


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "segments/../../x", "a//b", "c:x", ""])
def test_no_file_outside_the_bundle_is_read(bundle: Path, path: str) -> None:
    head = json.loads((bundle / "bundle.json").read_text())
    head["files"][path] = {"bytes": 1, "sha256": "0" * 64}
    bundles.write(bundle, "bundle.json", json.dumps(head))
    assert verify(bundle) == (7, ["malformed"])


def test_links_are_not_followed(bundle: Path, tmp_path: Path) -> None:
    file = segment(bundle, 100)
    file.rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", file)
    status, kinds = verify(bundle)
    assert status == 7 and "malformed" in kinds


def test_an_altered_log_document_is_noticed(bundle: Path) -> None:
    edit(bundle / "log", lambda octets: octets.replace(b"demo", b"dome"))
    assert verify(bundle)[0] == 7
    (bundle / "log").unlink()
    bundles.relist(bundle)
    assert verify(bundle) == (7, ["missing_log_document"])


# --- pruned bodies


def pruned(tmp_path: Path, details: dict[str, int]) -> Path:
    log = Log()
    log.grow(300, 100)
    log.record("_audit.pruned", details)
    log.segment(300)
    folder = bundles.full(tmp_path, log, SIGNER)
    segment(folder, 100).unlink()
    bundles.relist(folder, records=201)
    return folder


def test_pruned_bodies_are_noted_when_the_log_says_so(tmp_path: Path) -> None:
    assert verify(pruned(tmp_path, {"first_seq": 100, "count": 100})) == (0, ["pruned"])


def test_pruned_bodies_that_the_log_does_not_name_are_tampering(tmp_path: Path) -> None:
    folder = pruned(tmp_path, {"first_seq": 100, "count": 99})
    assert verify(folder) == (7, ["pruned_uncorroborated"])


def test_hashes_of_pruned_bodies_are_checked_by_the_root(tmp_path: Path) -> None:
    folder = pruned(tmp_path, {"first_seq": 100, "count": 100})
    at = 34 * 120 + 9
    edit(folder / "tile/entries/000", lambda octets: octets[:at] + b"!" + octets[at + 1 :])
    (folder / "tile/0/000").unlink()
    bundles.relist(folder)
    status, kinds = verify(folder)
    assert status == 7 and "bad_checkpoint" in kinds


# --- tampering with a filtered bundle


def test_an_edited_line_is_not_in_the_signed_tree(chosen: Path, log: Log) -> None:
    record = json.loads(log.lines[3])
    del record["record_hash"]
    text, _ = bundles.sealed({**record, "resource": "report/9"})
    before, after = log.lines[3].encode(), text.encode()
    edit(chosen / "records.ndjson", lambda octets: octets.replace(before, after))
    bundles.relist(chosen)
    assert verify(chosen) == (7, ["incomplete", "content_altered"])


def test_a_line_in_the_signed_tree_must_be_canonical_too(tmp_path: Path, log: Log) -> None:
    forged = with_line(plain(log).replace('"alice"', '"mallory", "actor": "alice"'))
    folder = bundles.filtered(tmp_path, forged, SIGNER, actor="alice")
    assert verify(folder) == (7, ["incomplete", "duplicate_member"])
    forged = with_line(plain(log).replace(": ", ":", 1))
    folder = bundles.filtered(tmp_path, forged, SIGNER, actor="alice")
    assert verify(folder) == (7, ["incomplete", "noncanonical"])


def test_lines_out_of_order_are_noticed(chosen: Path) -> None:
    def swap(octets: bytes) -> bytes:
        lines = octets.split(b"\n")
        return b"\n".join([lines[1], lines[0], *lines[2:]])

    edit(chosen / "records.ndjson", swap)
    bundles.relist(chosen)
    assert verify(chosen) == (7, ["incomplete", "malformed", "malformed"])


def test_size_and_root_of_a_filtered_bundle_are_those_that_were_signed(chosen: Path) -> None:
    bundles.relist(chosen, size=299)
    assert verify(chosen) == (7, ["incomplete", "bad_checkpoint"])
    bundles.relist(chosen, size=300, root="0" * 64)
    assert verify(chosen) == (7, ["incomplete", "bad_checkpoint"])


def test_a_line_with_the_proof_of_another_is_noticed(chosen: Path) -> None:
    one, other = (chosen / f"proofs/{seq:020}.tlog-proof" for seq in (3, 8))
    one.write_bytes(other.read_bytes())
    bundles.relist(chosen)
    assert verify(chosen) == (7, ["incomplete", "malformed"])
    edit(one, lambda octets: octets.replace(b"index 8", b"index 3"))
    bundles.relist(chosen)
    assert verify(chosen) == (7, ["incomplete", "content_altered"])


def test_a_record_that_nobody_asked_for_is_noticed(chosen: Path) -> None:
    head = json.loads((chosen / "bundle.json").read_text())
    until = {**head["filter"], "until": "2026-01-02T03:04:58.000000Z"}
    bundles.relist(chosen, filter=until)
    assert verify(chosen) == (7, ["incomplete", "malformed"])


def test_a_record_without_proof_is_not_verified(chosen: Path) -> None:
    (chosen / f"proofs/{3:020}.tlog-proof").unlink()
    bundles.relist(chosen)
    assert verify(chosen) == (8, ["incomplete", "could_not_check"])


def test_a_removed_line_leaves_its_count_and_its_proof_behind(chosen: Path, log: Log) -> None:
    line = log.lines[3].encode() + b"\n"
    edit(chosen / "records.ndjson", lambda octets: octets.replace(line, b""))
    bundles.relist(chosen)
    assert verify(chosen) == (7, ["incomplete", "gap", "malformed"])


def test_a_proof_for_another_checkpoint_is_noticed(chosen: Path, log: Log) -> None:
    note = log.checkpoint(SIGNER, 299)
    proof = chosen / f"proofs/{3:020}.tlog-proof"
    edit(proof, lambda octets: octets.partition(b"\n\n")[0] + b"\n\n" + note.encode())
    bundles.relist(chosen)
    assert verify(chosen) == (7, ["incomplete", "inconsistent_checkpoints"])


# --- notes and signatures


def load() -> Any:
    spec = importlib.util.spec_from_file_location("verify_bundle", VERIFIER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_bundle"] = module
    spec.loader.exec_module(module)
    return module


VERIFY = load()

# RFC 8032, section 7.1, tests 1 to 3: key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_vectors_of_the_rfc_verify(key: str, message: str, signature: str) -> None:
    public, text, octets = (bytes.fromhex(each) for each in (key, message, signature))
    assert VERIFY.ed25519_verify(public, text, octets)
    assert not VERIFY.ed25519_verify(public, text + b"x", octets)
    for at in (0, 31, 32, 63):
        wrong = octets[:at] + bytes([octets[at] ^ 4]) + octets[at + 1 :]
        assert not VERIFY.ed25519_verify(public, text, wrong)


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_a_message_has_one_signature(key: str, message: str, signature: str) -> None:
    """S + L signs the same equation; RFC 8032, section 5.1.7 wants S below L."""
    octets = bytes.fromhex(signature)
    scalar = int.from_bytes(octets[32:], "little") + bundles.ORDER
    other = octets[:32] + scalar.to_bytes(32, "little")
    assert not VERIFY.ed25519_verify(bytes.fromhex(key), bytes.fromhex(message), other)


@pytest.mark.parametrize(
    "key",
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
)
def test_a_key_of_small_order_signs_nothing(key: str) -> None:
    """R = identity and S = 0 would fit every message under the neutral key."""
    public = bytes.fromhex(key)
    neutral = b"\x01" + bytes(31)
    assert VERIFY.decompress(public) is not None
    for nonce in (neutral, public):
        for message in (bytes([each]) for each in range(16)):
            assert not VERIFY.ed25519_verify(public, message, nonce + bytes(32))


def test_the_neutral_key_signs_nothing() -> None:
    """R = [5]B and S = 5 fit every message under it; the nonce alone looks honest."""
    five = (5).to_bytes(32, "little")
    nonce = bundles.encode(bundles.multiply(5, bundles.BASE))
    assert not VERIFY.ed25519_verify(b"\x01" + bytes(31), b"any", nonce + five)


def test_a_nonce_of_small_order_is_refused() -> None:
    """R = identity and S = k a, which only the holder of the key can make."""
    nonce = b"\x01" + bytes(31)
    digest = hashlib.sha512(nonce + SIGNER.public + b"any").digest()
    scalar = bundles.number(digest) * SIGNER.scalar % bundles.ORDER
    signature = nonce + scalar.to_bytes(32, "little")
    assert not VERIFY.ed25519_verify(SIGNER.public, b"any", signature)


def test_a_point_has_one_spelling() -> None:
    for y in (1, 0, 18):
        assert VERIFY.decompress((bundles.P + y).to_bytes(32, "little")) is None
    minus_zero = (1 | 1 << 255).to_bytes(32, "little")
    assert VERIFY.decompress(minus_zero) is None


def other_spelling(note: str) -> str:
    """The same signature in base64 with other bits behind its end."""
    at = note.rindex("=\n") - 1
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return note[:at] + alphabet[alphabet.index(note[at]) + 1] + note[at + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note[:-1],
        lambda note: note.replace("\n300\n", "\n0300\n"),
        lambda note: note.replace("\n300\n", "\n301\n"),
        lambda note: note.replace("\n300\n", "\n\u0663\u0660\u0660\n"),
        lambda note: note.replace("=\n", "\n", 1),
        other_spelling,
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: note + "\x00\n",
        lambda note: note + "\u2014 witness.example !!!!\n",
    ],
)
def test_a_malformed_or_altered_checkpoint_is_refused(
    bundle: Path, log: Log, change: Callable[[str], str]
) -> None:
    note = log.checkpoint(SIGNER)
    assert change(note) != note
    bundles.write(bundle, "checkpoint", change(note))
    bundles.relist(bundle)
    assert verify(bundle) == (7, ["bad_checkpoint"])


def test_signatures_of_unknown_keys_are_ignored(bundle: Path, log: Log) -> None:
    """That is how witnesses and key rotation work (C2SP signed-note)."""
    note = log.checkpoint(SIGNER)
    witness = Signer("witness.example", b"\x09" * 32).note(note.partition("\n\n")[0] + "\n")
    bundles.write(bundle, "checkpoint", note + witness.partition("\n\n")[2])
    bundles.relist(bundle)
    assert verify(bundle) == (0, [])


def test_the_log_of_the_tests_is_the_one_it_says(log: Log) -> None:
    assert json.loads(log.lines[0])["log_id"] == LOG_ID
