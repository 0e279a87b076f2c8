"""Fixtures for all tests."""

from __future__ import annotations

import pytest
from shared import CONTRACT


@pytest.fixture
def contract() -> str:
    """The example of the request flow."""
    return CONTRACT
