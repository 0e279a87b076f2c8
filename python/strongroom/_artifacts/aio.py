"""Artifacts, for `asyncio`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import IO, Any

from strongroom._aio import Opening
from strongroom._artifacts.model import (
    Address,
    Entry,
    Files,
    Finding,
    Model,
    Notice,
    Quarantined,
    Readiness,
    Release,
    Stage,
    Stored,
)
from strongroom._artifacts.store import Artifacts, Healed
from strongroom._files import Content


class AsyncArtifacts(Opening[Artifacts]):
    """An `Artifacts` for `asyncio`: nothing here blocks the event loop.

        async with AsyncArtifacts("s3://artifacts", actor="ci") as artifacts:
            await artifacts.put("builds/api/1042/app.tar.gz", "app.tar.gz")

    Callbacks for progress are called on another thread.
    """

    _what = "artifacts"

    def __init__(self, url: str | os.PathLike[str], **options: Any) -> None:
        """Takes what `Artifacts` takes; the artifacts are opened by `async with`."""
        super().__init__(url, **options)

    def _make(self) -> Artifacts:
        return Artifacts(self._url, **self._options)

    @property
    def artifacts(self) -> Artifacts:
        """The artifacts beneath.

        Raises:
            RuntimeError: Outside of `async with`.
        """
        return self._beneath()

    async def heal(self) -> Healed:
        """As `Artifacts.heal`."""
        return await asyncio.to_thread(self.artifacts.heal)

    async def put(self, key: str, content: Content, **terms: Any) -> Stored:
        """As `Artifacts.put`."""
        return await asyncio.to_thread(lambda: self.artifacts.put(key, content, **terms))

    async def entry(self, key: str) -> Entry:
        """As `Artifacts.entry`."""
        return await asyncio.to_thread(self.artifacts.entry, key)

    async def get(self, key: str, *, stage: Stage | None = None) -> bytes:
        """As `Artifacts.get`."""
        return await asyncio.to_thread(lambda: self.artifacts.get(key, stage=stage))

    async def download(
        self, key: str, to: str | os.PathLike[str] | IO[bytes], **terms: Any
    ) -> Entry:
        """As `Artifacts.download`."""
        return await asyncio.to_thread(lambda: self.artifacts.download(key, to, **terms))

    async def list(self, under: str | None = None, **wanted: Any) -> Files:
        """As `Artifacts.list`."""
        return await asyncio.to_thread(lambda: self.artifacts.list(under, **wanted))

    async def quarantine(self, under: str = "") -> tuple[Quarantined, ...]:
        """As `Artifacts.quarantine`."""
        return await asyncio.to_thread(self.artifacts.quarantine, under)

    async def accept_aside(self, key: str, **terms: Any) -> int | None:
        """As `Artifacts.accept_aside`."""
        return await asyncio.to_thread(lambda: self.artifacts.accept_aside(key, **terms))

    async def discard_aside(self, key: str, **terms: Any) -> int | None:
        """As `Artifacts.discard_aside`."""
        return await asyncio.to_thread(lambda: self.artifacts.discard_aside(key, **terms))

    async def verify(self, *, content: bool = False) -> tuple[Finding, ...]:
        """As `Artifacts.verify`."""
        return await asyncio.to_thread(lambda: self.artifacts.verify(content=content))

    async def presign_get(self, key: str, **terms: Any) -> Address:
        """As `Artifacts.presign_get`."""
        return await asyncio.to_thread(lambda: self.artifacts.presign_get(key, **terms))

    async def presign_put(self, key: str, **terms: Any) -> Address:
        """As `Artifacts.presign_put`."""
        return await asyncio.to_thread(lambda: self.artifacts.presign_put(key, **terms))

    async def presign_upload(self, tenant: str, file: str, **terms: Any) -> Address:
        """As `Artifacts.presign_upload`."""
        return await asyncio.to_thread(lambda: self.artifacts.presign_upload(tenant, file, **terms))

    async def on_event(self, message: Mapping[str, Any] | str | bytes) -> tuple[Notice, ...]:
        """As `Artifacts.on_event`."""
        return await asyncio.to_thread(self.artifacts.on_event, message)

    async def release(self, name: str) -> Release:
        """As `Artifacts.release`."""
        return await asyncio.to_thread(self.artifacts.release, name)

    async def gate(self, release: str, gate: str, passed: bool, **terms: Any) -> int | None:
        """As `Artifacts.gate`."""
        return await asyncio.to_thread(
            lambda: self.artifacts.gate(release, gate, passed, **terms)
        )

    async def approve(
        self, release: str, to: Stage, contents: str, *, comment: str | None = None
    ) -> int | None:
        """As `Artifacts.approve`."""
        return await asyncio.to_thread(
            lambda: self.artifacts.approve(release, to, contents, comment=comment)
        )

    async def missing(self, release: str, to: Stage) -> Readiness:
        """As `Artifacts.missing`."""
        return await asyncio.to_thread(self.artifacts.missing, release, to)

    async def promote(self, release: str, to: Stage, *, contents: str | None = None) -> int | None:
        """As `Artifacts.promote`."""
        return await asyncio.to_thread(
            lambda: self.artifacts.promote(release, to, contents=contents)
        )

    async def demote(self, release: str, to: Stage, *, reason: str) -> int | None:
        """As `Artifacts.demote`."""
        return await asyncio.to_thread(lambda: self.artifacts.demote(release, to, reason=reason))

    async def register(self, release: str, **said: Any) -> int | None:
        """As `Artifacts.register`."""
        return await asyncio.to_thread(lambda: self.artifacts.register(release, **said))

    async def models(self) -> dict[str, Model]:
        """As `Artifacts.models`."""
        return await asyncio.to_thread(self.artifacts.models)

    async def model(self, name: str) -> Model:
        """As `Artifacts.model`."""
        return await asyncio.to_thread(self.artifacts.model, name)
