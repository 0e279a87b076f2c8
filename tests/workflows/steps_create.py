"""From the form's answers to a pull request."""

import json

import yaml

from harness import ANSWERS, BRANCH, HOSTILE, Run, git


def create(world, request):
    run = Run(
        world, "create-s3-bucket.yml", "create", f"origin/{BRANCH}",
        inputs={"request": request},
        github={"event": {"repository": {"default_branch": BRANCH}}},
    ).start()
    assert world.markers() == [], request
    for command in run.commands():
        assert command.startswith("::error title=strongroom::"), command
        assert "forged" not in command
    return run


def contract_of(world):
    (branch,) = world.branches()
    changed = git(world.origin, "diff", "--name-only", BRANCH, branch).splitlines()
    (path,) = [it for it in changed if it.startswith("docs/") and it.endswith(".yaml")]
    return branch, changed, yaml.safe_load(git(world.origin, "show", f"{branch}:{path}"))


def keys(value, at=""):
    if not isinstance(value, dict):
        return {at}
    return set().union(*(keys(inner, f"{at}.{key}") for key, inner in value.items()))


def test_an_answered_form_becomes_a_pull_request(worlds):
    world = worlds()
    run = create(world, json.dumps(ANSWERS))
    assert (run.status, run.failed_step) == (0, None), run.said
    branch, changed, contract = contract_of(world)
    assert branch == "s3-request/S3-0001-4711-1"
    assert contract["spec"]["bucketName"] == "goldenpath-dev-payments-api-uploads"
    assert "docs/20-contracts/s3-requests/.s3-ids" in changed
    assert "envs/dev/s3/generated/S3-0001.auto.tfvars.json" in changed
    (request,) = [it for it in world.calls("gh") if it["arguments"][:2] == ["pr", "create"]]
    assert request["arguments"][request["arguments"].index("--title") + 1] == "Request S3-0001: a bucket in dev"
    assert "goldenpath-dev-payments-api-uploads" in request["body"]
    assert "Decision: passes" in run.summary
    (login,) = [it for it in world.calls("gh") if it["arguments"][:1] == ["auth"]]
    assert login["token"] == "the-token"


def test_free_text_stays_what_was_typed(worlds):
    taken = 0
    world = worlds()
    plain = world.strongroom("new", "--dry-run", "--json", "-", given=json.dumps(ANSWERS))
    for value in HOSTILE:
        run = create(world, json.dumps({**ANSWERS, "purposeDescription": value, "retentionRationale": value}))
        if run.status == 0:
            taken += 1
            branch, _, contract = contract_of(world)
            assert contract["spec"]["purpose"]["description"] == value
            assert contract["spec"]["retentionPolicy"]["rationale"] == value
            assert contract["spec"]["publicAccess"] == "blocked"
            assert keys(contract) == keys(yaml.safe_load(plain.stdout))
            git(world.origin, "update-ref", "-d", f"refs/heads/{branch}")
        else:
            # Characters that nobody can see are refused, before anything is pushed.
            assert run.status == 1 and run.failed_step == "Write the contract", run.said
            assert any(not character.isprintable() for character in value), value
            assert world.branches() == []
    assert taken > len(HOSTILE) / 2, f"{taken} of {len(HOSTILE)} were taken"


def test_fields_with_a_format_refuse_what_is_none(worlds):
    fields = ("application", "requester", "environment", "costCenter", "purposeType", "publicAccess")
    world = worlds()
    for number, value in enumerate(HOSTILE):
        # Every value, and every field more than once.
        field = fields[number % len(fields)]
        run = create(world, json.dumps({**ANSWERS, field: value}))
        assert run.status in (1, 2) and run.failed_step == "Write the contract", (field, value, run.said)
        assert world.branches() == [] and world.calls("gh") == []
        assert "The request was refused" in run.summary


def test_a_request_that_is_no_form_is_refused(worlds):
    world = worlds()
    for value in [*HOSTILE, "", "null", "[]", '"x"', "{}", "{" * 5000]:
        run = create(world, value)
        assert run.status == 2 and run.failed_step == "Write the contract", (value, run.said)
        assert world.branches() == []


def test_an_answer_that_no_form_has_is_refused(worlds):
    world = worlds()
    run = create(world, json.dumps({**ANSWERS, "bucketName": "somebody-elses", "id": "S3-9999"}))
    assert run.status == 2 and world.branches() == [], run.said


def test_two_requests_at_once_make_two_branches(worlds):
    world = worlds()
    for run_id in ("1", "2"):
        run = Run(
            world, "create-s3-bucket.yml", "create", f"origin/{BRANCH}",
            inputs={"request": json.dumps(ANSWERS)},
            github={"run_id": run_id, "event": {"repository": {"default_branch": BRANCH}}},
        ).start()
        assert run.status == 0, run.said
    assert world.branches() == ["s3-request/S3-0001-1-1", "s3-request/S3-0001-2-1"]
