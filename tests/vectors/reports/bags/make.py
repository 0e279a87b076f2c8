"""Makes the bags in this folder from the words of RFC 8493, with Python's standard library alone."""

import hashlib
import pathlib

HERE = pathlib.Path(__file__).parent
PLAIN = {"report.xhtml": b"<html>2026</html>\n", "tables/scope 1.csv": b"t;12\n"}
PERCENT = {"a%0Ab": b"percent\n", "100%25.csv": b"x\n"}


def line(name: str, content: bytes) -> str:
    written = name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"{hashlib.sha256(content).hexdigest()}  {written}\n"


def make(bag: pathlib.Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        place = bag / "data" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    oxum = f"{sum(map(len, files.values()))}.{len(files)}"
    tags = {
        "bag-info.txt": f"Source-Organization: Example Ltd\nPayload-Oxum: {oxum}\n",
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha256.txt": "".join(line(f"data/{name}", files[name]) for name in sorted(files)),
    }
    tags["tagmanifest-sha256.txt"] = "".join(line(name, tags[name].encode()) for name in sorted(tags))
    for name, text in tags.items():
        (bag / name).write_bytes(text.encode())


make(HERE / "plain", PLAIN)
make(HERE / "percent", PERCENT)
