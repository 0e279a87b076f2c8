"""Takes the place of ``s3_request_parser.py``: the same functions, files and command line.

Change the import or the path and nothing else::

    from strongroom.compat import s3_request_parser
    python -m strongroom.compat.s3_request_parser --mode validate --input-files FILE...

What the script got wrong is right here. Each difference stands in the guide "Migrating from the
Python parser". The decisions are made in Rust; new code should use ``strongroom.contracts``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strongroom import StrongroomError, contracts
from strongroom._strongroom import compat as _rust
from strongroom.compat import _wording
from strongroom.compat._scalars import construct as _construct
from strongroom.contracts import Finding, Policy, S3BucketRequest

__all__ = [
    "AUDIT_COLUMNS",
    "S3Request",
    "append_audit_record",
    "generate_audit_record",
    "generate_iam_policy",
    "generate_tfvars",
    "iam_policy_output_path",
    "load_yaml",
    "main",
    "parse_request",
    "read_catalog_documents",
    "tfvars_output_path",
    "update_s3_catalog",
    "validate_enums",
    "validate_guardrails",
    "validate_request",
    "write_catalog_documents",
    "write_json",
]

_Path = str | os.PathLike[str]

AUDIT_COLUMNS = (
    "timestamp_utc",
    "request_id",
    "bucket_name",
    "owner",
    "environment",
    "purpose",
    "action",
    "approver",
    "status",
)


@dataclass
class S3Request:
    """A request as the parser before had it."""

    s3_id: str
    environment: str
    bucket_name: str
    owner: str
    application: str
    requester: str
    created_date: str | None
    purpose_type: str
    purpose_description: str
    storage_class: str
    encryption_type: str
    kms_key_alias: str | None
    versioning: bool
    public_access: str
    retention_type: str
    retention_rationale: str
    lifecycle_expire_days: int | None
    lifecycle_transition_ia_days: int | None
    lifecycle_transition_glacier_days: int | None
    access_logging_enabled: bool
    access_logging_target: str | None
    cost_alert_gb: int
    cost_center: str
    cors_enabled: bool


# What a request carries: its attribute for each field of a contract.
_FIELDS = {
    "id": "s3_id",
    "environment": "environment",
    "owner": "owner",
    "application": "application",
    "requester": "requester",
    "metadata.created": "created_date",
    "spec.bucketName": "bucket_name",
    "spec.purpose.type": "purpose_type",
    "spec.purpose.description": "purpose_description",
    "spec.storageClass": "storage_class",
    "spec.encryption.type": "encryption_type",
    "spec.encryption.kmsKeyAlias": "kms_key_alias",
    "spec.versioning": "versioning",
    "spec.publicAccess": "public_access",
    "spec.retentionPolicy.type": "retention_type",
    "spec.retentionPolicy.rationale": "retention_rationale",
    "spec.lifecycle.expireDays": "lifecycle_expire_days",
    "spec.lifecycle.transitionToIaDays": "lifecycle_transition_ia_days",
    "spec.lifecycle.transitionToGlacierDays": "lifecycle_transition_glacier_days",
    "spec.accessLogging.enabled": "access_logging_enabled",
    "spec.accessLogging.targetBucket": "access_logging_target",
    "spec.costAlertGb": "cost_alert_gb",
    "spec.tags.costCenter": "cost_center",
    "spec.corsEnabled": "cors_enabled",
}
_UNDER_METADATA = ("id", "environment", "owner", "application", "requester")
# Findings after which the values of a request would be anybody's guess.
_UNREADABLE = {"missing-field", "unknown-field", "wrong-type", "field-given-twice"}
_ENUMS = {"unknown-value", "unknown-owner"}


def load_yaml(path: _Path) -> dict[str, Any]:
    """Reads one YAML document that is a mapping, with the values of YAML 1.1.

    Raises:
        ValueError: For anything that tools read differently: a key given twice, tags, anchors,
            several documents, tabs. The text names the line and the column.
        OSError: If the file cannot be read.
    """
    return _load(Path(path).read_bytes(), path)


def parse_request(doc: Mapping[str, Any], src_path: _Path) -> S3Request:
    """Makes a request from a document; asks for presence and types only.

    Raises:
        ValueError: For missing and unknown fields, and values of the wrong type.
    """
    if not isinstance(doc, Mapping):
        raise ValueError(f"{src_path}: the document is not a mapping")
    document = _with_text_dates(doc)
    findings = [finding for finding in _judge(document, src_path) if finding.blocks]
    missing = [finding for finding in findings if finding.name == "missing-field"]
    unreadable = [
        finding
        for finding in findings
        if finding.name in _UNREADABLE | {"ambiguous-scalar"} or finding.field not in _FIELDS
    ]
    texts = [_wording.plainly(finding) for finding in unreadable if finding not in missing]
    _refuse(src_path, [_wording.missing(missing)] * bool(missing) + texts)
    values: dict[str, Any] = {
        name: _value(document, field) for field, name in _FIELDS.items()
    }
    # YAML calls `100.0` a number with a fraction; it was accepted as a whole one.
    for name, value in values.items():
        values[name] = int(value) if isinstance(value, float) else value
    return S3Request(**values)


def validate_enums(req: S3Request, src_path: _Path) -> None:
    """Asks whether each choice is one that is offered.

    Raises:
        ValueError: ``<path>: environment='x' not in [...]`` and the like.
    """
    policy = _policy(src_path)
    findings = [it for it in _judge(_document(req), src_path) if it.blocks and it.name in _ENUMS]
    _refuse(
        src_path,
        [
            _wording.unknown_value(finding, getattr(req, _FIELDS[finding.field]), policy)
            for finding in findings
        ],
    )


def validate_guardrails(req: S3Request, src_path: _Path) -> list[str]:
    """Asks every other question, and returns the warnings.

    Raises:
        ValueError: For all errors, in one line.
    """
    policy = _policy(src_path)
    # What a request does not carry was asked about when it was parsed.
    findings = [
        finding
        for finding in _judge(_document(req), src_path)
        if finding.field in _FIELDS and finding.name not in _ENUMS
    ]
    errors = [_wording.error(finding, req, policy) for finding in findings if finding.blocks]
    _refuse(src_path, errors)
    warnings = [
        _wording.warning(finding)
        for finding in findings
        if finding.severity == "warning" and finding.waived is None
    ]
    try:
        reasons = _rust.approval_reasons(_typed(req), policy)
    except StrongroomError:
        return warnings  # A choice that is not offered, which is the business of `validate_enums`.
    if any(name == "static-assets" for name, _ in reasons):
        warnings.append(_wording.review(req.purpose_type))
    return warnings


def validate_request(req: S3Request, src_path: _Path) -> list[str]:
    """Asks everything, and returns the warnings.

    Raises:
        ValueError: As ``validate_enums`` and ``validate_guardrails``.
    """
    validate_enums(req, src_path)
    return validate_guardrails(req, src_path)


def generate_tfvars(req: S3Request) -> dict[str, Any]:
    """The Terraform input.

    Raises:
        ValueError: If a choice is not one that is offered.
    """
    tfvars: dict[str, Any] = json.loads(_rust.tfvars(_made(req), _policy(".")))
    return tfvars


def generate_iam_policy(req: S3Request) -> dict[str, Any]:
    """The IAM policy of this request alone.

    Raises:
        ValueError: If a choice is not one that is offered.
    """
    policy: dict[str, Any] = json.loads(_rust.iam_policy(_made(req), _policy(".")))
    return policy


def generate_audit_record(
    req: S3Request, action: str, status: str, approver: str
) -> dict[str, str]:
    """A row for the audit file, with the present moment in UTC."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    cells = (
        now.isoformat().replace("+00:00", "Z"),
        req.s3_id,
        req.bucket_name,
        req.owner,
        req.environment,
        req.purpose_type,
        action,
        approver,
        status,
    )
    return dict(zip(AUDIT_COLUMNS, cells, strict=True))


