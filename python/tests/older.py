"""What the older audit logger stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

#: When the first event was logged; the third is in the next hour.
FIRST = datetime(2026, 1, 17, 9, 58, 0, 1)


def write_old(
    root: Path,
    count: int,
    types: tuple[str, ...] = ("login",),
    *,
    moments: Sequence[datetime] = (),
) -> list[str]:
    """Writes what the older class stores, below `root`; gives the keys."""
    keys = []
    for key, body in old(count, types, moments=moments):
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        keys.append(key)
    return keys


def old(
    count: int,
    types: tuple[str, ...] = ("login",),
    *,
    moments: Sequence[datetime] = (),
    actor: str = "alice",
) -> Iterator[tuple[str, bytes]]:
    """The keys and bodies that the older class stores: one a minute, or at `moments`."""
    previous = None
    for n in range(count):
        at = moments[n] if moments else FIRST + timedelta(minutes=n)
        kind = types[n % len(types)]
        record: dict[str, Any] = {
            "timestamp": at.isoformat(),
            "event_type": kind,
            "actor": actor,
            "resource": "system",
            "action": "read",
            "details": {"n": n},
            "previous_hash": previous,
        }
        text = json.dumps(record, sort_keys=True)
        previous = record["record_hash"] = hashlib.sha256(text.encode()).hexdigest()
        key = f"audit/{kind}/{at:%Y/%m/%d/%H}/{previous}.json"
        yield key, json.dumps(record, indent=2).encode()
