"""The drop-in: the same functions, files and command line, without the faults."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import inspect
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shared import vectors

from strongroom.compat import s3_request_parser as parser

SOURCE = Path("docs/20-contracts/s3-requests/dev/S3-0001.yaml")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


@pytest.fixture
def doc(tmp_path: Path, contract: str) -> dict[str, Any]:
    return parser.load_yaml(write(tmp_path, "contract.yaml", contract))


@pytest.fixture
def req(doc: dict[str, Any]) -> parser.S3Request:
    return parser.parse_request(doc, "contract.yaml")


def protected(req: parser.S3Request, **changes: Any) -> parser.S3Request:
    """The request as production asks for it, with `changes`."""
    values: dict[str, Any] = {
        "environment": "prod",
        "bucket_name": "goldenpath-prod-payments-api-uploads",
        "encryption_type": "sse-kms",
        "kms_key_alias": "alias/goldenpath-prod-s3",
        "access_logging_enabled": True,
        "access_logging_target": "goldenpath-prod-logs",
    }
    return dataclasses.replace(req, **(values | changes))


# --- the interface -------------------------------------------------------------------------------

SIGNATURES = {
    "load_yaml": ["path"],
    "parse_request": ["doc", "src_path"],
    "validate_enums": ["req", "src_path"],
    "validate_guardrails": ["req", "src_path"],
    "validate_request": ["req", "src_path"],
    "generate_tfvars": ["req"],
    "generate_iam_policy": ["req"],
    "generate_audit_record": ["req", "action", "status", "approver"],
    "read_catalog_documents": ["path"],
    "write_catalog_documents": ["path", "frontmatter", "body", "dry_run"],
    "update_s3_catalog": ["req", "catalog_path", "region", "status", "dry_run"],
    "append_audit_record": ["path", "record", "dry_run"],
    "tfvars_output_path": ["root", "req"],
    "iam_policy_output_path": ["root", "req"],
    "write_json": ["path", "data", "dry_run"],
}

ATTRIBUTES = (
    "s3_id environment bucket_name owner application requester created_date purpose_type "
    "purpose_description storage_class encryption_type kms_key_alias versioning public_access "
    "retention_type retention_rationale lifecycle_expire_days lifecycle_transition_ia_days "
    "lifecycle_transition_glacier_days access_logging_enabled access_logging_target cost_alert_gb "
    "cost_center cors_enabled"
).split()


@pytest.mark.parametrize(("name", "parameters"), SIGNATURES.items())
def test_every_function_is_called_as_before(name: str, parameters: list[str]) -> None:
    signature = inspect.signature(getattr(parser, name))
    assert list(signature.parameters) == parameters
    assert all(it.default is inspect.Parameter.empty for it in signature.parameters.values())


def test_a_request_has_the_attributes_of_before(req: parser.S3Request) -> None:
    assert [field.name for field in dataclasses.fields(req)] == ATTRIBUTES
    assert req.s3_id == "S3-0001"
    assert req.lifecycle_expire_days is None
    assert req.kms_key_alias is None
    assert (req.versioning, req.cors_enabled, req.access_logging_enabled) == (True, False, False)
    assert (req.cost_alert_gb, req.cost_center) == (100, "payments-123")


def test_main_can_be_called_without_arguments() -> None:
    parameters = inspect.signature(parser.main).parameters.values()
    assert all(parameter.default is not inspect.Parameter.empty for parameter in parameters)


# --- reading -------------------------------------------------------------------------------------

# What PyYAML reads and we refuse, because tools read it differently, and what we read as text.
REFUSED = {
    "a: 0123": "not the same number for all tools",
    "a: 1\na: 2": "line 2, column 1: the key `a` is given twice",
    "x: &x {b: 1}\ny: *x": "anchor",
    "b: &b {k: 1}\nc:\n  <<: *b\n  j: 2": "anchor",
    "a: !!str 1": "a tag changes how a value is read",
    "- 1\n- 2": "not a mapping",
    "": "the document is empty",
    "a:\tb": "a tab stands where YAML wants spaces",
    "%YAML 1.2\n---\na: yes": "a directive changes how the document is read",
}
# Keys are text, and YAML 1.2 has no quarrel with `=`.
AS_TEXT: dict[str, dict[str, object]] = {
    "1: x": {"1": "x"},
    "true: x": {"true": "x"},
    "null: x": {"null": "x"},
    "a: =": {"a": "="},
}


def expected(value: Any) -> Any:
    match value:
        case {"$date": text}:
            return datetime.date.fromisoformat(text)
        case {"$datetime": text}:
            return datetime.datetime.fromisoformat(text)
        case {"$float": text}:
            return float(text)
        case dict():
            return {key: expected(item) for key, item in value.items()}
        case _:
            return value


@pytest.mark.parametrize("vector", vectors("yaml_vectors.json"), ids=lambda vector: vector["id"])
def test_yaml_has_the_values_of_pyyaml(tmp_path: Path, vector: dict[str, Any]) -> None:
    path = write(tmp_path, "a.yaml", vector["text"])
    text = vector["text"]
    if text in REFUSED or ("error" in vector and text not in AS_TEXT):
        with pytest.raises(ValueError, match=REFUSED.get(text)) as refused:
            parser.load_yaml(path)
        assert str(refused.value).startswith(f"{path}: line ")
        return
    value = parser.load_yaml(path)
    wanted = AS_TEXT.get(text) or expected(vector["value"])
    [(key, first)] = list(wanted.items())[:1]
    assert type(value[key]) is type(first)
    if isinstance(first, float) and math.isnan(first):
        assert math.isnan(value[key])
    else:
        assert value == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-17 10:00:00.5", datetime.datetime(2026, 1, 17, 10, 0, 0, 500000)),
        (
            "2026-1-7t1:00:00 -5",
            datetime.datetime(
                2026, 1, 7, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5))
            ),
        ),
        ("-0x1_0000_0000_0000_0000", -(16**16)),
        ("1:30.5", 90.5),
        ("-1_0.5", -10.5),
    ],
)
def test_scalars_beyond_the_vectors(tmp_path: Path, text: str, value: object) -> None:
    assert parser.load_yaml(write(tmp_path, "a.yaml", f"a: {text}\n")) == {"a": value}


def test_a_date_of_no_calendar_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "a: 2026-02-31\n")
    with pytest.raises(ValueError, match="day"):
        parser.load_yaml(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        parser.load_yaml(tmp_path / "missing.yaml")


# --- parsing -------------------------------------------------------------------------------------


def test_all_missing_fields_are_named_at_once(doc: dict[str, Any]) -> None:
    del doc["spec"]["bucketName"], doc["owner"]
    with pytest.raises(ValueError) as refused:
        parser.parse_request(doc, SOURCE)
    assert str(refused.value) == f"{SOURCE}: missing required fields: owner, spec.bucketName"


def test_some_fields_may_stand_under_metadata(doc: dict[str, Any]) -> None:
    keys = ("id", "environment", "owner", "application", "requester")
    doc["metadata"] = {key: doc.pop(key) for key in keys}
    doc["metadata"]["created"] = datetime.date(2026, 1, 17)
    req = parser.parse_request(doc, SOURCE)
    assert (req.s3_id, req.requester) == ("S3-0001", "daniel-deans")
    assert req.created_date == "2026-01-17"


def test_what_is_not_said_has_its_default(doc: dict[str, Any]) -> None:
    for key in ("storageClass", "encryption", "versioning", "publicAccess", "accessLogging"):
        del doc["spec"][key]
    del doc["spec"]["corsEnabled"]
    req = parser.parse_request(doc, SOURCE)
    assert (req.storage_class, req.encryption_type) == ("standard", "sse-s3")
    assert (req.versioning, req.public_access) == (True, "blocked")
    assert (req.access_logging_enabled, req.cors_enabled) == (False, False)


def test_enumerations_are_not_the_parsers_business(doc: dict[str, Any]) -> None:
    doc["environment"] = "moon"
    doc["spec"]["storageClass"] = "tape"
    req = parser.parse_request(doc, SOURCE)
    assert (req.environment, req.storage_class) == ("moon", "tape")


@pytest.mark.parametrize(
    ("keys", "value", "text"),
    [
        # `bool("false")` was true, and so was `bool("no")`.
        (("versioning",), "false", "`spec.versioning` must be `true` or `false`"),
        (("corsEnabled",), "no", "`spec.corsEnabled` must be `true` or `false`"),
        (("accessLogging", "enabled"), "false", "`spec.accessLogging.enabled` must be"),
        # A field that nobody reads is a wish that nobody grants.
        (("lifcycle",), {"expireDays": 1}, "did you mean `lifecycle`"),
        # 0123 was written back as 83.
        (("tags", "costCenter"), 83, "`spec.tags.costCenter` is text"),
        (("tags", "level"), 3, "`spec.tags.level` is text"),
        (("costAlertGb",), "100", "`spec.costAlertGb` must be a whole number"),
        (("lifecycle",), "none", "`spec.lifecycle` must be a mapping"),
    ],
)
def test_types_are_asked_for(
    doc: dict[str, Any], keys: tuple[str, ...], value: object, text: str
) -> None:
    node = doc["spec"]
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    with pytest.raises(ValueError) as refused:
        parser.parse_request(doc, SOURCE)
    assert str(refused.value).startswith(f"{SOURCE}: ")
    assert text in str(refused.value)


@pytest.mark.parametrize("doc", [None, [], "text", {"spec": {"tags": {1: "x"}}}])
def test_what_is_no_contract_at_all_is_a_value_error(doc: Any) -> None:
    with pytest.raises(ValueError, match=f"^{SOURCE}: "):
        parser.parse_request(doc, SOURCE)


# --- the phrases that callers match on -----------------------------------------------------------

ENUM_PHRASES = [
    ({"environment": "x"}, "environment='x' not in"),
    ({"purpose_type": "x"}, "purpose.type='x' not in"),
    ({"storage_class": "x"}, "storageClass='x' not in"),
    ({"encryption_type": "x"}, "encryption.type='x' not in"),
    ({"public_access": "x"}, "publicAccess='x' not in"),
    ({"retention_type": "x"}, "retentionPolicy.type='x' not in"),
]
GUARDRAIL_PHRASES = [
    (
        {"encryption_type": "sse-s3", "kms_key_alias": None},
        "SSE-KMS encryption required for prod",
    ),
    ({"kms_key_alias": None}, "kmsKeyAlias required when"),
    ({"kms_key_alias": "goldenpath"}, "kmsKeyAlias must match"),
    ({"kms_key_alias": "alias/UPPER"}, "kmsKeyAlias must match"),
    ({"access_logging_enabled": False}, "accessLogging required for prod"),
    ({"access_logging_target": None}, "accessLogging.targetBucket required when"),
    ({"access_logging_target": "My_Logs"}, "accessLogging.targetBucket must match"),
    ({"access_logging_target": "elsewhere-prod-logs"}, "accessLogging.targetBucket must match"),
    ({"retention_type": "time-bounded"}, "lifecycle rules required when"),
    ({"retention_type": "compliance-driven"}, "lifecycle rules required when"),
    ({"bucket_name": "Goldenpath_prod"}, "bucketName must match"),
    ({"bucket_name": "my-bucket"}, "bucketName must match"),
    (
        {"bucket_name": "goldenpath-dev-payments-api-uploads"},
        "bucketName must use the requested environment prefix",
    ),
    ({"s3_id": "S3-1"}, "id must match"),
    ({"s3_id": "S3-0001\n"}, "id must match"),
    ({"application": "Payments"}, "application must match"),
    ({"application": "a" * 32}, "application must match"),
    ({"cost_alert_gb": 0}, "costAlertGb must be between"),
    ({"cost_alert_gb": 10001}, "costAlertGb must be between"),
]


@pytest.mark.parametrize(("changes", "phrase"), ENUM_PHRASES)
def test_phrases_of_enumerations(
    req: parser.S3Request, changes: dict[str, Any], phrase: str
) -> None:
    changed = dataclasses.replace(req, **changes)
    for validate in (parser.validate_enums, parser.validate_request):
        with pytest.raises(ValueError) as refused:
            validate(changed, SOURCE)
        assert str(refused.value).startswith(f"{SOURCE}: {phrase}")
    # They are nobody else's business.
    changed = dataclasses.replace(changed, environment="dev")
    assert not any(phrase in warning for warning in parser.validate_guardrails(changed, SOURCE))


@pytest.mark.parametrize(("changes", "phrase"), GUARDRAIL_PHRASES)
def test_phrases_of_guardrails(
    req: parser.S3Request, changes: dict[str, Any], phrase: str
) -> None:
    source = "prod/S3-0001.yaml"
    assert parser.validate_request(protected(req), source) == []
    changed = protected(req, **changes)
    parser.validate_enums(changed, source)
    for validate in (parser.validate_guardrails, parser.validate_request):
        with pytest.raises(ValueError) as refused:
            validate(changed, source)
        assert str(refused.value).startswith(f"{source}: ")
        assert phrase in str(refused.value)
        assert "\n" not in str(refused.value).replace("S3-0001\n", "")


def test_phrases_of_warnings(req: parser.S3Request) -> None:
    exception = dataclasses.replace(req, public_access="exception-approved")
    [warning] = parser.validate_guardrails(exception, SOURCE)
    assert "requires platform-approval label" in warning
    assets = dataclasses.replace(
        exception,
        purpose_type="static-assets",
        bucket_name="goldenpath-dev-payments-api-static-assets",
    )
    warnings = parser.validate_request(assets, SOURCE)
    assert any("requires platform-approval label" in warning for warning in warnings)
    assert any("require platform review" in warning for warning in warnings)


def test_all_errors_are_told_at_once(req: parser.S3Request) -> None:
    changed = protected(req, s3_id="S3-1", cost_alert_gb=0, kms_key_alias=None)
    with pytest.raises(ValueError) as refused:
        parser.validate_guardrails(changed, "x")
    for phrase in ("id must match", "costAlertGb must be", "kmsKeyAlias required when"):
        assert phrase in str(refused.value)


def test_a_name_that_is_not_derived_is_a_warning(req: parser.S3Request) -> None:
    """A contract that is in use has `platform-logs` twice in one name, so to say."""
    existing = dataclasses.replace(
        req,
        application="platform-logs",
        purpose_type="logs",
        bucket_name="goldenpath-dev-platform-logs",
        versioning=False,
    )
    [warning] = parser.validate_request(existing, SOURCE)
    assert "is not the derived name" in warning
    assert "(G103)" in warning


def test_lengths_and_lifecycles_are_asked_about(req: parser.S3Request) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"purpose_description": "short"}, "purpose.description"),
        ({"retention_rationale": "x" * 501}, "retentionPolicy.rationale"),
        ({"bucket_name": "goldenpath-dev-payments-api-" + "x" * 40}, "bucketName must match"),
        (
            {"lifecycle_expire_days": 30, "lifecycle_transition_ia_days": 60},
            "lifecycle.expireDays",
        ),
        ({"lifecycle_transition_ia_days": 7}, "lifecycle.transitionToIaDays must be between"),
    ]
    for changes, text in cases:
        with pytest.raises(ValueError, match="^x: ") as refused:
            parser.validate_guardrails(dataclasses.replace(req, **changes), "x")
        assert text in str(refused.value)


def test_a_contract_in_the_wrong_place_is_refused(tmp_path: Path, req: parser.S3Request) -> None:
    folder = tmp_path / "docs/20-contracts/s3-requests"
    write(tmp_path, "strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\n")
    assert parser.validate_guardrails(req, folder / "dev/S3-0001.yaml") == []
    with pytest.raises(ValueError, match="for `dev` and lies in `prod`"):
        parser.validate_guardrails(req, folder / "prod/S3-0001.yaml")
    with pytest.raises(ValueError, match="its file `S3-0777.yaml`"):
        parser.validate_guardrails(req, folder / "dev/S3-0777.yaml")


def test_the_policy_of_the_repository_counts(tmp_path: Path, req: parser.S3Request) -> None:
    write(
        tmp_path,
        "strongroom.yaml",
        "apiVersion: strongroom/v1\nkind: Policy\nprefix: acme\nowners: [a-team]\n",
    )
    source = tmp_path / "contract.yaml"
    with pytest.raises(ValueError, match=r"owner='app-team' not in \['a-team'\]"):
        parser.validate_enums(req, source)
    with pytest.raises(ValueError, match="bucketName must match .*acme-.*prefix acme-dev-"):
        parser.validate_guardrails(req, source)
    write(tmp_path, "strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\nprefx: acme\n")
    with pytest.raises(ValueError, match="did you mean|cannot be used"):
        parser.validate_enums(req, source)


def test_what_a_request_does_not_carry_is_asked_when_it_is_parsed(
    tmp_path: Path, doc: dict[str, Any]
) -> None:
    write(
        tmp_path,
        "strongroom.yaml",
        "apiVersion: strongroom/v1\nkind: Policy\nrequiredTags: [dataClass]\n",
    )
    source = tmp_path / "contract.yaml"
    with pytest.raises(ValueError, match="the tag `dataClass` is missing"):
        parser.parse_request(doc, source)
    doc["spec"]["tags"]["dataClass"] = "restricted"
    req = parser.parse_request(doc, source)
    assert parser.validate_request(req, source) == []


# --- the verdicts of the reconstruction of the older parser --------------------------------------

# Refused now, with the reason; crates/contract-core holds the same list for Rust.
REFUSED_NOW = {
    "id newline": "id must match",
    "costAlertGb = 0144": "not the same number for all tools",
    "duplicate key publicAccess": "is given twice",
    "anchor and alias": "anchor",
    "merge key": "merges another mapping",
}


@pytest.mark.parametrize("vector", vectors("parser_vectors.json"), ids=lambda vector: vector["id"])
def test_verdicts_are_those_of_before(tmp_path: Path, vector: dict[str, Any]) -> None:
    path = write(tmp_path, "contract.yaml", vector["contract"])

    def verdict() -> str | None:
        try:
            parser.validate_request(parser.parse_request(parser.load_yaml(path), path), path)
        except ValueError as error:
            return str(error)
        return None

    text = verdict()
    if vector["case"] in REFUSED_NOW:
        assert vector["valid"]
        assert text is not None
        assert REFUSED_NOW[vector["case"]] in text
    else:
        assert (text is None) == vector["valid"], text
    assert text is None or text.startswith(f"{path}: ")


# --- the files -----------------------------------------------------------------------------------


def test_tfvars_have_the_keys_of_before(req: parser.S3Request) -> None:
    tfvars = parser.generate_tfvars(
        protected(req, retention_type="time-bounded", lifecycle_expire_days=365)
    )
    assert set(tfvars) == {"s3_bucket", "cost_alert"}
    bucket = tfvars["s3_bucket"]
    assert bucket["bucket_name"] == "goldenpath-prod-payments-api-uploads"
    assert bucket["versioning_enabled"] is True
    assert bucket["encryption"] == {
        "type": "SSE_KMS",
        "kms_key_alias": "alias/goldenpath-prod-s3",
    }
    assert bucket["logging"] == {"enabled": True, "target_bucket": "goldenpath-prod-logs"}
    assert bucket["lifecycle_rules"][0] == {
        "id": "expire-objects",
        "enabled": True,
        "expiration": {"days": 365},
    }
    assert bucket["tags"] == {
        "Environment": "prod",
        "Owner": "app-team",
        "Application": "payments-api",
        "Purpose": "uploads",
        "CostCenter": "payments-123",
        "ManagedBy": "terraform",
        "RequestId": "S3-0001",
    }
    assert tfvars["cost_alert"] == {
        "threshold_gb": 100,
        "alarm_name": "goldenpath-prod-payments-api-uploads-storage-alert",
    }


def test_an_exception_can_work(req: parser.S3Request) -> None:
    def block(access: str) -> dict[str, bool]:
        changed = dataclasses.replace(req, public_access=access)
        found: dict[str, bool] = parser.generate_tfvars(changed)["s3_bucket"]["public_access_block"]
        return found

    assert all(block("blocked").values())
    exception = block("exception-approved")
    assert exception["block_public_acls"]
    assert exception["ignore_public_acls"]
    assert not exception["block_public_policy"]
    assert not exception["restrict_public_buckets"]


def test_the_storage_class_reaches_terraform(req: parser.S3Request) -> None:
    changed = dataclasses.replace(req, storage_class="standard-ia")
    rules = parser.generate_tfvars(changed)["s3_bucket"]["lifecycle_rules"]
    [transition] = [transition for rule in rules for transition in rule.get("transition", [])]
    assert transition == {"days": 30, "storage_class": "STANDARD_IA"}


def test_the_iam_policy_of_a_request(req: parser.S3Request) -> None:
    policy = parser.generate_iam_policy(protected(req))
    bucket = "arn:aws:s3:::goldenpath-prod-payments-api-uploads"
    [s3, kms] = policy["Statement"]
    assert s3["Sid"] == "S3AccessS30001"
    assert s3["Action"] == ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
    assert s3["Resource"] == [bucket, f"{bucket}/*"]
    assert kms["Sid"] == "KmsAccessS30001"
    assert kms["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    assert kms["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"] == [
        bucket,
        f"{bucket}/*",
    ]
    assert len(parser.generate_iam_policy(req)["Statement"]) == 1


def test_nothing_is_made_from_a_choice_that_is_not_offered(req: parser.S3Request) -> None:
    odd = dataclasses.replace(req, storage_class="tape")
    for generate in (parser.generate_tfvars, parser.generate_iam_policy):
        with pytest.raises(ValueError, match="tape"):
            generate(odd)


def test_paths(req: parser.S3Request) -> None:
    tfvars = parser.tfvars_output_path("envs", req)
    assert tfvars == Path("envs/dev/s3/generated/S3-0001.auto.tfvars.json")
    iam = parser.iam_policy_output_path(Path("envs"), req)
    assert iam == Path("envs/generated/iam/payments-api-s3-policy.json")
    with pytest.raises(ValueError, match="cannot be part of a file name"):
        parser.tfvars_output_path("envs", dataclasses.replace(req, s3_id="../../x"))
    with pytest.raises(ValueError, match="cannot be part of a file name"):
        parser.iam_policy_output_path("envs", dataclasses.replace(req, application=".."))


def test_json_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep/file.json"
    parser.write_json(path, {"a": [1]}, True)
    assert not path.exists()
    out = capsys.readouterr().out
    assert out.startswith(f"[DRY-RUN] would write {path}\n{{")
    assert json.loads(out.split("\n", 1)[1]) == {"a": [1]}
    parser.write_json(path, {"a": [1]}, False)
    assert path.read_text() == '{\n  "a": [\n    1\n  ]\n}\n'
    # A reader has the old file or the new one, never half of one; and what is right stays.
    first = path.stat()
    parser.write_json(path, {"a": [1]}, False)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    with path.open() as open_before:
        parser.write_json(path, {"a": [2]}, False)
        assert json.load(open_before) == {"a": [1]}
    assert json.loads(path.read_text()) == {"a": [2]}
    assert [it.name for it in path.parent.iterdir()] == ["file.json"]


CATALOG = """\
---
# Front matter, for people.
id: s3-catalog
title: S3 buckets
---
version: "1.0"
domain: platform-storage
owner: platform-team # since 2025
last_updated: "2025-12-01"
managed_by: strongroom
buckets:
  # The oldest of all.
  goldenpath-dev-archive-api-backups:
    metadata:
      id: S3-0900
      owner: app-team # ask Ada first
