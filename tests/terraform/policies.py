"""Asks parliament about IAM policies: unknown actions, wrong resources, malformed conditions.

    policies.py POLICY.json...
"""

import pathlib
import sys

from parliament import analyze_policy_string


def main(*paths):
    found = 0
    for path in paths:
        policy = analyze_policy_string(pathlib.Path(path).read_text(), filepath=path)
        for finding in policy.findings:
            found += 1
            print(f"{path}: {finding.issue}: {finding.detail or finding.description} {finding.location}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