def read_catalog_documents(path: _Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The front matter and the body of the catalogue; two empty ones if there is no file.

    Raises:
        ValueError: If it cannot be read.
    """
    path = Path(path)
    if not path.exists():
        return {}, {}
    try:
        text = path.read_text(encoding="utf-8")
        documents = _rust.read_documents(text, _construct)
    except (StrongroomError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    match documents:
        case []:
            return {}, {}
        case [body]:
            return {}, body
        case [frontmatter, body]:
            return frontmatter, body
    raise ValueError(f"{path}: a catalogue has two documents, this one has {len(documents)}")


def write_catalog_documents(
    path: _Path, frontmatter: Mapping[str, Any], body: Mapping[str, Any], dry_run: bool
) -> None:
    """Writes the catalogue anew, whole or not at all.

    A file that says the same already is left alone. Comments do not survive a file that is
    written anew; ``update_s3_catalog`` keeps them.
    """
    text = _rust.write_documents([dict(frontmatter), dict(body)])
    if dry_run:
        _say(f"[DRY-RUN] would write {path}")
        return
    if Path(path).exists() and read_catalog_documents(path) == (dict(frontmatter), dict(body)):
        return
    _rust.replace_file(path, text)


def update_s3_catalog(
    req: S3Request, catalog_path: _Path, region: str, status: str, dry_run: bool
) -> None:
    """Puts the bucket into the catalogue: comments and other entries stay as they are.

    Raises:
        ValueError: If the catalogue cannot be changed safely; then it was not touched.
    """
    today = datetime.datetime.now(datetime.timezone.utc).date()
    request = _made(req)
    try:
        changed = _rust.update_catalog(
            catalog_path, request, _policy("."), region, status, today.isoformat(), dry_run
        )
    except StrongroomError as error:
        raise ValueError(f"{catalog_path}: {error}") from error
    if dry_run and changed:
        _say(f"[DRY-RUN] would update {catalog_path} with {req.bucket_name}")


def append_audit_record(path: _Path, record: Mapping[str, str], dry_run: bool) -> None:
    """Adds a row to the audit file, unless the last row about the request says the same.

    Raises:
        ValueError: If the file is no audit file; then it was not touched.
    """
    cells = tuple(str(record.get(column, "")) for column in AUDIT_COLUMNS)
    if dry_run:
        _say(f"[DRY-RUN] would append to {path}: {', '.join(cells)}")
        return
    try:
        _rust.append_audit(path, cells, record.get("run_id"))
    except StrongroomError as error:
        raise ValueError(f"{path}: {error}") from error


def tfvars_output_path(root: _Path, req: S3Request) -> Path:
    """``{root}/{environment}/s3/generated/{id}.auto.tfvars.json``"""
    _refuse_separators(req.environment, req.s3_id)
    return Path(root) / req.environment / "s3" / "generated" / f"{req.s3_id}.auto.tfvars.json"


def iam_policy_output_path(root: _Path, req: S3Request) -> Path:
    """``{root}/generated/iam/{application}-s3-policy.json``"""
    _refuse_separators(req.application)
    return Path(root) / "generated" / "iam" / f"{req.application}-s3-policy.json"


def write_json(path: _Path, data: object, dry_run: bool) -> None:
    """Writes a file whole or not at all, with an indent of two spaces."""
    text = json.dumps(data, indent=2) + "\n"
    if dry_run:
        _say(f"[DRY-RUN] would write {path}\n{text}", end="")
        return
    _rust.replace_file(path, text)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Every file is tried; 1 if any failed."""
    arguments = _arguments().parse_args(argv)
    failed = False
    claims = _claims(arguments.input_files)
    for path in arguments.input_files:
        try:
            _refuse(path, claims.get(os.path.normpath(path), []))
            _one(path, arguments)
        except (ValueError, OSError) as error:
            failed = True
            text = str(error)
            _say(f"[ERROR] {text if text.startswith(f'{path}: ') else f'{path}: {text}'}")
    return int(failed)


def _claims(paths: Sequence[str]) -> dict[str, list[str]]:
    """What more than one of the files claims for itself: a number or a bucket."""
    files = [path for path in paths if Path(path).is_file()]
    claims: dict[str, list[str]] = {}
    if not files:
        return claims
    try:
        findings = contracts.validate(files).findings
    except StrongroomError:
        return claims  # A policy that cannot be used; each file will say so.
    for finding in findings:
        if finding.code.startswith("T") and finding.blocks and finding.path:
            claims.setdefault(os.path.normpath(finding.path), []).append(
                _wording.plainly(finding)
            )
    return claims


def _one(path: str, arguments: argparse.Namespace) -> None:
    data = Path(path).read_bytes()
    doc = _load(data, path)
    # Values have lost what they looked like; the text says `12:30` where they say 750.
    ambiguous = [
        f"line {finding.line}, column {finding.column}: {_wording.plainly(finding)}"
        for finding in contracts.check(data, policy=_policy(path))
        if finding.blocks and finding.name == "ambiguous-scalar"
    ]
    _refuse(path, ambiguous)
    req = parse_request(doc, path)
    for warning in validate_request(req, path):
        _say(f"[WARN] {path}: {warning}")
    if arguments.mode == "validate":
        _say(f"[OK] {path} validated")
        return
    dry_run: bool = arguments.dry_run
    tfvars_path = tfvars_output_path(arguments.output_root, req)
    iam_path = iam_policy_output_path(arguments.output_root, req)
    write_json(tfvars_path, generate_tfvars(req), dry_run)
    if dry_run:
        write_json(iam_path, generate_iam_policy(req), dry_run)
    else:
        _update_iam_policy(iam_path, req)
    if arguments.catalog_path:
        region = arguments.catalog_region or _environment("AWS_REGION", "AWS_DEFAULT_REGION")
        update_s3_catalog(
            req, arguments.catalog_path, region, arguments.catalog_status, dry_run
        )
    if arguments.audit_path:
        approver = arguments.audit_approver or _environment("GITHUB_ACTOR")
        record = generate_audit_record(
            req, arguments.audit_action, arguments.audit_status, approver
        )
        append_audit_record(arguments.audit_path, record, dry_run)
    _say(f"[OK] {path} -> {tfvars_path}, {iam_path}")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="s3_request_parser.py", description="Checks S3 bucket requests and renders files."
    )
    parser.add_argument("--mode", choices=["validate", "generate"], required=True)
    parser.add_argument("--input-files", nargs="+", required=True, metavar="F")
    parser.add_argument("--output-root", default="envs")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--catalog-path")
    parser.add_argument("--catalog-region")
    parser.add_argument("--catalog-status", default="active")
    parser.add_argument("--audit-path")
    parser.add_argument("--audit-action", default="apply")
    parser.add_argument("--audit-status", default="success")
    parser.add_argument("--audit-approver")
    return parser


