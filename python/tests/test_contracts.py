"""`strongroom.contracts`: what is handed over arrives, and what comes back has its place."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
from shared import ROOT, vectors, write

import strongroom
from strongroom import contracts


def test_a_finding_has_its_place_and_a_way_out(contract: str) -> None:
    [finding] = contracts.check(contract.replace("versioning: true", 'versioning: "false"'))
    assert (finding.code, finding.name, finding.severity) == ("F003", "wrong-type", "error")
    assert (finding.field, finding.line, finding.column) == ("spec.versioning", 21, 15)
    assert (finding.end_line, finding.end_column) == (21, 22)
    assert finding.hint == "remove the quotes"
    assert finding.blocks
    assert finding.path is None
    assert finding.waived is None
    assert finding.fix is not None
    [edit] = finding.fix.edits
    assert edit.text == "false"
    assert contract.replace("true", '"false"').encode()[edit.start : edit.end] == b'"false"'


def test_bytes_and_text_get_the_same_answer(contract: str) -> None:
    broken = contract.replace("dev\n", "devv\n")
    assert contracts.check(broken) == contracts.check(broken.encode())
    [finding] = contracts.check(b"\xff\xfe\x00")
    assert finding.name == "not-utf8"


def test_the_path_is_asked_about_if_it_is_given(contract: str) -> None:
    [finding] = contracts.check(contract, path="docs/20-contracts/s3-requests/prod/S3-0001.yaml")
    assert finding.name == "misfiled-contract"
    assert finding.path == "docs/20-contracts/s3-requests/prod/S3-0001.yaml"


@pytest.mark.parametrize("text", ["", "- a\n", "a: [", "\x00", "&a {a: *a}", "[" * 5000])
def test_whatever_comes_is_an_answer_and_no_exception(text: str) -> None:
    assert any(finding.blocks for finding in contracts.check(text))


def test_a_file_is_checked_in_its_repository(tmp_path: Path, contract: str) -> None:
    write(tmp_path, "strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\nprefix: acme\n")
    path = write(tmp_path, "docs/20-contracts/s3-requests/dev/S3-0001.yaml", contract)
    write(tmp_path, "docs/other.yaml", "a: 1\n")
    report = contracts.validate(tmp_path)
    assert [finding.name for finding in report.findings] == ["wrong-environment-prefix"]
    assert report.findings[0].path == str(path)
    assert (report.checked, report.errors, report.warnings, report.waived) == (1, 1, 0, 0)
    assert report.passed_over == [str(tmp_path / "docs/other.yaml"), str(tmp_path / "strongroom.yaml")]

    as_built_in = contracts.validate([path], policy=contracts.Policy())
    assert as_built_in.errors == 0
    document = json.loads(report.write("json"))
    assert document["findings"][0]["name"] == "wrong-environment-prefix"
    with pytest.raises(strongroom.InvalidError, match="there is no format `xml`"):
        report.write("xml")  # type: ignore[arg-type]


def test_a_day_can_be_named(tmp_path: Path, contract: str) -> None:
    path = write(tmp_path, "S3-0001.yaml", contract)
    assert contracts.validate(path, today=datetime.date(2026, 1, 17)).errors == 0
    with pytest.raises(TypeError):
        contracts.validate(path, today="2026-01-17")  # type: ignore[arg-type]


def test_nothing_to_check_is_not_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(strongroom.NotFoundError) as empty:
        contracts.validate([tmp_path])
    assert empty.value.code == "platform.no_contracts"
    assert empty.value.hint is not None
    with pytest.raises(strongroom.NotFoundError) as missing:
        contracts.validate([tmp_path / "missing.yaml"])
    assert missing.value.code == "platform.no_such_file"


def test_a_broken_policy_is_no_empty_policy(tmp_path: Path, contract: str) -> None:
    write(tmp_path, "strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\nprefx: acme\n")
    path = write(tmp_path, "S3-0001.yaml", contract)
    with pytest.raises(strongroom.InvalidError) as broken:
        contracts.validate(path)
    assert broken.value.code == "platform.policy"
    assert broken.value.hint == "did you mean `prefix`?"
    assert contracts.validate(path, policy=ROOT / "examples/strongroom.yaml").errors == 0


def test_a_policy_survives_its_own_document() -> None:
    policy = contracts.Policy.from_yaml(
        "apiVersion: strongroom/v1\nkind: Policy\nprefix: acme\nowners: [a-team]\n"
    )
    assert (policy.prefix, policy.owners) == ("acme", ["a-team"])
    assert contracts.Policy.from_yaml(policy.to_yaml()) == policy
    assert policy != contracts.Policy()
    assert policy.is_protected("prod")
    assert not policy.is_protected("dev")
    assert policy.environments == ["dev", "test", "staging", "prod"]
    assert policy.approval_labels == ["platform-approved", "s3-approved"]


def test_a_request_is_typed_and_survives_its_own_document(contract: str) -> None:
    request = contracts.S3BucketRequest.from_yaml(contract)
    assert request.spec.bucket_name == "goldenpath-dev-payments-api-uploads"
    assert request.spec.purpose.type == "uploads"
    assert request.spec.encryption.kms_key_alias is None
    assert request.spec.lifecycle is None
    assert request.spec.cost_alert_gb == 100
    assert request.spec.tags == {"costCenter": "payments-123"}
    assert request.spec.versioning is True
    assert request.metadata is None
    assert contracts.S3BucketRequest.from_yaml(request.to_yaml()) == request
    assert contracts.S3BucketRequest.from_dict(request.to_dict()) == request
    assert request.check() == []


def document(contract: str) -> dict[str, Any]:
    return contracts.S3BucketRequest.from_yaml(contract).to_dict()


def test_a_request_made_in_code_gets_the_verdict_of_its_document(contract: str) -> None:
    made = document(contract)
    made["environment"] = "prod"
    request = contracts.S3BucketRequest.from_dict(made)
    in_code = {finding.name for finding in request.check()}
    in_text = {finding.name for finding in contracts.check(request.to_yaml())}
    assert in_code == in_text
    assert "weak-encryption" in in_code
    assert request.check()[0].line is None


def test_hostile_text_stays_data(contract: str) -> None:
    made = document(contract)
    hostile = 'say "hi"\n${{ secrets.TOKEN }}\npublicAccess: exception-approved'
    made["spec"]["purpose"]["description"] = hostile
    request = contracts.S3BucketRequest.from_dict(made)
    again = contracts.S3BucketRequest.from_yaml(request.to_yaml())
    assert again.spec.purpose.description == hostile
    assert again.spec.public_access == "blocked"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spec": None}, "must be a mapping"),
        ({"environment": True}, "`environment`"),
        ({"speck": {}}, "a contract has no field `speck`"),
        ({"id": 7}, "`id` is text"),
    ],
)
def test_a_dictionary_of_the_wrong_shape_is_refused(
    contract: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(strongroom.InvalidError, match=message) as refused:
        contracts.S3BucketRequest.from_dict(document(contract) | change)
    assert refused.value.code == "contract.request_invalid"


def test_a_value_that_no_document_holds_is_a_type_error(contract: str) -> None:
    with pytest.raises(TypeError, match="`spec`: a document cannot hold a `set`"):
        contracts.S3BucketRequest.from_dict(document(contract) | {"spec": set()})
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(ValueError, match="deeper than"):
        contracts.S3BucketRequest.from_dict(endless)


DRAFT = {
    "application": "payments-api",
    "purposeType": "logs",
    "purposeDescription": "Logs of the payments service",
    "owner": "app-team",
    "requester": "daniel-deans",
    "environment": "prod",
    "costCenter": "payments-123",
    "costAlertGb": 100,
    "retentionType": "time-bounded",
    "retentionRationale": "Ninety days answer every question",
}


def test_a_form_becomes_a_contract() -> None:
    request = contracts.new(DRAFT, id="S3-0042")
    assert request.id == "S3-0042"
    assert request.spec.bucket_name == "goldenpath-prod-payments-api-logs"
    assert request.spec.encryption.type == "sse-kms"
    assert request.spec.lifecycle is not None
    assert request.spec.lifecycle.expire_days == 90
    assert [finding for finding in request.check() if finding.blocks] == []
    with pytest.raises(strongroom.InvalidError, match="`S3-42` is not"):
        contracts.new(DRAFT, id="S3-42")
    with pytest.raises(strongroom.InvalidError, match="colour"):
        contracts.new(DRAFT | {"colour": "red"}, id="S3-0042")


def test_a_contract_is_created_with_the_next_number(tmp_path: Path, contract: str) -> None:
    write(tmp_path, "strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\n")
    write(tmp_path, "docs/20-contracts/s3-requests/dev/S3-0008.yaml", contract)
    path, request = contracts.create(DRAFT, root=tmp_path)
    assert path == "docs/20-contracts/s3-requests/prod/S3-0009.yaml"
    assert (tmp_path / path).read_text() == request.to_yaml()
    with pytest.raises(strongroom.ConflictError) as taken:
        contracts.create(DRAFT, root=tmp_path)
    assert taken.value.code == "platform.bucket_taken"
    with pytest.raises(strongroom.InvalidError, match="`spec.costAlertGb` cannot be 0"):
        contracts.create(DRAFT | {"costAlertGb": 0, "application": "other-api"}, root=tmp_path)
    path, _ = contracts.create(DRAFT | {"application": "other-api"}, root=tmp_path)
    assert path.endswith("S3-0010.yaml")


def tree(folder: Path, name: str, text: str) -> Path:
    """A repository with one contract."""
    root = folder / name
    write(root, "strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\n")
    write(root, "docs/20-contracts/s3-requests/dev/S3-0001.yaml", text)
    return root


def test_approval_is_bound_to_what_was_approved(tmp_path: Path, contract: str) -> None:
    assert contracts.approval(tree(tmp_path, "a", contract)).standing == "not-needed"

    public = contract.replace("publicAccess: blocked", "publicAccess: exception-approved")
    root = tree(tmp_path, "b", public)
    decision = contracts.approval(root)
    assert (decision.outcome, decision.standing) == ("required", "missing-label")
    assert not decision.allowed
    assert [reason.message for reason in decision.reasons] == ["publicAccess exception-approved"]
    assert decision.labels == ["platform-approved", "s3-approved"]
    label = ["s3-approved"]
    assert contracts.approval(root, labels=label).standing == "missing-digest"
    approved = contracts.approval(root, labels=label, digest=decision.digest)
    assert (approved.standing, approved.allowed) == ("approved", True)

    tree(tmp_path, "b", public.replace("costAlertGb: 100", "costAlertGb: 900"))
    pushed = contracts.approval(root, labels=label, digest=decision.digest)
    assert (pushed.standing, pushed.allowed) == ("stale-approval", False)
    with pytest.raises(strongroom.InvalidError) as odd:
        contracts.approval(root, digest="abc")
    assert odd.value.code == "contract.digest_invalid"


def test_a_change_is_compared_with_the_version_before(tmp_path: Path, contract: str) -> None:
    before = tree(tmp_path, "before", contract)
    now = tree(tmp_path, "now", contract.replace("versioning: true", "versioning: false"))
    found = {finding.code for finding in contracts.validate(now, base=before).findings}
    alone = {finding.code for finding in contracts.validate(now).findings}
    assert any(code.startswith("C") for code in found - alone)
    [plan] = contracts.plan(now, base=before)
    assert plan["action"] == "update"
    assert [change["field"] for change in plan["fields"]] == ["spec.versioning"]
    assert contracts.plan(before, base=before) == []
    assert contracts.approval(now, base=before).outcome == "required"


WAIVERS = """\
apiVersion: strongroom/v1
kind: Waivers
waivers:
  - id: W-0001
    rule: unversioned-originals
    scope: S3-0001
    owner: app-team
    approver: security-team
    reason: The originals lie elsewhere
    granted: 2026-05-20
    expires: 2026-06-30
