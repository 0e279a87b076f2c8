"""Reads a plan back into the tfvars file it was made from, and compares the two.

Whatever is in the file and in no resource, or reached a resource changed, is a difference. The
reading is written from the AWS side, so a mistake of the module is not repeated here. If the bucket
policy or the alarm was rendered beside a `*.auto.tfvars.json` file, they are compared too.

    reached.py TFVARS.json PLAN.json      PLAN.json is the output of `terraform show -json`
"""

import json
import pathlib
import sys

ALGORITHMS = {"AES256": "SSE_S3", "aws:kms": "SSE_KMS"}


class Plan:
    """The planned resources and the data sources of one plan, by type."""

    def __init__(self, document):
        self.found = {}
        state = document.get("prior_state", {}).get("values", {})
        for values in (document["planned_values"], state):
            self.collect(values.get("root_module", {}))

    def collect(self, module):
        for resource in module.get("resources", []):
            self.found.setdefault(resource["type"], []).append(resource["values"])
        for child in module.get("child_modules", []):
            self.collect(child)

    def one(self, kind):
        """The only resource of this kind, or None."""
        found = self.found.get(kind, [])
        if len(found) > 1:
            raise SystemExit(f"the plan has {len(found)} of {kind}")
        return found[0] if found else None


def lifecycle_rule(rule):
    read = {"id": rule["id"], "enabled": rule["status"] == "Enabled"}
    if rule["expiration"]:
        read["expiration"] = {"days": rule["expiration"][0]["days"]}
    if rule["transition"]:
        read["transition"] = [{key: move[key] for key in ("days", "storage_class")} for move in rule["transition"]]
    return read


def cors_rule(rule):
    fields = ("allowed_methods", "allowed_origins", "allowed_headers", "expose_headers")
    return {**{field: sorted(rule.get(field) or []) for field in fields}, "max_age_seconds": rule.get("max_age_seconds")}


def read_back(plan):
    """The request as AWS would see it."""
    bucket = plan.one("aws_s3_bucket")
    encryption = plan.one("aws_s3_bucket_server_side_encryption_configuration")["rule"][0]
    default = encryption["apply_server_side_encryption_by_default"][0]
    alias = plan.one("aws_kms_alias")
    access = plan.one("aws_s3_bucket_public_access_block")
    logging = plan.one("aws_s3_bucket_logging")
    lifecycle = plan.one("aws_s3_bucket_lifecycle_configuration")
    cors = plan.one("aws_s3_bucket_cors_configuration")
    alarm = plan.one("aws_cloudwatch_metric_alarm")
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return {
        "s3_bucket": {
            "bucket_name": bucket["bucket"],
            "versioning_enabled": plan.one("aws_s3_bucket_versioning")["versioning_configuration"][0]["status"] == "Enabled",
            "encryption": {
                "type": ALGORITHMS[default["sse_algorithm"]],
                "kms_key_alias": alias["name"] if alias and default["kms_master_key_id"] == alias["target_key_arn"] else None,
            },
            "public_access_block": {flag: access[flag] for flag in flags},
            "lifecycle_rules": [lifecycle_rule(rule) for rule in lifecycle["rule"]] if lifecycle else [],
            "logging": {"enabled": True, "target_bucket": logging["target_bucket"]} if logging else None,
            "tags": bucket["tags"],
            "cors_rules": [cors_rule(rule) for rule in cors["cors_rule"]] if cors else [],
        },
        "cost_alert": {
            "alarm_name": alarm["alarm_name"],
            "threshold_gb": alarm["threshold"] / 2**30,
            "threshold_bytes": alarm["threshold"],
        },
    }


def expected(request):
    """The file with what older files leave out, in the order AWS keeps it."""
    bucket = dict(request["s3_bucket"])
    # A bucket has no storage class; the rule that moves objects there is among the lifecycle rules.
    bucket.pop("storage_class", None)
    bucket["cors_rules"] = [cors_rule(rule) for rule in bucket.get("cors_rules", [])]
    if not (bucket.get("logging") or {}).get("enabled"):
        bucket["logging"] = None
    alert = dict(request["cost_alert"])
    alert.setdefault("threshold_bytes", alert["threshold_gb"] * 2**30)
    return {"s3_bucket": bucket, "cost_alert": alert}


def read_alarm(plan):
    """The alarm as `aws cloudwatch put-metric-alarm` would be told, without the description."""
    alarm = plan.one("aws_cloudwatch_metric_alarm")
    metrics = {}
    for query in alarm["metric_query"]:
        metrics[query["id"]] = {"Expression": query["expression"], "ReturnData": query["return_data"]}
        for metric in query["metric"]:
            metrics[query["id"]] = {
                "Namespace": metric["namespace"],
                "MetricName": metric["metric_name"],
                "Dimensions": metric["dimensions"],
                "Period": metric["period"],
                "Stat": metric["stat"],
                "ReturnData": query["return_data"],
            }
    fields = ("alarm_name", "alarm_description", "evaluation_periods", "threshold", "comparison_operator", "treat_missing_data")
    return {**{field: alarm[field] for field in fields}, "tags": alarm["tags"], "metrics": metrics}


def rendered_alarm(alarm):
    """The rendered alarm in the same form."""
    metrics = {}
    for query in alarm["Metrics"]:
        stat = query.get("MetricStat")
        read = {"Expression": query.get("Expression")}
        if stat:
            dimensions = {it["Name"]: it["Value"] for it in stat["Metric"]["Dimensions"]}
            read = {**stat["Metric"], "Dimensions": dimensions, "Period": stat["Period"], "Stat": stat["Stat"]}
        metrics[query["Id"]] = {**read, "ReturnData": query["ReturnData"]}
    return {
        "alarm_name": alarm["AlarmName"],
        "alarm_description": alarm["AlarmDescription"],
        "evaluation_periods": alarm["EvaluationPeriods"],
        "threshold": alarm["Threshold"],
        "comparison_operator": alarm["ComparisonOperator"],
        "treat_missing_data": alarm["TreatMissingData"],
        "tags": {tag["Key"]: tag["Value"] for tag in alarm["Tags"]},
        "metrics": metrics,
    }


def beside(request, plan):
    """What was rendered beside the file: (name, as rendered, as planned)."""
    if not request.endswith(".auto.tfvars.json"):
        return
    policy, alarm = (pathlib.Path(request.removesuffix("auto.tfvars.json") + end) for end in ("bucket-policy.json", "alarm.json"))
    if policy.exists():
        yield "bucket policy", json.loads(policy.read_text()), json.loads(plan.one("aws_s3_bucket_policy")["policy"])
    if alarm.exists():
        yield "alarm", rendered_alarm(json.loads(alarm.read_text())), read_alarm(plan)


def differences(path, want, have):
    if isinstance(want, dict) and isinstance(have, dict):
        for key in sorted(want.keys() | have.keys()):
            yield from differences(f"{path}.{key}".lstrip("."), want.get(key), have.get(key))
    elif want != have:
        yield f"{path}: the file says {json.dumps(want)}, the plan {json.dumps(have)}"


def main(request, plan):
    plan = Plan(json.loads(pathlib.Path(plan).read_text()))
    found = list(differences("", expected(json.loads(pathlib.Path(request).read_text())), read_back(plan)))
    for name, want, have in beside(request, plan):
        found += differences(name, want, have)
    for difference in found:
        print(difference)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
