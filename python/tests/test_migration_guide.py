"""The examples of the migration guide say what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shared import CONTRACT, ROOT

from strongroom.compat import s3_request_parser as parser

GUIDE = ROOT / "docs/guides/migrating-from-the-python-parser.md"
EXAMPLE = re.compile(r"```diff\n(?P<change>.*?)```\n\n```text\n(?P<said>.*?)```", re.DOTALL)
EXAMPLES = [(it["change"], it["said"]) for it in EXAMPLE.finditer(GUIDE.read_text("utf-8"))]


def lines(change: str, sign: str) -> str:
    return "".join(
        f"{line[1:]}\n" for line in change.splitlines() if line.startswith(sign)
    )


def test_no_example_is_overlooked() -> None:
    text = GUIDE.read_text("utf-8")
    assert text.count("```diff") == text.count("```text") == len(EXAMPLES) > 5


@pytest.mark.parametrize(("change", "said"), EXAMPLES)
def test_an_example_prints_what_the_guide_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: str,
    said: str,
) -> None:
    old, new = lines(change, "-"), lines(change, "+")
    assert CONTRACT.count(old) == 1
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    path = Path("docs/20-contracts/s3-requests/dev/S3-0001.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(CONTRACT.replace(old, new), encoding="utf-8")
    status = parser.main(["--mode", "validate", "--input-files", str(path)])
    assert capsys.readouterr().out == said
    assert status == int("[ERROR]" in said)