"""


def test_a_waiver_holds_until_its_day_and_is_always_shown(tmp_path: Path, contract: str) -> None:
    root = tree(tmp_path, "tree", contract.replace("versioning: true", "versioning: false"))
    waivers = write(tmp_path, "waivers.yaml", WAIVERS)

    def on(day: datetime.date) -> contracts.Report:
        return contracts.validate(root, waivers=waivers, today=day)

    held = on(datetime.date(2026, 6, 1))
    [finding] = [it for it in held.findings if it.name == "unversioned-originals"]
    assert finding.waived is not None
    assert (finding.waived.id, finding.waived.approver) == ("W-0001", "security-team")
    assert (finding.waived.expires, finding.waived.expiring) == ("2026-06-30", False)
    assert held.waived == 1
    expired = on(datetime.date(2026, 7, 1))
    assert expired.waived == 0
    assert expired.errors > 0


def test_remedies_leave_comments_alone(contract: str) -> None:
    broken = contract.replace("versioning: true", 'versioning: "true" # kept').replace(
        "storageClass", "storageClas"
    )
    text, count, left = contracts.apply_fixes(broken)
    assert text == contract.replace("versioning: true", "versioning: true # kept")
    assert (count, left) == (2, [])


def test_every_file_of_a_request_is_rendered(contract: str) -> None:
    files = contracts.render(contract)
    tfvars = "envs/dev/s3/generated/S3-0001.auto.tfvars.json"
    assert files[tfvars] == contracts.tfvars(contract)
    assert contracts.iam_policy(contract) in files.values()
    assert contracts.bucket_policy(contract) in files.values()
    assert contracts.alarm(contract) in files.values()
    assert list(files) == sorted(files)
    for content in files.values():
        json.loads(content)
    request = contracts.S3BucketRequest.from_yaml(contract)
    assert contracts.render(request) == files
    assert contracts.bucket_spec(request)["state_key"] == "envs/dev/s3/S3-0001/terraform.tfstate"


def test_nothing_is_rendered_from_a_contract_with_errors(contract: str) -> None:
    broken = contract.replace("environment: dev", "environment: prod")
    with pytest.raises(strongroom.InvalidError, match=r"and \d more"):
        contracts.render(broken)
    with pytest.raises(strongroom.InvalidError):
        contracts.bucket_spec(contracts.S3BucketRequest.from_yaml(broken))


def test_rules_are_listed_and_explained() -> None:
    codes = [rule.code for rule in contracts.rules()]
    assert "G106" in codes
    assert len(set(codes)) == len(codes)
    rule = contracts.explain("weak-encryption")
    assert (rule.code, rule.severity, rule.negotiable) == ("G106", "error", True)
    assert contracts.explain("g106").name == "weak-encryption"
    assert rule.page.startswith("# ")
    with pytest.raises(strongroom.NotFoundError) as unknown:
        contracts.explain("G999")
    assert unknown.value.code == "contract.unknown_rule"


def test_the_schema_knows_the_policy() -> None:
    schema = contracts.json_schema()
    assert schema["properties"]["environment"]["enum"] == ["dev", "test", "staging", "prod"]
    policy = contracts.Policy.from_yaml(
        "apiVersion: strongroom/v1\nkind: Policy\n"
        "environments: [{name: live, protected: true}]\n"
    )
    schema = contracts.json_schema(policy=policy)
    assert schema["properties"]["environment"]["enum"] == ["live"]


def test_values_are_frozen_and_say_what_they_are(contract: str) -> None:
    request = contracts.S3BucketRequest.from_yaml(contract)
    assert repr(request) == "<S3BucketRequest S3-0001 goldenpath-dev-payments-api-uploads>"
    with pytest.raises(AttributeError):
        request.id = "S3-0002"  # type: ignore[misc]
    [finding] = contracts.check(contract.replace("versioning: true", "versioning: yes"))
    assert repr(finding).startswith("<Finding Y013 warning :21:15")
    assert len({finding, finding}) == 1
    with pytest.raises(AttributeError):
        finding.code = "X"  # type: ignore[misc]


def test_errors_are_one_family_and_can_be_pickled() -> None:
    for kind in (
        strongroom.InvalidError,
        strongroom.NotFoundError,
        strongroom.ConflictError,
        strongroom.UnavailableError,
        strongroom.InternalError,
    ):
        assert issubclass(kind, strongroom.StrongroomError)
    with pytest.raises(strongroom.StrongroomError) as raised:
        contracts.explain("G999")
    again = copy.copy(raised.value)
    assert pickle.loads(pickle.dumps(again)).code == "contract.unknown_rule"


def test_many_threads_check_at_once(contract: str) -> None:
    broken = contract.replace("app-team", "[]")
    expected = contracts.check(broken)
    answers: list[list[contracts.Finding]] = []

    def ask() -> None:
        answers.extend(contracts.check(broken) for _ in range(200))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 1600
    assert all(answer == expected for answer in answers)


# What the reconstruction of the older parser let pass or refused, and we do not; why stands in
# crates/contract-core/tests/it/vectors.rs, which holds Rust to the same verdicts.
ON_PURPOSE = {
    "id newline",
    "costAlertGb = 0144",
    "duplicate key publicAccess",
    "anchor and alias",
    "merge key",
}


@pytest.mark.parametrize("vector", vectors("parser_vectors.json"), ids=lambda vector: vector["id"])
def test_verdicts_are_those_of_the_older_parser(vector: dict[str, Any]) -> None:
    valid = not any(finding.blocks for finding in contracts.check(vector["contract"]))
    assert (valid == vector["valid"]) != (vector["case"] in ON_PURPOSE)
