"""Bags as strongroom writes them, read by the `bagit` package of the Library of Congress.

The bags are those of `tests/vectors/reports/bags`; a test in Rust holds the writer to exactly their bytes.
"""

from __future__ import annotations

from pathlib import Path

import bagit
import pytest

BAGS = Path(__file__).resolve().parents[2] / "tests/vectors/reports/bags"


def test_another_implementation_finds_a_bag_of_ours_whole() -> None:
    bag = bagit.Bag(str(BAGS / "plain"))
    bag.validate()
    assert bag.info["Payload-Oxum"] == "23.2"
    assert sorted(bag.payload_files()) == ["data/report.xhtml", "data/tables/scope 1.csv"]


def test_the_other_implementation_leaves_a_percent_as_it_is() -> None:
    """RFC 8493, 2.1.3, asks for `%25`; `bagit` up to 1.9.0 does not read it (its issue 157)."""
    bag = bagit.Bag(str(BAGS / "percent"))
    with pytest.raises(bagit.BagError) as failed:
        bag.validate()
    assert "data/a%250Ab" in str(failed.value)
    assert (BAGS / "percent/data/a%0Ab").is_file()
