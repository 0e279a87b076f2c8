"""From a merged contract to a bucket and its record."""

import csv
import io

import steps_guard
from harness import BRANCH, HOSTILE, Run, git


def merged(world, squash=False, approve=True, **answers):
    """A pull request with a contract, approved if it has to be, and merged. Gives the contract."""
    path = steps_guard.request(world, **answers)
    if approve:
        assert steps_guard.event(world, "labeled", steps_guard.APPROVED).status == 0
    git(world.clone, "checkout", "--quiet", f"origin/{BRANCH}")
    if squash:
        git(world.clone, "merge", "--quiet", "--squash", "origin/change")
        world.commit("merge")
    else:
        git(world.clone, "merge", "--quiet", "--no-ff", "--message", "merge", "origin/change")
    world.push(BRANCH)
    world.set_state("pulls", [{"number": 7, "merged_at": "2026-01-17T01:00:00Z"}])
    return path


def context(request):
    return {
        "inputs": {"request": request},
        "github": {"event": {"repository": {"default_branch": BRANCH}}},
    }


def plan(world, request):
    run = Run(world, "s3-request-apply.yml", "plan", f"origin/{BRANCH}", **context(request)).start()
    assert world.markers() == []
    return run


def apply(world, request, planned, branch_moves=None):
    needs = {"plan": {"outputs": planned.outputs()}}
    run = Run(world, "s3-request-apply.yml", "apply", needs["plan"]["outputs"]["commit"],
              needs=needs, **context(request))
    # What the artifact carries over.
    (run.temporary / "plan").mkdir()
    (run.temporary / "plan" / "request.tfplan").write_text("a plan")
    if branch_moves:
        branch_moves()
    run.start()
    assert world.markers() == []
    return run


def terraform(world):
    return [next(it for it in call["arguments"] if not it.startswith("-")) for call in world.calls("terraform")]


def audit(world, environment="prod"):
    text = git(world.origin, "show", f"{BRANCH}:governance/{environment}/s3_request_audit.csv")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_approved_contract_is_planned_applied_and_recorded(worlds):
    for squash in (False, True):
        world = worlds()
        path = merged(world, squash=squash)
        planned = plan(world, path)
        assert planned.status == 0, planned.said
        outputs = planned.outputs()
        assert outputs["environment"] == "prod" and outputs["id"] == "S3-0001"
        assert outputs["approver"] == "maintainer"
        assert terraform(world) == ["init", "plan", "show"]
        init, wanted, _ = world.calls("terraform")
        assert "-backend-config=key=envs/prod/s3/S3-0001/terraform.tfstate" in init["arguments"]
        assert wanted["variables"]["s3_bucket"]["bucket_name"] == "goldenpath-prod-payments-api-uploads"
        applied = apply(world, path, planned)
        assert applied.status == 0, applied.said
        assert terraform(world) == ["init", "plan", "show", "init", "apply"]
        (row,) = audit(world)
        assert (row["request_id"], row["approver"], row["status"]) == ("S3-0001", "maintainer", "success")
        catalog = git(world.origin, "show", f"{BRANCH}:docs/20-contracts/resource-catalogs/s3-catalog.yaml")
        assert "goldenpath-prod-payments-api-uploads" in catalog

        # The same run again records nothing twice.
        again = apply(world, path, planned)
        assert again.status == 0 and "the record is there already" in again.said, again.said
        assert len(audit(world)) == 1


def test_nothing_is_recorded_if_terraform_fails(worlds):
    world = worlds()
    path = merged(world)
    planned = plan(world, path)
    (world.github / "apply-fails").touch()
    before = git(world.origin, "rev-parse", BRANCH)
    applied = apply(world, path, planned)
    assert applied.status != 0 and applied.failed_step == "Apply the plan"
    assert git(world.origin, "rev-parse", BRANCH) == before


def test_a_record_waits_for_a_branch_that_moves(worlds):
    world = worlds()
    path = merged(world)
    planned = plan(world, path)

    def somebody_pushes():
        git(world.clone, "checkout", "--quiet", f"origin/{BRANCH}")
        world.write("README.md", "words")
        world.commit("words")
        world.push(BRANCH)

    applied = apply(world, path, planned, somebody_pushes)
    assert applied.status == 0, applied.said
    assert git(world.origin, "show", f"{BRANCH}:README.md") == "words"
    assert len(audit(world)) == 1


def test_a_contract_that_nobody_approved_is_not_applied(worlds):
    world = worlds()
    path = merged(world, approve=False)
    planned = plan(world, path)
    assert (planned.status, planned.failed_step) == (1, "Check the approval"), planned.said
    assert terraform(world) == []


def test_a_contract_that_was_merged_differently_is_not_applied(worlds):
    world = worlds()
    path = merged(world)
    file = world.clone / path
    file.write_text(file.read_text().replace("costAlertGb: 100", "costAlertGb: 9000"))
    assert world.strongroom("render", "--", path).returncode == 0
    world.commit("pushed past the guard")
    world.push(BRANCH)
    planned = plan(world, path)
    assert (planned.status, planned.failed_step) == (1, "Check the approval"), planned.said
    assert terraform(world) == []


def test_where_nobody_has_to_approve_the_person_who_applies_is_named(worlds):
    world = worlds()
    path = merged(world, approve=False, environment="dev")
    planned = plan(world, path)
    assert planned.status == 0 and planned.outputs()["approver"] == "somebody", planned.said
    assert apply(world, path, planned).status == 0
    assert [row["approver"] for row in audit(world, "dev")] == ["somebody"]


def test_stale_rendered_files_are_not_applied(worlds):
    world = worlds()
    path = merged(world)
    file = world.clone / "envs/prod/s3/generated/S3-0001.auto.tfvars.json"
    file.write_text(file.read_text().replace("9000", "1") + "\n")
    world.commit("edited by hand")
    world.push(BRANCH)
    planned = plan(world, path)
    assert (planned.status, terraform(world)) == (1, []), planned.said


def test_the_path_of_a_request_is_data(worlds):
    world = worlds()
    path = merged(world)
    for value in [*HOSTILE, "", "-rf", "../../etc/passwd", f"/{path}", f"./{path}", f"x/../{path}", ":(glob)**",
                  f"{path}\n", f"{path} --policy=x", "strongroom.yaml", "docs", f"{path}.yaml", "nothing/S3-0001.yaml"]:
        planned = plan(world, value)
        assert planned.status != 0 and planned.failed_step == "Check the contract and its rendered files", value
    assert terraform(world) == []