"""


def test_the_catalogue_keeps_comments_and_other_entries(
    tmp_path: Path, req: parser.S3Request
) -> None:
    path = write(tmp_path, "catalog.yaml", CATALOG)
    parser.update_s3_catalog(req, path, "eu-central-1", "active", True)
    assert path.read_text() == CATALOG
    parser.update_s3_catalog(req, path, "eu-central-1", "active", False)
    text = path.read_text()
    for line in CATALOG.splitlines():
        assert line in text or line.startswith("last_updated")
    frontmatter, body = parser.read_catalog_documents(path)
    assert frontmatter == {"id": "s3-catalog", "title": "S3 buckets"}
    entry = body["buckets"]["goldenpath-dev-payments-api-uploads"]
    assert entry["metadata"]["id"] == "S3-0001"
    assert entry["metadata"]["requested_by"] == "daniel-deans"
    assert entry["aws"] == {
        "bucket_name": "goldenpath-dev-payments-api-uploads",
        "region": "eu-central-1",
        "arn": "arn:aws:s3:::goldenpath-dev-payments-api-uploads",
    }
    assert entry["cost"] == {"cost_center": "payments-123", "alert_threshold_gb": 100}
    # Once more changes nothing.
    before = path.stat().st_mtime_ns
    parser.update_s3_catalog(req, path, "eu-central-1", "active", False)
    assert (path.read_text(), path.stat().st_mtime_ns) == (text, before)


def test_a_catalogue_that_cannot_be_read_is_not_touched(
    tmp_path: Path, req: parser.S3Request
) -> None:
    for text in ("buckets: [", "a: &x 1\n", "- 1\n"):
        path = write(tmp_path, "catalog.yaml", text)
        with pytest.raises(ValueError, match=f"^{path}: "):
            parser.update_s3_catalog(req, path, "eu-central-1", "active", False)
        assert path.read_text() == text


def test_catalogue_documents_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    assert parser.read_catalog_documents(path) == ({}, {})
    frontmatter = {"id": "s3-catalog"}
    body = {"version": "1.0", "buckets": {"a": {"cost": {"alert_threshold_gb": 5}}, "b": {}}}
    parser.write_catalog_documents(path, frontmatter, body, True)
    assert not path.exists()
    parser.write_catalog_documents(path, frontmatter, body, False)
    assert parser.read_catalog_documents(path) == (frontmatter, body)
    # What says the same already is left alone, comments and all.
    commented = path.read_text() + "# the end\n"
    path.write_text(commented)
    parser.write_catalog_documents(path, frontmatter, body, False)
    assert path.read_text() == commented
    # A catalogue may be large, unlike a contract.
    body["buckets"] = {f"bucket-{n}": {"metadata": {"owner": "x" * 50}} for n in range(3000)}
    parser.write_catalog_documents(path, frontmatter, body, False)
    assert parser.read_catalog_documents(path)[1] == body
    write(tmp_path, "catalog.yaml", "a: 1\n---\nb: 1\n---\nc: 1\n")
    with pytest.raises(ValueError, match="two documents"):
        parser.read_catalog_documents(path)
    write(tmp_path, "catalog.yaml", "a: 1\n---\nb: 1\nb: 2\n")
    with pytest.raises(ValueError, match="line 4, column 1: the key `b` is given twice"):
        parser.read_catalog_documents(path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_audit_row_is_added_once(tmp_path: Path, req: parser.S3Request) -> None:
    path = tmp_path / "governance/audit.csv"
    record = parser.generate_audit_record(req, "apply", "success", "octocat")
    assert tuple(record) == parser.AUDIT_COLUMNS
    moment = datetime.datetime.fromisoformat(record["timestamp_utc"].replace("Z", "+00:00"))
    assert abs(datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds() < 60
    parser.append_audit_record(path, record, True)
    assert not path.exists()
    parser.append_audit_record(path, record, False)
    later = record | {"timestamp_utc": "2099-01-01T00:00:00Z"}
    parser.append_audit_record(path, later, False)
    assert rows(path) == [record]
    parser.append_audit_record(path, record | {"status": "failure"}, False)
    parser.append_audit_record(path, later, False)
    assert [row["status"] for row in rows(path)] == ["success", "failure", "success"]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "a,b", 'a"b', "a\nb"])
def test_no_cell_is_a_formula(tmp_path: Path, req: parser.S3Request, name: str) -> None:
    path = tmp_path / "audit.csv"
    record = parser.generate_audit_record(req, "apply", "success", name)
    parser.append_audit_record(path, record, False)
    [row] = rows(path)
    assert row["approver"].lstrip("'") == name or name[0] in "\t"
    assert row["approver"][0] not in "=+-@\t\r"
    assert row["status"] == "success"


def test_a_file_that_is_no_audit_file_is_not_touched(
    tmp_path: Path, req: parser.S3Request
) -> None:
    path = write(tmp_path, "audit.csv", "a,b\n1,2\n")
    with pytest.raises(ValueError, match="has no column `timestamp_utc`"):
        parser.append_audit_record(
            path, parser.generate_audit_record(req, "apply", "success", "x"), False
        )
    assert path.read_text() == "a,b\n1,2\n"


# --- the command line ----------------------------------------------------------------------------

ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if key not in ("AWS_REGION", "AWS_DEFAULT_REGION", "GITHUB_ACTOR")
}


def run(
    folder: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "strongroom.compat.s3_request_parser", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def place(folder: Path, contract: str, number: int = 1, application: str = "payments-api") -> str:
    text = contract.replace("S3-0001", f"S3-{number:04}").replace("payments-api", application)
    name = f"docs/20-contracts/s3-requests/dev/S3-{number:04}.yaml"
    write(folder, name, text)
    return name


def test_every_file_is_tried(tmp_path: Path, contract: str) -> None:
    good = place(tmp_path, contract)
    bad = place(tmp_path, contract.replace("costAlertGb: 100", "costAlertGb: 0"), 2, "other-api")
    warned = place(tmp_path, contract.replace("api-uploads", "api-files"), 3, "third-api")
    done = run(
        tmp_path, "--mode", "validate", "--input-files", "missing.yaml", bad, good, warned
    )
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("[ERROR] missing.yaml: ")
    assert lines[1].startswith(f"[ERROR] {bad}: costAlertGb must be between")
    assert lines[2] == f"[OK] {good} validated"
    assert lines[3].startswith(f"[WARN] {warned}: ")
    assert lines[4] == f"[OK] {warned} validated"
    assert len(lines) == 5
    assert run(tmp_path, "--mode", "validate", "--input-files", good).returncode == 0


def test_generate_writes_what_was_written_before(tmp_path: Path, contract: str) -> None:
    name = place(tmp_path, contract)
    arguments: list[str | Path] = ["--mode", "generate", "--input-files", name]
    arguments += ["--catalog-path", "catalog.yaml", "--audit-path", "audit.csv"]
    tfvars = Path("envs/dev/s3/generated/S3-0001.auto.tfvars.json")
    iam = Path("envs/generated/iam/payments-api-s3-policy.json")

    dry = run(tmp_path, *arguments, "--dry-run")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert dry.stdout.count("[DRY-RUN] would ") == 4
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]

    done = run(tmp_path, *arguments, AWS_DEFAULT_REGION="eu-west-1", GITHUB_ACTOR="octocat")
    assert (done.returncode, done.stdout) == (0, f"[OK] {name} -> {tfvars}, {iam}\n")
    req = parser.parse_request(parser.load_yaml(tmp_path / name), name)
    for path, data in [
        (tfvars, parser.generate_tfvars(req)),
        (iam, parser.generate_iam_policy(req)),
    ]:
        assert (tmp_path / path).read_text() == json.dumps(data, indent=2) + "\n"
    _, body = parser.read_catalog_documents(tmp_path / "catalog.yaml")
    entry = body["buckets"]["goldenpath-dev-payments-api-uploads"]
    assert entry["aws"]["region"] == "eu-west-1"
    assert entry["metadata"]["status"] == "active"
    [row] = rows(tmp_path / "audit.csv")
    assert (row["approver"], row["action"], row["status"]) == ("octocat", "apply", "success")

    # A second run changes nothing, and adds no row.
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = run(tmp_path, *arguments, AWS_DEFAULT_REGION="eu-west-1", GITHUB_ACTOR="octocat")
    assert again.stdout == done.stdout
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("environment", "region", "approver"),
    [
        ({}, "unknown", "unknown"),
        ({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b", "GITHUB_ACTOR": "c"}, "a", "c"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "b"}, "b", "unknown"),
    ],
)
def test_what_is_not_said_comes_from_the_environment(
    tmp_path: Path, contract: str, environment: dict[str, str], region: str, approver: str
) -> None:
    name = place(tmp_path, contract)
    arguments = ("--mode", "generate", "--input-files", name, "--catalog-path", "c.yaml")
    assert run(tmp_path, *arguments, "--audit-path", "a.csv", **environment).returncode == 0
    _, body = parser.read_catalog_documents(tmp_path / "c.yaml")
    assert body["buckets"]["goldenpath-dev-payments-api-uploads"]["aws"]["region"] == region
    assert rows(tmp_path / "a.csv")[0]["approver"] == approver


def test_options_outweigh_the_environment(tmp_path: Path, contract: str) -> None:
    name = place(tmp_path, contract)
    done = run(
        tmp_path,
        *("--mode", "generate", "--input-files", name, "--output-root", "out"),
        *("--catalog-path", "c.yaml", "--catalog-region", "eu-north-1"),
        *("--catalog-status", "pending", "--audit-path", "a.csv", "--audit-action", "plan"),
        *("--audit-status", "failure", "--audit-approver", "ada"),
        AWS_REGION="x",
        GITHUB_ACTOR="y",
    )
    assert done.returncode == 0
    assert (tmp_path / "out/generated/iam/payments-api-s3-policy.json").exists()
    entry = parser.read_catalog_documents(tmp_path / "c.yaml")[1]["buckets"].popitem()[1]
    assert (entry["aws"]["region"], entry["metadata"]["status"]) == ("eu-north-1", "pending")
    [row] = rows(tmp_path / "a.csv")
    assert (row["action"], row["status"], row["approver"]) == ("plan", "failure", "ada")


def test_a_second_bucket_of_an_application_keeps_the_first_ones_rights(
    tmp_path: Path, contract: str
) -> None:
    first = place(tmp_path, contract)
    second = place(tmp_path, contract.replace("uploads", "backups"), 2)
    assert run(tmp_path, "--mode", "generate", "--input-files", first, second).returncode == 0
    path = tmp_path / "envs/generated/iam/payments-api-s3-policy.json"
    sids = [statement["Sid"] for statement in json.loads(path.read_text())["Statement"]]
    assert sids == ["S3AccessS30001", "S3AccessS30002"]
    path.write_text("not json")
    broken = run(tmp_path, "--mode", "generate", "--input-files", first)
    assert broken.returncode == 1
    assert broken.stdout.startswith(f"[ERROR] {first}: ")
    assert path.read_text() == "not json"


def test_two_files_may_not_claim_one_bucket(tmp_path: Path, contract: str) -> None:
    first = place(tmp_path, contract)
    second = place(tmp_path, contract, 2)
    done = run(tmp_path, "--mode", "validate", "--input-files", first, second)
    assert done.returncode == 1
    assert "goldenpath-dev-payments-api-uploads" in done.stdout
    assert "[ERROR]" in done.stdout


def test_sixteen_runs_at_once_lose_nothing(tmp_path: Path, contract: str) -> None:
    # Sixteen buckets of one application, so that all runs share all three files.
    names = [
        place(tmp_path, contract.replace("api-uploads", f"api-uploads-{number}"), number)
        for number in range(1, 17)
    ]
    write(tmp_path, "catalog.yaml", CATALOG)
    command = [sys.executable, "-m", "strongroom.compat.s3_request_parser", "--mode", "generate"]
    command += ["--catalog-path", "catalog.yaml", "--audit-path", "audit.csv", "--input-files"]
    running = [
        subprocess.Popen([*command, name], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    for process in running:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
    _, body = parser.read_catalog_documents(tmp_path / "catalog.yaml")
    assert len(body["buckets"]) == 17
    assert "# ask Ada first" in (tmp_path / "catalog.yaml").read_text()
    numbers = [f"{number:04}" for number in range(1, 17)]
    assert sorted(row["request_id"] for row in rows(tmp_path / "audit.csv")) == [
        f"S3-{number}" for number in numbers
    ]
    iam = tmp_path / "envs/generated/iam/payments-api-s3-policy.json"
    statements = json.loads(iam.read_text())["Statement"]
    assert sorted(it["Sid"] for it in statements) == [f"S3AccessS3{number}" for number in numbers]


@pytest.mark.parametrize("arguments", [[], ["--mode", "apply"], ["--mode", "validate"]])
def test_wrong_use_is_2(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_file_name_begins_no_second_line(tmp_path: Path) -> None:
    done = run(tmp_path, "--mode", "validate", "--input-files", "a\n::error::b.yaml")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1


def test_it_works_without_pyyaml(tmp_path: Path, contract: str) -> None:
    name = place(tmp_path, contract)
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from strongroom.compat import s3_request_parser\n"
        f"sys.exit(s3_request_parser.main(['--mode', 'validate', '--input-files', {name!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == 0
