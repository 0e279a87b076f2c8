"""Artifacts from Python."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import strongroom
from strongroom import audit
from strongroom.artifacts import Artifacts, AsyncArtifacts, Entry, Lineage

BUILD = "builds/api/1042"
UPLOAD = "uploads/acme/2026-03-01/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


@pytest.fixture
def store(url: str) -> Any:
    with Artifacts(url, actor="ci") as artifacts:
        yield artifacts


def sha256(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_what_is_put_is_got(store: Artifacts, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"all green")
    heard: list[int] = []
    stored = store.put(f"{BUILD}/log.txt", log, sha256=sha256(b"all green"), progress=heard.append)
    assert stored.fresh and stored.seq == 0 and sum(heard) == 9
    assert stored.entry == Entry(sha256(b"all green"), 9, "text/plain")
    for again in (log, b"all green", bytearray(b"all green"), io.BytesIO(b"all green")):
        other = store.put(f"{BUILD}/log.txt", again)
        assert (other.fresh, other.seq, other.entry) == (False, None, stored.entry)
    assert store.get(f"{BUILD}/log.txt") == b"all green"
    assert store.entry(f"{BUILD}/log.txt") == stored.entry
    with pytest.raises(strongroom.ConflictError) as told:
        store.put(f"{BUILD}/log.txt", b"all red")
    assert told.value.code == "artifacts.taken" and told.value.hint
    for wrong in ("", "a/b", f"{BUILD}/../x", "packs/p/1/q-1.tar.gz", "/etc/passwd"):
        with pytest.raises(strongroom.InvalidError) as refused:
            store.put(wrong, b"x")
        assert refused.value.code == "artifacts.key_invalid"
    with pytest.raises(strongroom.NotFoundError) as missing:
        store.get(f"{BUILD}/other.txt")
    assert missing.value.code == "artifacts.not_there"


def test_large_files_stream_both_ways(store: Artifacts, tmp_path: Path) -> None:
    body = os.urandom(12 << 20)
    source, out = tmp_path / "in.bin", tmp_path / "out.bin"
    source.write_bytes(body)
    heard: list[int] = []
    with source.open("rb") as file:
        stored = store.put(f"{BUILD}/app.bin", file, progress=heard.append)
        assert not file.closed
    assert sum(heard) == len(body) == stored.entry.size_bytes
    heard.clear()
    out.write_bytes(b"older")
    assert store.download(f"{BUILD}/app.bin", out, progress=heard.append) == stored.entry
    assert out.read_bytes() == body and sum(heard) == len(body)
    memory = io.BytesIO()
    store.download(f"{BUILD}/app.bin", memory)
    assert memory.getvalue() == body
    assert sorted(it.name for it in tmp_path.iterdir()) == ["in.bin", "out.bin", "store"]

    class Torn:
        def read(self, _: int) -> bytes:
            raise ConnectionResetError("the other side went away")

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(ConnectionResetError):
        store.put(f"{BUILD}/torn.bin", Torn())  # type: ignore[arg-type]
    with pytest.raises(OSError, match="No space left"):
        store.download(f"{BUILD}/app.bin", Torn())  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        store.put(f"{BUILD}/no.bin", tmp_path / "no.bin", progress=heard.append)
    with pytest.raises(FileNotFoundError):
        store.put(f"{BUILD}/no.bin", tmp_path / "no.bin")
    with pytest.raises(TypeError, match="not a int"):
        store.put(f"{BUILD}/no.bin", 7)  # type: ignore[arg-type]
    assert [it.key for it in store.list()] == [f"{BUILD}/app.bin"]


def test_what_is_altered_is_not_got(store: Artifacts, tmp_path: Path) -> None:
    store.put(f"{BUILD}/a.txt", b"right")
    path, out = tmp_path / "store" / BUILD / "a.txt", tmp_path / "out.txt"
    out.write_bytes(b"older")
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    with pytest.raises(strongroom.TamperedError) as told:
        store.get(f"{BUILD}/a.txt")
    assert told.value.code == "artifacts.altered" and told.value.hint
    with pytest.raises(strongroom.TamperedError):
        store.download(f"{BUILD}/a.txt", out)
    assert out.read_bytes() == b"older"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["out.txt", "store"]


def test_what_does_not_pass_is_put_aside(store: Artifacts) -> None:
    with pytest.raises(strongroom.InvalidError) as told:
        store.put(f"{UPLOAD}/report.pdf", b"#!/bin/sh\nexit")
    assert told.value.code == "artifacts.quarantined" and "is a program" in str(told.value)
    with pytest.raises(strongroom.InvalidError):
        store.put(f"{BUILD}/a.txt", b"abc", sha256=sha256(b"abd"), size_bytes=4)
    aside = store.quarantine()
    assert [it.key for it in aside] == [f"{BUILD}/a.txt", f"{UPLOAD}/report.pdf"]
    assert [it.kind for it in aside[0].reasons] == ["size_differs", "digest_differs"]
    assert aside[0].reasons[0].details == {"expected_bytes": 4, "found_bytes": 3}
    assert {it.kind for it in aside[1].reasons} == {"content_differs", "program"}
    assert str(aside[1].reasons[0]) == aside[1].reasons[0].text
    assert aside[1].sha256 == sha256(b"#!/bin/sh\nexit") and aside[1].kept_at and not aside[1].replaced
    assert not store.list()
    listed = store.list(all=True)
    assert {it.standing for it in listed} == {"quarantined"} and len(listed[0].reasons) == 2
    with pytest.raises(strongroom.InvalidError):
        store.get(f"{BUILD}/a.txt")
    store.put(f"{BUILD}/a.txt", b"abc")
    assert store.quarantine(BUILD)[0].replaced
    assert store.quarantine("builds/ap") == () == store.quarantine(f"{BUILD}/a")
    assert len(store.quarantine(f"{BUILD}/a.txt")) == 1


def test_somebody_decides_about_what_was_put_aside(store: Artifacts, tmp_path: Path) -> None:
    script = b"#!/bin/sh\nexit"
    for name in ("a.pdf", "b.pdf"):
        with pytest.raises(strongroom.InvalidError):
            store.put(f"{UPLOAD}/{name}", script + name.encode())
    with pytest.raises(strongroom.StrongroomError) as told:
        store.accept_aside(f"{UPLOAD}/c.pdf", reason="x")
    assert told.value.code == "artifacts.not_aside"
    accepted = store.accept_aside(
        f"{UPLOAD}/a.pdf", reason="looked at it", sha256=sha256(script + b"a.pdf")
    )
    assert accepted is not None and store.get(f"{UPLOAD}/a.pdf") == script + b"a.pdf"
    assert store.discard_aside(f"{UPLOAD}/b.pdf", reason="it is one") is not None
    assert store.quarantine() == ()
    assert store.verify(content=True) == ()
    path = tmp_path / "store" / UPLOAD / "a.pdf"
    path.chmod(0o644)
    path.write_bytes(b"forged")
    (finding,) = store.verify(content=True)
    assert finding.kind == "altered" and finding.details["key"] == f"{UPLOAD}/a.pdf"
    assert str(finding) == finding.text and store.verify() == ()


def test_a_release_moves_with_gates_and_people(url: str, store: Artifacts) -> None:
    name = "models/uplift/1.2.0"
    gates = {"v": 1, "all": {"prod": {"gates": ["tests"], "approvals": 1}}}
    with pytest.raises(strongroom.InvalidError):
        Artifacts(url, actor="ci", gates={"v": 2, "all": {}})
    with Artifacts(url, actor="ci", gates=gates) as ci, Artifacts(url, actor="bob") as bob:
        ci.put(f"{name}/model.bin", b"weights")
        assert ci.promote(name, "staging") == 1
        assert ci.promote(name, "staging") is None, "it is there already"
        ready = ci.missing(name, "prod")
        assert not ready and [it.kind for it in ready.missing] == ["gate", "approvals"]
        assert ready.missing[0].details == {"gate": "tests"} and "tests" in str(ready.missing[0])
        with pytest.raises(strongroom.ProtectedError) as told:
            ci.promote(name, "prod")
        assert told.value.code == "artifacts.not_ready" and "1 approvals" in str(told.value)
        ci.gate(name, "tests", False, evidence="https://ci.example/17")
        assert [it.kind for it in ci.missing(name, "prod").missing] == ["gate_failed", "approvals"]
        ci.gate(name, "tests", True, contents=ready.contents)
        with pytest.raises(strongroom.ConflictError) as other:
            bob.approve(name, "prod", sha256(b"something else"))
        assert other.value.code == "artifacts.other_contents" and other.value.hint
        # Whoever put it does not count.
        ci.approve(name, "prod", ready.contents)
        assert not ci.missing(name, "prod")
        assert bob.approve(name, "prod", ready.contents, comment="looks right") is not None
        assert bob.approve(name, "prod", ready.contents) is None
        assert ci.missing(name, "prod")
        ci.promote(name, "prod", contents=ready.contents)
        release = ci.release(name)
        assert (release.stage, release.contents) == ("prod", ready.contents)
        assert [it.to for it in release.moves] == ["dev", "staging", "prod"]
        assert release.authors == {"ci"} and list(release.files) == ["model.bin"]
        assert [it.passed for it in release.gates] == [False, True]
        assert {it.approver for it in release.approvals} == {"ci", "bob"}
        with pytest.raises(strongroom.ConflictError) as sealed:
            ci.put(f"{name}/more.bin", b"more")
        assert sealed.value.code == "artifacts.sealed"
        ci.demote(name, "dev", reason="it drifts")
        assert ci.release(name).stage == "dev" and not ci.release(name).approvals
        with pytest.raises(strongroom.NotFoundError) as nowhere:
            ci.get(f"{name}/model.bin", stage="prod")
        assert nowhere.value.code == "artifacts.not_in_stage"
        assert ci.get(f"{name}/model.bin", stage="dev") == b"weights"
        for wrong in ("production", ""):
            with pytest.raises(strongroom.InvalidError) as unknown:
                ci.promote(name, wrong)  # type: ignore[arg-type]
            assert unknown.value.hint
        with pytest.raises(strongroom.NotFoundError):
            ci.release("models/uplift/9")


def test_the_registry_of_models(store: Artifacts) -> None:
    for version in ("1.0", "1.1"):
        store.put(f"models/uplift/{version}/model.bin", version.encode())
    seq = store.register(
        "models/uplift/1.1",
        metrics={"rmse": Decimal("0.1250"), "n": 12},
        parameters={"depth": "7"},
        lineage=[Lineage("dataset", "packs/prices/3", sha256(b"3")), Lineage("code", "0a1b2c")],
        description="of March",
    )
    assert seq is not None
    store.promote("models/uplift/1.0", "staging")
    model = store.model("uplift")
    assert list(model.versions) == ["1.0", "1.1"] and (model.staging, model.prod) == ("1.0", None)
    said = model.versions["1.1"].registration
    assert said is not None and str(said.metrics["rmse"]) == "0.1250"
    assert [it.role for it in said.lineage] == ["dataset", "code"] and said.description == "of March"
    assert store.models() == {"uplift": model}
    with pytest.raises(TypeError, match="is a float"):
        store.register("models/uplift/1.1", metrics={"rmse": 0.125})  # type: ignore[dict-item]
    with pytest.raises(strongroom.NotFoundError):
        store.model("upli")


def test_listings_are_tables(store: Artifacts) -> None:
    for key in (f"{BUILD}/a.txt", f"{BUILD}/b.txt", "builds/api/10420/a.txt", "models/m/1/a.bin"):
        store.put(key, key.encode())
    store.promote("models/m/1", "staging")
    assert [it.key for it in store.list(BUILD)] == [f"{BUILD}/a.txt", f"{BUILD}/b.txt"]
    assert [it.key for it in store.list(stage="staging")] == ["models/m/1/a.bin"]
    frame = store.list().to_pandas()
    assert list(frame["stage"]) == ["dev", "dev", "dev", "staging"]
    arrow = store.list(BUILD)[:1].to_arrow()
    assert arrow.column("sha256").to_pylist() == [sha256(f"{BUILD}/a.txt".encode())]


def record(key: str, body: bytes, sequencer: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": name,
        "eventTime": "2026-03-01T00:00:00.000Z",
        "userIdentity": {"principalId": "AWS:portal"},
        "s3": {
            "bucket": {"name": "artifacts"},
            "object": {"key": key, "size": len(body), "sequencer": sequencer},
        },
    }


def test_a_lambda_acts_on_what_comes(url: str, store: Artifacts, tmp_path: Path) -> None:
    def arrive(name: str, body: bytes) -> str:
        path = tmp_path / "store" / UPLOAD / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return f"{UPLOAD}/{name}"

    good = arrive("data.csv", b"a,b\n1,2\n")
    bad = arrive("data.pdf", b"MZ is a program")
    with pytest.raises(strongroom.NotFoundError) as unchecked:
        store.get(good)
    assert unchecked.value.code == "artifacts.not_checked"
    event = {"Records": [record(good, b"a,b\n1,2\n", "0A"), record(bad, b"", "0B"), record("x", b"", "0C")]}
    notices = store.on_event(event)
    assert [it.noticed for it in notices] == ["accepted", "quarantined", "ignored"]
    assert notices[0].sha256 == sha256(b"a,b\n1,2\n") and notices[2].reason
    assert "content_differs" in {it.kind for it in notices[1].reasons}
    assert store.get(good) == b"a,b\n1,2\n"
    # At least once, and in any wrapping: the same again changes nothing.
    wrapped = {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(event)}]}
    before = store.release(UPLOAD)
    for again in (event, json.dumps(event), json.dumps(event).encode(), wrapped):
        assert {it.noticed for it in store.on_event(again)} <= {"known", "ignored", "gone", "stale"}
    assert store.release(UPLOAD) == before
    nothings: list[Any] = [{}, "no", b"[]"]
    for nothing in nothings:
        with pytest.raises(strongroom.InvalidError) as told:
            store.on_event(nothing)
        assert told.value.code == "artifacts.notification_invalid"


def test_addresses_need_s3_and_secrets_are_not_shown(url: str, store: Artifacts) -> None:
    store.put(f"{BUILD}/a.txt", b"a")
    with pytest.raises(strongroom.InvalidError):
        store.presign_get(f"{BUILD}/a.txt")
    private, _ = audit.generate_key("artifacts.example")
    with Artifacts(url, actor="ci", signer=private) as signed:
        assert private not in repr(signed) and private not in repr(vars(signed))
    assert private not in repr(AsyncArtifacts(url, actor="ci", signer=private))
    assert re.fullmatch(r"<Artifacts at file://.*/store>", repr(store))


def test_opening_and_the_log(url: str, tmp_path: Path) -> None:
    log = f"file://{tmp_path}/log"
    with pytest.raises(strongroom.NotFoundError):
        Artifacts(url, actor="ci", create=False)
    with audit.Ledger.open(log) as ledger:
        with Artifacts(url, actor="ci", ledger=ledger) as artifacts:
            artifacts.put(f"{BUILD}/a.txt", b"a")
        ledger.append("still", "open", "log", "read")
    with Artifacts.open(url, actor="bob", ledger=log) as artifacts:
        artifacts.put(f"{BUILD}/b.txt", b"b")
        assert artifacts.heal() == []
    assert audit.verify(log).records == 3
    assert repr(artifacts) == "<Artifacts, closed>"
    with pytest.raises(RuntimeError, match="closed"):
        artifacts.list()
    with pytest.raises(strongroom.InvalidError):
        Artifacts(url, actor="ci", rules={"kinds": 7})
    small = {"kinds": {"builds": {"max_size_bytes": 3}}}
    with Artifacts(url, actor="ci", ledger=log, rules=small) as narrow:
        with pytest.raises(strongroom.InvalidError, match="3 at most are taken"):
            narrow.put(f"{BUILD}/c.txt", b"four")
    with Artifacts(url, actor="ci", ledger=log, clamd="127.0.0.1:1", retries=0) as scanned:
        with pytest.raises(strongroom.UnavailableError) as told:
            scanned.put(f"{BUILD}/d.txt", b"d")
        assert told.value.code == "artifacts.scanner"


def test_many_threads(store: Artifacts) -> None:
    with ThreadPoolExecutor(8) as pool:
        one = list(pool.map(lambda _: store.put(f"{BUILD}/same.txt", b"same"), range(8)))
        many = list(pool.map(lambda n: store.put(f"{BUILD}/{n}.txt", b"n"), range(8)))
    assert sum(it.fresh for it in one) == 1 and all(it.fresh for it in many)
    assert len(store.list(BUILD)) == 9


def test_asyncio(url: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncArtifacts(url, actor="ci") as store, AsyncArtifacts(url, actor="bob") as bob:
            await asyncio.gather(*(store.put(f"models/m/{n}/a.bin", bytes([n + 1])) for n in range(4)))
            assert len(await store.list("models/m")) == 4
            assert await store.get("models/m/2/a.bin") == b"\3"
            assert (await store.entry("models/m/2/a.bin")).size_bytes == 1
            await store.download("models/m/2/a.bin", tmp_path / "a.bin")
            await store.register("models/m/2", metrics={"rmse": "0.5"})
            await store.promote("models/m/2", "staging")
            ready = await store.missing("models/m/2", "prod")
            await store.gate("models/m/2", "tests", True)
            await bob.approve("models/m/2", "prod", ready.contents)
            await store.promote("models/m/2", "prod", contents=ready.contents)
            assert (await store.model("m")).prod == "2"
            assert (await store.models())["m"].versions["2"] == await store.release("models/m/2")
            await store.demote("models/m/2", "dev", reason="x")
            assert await store.quarantine() == () == await store.verify() and await store.heal() == []
            for decide in (store.accept_aside, store.discard_aside):
                with pytest.raises(strongroom.StrongroomError):
                    await decide("models/m/2/b.bin", reason="x")
            with pytest.raises(strongroom.InvalidError):
                await store.on_event({})
            for refused in (
                store.presign_get("models/m/2/a.bin"),
                store.presign_put("models/m/2/b.bin"),
                store.presign_upload("acme", "a.csv"),
            ):
                with pytest.raises(strongroom.StrongroomError):
                    await refused
        assert repr(store) == "<AsyncArtifacts, closed>"
        with pytest.raises(RuntimeError, match="async with"):
            await store.get("models/m/2/a.bin")

    asyncio.run(main())
