"""Raw files with everything that real ones have."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path


#: What the texts of the column `source` mean; what is null resolves to nothing.
SOURCES = b"id,name,aliases,kind\nS1,API,,machine\nS2,the books,erp|ERP,people\n"

#: What others emit.
BENCHMARKS = b"benchmark,per,value,source\noffices,kWh,0.21,somebody\n"


def write(folder: Path, count: int = 20_000) -> None:
    """Three inputs of `count` rows together, with duplicates of both kinds and rows that are wrong."""
    draw = random.Random(7)
    lines: list[str] = []
    for nth in range(count):
        row = {
            "tenant_id": f"tenant-{nth % 5}",
            "activity_id": f"act-{nth}",
            "emission_factor_id": f"ef-{nth % 7}",
            "quantity": draw.randrange(1_000_000) / 1000,
            "unit": "kWh",
            "timestamp": f"2025-{nth % 3 + 1:02}-{nth % 28 + 1:02}T08:00:00Z",
            "source": draw.choice(["api", "erp", None]),
        }
        match nth % 50:
            case 1:
                lines.append('{"tenant_id": "tenant-1", ')
                continue
            case 2:
                row["quantity"] = "12.5"
            case 3:
                row["tenant_id"] = "../x"
            case 4:
                row["timestamp"] = "2025-02-30T00:00:00Z"
            case 5:
                del row["unit"]
            case 6 if len(lines) > 20:
                row = json.loads(lines[-20])
            case 7 if len(lines) > 20:
                row = json.loads(lines[-20]) | {"quantity": 1}
        lines.append(json.dumps(row))
    third = count // 3
    folder.mkdir(parents=True)
    (folder / "a.ndjson").write_text("\n".join(lines[:third]) + "\n")
    (folder / "b.ndjson").write_text("\n".join(lines[third : 2 * third]))
    with gzip.open(folder / "c.ndjson.gz", "wt", compresslevel=1) as file:
        file.write("\n".join(lines[2 * third :] + lines[:100]) + "\n")
