"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shared import CONTRACT, write

from strongroom.compat import s3_request_parser as parser


@pytest.fixture
def contract() -> str:
    """The example of the request flow."""
    return CONTRACT


@pytest.fixture
def doc(tmp_path: Path, contract: str) -> dict[str, Any]:
    return parser.load_yaml(write(tmp_path, "contract.yaml", contract))


@pytest.fixture
def req(doc: dict[str, Any]) -> parser.S3Request:
    return parser.parse_request(doc, "contract.yaml")
