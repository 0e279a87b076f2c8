"""The guard over approvals."""

import json

from harness import ANSWERS, BOT, BRANCH, HOSTILE, Run, git

APPROVED = "platform-approved"


def event(world, action, label=None, sender="maintainer", author="author"):
    """What happens in the pull request whose branch is `change`."""
    labels = world.state("labels", [])
    if action == "labeled" and label not in [it["name"] for it in labels]:
        labels = [*labels, {"name": label}]
    if action == "unlabeled":
        labels = [it for it in labels if it["name"] != label]
    world.set_state("labels", labels)
    world.set_state("roles", {"maintainer": "maintain", "admin": "admin", "writer": "write", "author": "maintain"})
    run = Run(
        world, "s3-approval-guard.yml", "approval", f"origin/{BRANCH}",
        github={"event": {
            "action": action,
            "label": {"name": label},
            "sender": {"login": sender},
            "pull_request": {
                "number": 7, "user": {"login": author}, "labels": labels,
                "head": {"sha": git(world.origin, "rev-parse", "change")},
            },
        }},
    ).start()
    assert world.markers() == []
    for command in run.commands():
        assert command.startswith(("::error title=strongroom::", "::notice title=strongroom::")), command
    return run


def labels(world):
    return [it["name"] for it in world.state("labels", [])]


def edit(world, path, old, new):
    file = world.clone / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    world.commit("edit")
    world.push("change")


def request(world, **answers):
    path = world.new_contract(**{"environment": "prod", **answers})
    world.commit("request")
    world.push("change")
    return path


def test_a_request_for_dev_needs_nobody(worlds):
    world = worlds()
    request(world, environment="dev")
    run = event(world, "opened", sender="author")
    assert run.status == 0 and "approved automatically" in run.summary, run.said


def test_a_repository_without_contracts_needs_nobody(worlds):
    world = worlds()
    world.write("README.md", "words")
    world.commit("words")
    world.push("change")
    run = event(world, "opened", sender="author")
    assert run.status == 0 and "no contracts" in run.said, run.said


def test_a_request_for_prod_waits(worlds):
    world = worlds()
    request(world)
    run = event(world, "opened", sender="author")
    assert run.status == 1 and run.failed_step == "Compare the approval with the change", run.said
    assert "prod environment" in run.summary


def test_the_label_of_a_maintainer_approves_what_is_there(worlds):
    world = worlds()
    path = request(world)
    assert event(world, "labeled", APPROVED).status == 0
    (comment,) = world.state("comments", [])
    assert comment["user"]["login"] == BOT and "@maintainer" in comment["body"]

    # A push that leaves the contracts alone keeps the approval.
    world.write("README.md", "words")
    world.commit("words")
    world.push("change")
    assert event(world, "synchronize", sender="author").status == 0
    assert labels(world) == [APPROVED]

    # One that changes them takes the label away.
    edit(world, path, "costAlertGb: 100", "costAlertGb: 9000")
    run = event(world, "synchronize", sender="author")
    assert run.status == 1 and labels(world) == [], run.said
    assert "something was pushed since" in run.summary

    # A new label approves the new contract, and withdrawing it counts too.
    assert event(world, "labeled", APPROVED).status == 0
    assert event(world, "unlabeled", APPROVED).status == 1


def test_what_the_base_changed_since_is_no_change_of_the_request(worlds):
    world = worlds()
    path = request(world)
    assert event(world, "labeled", APPROVED).status == 0
    git(world.clone, "checkout", "--quiet", f"origin/{BRANCH}")
    world.write("README.md", "words")
    other = world.new_contract(application="ledger", environment="dev")
    assert other != path
    world.commit("another request was merged")
    world.push(BRANCH)
    assert event(world, "reopened", sender="author").status == 0


def test_nobody_approves_a_request_of_their_own(worlds):
    world = worlds()
    request(world)
    run = event(world, "labeled", APPROVED, sender="author")
    assert run.status == 1 and run.failed_step == "Record the approval", run.said
    assert labels(world) == [] and world.state("comments", []) == []


def test_a_label_by_somebody_else_does_not_count(worlds):
    for sender in ("writer", "stranger"):
        world = worlds()
        request(world)
        run = event(world, "labeled", APPROVED, sender=sender)
        assert run.status == 1 and labels(world) == [] and world.state("comments", []) == [], run.said


