"""Factors, for `asyncio`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any

from strongroom._aio import Opening
from strongroom._factors.answers import Calculation, Export, Imported, Outcome
from strongroom._factors.asking import Change
from strongroom._factors.model import Factor, Interval, Version
from strongroom._factors.store import FactorStore


class AsyncFactorStore(Opening[FactorStore]):
    """A `FactorStore` for `asyncio`: nothing here blocks the event loop.

        async with AsyncFactorStore.open("s3://factors-prod/2026") as factors:
            await factors.put(factor, version)
            answer = factors.store.get_at("grid/xa")

    Questions are answered from memory, so they are asked of `store`, without `await`.
    """

    _what = "factors"

    def __init__(self, url: str | os.PathLike[str], **options: Any) -> None:
        """Takes what `FactorStore.open` takes; the factors are opened by `async with`."""
        super().__init__(url, **options)

    def _make(self) -> FactorStore:
        return FactorStore.open(self._url, **self._options)

    @property
    def store(self) -> FactorStore:
        """The factors beneath, for questions.

        Raises:
            RuntimeError: Outside of `async with`.
        """
        return self._beneath()

    async def put(self, factor: Factor, version: Version, **terms: Any) -> Outcome:
        """As `FactorStore.put`."""
        return await asyncio.to_thread(self.store.put, factor, version, **terms)

    async def correct(self, factor: Factor, version: Version, **terms: Any) -> Outcome:
        """As `FactorStore.correct`."""
        return await asyncio.to_thread(self.store.correct, factor, version, **terms)

    async def withdraw(
        self, factor_id: str, valid: Interval | None = None, **terms: Any
    ) -> Outcome:
        """As `FactorStore.withdraw`."""
        return await asyncio.to_thread(self.store.withdraw, factor_id, valid, **terms)

    async def reinstate(
        self, factor_id: str, valid: Interval | None = None, **terms: Any
    ) -> Outcome:
        """As `FactorStore.reinstate`."""
        return await asyncio.to_thread(self.store.reinstate, factor_id, valid, **terms)

    async def alias(self, factor_id: str, name: str, **terms: Any) -> Outcome:
        """As `FactorStore.alias`."""
        return await asyncio.to_thread(self.store.alias, factor_id, name, **terms)

    async def tag(self, name: str, position: int | None = None, **terms: Any) -> Outcome:
        """As `FactorStore.tag`."""
        return await asyncio.to_thread(self.store.tag, name, position, **terms)

    async def change(self, changes: Iterable[Change]) -> list[Outcome]:
        """As `FactorStore.change`."""
        return await asyncio.to_thread(self.store.change, changes)

    async def import_release(
        self, versions: Iterable[tuple[Factor, Version]], **options: Any
    ) -> Imported:
        """As `FactorStore.import_release`; `progress` is called on another thread."""
        return await asyncio.to_thread(
            lambda: self.store.import_release(versions, **options)
        )

    async def refresh(self) -> int:
        """As `FactorStore.refresh`."""
        return await asyncio.to_thread(self.store.refresh)

    async def export(self, **options: Any) -> Export:
        """As `FactorStore.export`; `progress` is called on another thread."""
        return await asyncio.to_thread(lambda: self.store.export(**options))

    async def keep(self, result: Calculation) -> bool:
        """As `FactorStore.keep`."""
        return await asyncio.to_thread(self.store.keep, result)

    async def kept(self, result_hash: str) -> Calculation | None:
        """As `FactorStore.kept`."""
        return await asyncio.to_thread(self.store.kept, result_hash)

    async def impact(self, version_id: str) -> list[str]:
        """As `FactorStore.impact`."""
        return await asyncio.to_thread(self.store.impact, version_id)
