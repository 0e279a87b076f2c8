#!/usr/bin/env python3
"""Compares what strongroom finds in a generated corpus with what the oracle says is there.

    check_corpus.py STRONGROOM DIR MANIFEST

Prints a table of the injected defects (found at all, found at the right line and column), a table
of the other true findings, and what only one of the two sides has. Leaves with
status 1 if there is any difference.
"""
import json
import os
import subprocess
import sys
from collections import Counter

import oracle


def found(binary, directory):
    """Returns what strongroom reports: {relative path: [(severity, name, line, column)]}."""
    command = [binary, "contract", "validate", directory, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"strongroom left with status {done.returncode}: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    findings = {}
    for one in report["findings"]:
        path = os.path.relpath(one["path"], directory)
        findings.setdefault(path, []).append((one["severity"], one["name"], one["line"], one["column"]))
    return report["files"], findings


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    binary, directory, manifest_path = sys.argv[1:]
    with open(manifest_path) as file:
        manifest = json.load(file)
    expected = oracle.expected(directory, manifest)
    files, findings = found(binary, directory)
    differences = int(files != len(manifest))
    print(f"{files} files checked, {len(manifest)} in the manifest\n")

    injected = [(path, one) for path, those in expected.items() for one in those if one.defect]
    print(f"{'defect':18} {'name':24} {'found':>6} {'right place':>12} {'total':>6}")
    for defect, name in oracle.NAMES.items():
        those = [(path, one) for path, one in injected if one.defect == defect]
        at_all = sum(any(key[1] == name for key in findings.get(path, [])) for path, _ in those)
        placed = sum(one.key() in findings.get(path, []) for path, one in those)
        total = sum(value == defect for value in manifest.values())
        differences += placed != total
        print(f"{defect:18} {name:24} {at_all:6} {placed:12} {total:6}")

    wanted = Counter((path, *one.key()) for path, those in expected.items() for one in those)
    got = Counter((path, *key) for path, those in findings.items() for key in those)
    others = Counter(one.key()[:2] for those in expected.values() for one in those if not one.defect)
    print("\nother true findings, from the oracle")
    for (severity, name), count in sorted(others.items()):
        print(f"  {severity:8} {name:28} {count:6}")

    for title, those in (("missing", wanted - got), ("false", got - wanted)):
        print(f"\n{title}: {those.total()}")
        for (severity, name), count in sorted(Counter(key[1:3] for key in those.elements()).items()):
            print(f"  {severity:8} {name:28} {count:6}")
        for path, severity, name, line, column in sorted(those)[:10]:
            print(f"    {path}:{line}:{column} {severity} {name}")
        differences += those.total()
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
