"""What the older audit logger stored."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


def write_old(root: Path, count: int, types: tuple[str, ...] = ("login",)) -> list[str]:
    """What the older class stores: the same keys and bodies."""
    previous, keys = None, []
    for n in range(count):
        at = datetime(2026, 1, 17, 9, 58, 0, 1) + timedelta(minutes=n)
        kind = types[n % len(types)]
        record: dict[str, Any] = {
            "timestamp": at.isoformat(),
            "event_type": kind,
            "actor": "alice",
            "resource": "system",
            "action": "read",
            "details": {"n": n},
            "previous_hash": previous,
        }
        text = json.dumps(record, sort_keys=True)
        previous = record["record_hash"] = hashlib.sha256(text.encode()).hexdigest()
        key = f"audit/{kind}/{at:%Y/%m/%d/%H}/{previous}.json"
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=2))
        keys.append(key)
    return keys
