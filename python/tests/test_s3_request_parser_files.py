"""The drop-in writes the files of before, whole, once and for many at a time."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import pytest
from shared import CATALOG, protected, rows, write

from strongroom.compat import s3_request_parser as parser

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
