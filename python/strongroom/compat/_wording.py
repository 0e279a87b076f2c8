"""Findings in the words of the parser before, which callers match on.

Nothing is decided here: Rust found it, and this says it as it used to be said. A rule that the
parser before did not have speaks for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from strongroom.contracts import Finding, Policy, json_schema

if TYPE_CHECKING:
    from strongroom.compat.s3_request_parser import S3Request

# What the older patterns were, with the prefix of the organisation in place of `goldenpath`.
_BUCKET = "^goldenpath-[a-z]+-[a-z0-9-]+-[a-z0-9-]+$"
_PATTERNS = {
    "id": "^S3-[0-9]{4}$",
    "application": "^[a-z][a-z0-9-]{2,30}$",
    "bucketName": _BUCKET,
    "encryption.kmsKeyAlias": "^alias/[a-z0-9-]+$",
    "accessLogging.targetBucket": "^goldenpath-[a-z]+-logs$",
}


# Defaults depend on no policy; asking for them once is enough.
_BUILT_IN = json_schema()


def short(field: str) -> str:
    """The name of a field without ``spec.``, as messages had it."""
    return field.removeprefix("spec.")


def missing(findings: Iterable[Finding]) -> str:
    """All missing fields in one line."""
    return "missing required fields: " + ", ".join(finding.field for finding in findings)


def plainly(finding: Finding) -> str:
    """A finding that has no older wording."""
    hint = f"; {finding.hint}" if finding.hint else ""
    named = not finding.field or f"`{finding.field}`" in finding.message
    about = "" if named else f"{short(finding.field)}: "
    return f"{about}{finding.message}{hint} ({finding.code})"


def unknown_value(finding: Finding, value: object, policy: Policy) -> str:
    """A value that is none of the choices."""
    choices = (
        policy.owners
        if finding.field == "owner"
        else _node(finding.field, json_schema(policy=policy)).get("enum", [])
    )
    return f"{short(finding.field)}={value!r} not in {choices}"


def error(finding: Finding, req: S3Request, policy: Policy) -> str:
    """A finding that is an error, about a request."""
    field, prefix = short(finding.field), policy.prefix
    match finding.name:
        case "weak-encryption":
            return f"SSE-KMS encryption required for {req.environment}"
        case "missing-kms-alias":
            return f"kmsKeyAlias required when encryption.type={req.encryption_type}"
        case "missing-access-logging":
            return f"accessLogging required for {req.environment}"
        case "missing-log-target":
            return "accessLogging.targetBucket required when accessLogging.enabled=true"
        case "foreign-log-target":
            return f"accessLogging.targetBucket must match {prefix}-{req.environment}-logs"
        case "retention-without-lifecycle":
            return f"lifecycle rules required when retentionPolicy.type={req.retention_type}"
        case "wrong-environment-prefix":
            wanted = f"{prefix}-{req.environment}-"
            text = f"bucketName must use the requested environment prefix {wanted}"
            # The parser before asked about the pattern first, and said no more if it did not fit.
            if re.fullmatch(_own(_BUCKET, re.escape(prefix)), req.bucket_name):
                return text
            return f"bucketName must match {_own(_BUCKET, prefix)}; {text}"
        case "out-of-range":
            node = _node(finding.field, json_schema(policy=policy))
            return f"{field} must be between {node['minimum']} and {node['maximum']}"
        case "bad-format" | "bad-length" if field in _PATTERNS:
            name = field.removeprefix("encryption.")
            return f"{name} must match {_own(_PATTERNS[field], prefix)}"
        case _:
            return plainly(finding)


def warning(finding: Finding) -> str:
    """A finding that is a warning."""
    if finding.name == "public-access":
        return "publicAccess=exception-approved requires platform-approval label"
    return plainly(finding)


def review(purpose: str) -> str:
    """The platform team has to look at the purpose."""
    return f"purpose.type={purpose} buckets require platform review"


def _own(pattern: str, prefix: str) -> str:
    return pattern.replace("goldenpath", prefix)


def default(field: str) -> object:
    """What is meant where a contract does not say."""
    return _node(field, _BUILT_IN).get("default")


def _node(field: str, schema: dict[str, Any]) -> dict[str, Any]:
    """What the schema says about a field."""
    node = schema
    for key in field.split("."):
        node = node.get("properties", {}).get(key, {})
    return node
