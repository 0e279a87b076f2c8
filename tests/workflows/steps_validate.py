"""The check of a pull request."""

import json
import re

from harness import BRANCH, HOSTILE, Run, git

FOLDER = "docs/20-contracts/s3-requests/dev"


def validate(world):
    """Merges what is in the clone into the base, as GitHub does, and checks it."""
    change = git(world.clone, "rev-parse", "HEAD")
    git(world.clone, "checkout", "--quiet", f"origin/{BRANCH}")
    git(world.clone, "merge", "--quiet", "--no-ff", "--message", "merge", change)
    world.push("merged")
    git(world.clone, "checkout", "--quiet", change)
    run = Run(world, "ci-s3-request-validation.yml", "validate", "origin/merged").start()
    assert world.markers() == []
    for command in run.commands():
        assert re.match(r"::(error|warning|notice) (file=docs/|title=strongroom::)", command), command
    return run


def test_a_good_contract_passes(worlds):
    world = worlds()
    world.new_contract()
    world.commit("request")
    run = validate(world)
    assert (run.status, run.commands()) == (0, []), run.said
    assert "Decision: passes" in run.summary
    sarif = json.loads((run.temporary / "strongroom.sarif").read_text())
    assert sarif["version"] == "2.1.0" and sarif["runs"][0]["results"] == []


def test_a_broken_contract_fails_with_its_line(worlds):
    world = worlds()
    path = world.new_contract()
    file = world.clone / path
    file.write_text(file.read_text().replace("costAlertGb: 100", "costAlertGb: 0"))
    world.commit("request")
    run = validate(world)
    assert (run.status, run.failed_step) == (1, "Validate"), run.said
    line = 1 + file.read_text().splitlines().index("  costAlertGb: 0")
    (command,) = run.commands()
    assert command.startswith(f"::error file={path},line={line},"), command
    sarif = json.loads((run.temporary / "strongroom.sarif").read_text())
    (result,) = sarif["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    assert "costAlertGb" in run.summary


def test_a_pull_request_does_not_bring_its_own_rules(worlds):
    world = worlds()
    path = world.new_contract(environment="prod")
    file = world.clone / path
    file.write_text(file.read_text().replace("sse-kms", "sse-s3").replace("    kmsKeyAlias: alias/goldenpath-prod-s3\n", ""))
    world.write(
        "strongroom.yaml",
        "apiVersion: strongroom/v1\nkind: Policy\nprefix: goldenpath\nrules:\n  weak-encryption: off\n",
    )
    world.commit("request")
    run = validate(world)
    assert run.failed_step == "Validate" and "weak-encryption" in run.said, run.said


def test_a_new_policy_must_leave_the_contracts_valid(worlds):
    world = worlds()
    world.new_contract()
    world.commit("request")
    world.push(BRANCH)
    world.write("strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\nprefix: acme\n")
    world.commit("policy")
    run = validate(world)
    assert run.failed_step == "Validate under the new policy" and run.status == 1, run.said


def test_rendered_files_that_were_edited_are_noticed(worlds):
    world = worlds()
    world.new_contract()
    file = world.clone / "envs/dev/s3/generated/S3-0001.auto.tfvars.json"
    assert '"versioning_enabled": true' in file.read_text()
    file.write_text(file.read_text().replace('"versioning_enabled": true', '"versioning_enabled": false'))
    world.commit("request")
    run = validate(world)
    assert (run.status, run.failed_step) == (1, "Compare the rendered files with their contracts"), run.said


def test_names_of_files_are_data(worlds):
    world = worlds()
    names = ["$(touch MARKER).yaml", "`touch MARKER`.yaml", "; touch MARKER;.yaml", "-rf.yaml", "--help.yaml",
             "a\n::error title=forged::x\n.yaml", "S3-$(touch MARKER).yaml", "S3-0\n::error::forged.yaml"]
    made = world.clone / world.new_contract()
    for name in names:
        moved = made.with_name(name)
        made.rename(moved)
        made = moved
        world.commit("request")
        run = validate(world)
        assert run.status != 0, (name, run.said)


def test_values_are_data(worlds):
    world = worlds()
    path = world.new_contract()
    file = world.clone / path
    good = file.read_text()
    for value in HOSTILE:
        text = good
        for key in ("owner: app-team", "application: payments-api", "requester: daniel-deans"):
            text = text.replace(key, f"{key.split(':')[0]}: {json.dumps(value, ensure_ascii=False)}")
        file.write_text(text)
        world.commit("request")
        run = validate(world)
        assert run.status == 1 and run.failed_step == "Validate", (value, run.said)


def test_a_checkout_that_is_no_merge_is_refused(worlds):
    world = worlds()
    world.new_contract()
    world.commit("request")
    world.push("change")
    run = Run(world, "ci-s3-request-validation.yml", "validate", "origin/change").start()
    assert run.status == 2 and "no version before" in run.said, run.said


def test_a_deleted_contract_is_told_and_left_to_the_guard(worlds):
    world = worlds()
    path = world.new_contract()
    world.new_contract(application="ledger")
    world.commit("request")
    world.push(BRANCH)
    git(world.clone, "rm", "--quiet", path)
    world.commit("delete")
    run = validate(world)
    assert run.status == 0 and any(it.startswith("::warning") for it in run.commands()), run.said


def test_a_repository_without_contracts_passes(worlds):
    world = worlds()
    world.write("README.md", "words")
    world.commit("words")
    run = validate(world)
    assert run.status == 0 and "no contracts" in run.said, run.said
