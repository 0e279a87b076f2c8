"""Canonical text, hashes, proofs and signed notes, against CPython and against others' vectors."""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import hashlib
import json
import random
from typing import Any

import pytest
from shared import ROOT

import strongroom
from strongroom import audit

VECTORS = ROOT / "tests/vectors/audit"
NAMES = {"datetime": datetime, "decimal": decimal, "enum": enum}
#: What is refused by `json.dumps` only because it sorts keys before they are text.
SORTED_AS_TEXT = {
    "{'a': 1, 2: 2}": '{"2": 2, "a": 1}',
    "{None: 1, 'None': 2}": '{"None": 2, "null": 1}',
}


def lines(name: str) -> list[dict[str, Any]]:
    text = (VECTORS / "canonical" / name).read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    assert found
    return found


@pytest.mark.parametrize("name", ["documents.jsonl", "records.jsonl"])
def test_canonical_text_is_what_python_prints(name: str) -> None:
    for vector in lines(name):
        value = json.loads(vector.get("text") or vector["record"])
        assert audit.canonical_json(value) == vector["canonical"]


def test_the_hash_of_a_record_leaves_out_the_hash_that_it_carries() -> None:
    for vector in lines("records.jsonl"):
        record = json.loads(vector["record"])
        assert audit.record_hash(record) == vector["record_hash"]
        assert audit.record_hash({**record, "record_hash": "anything"}) == vector["record_hash"]


def python_objects() -> list[dict[str, Any]]:
    text = (VECTORS / "canonical/python_objects.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["vectors"]
    return found


@pytest.mark.parametrize("vector", python_objects(), ids=lambda it: it["id"])
def test_python_values_are_hashed_as_they_are_read_back(vector: dict[str, Any]) -> None:
    value = eval(vector["python"], dict(NAMES))  # our own vectors
    if vector["python"] in SORTED_AS_TEXT:
        assert audit.canonical_json(value) == SORTED_AS_TEXT[vector["python"]]
    elif "error" in vector:
        with pytest.raises((TypeError, ValueError)):
            audit.canonical_json(value)
    else:
        assert audit.canonical_json(value) == vector["canonical_after_round_trip"]


def test_two_keys_that_become_one_are_refused_with_their_place() -> None:
    with pytest.raises(ValueError, match="two keys become `1` at `rows.0`"):
        audit.canonical_json({"rows": [{1: "a", "1": "b"}]})


def test_numbers_that_are_not_finite_can_be_refused() -> None:
    assert audit.canonical_json({"n": float("nan")}) == '{"n": NaN}'
    with pytest.raises(ValueError, match="at `n`"):
        audit.canonical_json({"n": float("nan")}, allow_nan=False)


def test_a_value_that_holds_itself_ends() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="holds itself"):
        audit.canonical_json(loop)


def test_random_values_are_printed_as_python_prints_them() -> None:
    dice = random.Random(20260117)
    letters = ["a", "é", "\x7f", "\u2028", "\U0001f600", "\ud800", '"', "\\", "\n", "/", "\x00"]

    def text() -> str:
        return "".join(dice.choice(letters) for _ in range(dice.randrange(6)))

    def value(depth: int) -> object:
        kind = dice.randrange(8 if depth else 6)
        if kind == 0:
            return dice.choice([None, True, False])
        if kind == 1:
            return dice.randrange(-(10**30), 10**30)
        if kind == 2:
            return dice.randrange(-(10**6), 10**6)
        if kind == 3:
            return dice.uniform(-1, 1) * 10.0 ** dice.randrange(-320, 308)
        if kind in (4, 5):
            return text()
        if kind == 6:
            return [value(depth - 1) for _ in range(dice.randrange(4))]
        return {text(): value(depth - 1) for _ in range(dice.randrange(5))}

    for _ in range(3000):
        thing = value(4)
        assert audit.canonical_json(thing) == json.dumps(thing, sort_keys=True)


def proofs(kind: str) -> list[tuple[str, dict[str, Any]]]:
    found: dict[str, dict[str, Any]] = json.loads(
        (VECTORS / "merkle/proofs.json").read_text(encoding="utf-8")
    )[kind]
    return sorted(found.items())


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize(("name", "probe"), proofs("inclusion"), ids=lambda it: str(it)[:40])
def test_inclusion_proofs_of_others(name: str, probe: dict[str, Any]) -> None:
    def verify() -> None:
        audit.verify_inclusion(
            probe["leafIdx"],
            probe["treeSize"],
            raw(probe["leafHash"]),
            [raw(it) for it in probe["proof"] or []],
            raw(probe["root"]),
        )

    if probe["wantErr"]:
        with pytest.raises((strongroom.StrongroomError, ValueError)):
            verify()
    else:
        verify()


@pytest.mark.parametrize(("name", "probe"), proofs("consistency"), ids=lambda it: str(it)[:40])
def test_consistency_proofs_of_others(name: str, probe: dict[str, Any]) -> None:
    def verify() -> None:
        audit.verify_consistency(
            probe["size1"],
            probe["size2"],
            raw(probe["root1"]),
            raw(probe["root2"]),
            [raw(it) for it in probe["proof"] or []],
        )

    if probe["wantErr"]:
        with pytest.raises((strongroom.StrongroomError, ValueError)):
            verify()
    else:
        verify()


def test_a_wrong_root_is_tampering_and_a_short_proof_is_a_mistake() -> None:
    leaf = hashlib.sha256(b"\x00a").digest()
    audit.verify_inclusion(0, 1, leaf, [], leaf)
    with pytest.raises(strongroom.TamperedError) as caught:
        audit.verify_inclusion(0, 1, leaf, [], bytes(32))
    assert caught.value.code == "audit.root_mismatch"
    with pytest.raises(strongroom.InvalidError):
        audit.verify_inclusion(0, 2, leaf, [], leaf)
    with pytest.raises(ValueError, match="`root` has 32 bytes, not 3"):
        audit.verify_inclusion(0, 1, leaf, [], b"abc")


def test_notes_of_others_open_with_their_keys_only() -> None:
    vector = json.loads((VECTORS / "note/note.json").read_text(encoding="utf-8"))
    signed = vector["sign"]["note"]
    peter, enoch = vector["vkeys"]["peter"], vector["vkeys"]["enoch"]
    note = audit.open_note(signed, [peter])
    assert (note.text, [it.name for it in note.verified]) == (vector["text"], ["PeterNeumann"])
    assert audit.open_note(signed.encode(), [enoch, peter]).verified[0].name == "PeterNeumann"
    with pytest.raises(strongroom.UnverifiedError):
        audit.open_note(signed, [enoch])
    with pytest.raises(strongroom.TamperedError):
        audit.open_note(signed.replace("answer", "question"), [peter])
    with pytest.raises(strongroom.InvalidError):
        audit.open_note(signed, ["no key"])