def _environment(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "unknown")


def _say(line: str, end: str = "\n") -> None:
    """Prints a line, and only one: a file name must not begin another."""
    head, *rest = line.split("\n{", 1)
    if not head.isprintable():
        head = "".join(char if char.isprintable() else repr(char)[1:-1] for char in head)
    print("\n{".join([head, *rest]), end=end)


def _load(data: bytes, path: _Path) -> dict[str, Any]:
    try:
        return _rust.read_yaml(data, _construct)
    except (StrongroomError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _judge(document: object, src_path: _Path) -> list[Finding]:
    try:
        return _rust.judge(document, src_path)
    except (StrongroomError, TypeError) as error:
        raise ValueError(f"{src_path}: {error}") from error


def _policy(path: _Path) -> Policy:
    try:
        return _rust.policy_at(path)
    except StrongroomError as error:
        raise ValueError(f"{path}: {error}") from error


def _refuse(src_path: _Path, texts: Iterable[str]) -> None:
    text = "; ".join(texts)
    if text:
        raise ValueError(f"{src_path}: {text}")


def _refuse_separators(*parts: str) -> None:
    for part in parts:
        if part in ("", ".", "..") or "/" in part or "\\" in part:
            raise ValueError(f"`{part}` cannot be part of a file name")


def _update_iam_policy(path: Path, req: S3Request) -> None:
    try:
        _rust.update_iam_policy(path, _made(req), _policy("."))
    except StrongroomError as error:
        raise ValueError(str(error)) from error


def _document(req: S3Request) -> dict[str, Any]:
    """The contract that a request stands for, as far as the request carries it."""
    document: dict[str, Any] = {"apiVersion": "goldenpath.io/v1", "kind": "S3BucketRequest"}
    for field, name in _FIELDS.items():
        value = getattr(req, name)
        if value is None:
            continue
        *sections, key = field.split(".")
        node = document
        for section in sections:
            node = node.setdefault(section, {})
        node[key] = value
    return document


def _typed(req: S3Request) -> S3BucketRequest:
    return S3BucketRequest.from_dict(_document(req))


def _made(req: S3Request) -> S3BucketRequest:
    try:
        return _typed(req)
    except (StrongroomError, TypeError) as error:
        raise ValueError(f"{req.s3_id}: {error}") from error


def _with_text_dates(doc: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the day of the request as text: YAML 1.1 takes it for a date."""
    document = dict(doc)
    metadata = document.get("metadata")
    if isinstance(metadata, Mapping) and type(metadata.get("created")) is datetime.date:
        document["metadata"] = {**metadata, "created": metadata["created"].isoformat()}
    return document


def _value(document: Mapping[str, Any], field: str) -> Any:
    node: Any = document
    for key in field.split("."):
        node = node.get(key) if isinstance(node, Mapping) else None
    if node is None and field in _UNDER_METADATA:
        node = (document.get("metadata") or {}).get(field)
    return _wording.default(field) if node is None else node


if __name__ == "__main__":
    sys.exit(main())
