"""Unpacks the renderings that the tests of contract-core keep as snapshots, as files.

    renderings.py SNAPSHOT_DIR OUT_DIR      prints the paths of the files
"""

import pathlib
import re
import sys

FILE = re.compile(r"^== (\S+)\n(.*?)(?=^== |\Z)", re.M | re.S)


def main(snapshots, out):
    found = sorted(pathlib.Path(snapshots).glob("it__render__files_*.snap"))
    if not found:
        sys.exit(f"there are no renderings in {snapshots}")
    for snapshot in found:
        folder = pathlib.Path(out, snapshot.stem.removeprefix("it__render__files_"))
        for name, text in FILE.findall(snapshot.read_text()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.rstrip("\n") + "\n")
            print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
