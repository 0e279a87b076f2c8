"""Proves that every limit in the module's variables.tf refuses what it should, and nothing else.

Each case below is one call of the module with one thing changed. All calls stand in one generated
root, so that a single `terraform plan` answers for all of them. A case passes if Terraform reports
exactly the expected limits for it; a limit that no case breaks is an error.

    limits.py MODULE_DIR WORK_DIR
"""

import collections
import copy
import json
import pathlib
import re
import subprocess
import sys

GOOD = {
    "s3_bucket": {
        "bucket_name": "goldenpath-dev-payments-api-uploads",
        "versioning_enabled": True,
        "encryption": {"type": "SSE_S3", "kms_key_alias": None},
        "public_access_block": {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
        "lifecycle_rules": [],
        "logging": None,
        "tags": {"Environment": "dev"},
    },
    "cost_alert": {"threshold_gb": 100, "alarm_name": "s3-cost-alert-goldenpath-dev-payments-api-uploads"},
}


def expire(days, name="expire-objects"):
    return {"id": name, "enabled": True, "expiration": {"days": days}}


def move(days, storage_class, name="transition", enabled=True):
    return {"id": name, "enabled": enabled, "transition": [{"days": days, "storage_class": storage_class}]}


def cors(**changed):
    return {"allowed_methods": ["GET"], "allowed_origins": ["https://www.example.com"], **changed}


# (what is changed, the new value, the limits that refuse it: the beginning of each message)
CASES = [
    # Bucket names.
    ("s3_bucket.bucket_name", "ab", ["s3_bucket.bucket_name has 3 to 63"]),
    ("s3_bucket.bucket_name", "abc", []),
    ("s3_bucket.bucket_name", "a" * 63, []),
    ("s3_bucket.bucket_name", "a" * 64, ["s3_bucket.bucket_name has 3 to 63"]),
    ("s3_bucket.bucket_name", "Payments", ["s3_bucket.bucket_name matches"]),
    ("s3_bucket.bucket_name", "pay.ments", ["s3_bucket.bucket_name matches"]),
    ("s3_bucket.bucket_name", "-payments", ["s3_bucket.bucket_name matches"]),
    ("s3_bucket.bucket_name", "payments-", ["s3_bucket.bucket_name matches"]),
    ("s3_bucket.bucket_name", "payments\n", ["s3_bucket.bucket_name matches"]),
    ("s3_bucket.bucket_name", "xn--payments", ["s3_bucket.bucket_name begins with none of"]),
    ("s3_bucket.bucket_name", "sthree-payments", ["s3_bucket.bucket_name begins with none of"]),
    ("s3_bucket.bucket_name", "amzn-s3-demo-payments", ["s3_bucket.bucket_name begins with none of"]),
    ("s3_bucket.bucket_name", "payments-s3alias", ["s3_bucket.bucket_name ends in none of"]),
    ("s3_bucket.bucket_name", "payments--ol-s3", ["s3_bucket.bucket_name ends in none of"]),
    ("s3_bucket.bucket_name", "payments--x-s3", ["s3_bucket.bucket_name ends in none of"]),
    ("s3_bucket.bucket_name", "payments--table-s3", ["s3_bucket.bucket_name ends in none of"]),
    # Encryption.
    ("s3_bucket.encryption", {"type": "sse-s3"}, ["s3_bucket.encryption.type is one of"]),
    ("s3_bucket.encryption", {"type": "SSE_KMS", "kms_key_alias": "alias/goldenpath-prod-s3"}, []),
    ("s3_bucket.encryption", {"type": "SSE_KMS"}, ["s3_bucket.encryption.kms_key_alias is given"]),
    (
        "s3_bucket.encryption",
        {"type": "SSE_S3", "kms_key_alias": "alias/goldenpath-prod-s3"},
        ["s3_bucket.encryption.kms_key_alias is given"],
    ),
    ("s3_bucket.encryption", {"type": "SSE_KMS", "kms_key_alias": "alias/AWS"}, ["s3_bucket.encryption.kms_key_alias matches"]),
    ("s3_bucket.encryption", {"type": "SSE_KMS", "kms_key_alias": "alias/aws/s3"}, ["s3_bucket.encryption.kms_key_alias matches"]),
    ("s3_bucket.encryption", {"type": "SSE_KMS", "kms_key_alias": "goldenpath"}, ["s3_bucket.encryption.kms_key_alias matches"]),
    ("s3_bucket.encryption", {"type": "SSE_KMS", "kms_key_alias": "alias/" + "k" * 250}, []),
    ("s3_bucket.encryption", {"type": "SSE_KMS", "kms_key_alias": "alias/" + "k" * 251}, ["s3_bucket.encryption.kms_key_alias has 7 to 256"]),
    # Lifecycle.
    ("s3_bucket.lifecycle_rules", [expire(1)], []),
    ("s3_bucket.lifecycle_rules", [expire(3650)], []),
    ("s3_bucket.lifecycle_rules", [expire(0)], ["s3_bucket.lifecycle_rules[*].expiration.days"]),
    ("s3_bucket.lifecycle_rules", [expire(3651)], ["s3_bucket.lifecycle_rules[*].expiration.days"]),
    ("s3_bucket.lifecycle_rules", [expire(1.5)], ["s3_bucket.lifecycle_rules[*].expiration.days"]),
    ("s3_bucket.lifecycle_rules", [expire(9), expire(8)], ["s3_bucket.lifecycle_rules has each id once"]),
    ("s3_bucket.lifecycle_rules", [expire(9, "")], ["s3_bucket.lifecycle_rules[*].id has 1"]),
    ("s3_bucket.lifecycle_rules", [expire(9, "i" * 255)], []),
    ("s3_bucket.lifecycle_rules", [expire(9, "i" * 256)], ["s3_bucket.lifecycle_rules[*].id has 1"]),
    ("s3_bucket.lifecycle_rules", [{"id": "none", "enabled": True}], ["s3_bucket.lifecycle_rules[*] has an expiration"]),
    ("s3_bucket.lifecycle_rules", [move(0, "GLACIER")], []),
    ("s3_bucket.lifecycle_rules", [move(0, "INTELLIGENT_TIERING")], []),
    ("s3_bucket.lifecycle_rules", [move(3650, "GLACIER")], []),
    ("s3_bucket.lifecycle_rules", [move(-1, "GLACIER")], ["s3_bucket.lifecycle_rules[*].transition[*].days is a whole"]),
    ("s3_bucket.lifecycle_rules", [move(3651, "GLACIER")], ["s3_bucket.lifecycle_rules[*].transition[*].days is a whole"]),
    ("s3_bucket.lifecycle_rules", [move(0.5, "GLACIER")], ["s3_bucket.lifecycle_rules[*].transition[*].days is a whole"]),
    ("s3_bucket.lifecycle_rules", [move(30, "STANDARD_IA")], []),
    ("s3_bucket.lifecycle_rules", [move(29, "STANDARD_IA")], ["s3_bucket.lifecycle_rules[*].transition[*].days is at least 30"]),
    (
        "s3_bucket.lifecycle_rules",
        [move(29, "GLACIER", "transition-to-ia")],
        ["s3_bucket.lifecycle_rules has the rule transition-to-ia from day 30"],
    ),
    ("s3_bucket.lifecycle_rules", [move(90, "GLACIER", "transition-to-glacier")], []),
    (
        "s3_bucket.lifecycle_rules",
        [move(89, "GLACIER", "transition-to-glacier")],
        ["s3_bucket.lifecycle_rules has the rule transition-to-glacier from day 90"],
    ),
    ("s3_bucket.lifecycle_rules", [move(99, "COLD")], ["s3_bucket.lifecycle_rules[*].transition[*].storage_class"]),
    ("s3_bucket.lifecycle_rules", [move(99, "STANDARD")], ["s3_bucket.lifecycle_rules[*].transition[*].storage_class"]),
    ("s3_bucket.lifecycle_rules", [expire(121), move(120, "GLACIER")], []),
    ("s3_bucket.lifecycle_rules", [expire(120), move(120, "GLACIER")], ["s3_bucket.lifecycle_rules expires"]),
    # Logging.
    ("s3_bucket.logging", {"enabled": True, "target_bucket": "goldenpath-dev-logs"}, []),
    ("s3_bucket.logging", {"enabled": False}, []),
    ("s3_bucket.logging", {"enabled": True}, ["s3_bucket.logging.target_bucket is given"]),
    (
        "s3_bucket.logging",
        {"enabled": True, "target_bucket": GOOD["s3_bucket"]["bucket_name"]},
        ["s3_bucket.logging.target_bucket is another"],
    ),
    ("s3_bucket.logging", {"enabled": True, "target_bucket": "lo"}, ["s3_bucket.logging.target_bucket has 3 to 63"]),
    ("s3_bucket.logging", {"enabled": True, "target_bucket": "l" * 63}, []),
    ("s3_bucket.logging", {"enabled": True, "target_bucket": "l" * 64}, ["s3_bucket.logging.target_bucket has 3 to 63"]),
    ("s3_bucket.logging", {"enabled": True, "target_bucket": "Logs"}, ["s3_bucket.logging.target_bucket matches"]),
    # Tags.
    ("s3_bucket.tags", {f"key{number}": "" for number in range(50)}, []),
    ("s3_bucket.tags", {f"key{number}": "" for number in range(51)}, ["s3_bucket.tags has at most 50"]),
    ("s3_bucket.tags", {"k" * 128: "v" * 256}, []),
    ("s3_bucket.tags", {"k" * 129: "v"}, ["s3_bucket.tags has keys of"]),
    ("s3_bucket.tags", {"k": "v" * 257}, ["s3_bucket.tags has keys of"]),
    ("s3_bucket.tags", {"": "v"}, ["s3_bucket.tags has keys of"]),
    ("s3_bucket.tags", {"Straße": "a_b.c:d/e=f+g-h@i j"}, []),
    ("s3_bucket.tags", {"owner": "a;b"}, ["s3_bucket.tags has letters"]),
    ("s3_bucket.tags", {"owner\n": "a"}, ["s3_bucket.tags has letters"]),
    ("s3_bucket.tags", {"AWS:owner": "a"}, ["s3_bucket.tags has no key that begins with aws:"]),
    ("s3_bucket.tags", {"Application": "a-1", "CostCenter": "7", "Owner": "any one", "Purpose": "data-lake", "RequestId": "S3-0001"}, []),
    ("s3_bucket.tags", {"Application": "ab"}, ["s3_bucket.tags.Application has 3 to 31"]),
    ("s3_bucket.tags", {"Application": "a" * 32}, ["s3_bucket.tags.Application has 3 to 31"]),
    ("s3_bucket.tags", {"Application": "1-payments"}, ["s3_bucket.tags.Application matches"]),
    ("s3_bucket.tags", {"CostCenter": "c" * 65}, ["s3_bucket.tags.CostCenter has 1 to 64"]),
    ("s3_bucket.tags", {"CostCenter": "=1+1"}, ["s3_bucket.tags.CostCenter matches"]),
    ("s3_bucket.tags", {"Owner": "o" * 65}, ["s3_bucket.tags.Owner has 1 to 64"]),
    ("s3_bucket.tags", {"Purpose": "other"}, ["s3_bucket.tags.Purpose is one of"]),
    ("s3_bucket.tags", {"RequestId": "S3-001"}, ["s3_bucket.tags.RequestId has 7", "s3_bucket.tags.RequestId matches"]),
    ("s3_bucket.tags", {"RequestId": "S4-0001"}, ["s3_bucket.tags.RequestId matches"]),
    # Storage class.
    ("s3_bucket.storage_class", "STANDARD", []),
    ("s3_bucket.storage_class", "GLACIER", ["s3_bucket.storage_class is reached"]),
    ("s3_bucket", {"storage_class": "GLACIER", "lifecycle_rules": [move(0, "GLACIER")]}, []),
    (
        "s3_bucket",
        {"storage_class": "GLACIER", "lifecycle_rules": [move(0, "GLACIER", enabled=False)]},
        ["s3_bucket.storage_class is reached"],
    ),
    ("s3_bucket.storage_class", "COLD", ["s3_bucket.storage_class is one of", "s3_bucket.storage_class is reached"]),
    # CORS.
    ("s3_bucket.cors_rules", [cors()] * 100, []),
    ("s3_bucket.cors_rules", [cors()] * 101, ["s3_bucket.cors_rules has at most 100"]),
    ("s3_bucket.cors_rules", [cors(allowed_methods=[])], ["s3_bucket.cors_rules[*] names"]),
    ("s3_bucket.cors_rules", [cors(allowed_origins=[])], ["s3_bucket.cors_rules[*] names"]),
    ("s3_bucket.cors_rules", [cors(allowed_methods=["PATCH"])], ["s3_bucket.cors_rules[*].allowed_methods"]),
    # The policy.
    ("bucket_policy", '{"Statement": [{"Sid": "A"}]}', []),
    ("bucket_policy", '{"Statement": [{"Effect": "Deny"}]}', ["bucket_policy is JSON"]),
    ("bucket_policy", "no JSON", ["bucket_policy is JSON"]),
    # The alarm.
    ("cost_alert.threshold_gb", 1, []),
    ("cost_alert.threshold_gb", 10000, []),
    ("cost_alert.threshold_gb", 0, ["cost_alert.threshold_gb is a whole"]),
    ("cost_alert.threshold_gb", 10001, ["cost_alert.threshold_gb is a whole"]),
    ("cost_alert.threshold_gb", 1.5, ["cost_alert.threshold_gb is a whole"]),
    ("cost_alert.alarm_name", "", ["cost_alert.alarm_name has 1"]),
    ("cost_alert.alarm_name", "a" * 255, []),
    ("cost_alert.alarm_name", "a" * 256, ["cost_alert.alarm_name has 1"]),
    ("cost_alert.threshold_bytes", 107374182400, []),
    ("cost_alert.threshold_bytes", 100000000000, ["cost_alert.threshold_bytes is threshold_gb"]),
    ("alarm_actions", ["arn:aws:sns:eu-west-1:111122223333:topic"], []),
    ("alarm_actions", ["topic"], ["alarm_actions is made"]),
]


def changed(path, value):
    """The good request with one thing changed."""
    request = copy.deepcopy(GOOD)
    if path == "s3_bucket":
        request[path].update(value)
        return request
    *parents, last = path.split(".")
    place = request
    for parent in parents:
        place = place[parent]
    place[last] = value
    return request


def plan(module, work):
    """What Terraform has against each case, by the name of its module call."""
    calls = {f"case_{number:03}": changed(path, value) for number, (path, value, _) in enumerate(CASES)}
    # One line a call, so that the line of a complaint names its case.
    lines = [f"{json.dumps(name)}: {json.dumps({'source': str(module), **request})}" for name, request in calls.items()]
    work.mkdir(parents=True)
    (work / "main.tf.json").write_text('{"module": {\n' + ",\n".join(lines) + "\n}}\n")
    subprocess.run(["terraform", "init", "-input=false", "-no-color"], cwd=work, check=True, stdout=subprocess.DEVNULL)
    answer = subprocess.run(["terraform", "plan", "-json", "-input=false", "-refresh=false"], cwd=work, capture_output=True, text=True)
    complaints = collections.defaultdict(list)
    for line in answer.stdout.splitlines():
        event = json.loads(line)
        if event.get("@level") != "error":
            continue
        diagnostic = event["diagnostic"]
        where = diagnostic.get("range", {})
        name = f"case_{where['start']['line'] - 2:03}" if where.get("filename") == "main.tf.json" else "elsewhere"
        text = diagnostic.get("detail") or diagnostic["summary"]
        complaints[name].append(text.split("\n\nThis was checked by")[0])
    return complaints


def main(module, work):
    """Runs all cases and returns how many went wrong."""
    module = pathlib.Path(module).resolve()
    complaints = plan(module, pathlib.Path(work))
    limits = re.findall(r'^\s+error_message = "(.*)"$', (module / "variables.tf").read_text(), re.M)
    wrong = 0
    met = set()
    for number, (path, value, expected) in enumerate(CASES):
        found = complaints.pop(f"case_{number:03}", [])
        met.update(found)
        as_expected = len(found) == len(expected) and all(any(text.startswith(start) for text in found) for start in expected)
        if not as_expected:
            wrong += 1
            print(f"case {number}: {path} = {json.dumps(value)[:70]}\n  expected {expected}\n  found    {found}")
    for name, found in complaints.items():
        wrong += 1
        print(f"{name}: {found}")
    for limit in limits:
        if limit not in met:
            wrong += 1
            print(f"no case breaks the limit: {limit}")
    print(f"{len(CASES)} cases, {len(limits)} limits, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
