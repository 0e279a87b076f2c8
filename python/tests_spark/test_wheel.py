"""The wheel loads where glibc is 2.17, on any Python from 3.10 on."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

NEWEST = (2, 17)


@pytest.fixture
def wheel() -> Path:
    path = os.environ.get("STRONGROOM_WHEEL")
    if not path:
        pytest.fail("STRONGROOM_WHEEL names no wheel: python/wheel.sh builds one")
    return Path(path)


def test_name_says_abi3_and_manylinux(wheel: Path) -> None:
    _, _, python, abi, platform = wheel.name.removesuffix(".whl").split("-")
    assert (python, abi) == ("cp310", "abi3")
    assert set(platform.split(".")) == {"manylinux2014_x86_64", "manylinux_2_17_x86_64"}


def test_module_asks_for_no_newer_glibc_and_no_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (it for it in archive.namelist() if it.endswith(".so"))
        assert name == "strongroom/_strongroom.abi3.so"
        module = ELFFile(io.BytesIO(archive.read(name)))
    wanted = {
        auxiliary.name
        for _, versions in module.get_section_by_name(".gnu.version_r").iter_versions()
        for auxiliary in versions
    }
    glibc = {it.removeprefix("GLIBC_") for it in wanted if it.startswith("GLIBC_")}
    assert glibc, "a module of this kind needs the C library"
    newest = max(tuple(int(part) for part in it.split(".")) for it in glibc)
    assert newest <= NEWEST, sorted(wanted)
    needed = {
        tag.needed for tag in module.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")
    }
    assert not any("python" in it for it in needed), needed
    symbols = module.get_section_by_name(".dynsym")
    assert symbols.get_symbol_by_name("PyInit__strongroom")


def test_nothing_is_needed_at_run_time(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (it for it in archive.namelist() if it.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
        names = set(archive.namelist())
    assert "Requires-Dist" not in metadata
    assert {"strongroom/spark.py", "strongroom/lake.py", "strongroom/py.typed"} <= names