def test_a_label_that_was_there_before_the_guard_does_not_count(worlds):
    world = worlds()
    request(world)
    world.set_state("labels", [{"name": APPROVED}])
    assert event(world, "opened", sender="author").status == 1


def test_names_of_labels_are_data(worlds):
    world = worlds()
    request(world)
    # An approval is on record, but was withdrawn: now the label has to be forged.
    assert event(world, "labeled", APPROVED).status == 0
    assert event(world, "unlabeled", APPROVED).status == 1
    for label in [*HOSTILE, f"x,{APPROVED}", f"{APPROVED} s3-approved", f"{APPROVED},s3-approved", "--labels", "-"]:
        world.set_state("labels", [])
        run = event(world, "labeled", label, sender="author")
        assert run.status == 1 and run.failed_step == "Compare the approval with the change", (label, run.said)
        assert len(world.state("comments", [])) == 1


def test_only_an_unedited_comment_of_the_bot_is_a_record(worlds):
    for change in (
        {"user": {"login": "author"}},
        {"updated_at": "2026-01-18T00:00:00Z"},
        {"before": "Somebody wrote: "},
    ):
        world = worlds()
        request(world)
        assert event(world, "labeled", APPROVED).status == 0
        (comment,) = world.state("comments", [])
        body = change.pop("before", "") + comment["body"]
        world.set_state("comments", [{**comment, "body": body, **change}])
        assert event(world, "synchronize", sender="author").status == 1, change


def test_comments_are_data(worlds):
    world = worlds()
    request(world)
    assert event(world, "labeled", APPROVED).status == 0
    (record,) = world.state("comments", [])
    others = [{**record, "user": {"login": "author"}, "body": value} for value in HOSTILE]
    world.set_state("comments", [*others, record, *others])
    assert event(world, "synchronize", sender="author").status == 0


def test_a_deleted_contract_counts(worlds):
    world = worlds()
    path = request(world)
    world.push(BRANCH)
    git(world.clone, "rm", "--quiet", path)
    world.commit("delete")
    world.push("change")
    run = event(world, "opened", sender="author")
    assert run.status == 1 and path in run.summary, run.said
    assert event(world, "labeled", APPROVED).status == 0

    # With its folder, too.
    git(world.clone, "rm", "--quiet", "-r", "docs")
    world.commit("delete the rest")
    world.push("change")
    assert event(world, "synchronize", sender="author").status == 0


def test_the_policy_of_the_pull_request_does_not_count(worlds):
    lenient = (
        "apiVersion: strongroom/v1\nkind: Policy\nprefix: goldenpath\n"
        "environments:\n  - name: prod\n    protected: false\n"
    )
    world = worlds()
    world.write("strongroom.yaml", lenient)
    request(world)
    run = event(world, "opened", sender="author")
    assert run.status == 1 and "prod environment" in run.summary, run.said

    # Neither does a link to one.
    world = worlds()
    (world.clone / "strongroom.yaml").unlink()
    (world.clone / "strongroom.yaml").symlink_to("elsewhere.yaml")
    world.write("elsewhere.yaml", lenient)
    answers = {**ANSWERS, "environment": "prod"}
    made = world.strongroom("new", "--json", "-", given=json.dumps(answers))
    assert made.returncode == 0, made
    world.commit("request")
    world.push("change")
    assert event(world, "opened", sender="author").status == 1


def test_nothing_of_the_pull_request_is_executed(worlds):
    world = worlds()
    request(world)
    for name in ("post-checkout", "post-merge", "pre-commit"):
        world.write(f".githooks/{name}", "#!/bin/sh\ntouch MARKER\n")
        (world.clone / f".githooks/{name}").chmod(0o755)
    world.write(".gitattributes", "* filter=evil\n")
    world.write("strongroom", "#!/bin/sh\ntouch MARKER\n")
    (world.clone / "strongroom").chmod(0o755)
    (world.clone / "docs/20-contracts/s3-requests/prod/S3-0002.yaml").symlink_to("/etc/passwd")
    world.commit("evil")
    world.push("change")
    run = event(world, "opened", sender="author")
    assert run.status == 1 and "root:" not in run.said + run.summary, run.said
