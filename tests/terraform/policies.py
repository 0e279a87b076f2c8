"""Asks parliament about IAM policies: unknown actions, wrong resources, malformed conditions.

    policies.py POLICY.json...
"""

import pathlib
import re
import sys

import parliament
from parliament.statement import get_privilege_info

UNKNOWN_CONDITION = re.compile(r"Unknown condition (\S+) for action (\w+):(\w+)")


def is_condition_of_resource(finding):
    """Whether a condition that parliament does not know for an action belongs to its resource.

    AWS lists some condition keys, such as `kms:ResourceAliases`, with the resource type and not
    with the action. Parliament has both lists and looks only at the second.
    """
    match = UNKNOWN_CONDITION.match(str(finding.detail))
    if finding.issue != "UNKNOWN_CONDITION_FOR_ACTION" or not match:
        return False
    condition, prefix, action = match.groups()
    types = {it["resource_type"].rstrip("*") for it in get_privilege_info(prefix, action)["resource_types"]}
    service = next(it for it in parliament.iam_definition if it["prefix"] == prefix)
    return any(condition in it["condition_keys"] for it in service["resources"] if it["resource"] in types)


def main(*paths):
    found = 0
    for path in paths:
        policy = parliament.analyze_policy_string(pathlib.Path(path).read_text(), filepath=path)
        for finding in policy.findings:
            if is_condition_of_resource(finding):
                continue
            found += 1
            print(f"{path}: {finding.issue}: {finding.detail or finding.description} {finding.location}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
