"""What goes to people and to shared files: texts, the catalogue, the audit file, schemas."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from shared import CATALOG, ROOT, rows, write

import strongroom
from strongroom import contracts

DAY = datetime.date(2026, 1, 17)
BUCKET = "goldenpath-dev-payments-api-uploads"
# Elsewhere than the built-in policy has them.
POLICY = """\
apiVersion: strongroom/v1
kind: Policy
paths:
  catalog: lists/buckets.yaml
  audit: lists/{environment}/audit.csv
"""
CATALOG_FILE = "lists/buckets.yaml"
AUDIT_FILE = "lists/dev/audit.csv"
LIVE = "apiVersion: strongroom/v1\nkind: Policy\nenvironments: [{name: live, protected: true}]\n"


@pytest.fixture
def root(tmp_path: Path, contract: str) -> Path:
    """A repository with one contract."""
    write(tmp_path, "strongroom.yaml", POLICY)
    write(tmp_path, "docs/20-contracts/s3-requests/dev/S3-0001.yaml", contract)
    return tmp_path


def row(run_id: str | None = "1234", hour: int = 10) -> contracts.AuditRow:
    zone = datetime.timezone(datetime.timedelta(hours=1))
    moment = datetime.datetime(2026, 1, 17, hour, 0, 0, 999, zone)
    return contracts.AuditRow(approver="octocat", timestamp=moment, run_id=run_id)


def test_the_state_has_a_key_of_its_own(contract: str) -> None:
    assert contracts.state_key(contract) == "envs/dev/s3/S3-0001/terraform.tfstate"
    with pytest.raises(strongroom.InvalidError):
        contracts.state_key(contract.replace("environment: dev", "environment: prod"))


def test_a_pull_request_says_what_was_decided(root: Path, contract: str) -> None:
    passes = contracts.approval(root)
    body = contracts.pull_request_body(contract, passes)
    assert body.startswith("## Bucket request `S3-0001`\n")
    assert "Nobody has to be asked" in body
    assert "https://" not in body
    linked = contracts.pull_request_body(
        contract, passes, repository_url="https://github.com/example/platform"
    )
    assert "](https://github.com/example/platform/" in linked

    public = contract.replace("publicAccess: blocked", "publicAccess: exception-approved")
    write(root, "docs/20-contracts/s3-requests/dev/S3-0001.yaml", public)
    waits = contracts.approval(root)
    body = contracts.pull_request_body(public, waits)
    assert "Nobody has to be asked" not in body
    assert waits.digest in body
    assert waits.reasons[0].message == "publicAccess exception-approved"
    assert waits == contracts.approval(root)
    assert waits != passes


def test_a_summary_has_the_findings_and_the_decision_if_there_is_one(
    root: Path, contract: str
) -> None:
    broken = contract.replace("versioning: true", 'versioning: "false"')
    write(root, "docs/20-contracts/s3-requests/dev/S3-0001.yaml", broken)
    report = contracts.validate(root)
    alone = contracts.job_summary(report)
    assert f"checked: 1, errors: {report.errors}, " in alone
    assert "S3-0001.yaml:21:15" in alone
    assert "### Decision" not in alone
    assert "### Decision: refused" in contracts.job_summary(report, contracts.approval(root))


def test_applied_contracts_are_recorded_once(root: Path, contract: str) -> None:
    write(root, CATALOG_FILE, CATALOG)
    assert contracts.record(root, region="eu-central-1", date=DAY, audit=row()) == (True, 1)
    catalog = (root / CATALOG_FILE).read_text()
    assert catalog == contracts.catalog_entry(CATALOG, contract, region="eu-central-1", date=DAY)
    [audited] = rows(root / AUDIT_FILE)
    assert audited["timestamp_utc"] == "2026-01-17T09:00:00Z"
    assert (audited["request_id"], audited["bucket_name"]) == ("S3-0001", BUCKET)
    assert (audited["action"], audited["status"]) == ("apply", "success")
    assert (audited["approver"], audited["run_id"]) == ("octocat", "1234")

    later = row(hour=11)
    assert contracts.record(root, region="eu-central-1", date=DAY, audit=later) == (False, 0)
    assert len(rows(root / AUDIT_FILE)) == 1
    retired = contracts.record(root, region="eu-central-1", status="retired", date=DAY)
    assert retired == (True, 0)
    assert "status: retired" in (root / CATALOG_FILE).read_text()
    assert [path.name for path in root.rglob(".strongroom-*")] == []


def test_nothing_is_recorded_of_a_contract_with_errors(root: Path, contract: str) -> None:
    broken = contract.replace("costAlertGb: 100", "costAlertGb: 0")
    write(root, "docs/20-contracts/s3-requests/dev/S3-0002.yaml", broken)
    with pytest.raises(strongroom.InvalidError) as refused:
        contracts.record(root, region="eu-central-1", date=DAY, audit=row())
    assert refused.value.code == "platform.not_ready"
    assert not (root / CATALOG_FILE).exists()
    assert not (root / AUDIT_FILE).exists()
    with pytest.raises(strongroom.NotFoundError):
        contracts.record(root / "nowhere", region="eu-central-1", date=DAY)


def test_a_catalogue_keeps_what_it_has(contract: str) -> None:
    text = contracts.catalog_entry(
        CATALOG, contract, region="eu-central-1", status="retired", date=DAY
    )
    assert "      owner: app-team # ask Ada first\n" in text
    assert f"\n  {BUCKET}:\n    metadata:\n      id: S3-0001\n" in text
    assert "region: eu-central-1" in text
    assert "status: retired" in text
    assert 'last_updated: "2026-01-17"' in text
    assert f"  {BUCKET}:\n" in contracts.catalog_entry(None, contract, region="x", date=DAY)
    with pytest.raises(strongroom.InvalidError) as refused:
        contracts.catalog_entry("buckets: [", contract, region="eu-central-1", date=DAY)
    assert refused.value.code == "contract.catalog_invalid"


def test_an_audit_file_gets_a_row_once(contract: str) -> None:
    text = contracts.audit_row(None, contract, row())
    head, line = text.splitlines()
    assert head.endswith(",status,run_id")
    assert line == (
        f"2026-01-17T09:00:00Z,S3-0001,{BUCKET},app-team,dev,uploads,apply,octocat,success,1234"
    )
    assert contracts.audit_row(text, contract, row(hour=11)) == text
    assert contracts.audit_row(text, contract, row("1235")).startswith(text + "2026-")
    with pytest.raises(strongroom.InvalidError) as refused:
        contracts.audit_row("a,b\n", contract, row())
    assert refused.value.code == "contract.audit_invalid"
    with pytest.raises(TypeError):
        contracts.AuditRow(approver="octocat", timestamp=datetime.datetime(2026, 1, 17))


def test_the_form_knows_the_policy() -> None:
    form = contracts.backstage_template()
    assert form.splitlines().count("kind: Template") == 1
    live = contracts.backstage_template(policy=contracts.Policy.from_yaml(LIVE))
    assert "- live\n" in live
    assert "- live\n" not in form


def test_the_variables_are_those_of_the_module() -> None:
    module = ROOT / "deploy/terraform/modules/s3-bucket/variables.tf"
    assert contracts.terraform_variables() == module.read_text(encoding="utf-8")


def test_the_reference_is_made_of_the_pages_in_the_documentation() -> None:
    page = contracts.reference()
    fields, rules = (
        (ROOT / f"docs/reference/{name}.md").read_text(encoding="utf-8")
        for name in ("contract", "rules")
    )
    assert page == f"{fields}\n{rules}"
    assert contracts.reference(policy=contracts.Policy.from_yaml(LIVE)) != page
