"""The examples of the guide run, with folders in the place of buckets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rows as raw
from factory import factors

GUIDE = Path(__file__).parents[2] / "docs/guides/lake-spark.md"


def test_the_examples_run(session: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw.write(tmp_path / "raw", 300)
    factors(tmp_path / "factors").close()
    (tmp_path / "systems.csv").write_bytes(raw.SOURCES)
    (tmp_path / "sector.csv").write_bytes(raw.BENCHMARKS)
    blocks = GUIDE.read_text("utf-8").split("```python\n")[1:]
    assert len(blocks) == 4
    for block in blocks:
        code, _, _ = block.partition("```")
        for written, meant in [
            ("s3://raw/emissions", tmp_path / "raw"),
            ("s3://lake", tmp_path / "spark"),
            ("s3://factors", tmp_path / "factors"),
            ("/data/lake", tmp_path / "alone"),
            ("/data/factors", tmp_path / "factors"),
            ("/data/systems.csv", tmp_path / "systems.csv"),
            ("/data/sector.csv", tmp_path / "sector.csv"),
            ("/data/raw/emissions", tmp_path / "raw"),
        ]:
            code = code.replace(f'"{written}"', repr(str(meant)))
        exec(compile(code, GUIDE, "exec"), {"__name__": "guide", "session": session})  # our own guide
    printed = capsys.readouterr().out
    assert "malformed_json" in printed
    assert "kWh" in printed
    assert "gold/emissions/summary 0" in printed and "factor_unknown" in printed
