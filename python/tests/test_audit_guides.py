"""The examples of the guides to the audit log run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shared import ROOT

GUIDES = ["audit-log-python.md", "migrating-from-the-python-logger.md"]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_examples_run(guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs/guides" / guide).read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert examples
    monkeypatch.chdir(tmp_path)
    exec("\n".join(examples), {"__name__": "guide"})  # our own guides
