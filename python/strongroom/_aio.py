"""What is opened by `async with`, for `asyncio`."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Generic, Protocol, TypeVar


class _Closes(Protocol):
    def close(self) -> object: ...


Thing = TypeVar("Thing", bound=_Closes)
Self = TypeVar("Self", bound="Opening[Any]")


class Opening(Generic[Thing]):
    """Something that is opened and closed on another thread."""

    #: What it is, in the plural: `reports`.
    _what: str

    def __init__(self, url: str | os.PathLike[str], **options: Any) -> None:
        self._url = url
        self._options = options
        self._thing: Thing | None = None

    @classmethod
    def open(cls: type[Self], url: str | os.PathLike[str], **options: Any) -> Self:
        """The same as the constructor, as logs and factors are opened."""
        return cls(url, **options)

    def _make(self) -> Thing:
        """Opens what is beneath."""
        raise NotImplementedError

    def _beneath(self) -> Thing:
        if self._thing is None:
            raise RuntimeError(f"the {self._what} are not open: use `async with`")
        return self._thing

    async def __aenter__(self: Self) -> Self:
        self._thing = await asyncio.to_thread(self._make)
        return self

    async def __aexit__(self, *_: object) -> None:
        thing, self._thing = self._thing, None
        if thing is not None:
            await asyncio.to_thread(thing.close)

    def __repr__(self) -> str:
        return f"<Async{repr(self._thing)[1:]}" if self._thing else f"<{type(self).__name__}, closed>"
