"""What can be said of the files without running them."""

import re

import yaml

from harness import DEPLOY, workflow

WORKFLOWS = sorted(path.name for path in (DEPLOY / "workflows").glob("*.yml"))


def steps():
    for name in WORKFLOWS:
        for job in workflow(name)["jobs"].values():
            for step in job["steps"]:
                yield name, step
    for path in (DEPLOY / "actions").glob("*/action.yml"):
        for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
            yield path.parent.name, step


def test_no_script_holds_an_expression(_):
    scripts = [(name, step["run"]) for name, step in steps() if "run" in step]
    assert len(scripts) > 10
    for name, script in scripts:
        assert "${{" not in script, (name, script)


def test_every_action_is_pinned_by_commit(_):
    used = {step["uses"] for _, step in steps() if "uses" in step}
    assert len(used) > 5
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}|\./\.github/actions/[\w-]+", action), action


def test_permissions_are_given_job_by_job(_):
    for name in WORKFLOWS:
        data = workflow(name)
        assert data["permissions"] == {}, name
        for job in data["jobs"].values():
            assert "write-all" not in str(job["permissions"]), name
            assert "timeout-minutes" in job, name


def test_no_checkout_leaves_a_token_behind(_):
    found = [step for _, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(found) == 5
    for step in found:
        assert step["with"]["persist-credentials"] is False


def test_the_guard_is_not_taken_from_the_pull_request(_):
    text = (DEPLOY / "workflows" / "s3-approval-guard.yml").read_text()
    assert "\n  pull_request_target:\n" in text
    checkouts = [
        step for name, step in steps()
        if name == "s3-approval-guard.yml" and step.get("uses", "").startswith("actions/checkout@")
    ]
    assert [step["with"].get("ref") for step in checkouts] == [None]
