"""The examples of the guides run."""

from __future__ import annotations

from pathlib import Path

import pytest
from shared import ROOT

GUIDES = [
    "artifacts-python.md",
    "audit-log-python.md",
    "factors-python.md",
    "migrating-from-the-python-factors.md",
    "migrating-from-the-python-logger.md",
    "migrating-from-the-python-reports.md",
    "reports-python.md",
]


def program(guide: Path) -> str:
    """All examples of a guide, each on the lines that it has there."""
    lines, inside = [], False
    for line in guide.read_text("utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```python" if not inside else False
            line = "#"
        lines.append(line if inside else "")
    assert not inside
    return "\n".join(lines)


@pytest.mark.parametrize("name", GUIDES)
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = ROOT / "docs/guides" / name
    text = program(guide)
    assert text.count("\n#\n") == guide.read_text("utf-8").count("```python\n")
    monkeypatch.chdir(tmp_path)
    exec(compile(text, guide, "exec"), {"__name__": "guide"})  # our own guides


def test_no_guide_is_left_out() -> None:
    # Other tests run these.
    ran = {*GUIDES, "lake-spark.md", "migrating-from-the-python-parser.md"}
    guides = (ROOT / "docs").rglob("*.md")
    assert {it.name for it in guides if "```python" in it.read_text("utf-8")} <= ran
