"""The drop-in reads and judges as before, without the faults."""

from __future__ import annotations

import dataclasses
import datetime
import inspect
import math
from pathlib import Path
from typing import Any

import pytest
from shared import protected, vectors, write

from strongroom.compat import s3_request_parser as parser

SOURCE = Path("docs/20-contracts/s3-requests/dev/S3-0001.yaml")

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
