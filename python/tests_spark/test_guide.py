"""The examples of the guide run, with folders in the place of buckets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rows as raw

GUIDE = Path(__file__).parents[2] / "docs/guides/lake-spark.md"


def test_the_examples_run(session: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw.write(tmp_path / "raw", 300)
    blocks = GUIDE.read_text("utf-8").split("```python\n")[1:]
    assert len(blocks) == 2
    for block in blocks:
        code, _, _ = block.partition("```")
        for written, meant in [
            ("s3://raw/emissions", tmp_path / "raw"),
            ("s3://lake", tmp_path / "spark"),
            ("/data/lake", tmp_path / "alone"),
            ("/data/raw/emissions", tmp_path / "raw"),
        ]:
            code = code.replace(f'"{written}"', repr(str(meant)))
        exec(compile(code, GUIDE, "exec"), {"__name__": "guide", "session": session})  # our own guide
    printed = capsys.readouterr().out
    assert "malformed_json" in printed
    assert "kWh" in printed
