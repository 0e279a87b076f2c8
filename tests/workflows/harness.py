"""Runs the steps of our workflows on this machine, as GitHub's runner would.

Actions (`uses`) are not run: the command is on the path already, and what an artifact would carry
over stays in the runner's temporary folder. `gh` and `terraform` are the programs in `stubs/`, which
note every call. git, bash, jq and strongroom are real.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEPLOY = ROOT / "deploy" / "github"
HOSTILE = json.loads((HERE / "hostile.json").read_text())
BRANCH = "main"
BOT = "github-actions[bot]"


def workflow(name):
    """A workflow as data. `on` is a boolean for YAML 1.1, which does not matter here."""
    return yaml.safe_load((DEPLOY / "workflows" / name).read_text())


def git(folder, *arguments, **options):
    command = ["git", "-c", "user.name=someone", "-c", "user.email=someone@example.org", *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, text=True, capture_output=True, **options
    ).stdout.strip()


class World:
    """A repository with its origin, a runner's folders, and the state of GitHub."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.origin = self.folder / "origin.git"
        self.clone = self.folder / "clone"
        self.github = self.folder / "github"
        self.github.mkdir(parents=True)
        (self.folder / "home").mkdir()
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch", BRANCH, str(self.origin))
        git(self.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(self.folder, "clone", "--quiet", str(self.origin), str(self.clone))
        git(self.clone, "switch", "--quiet", "--create", BRANCH)
        self.write("strongroom.yaml", "apiVersion: strongroom/v1\nkind: Policy\nprefix: goldenpath\n")
        shutil.copytree(
            ROOT / "deploy/terraform/roots/s3-request", self.clone / "deploy/terraform/roots/s3-request"
        )
        self.commit("begin")
        self.push(BRANCH)

    def write(self, path, text):
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message):
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.clone, "rev-parse", "HEAD")

    def push(self, branch):
        git(self.clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")

    def strongroom(self, *arguments, given=None):
        return subprocess.run(
            ["strongroom", "contract", *arguments],
            cwd=self.clone, input=given, text=True, capture_output=True, check=False,
        )

    def new_contract(self, **answers):
        """Writes a contract and what follows from it into the clone; gives its path."""
        made = self.strongroom("new", "--json", "-", given=json.dumps({**ANSWERS, **answers}))
        assert made.returncode == 0, made
        path = made.stdout.strip()
        rendered = self.strongroom("render", "--", path)
        assert rendered.returncode == 0, rendered
        return path

    def branches(self):
        listed = git(self.origin, "for-each-ref", "--format=%(refname:short)", "refs/heads")
        return [name for name in listed.splitlines() if name != BRANCH]

    def state(self, name, default):
        file = self.github / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else default

    def set_state(self, name, value):
        (self.github / f"{name}.json").write_text(json.dumps(value))

    def calls(self, program):
        file = self.github / "calls.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [call for call in map(json.loads, lines) if call["program"] == program]

    def markers(self):
        """Files that only a command in a value can have made."""
        return [path for path in self.folder.rglob("*") if path.name in ("MARKER", "nothing", "x")]


ANSWERS = {
    "application": "payments-api",
    "purposeType": "uploads",
    "purposeDescription": "User file uploads for payment receipts",
    "owner": "app-team",
    "requester": "daniel-deans",
    "environment": "dev",
    "costCenter": "payments-123",
    "costAlertGb": 100,
    "retentionType": "indefinite",
    "retentionRationale": "User data retained for account lifetime",
}


class Run:
    """One run of one job."""

    def __init__(self, world, name, job, checkout, **context):
        self.world, self.workflow = world, workflow(name)
        self.job = self.workflow["jobs"][job]
        self.context = {
            "github": {
                "repository": "example/contracts", "run_id": "4711", "run_attempt": "1",
                "token": "the-token", **context.pop("github", {}),
            },
            "vars": {"AWS_REGION": "eu-central-1", "STATE_BUCKET": "states", "STATE_REGION": "eu-central-1",
                     **context.pop("vars", {})},
            "secrets": {}, "inputs": {}, "needs": {}, "steps": {}, **context,
        }
        self.number = len(list(world.folder.glob("run-*")))
        self.temporary = world.folder / f"run-{self.number}"
        self.temporary.mkdir()
        self.work = self.temporary / "work"
        git(world.folder, "clone", "--quiet", str(world.origin), str(self.work))
        git(self.work, "checkout", "--quiet", checkout)
        self.said, self.status, self.failed_step = "", 0, None

    def start(self):
        """Runs the steps one after the other, until one fails."""
        for step in self.job["steps"]:
            if "run" not in step or not self.evaluate(str(step.get("if", "true"))):
                continue
            status = self.step(step)
            if status != 0:
                self.status, self.failed_step = status, step["name"]
                break
        return self

    def step(self, step):
        files = {name: self.temporary / name for name in ("output", "summary", "path")}
        for file in files.values():
            file.touch()
        environment = {
            "PATH": f"{HERE / 'stubs'}:{os.environ['PATH']}",
            "HOME": str(self.world.folder / "home"),
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_PATH": str(files["path"]),
            "GITHUB_ACTOR": "somebody",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": self.context["github"]["repository"],
            "STUB_STATE": str(self.world.github),
        }
        for level in (self.workflow, self.job, step):
            for key, value in level.get("env", {}).items():
                environment[key] = self.expand(str(value))
        script = self.temporary / "script.sh"
        # As GitHub does it, pasted values included: the tests see what comes of that.
        script.write_text(self.expand(step["run"]))
        files["output"].write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.work, env=environment, text=True, capture_output=True, check=False,
        )
        self.said += done.stdout + done.stderr
        if "id" in step:
            self.context["steps"][step["id"]] = {"outputs": outputs(files["output"].read_text())}
        return done.returncode

    @property
    def summary(self):
        return (self.temporary / "summary").read_text()

    def outputs(self):
        """What the job hands to the next."""
        return {key: self.expand(value) for key, value in self.job["outputs"].items()}

    def commands(self):
        """What the runner would take for workflow commands. It looks behind leading blanks."""
        return [line.strip() for line in self.said.splitlines() if line.strip().startswith("::")]

    def expand(self, text):
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: self.lookup(found[1].strip()), text)

    def evaluate(self, condition):
        if " && " in condition:
            return all(map(self.evaluate, condition.split(" && ")))
        found = re.fullmatch(r"([\w.]+) (==|!=) '(.*)'", condition.strip())
        if found:
            return (self.lookup(found[1]) == found[3]) == (found[2] == "==")
        assert condition == "true", f"the harness cannot read `{condition}`"
        return True

    def lookup(self, expression):
        """The few forms of expression that our workflows use."""
        if " || " in expression:
            return next(filter(None, map(self.lookup, expression.split(" || "))), "")
        listed = re.fullmatch(r"toJSON\(([\w.]+)\.\*\.name\)", expression)
        if listed:
            # As GitHub prints it: indented.
            return json.dumps([item["name"] for item in self.find(listed[1]) or []], indent=2)
        assert re.fullmatch(r"[\w.-]+", expression), f"the harness cannot read `{expression}`"
        value = self.find(expression)
        return "" if value is None else str(value)

    def find(self, path):
        value = self.context
        first, *rest = path.split(".")
        assert first in value, f"there is no `{first}`"
        for key in (first, *rest):
            value = value.get(key) if isinstance(value, dict) else None
        return value


def outputs(text):
    """The outputs of a step, in both forms that GitHub reads."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        here = re.fullmatch(r"([\w-]+)<<(.+)", line)
        if here:
            block = []
            for inner in lines:
                if inner == here[2]:
                    break
                block.append(inner)
            found[here[1]] = "\n".join(block)
        else:
            key, _, value = line.partition("=")
            found[key] = value
    return found
