"""Where bytes come from, and files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeAlias

#: Where bytes come from: a path, the bytes, a file that is open in binary mode.
Content: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
#: Hears how many more bytes were done, as the `update` of a progress bar.
Progress: TypeAlias = Callable[[int], object]


@contextlib.contextmanager
def appearing(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its place when the block ends well.

    Raises:
        FileExistsError: If something is there that shall not be replaced.
    """
    if not replace and path.exists():
        raise FileExistsError(f"`{path}` is there already")
    beside = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)
    try:
        with beside:
            yield beside
            beside.flush()
            os.fsync(beside.fileno())
        if replace:
            os.replace(beside.name, path)
        else:
            _link(beside.name, path)
    finally:
        Path(beside.name).unlink(missing_ok=True)


def _link(name: str, path: Path) -> None:
    """Unlike a rename a link replaces nothing; not every file system has links."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(f"`{path}` is there already") from None
        os.rename(name, path)
