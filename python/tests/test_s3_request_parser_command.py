"""The drop-in has the command line of before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from shared import CATALOG, rows, write

from strongroom.compat import s3_request_parser as parser

ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if key not in ("AWS_REGION", "AWS_DEFAULT_REGION", "GITHUB_ACTOR")
}


def run(
    folder: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "strongroom.compat.s3_request_parser", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def place(folder: Path, contract: str, number: int = 1, application: str = "payments-api") -> str:
    text = contract.replace("S3-0001", f"S3-{number:04}").replace("payments-api", application)
    name = f"docs/20-contracts/s3-requests/dev/S3-{number:04}.yaml"
    write(folder, name, text)
    return name


def test_every_file_is_tried(tmp_path: Path, contract: str) -> None:
    good = place(tmp_path, contract)
    bad = place(tmp_path, contract.replace("costAlertGb: 100", "costAlertGb: 0"), 2, "other-api")
    warned = place(tmp_path, contract.replace("api-uploads", "api-files"), 3, "third-api")
    done = run(
        tmp_path, "--mode", "validate", "--input-files", "missing.yaml", bad, good, warned
    )
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("[ERROR] missing.yaml: ")
    assert lines[1].startswith(f"[ERROR] {bad}: costAlertGb must be between")
    assert lines[2] == f"[OK] {good} validated"
    assert lines[3].startswith(f"[WARN] {warned}: ")
    assert lines[4] == f"[OK] {warned} validated"
    assert len(lines) == 5
    assert run(tmp_path, "--mode", "validate", "--input-files", good).returncode == 0


def test_generate_writes_what_was_written_before(tmp_path: Path, contract: str) -> None:
    name = place(tmp_path, contract)
    arguments: list[str | Path] = ["--mode", "generate", "--input-files", name]
    arguments += ["--catalog-path", "catalog.yaml", "--audit-path", "audit.csv"]
    tfvars = Path("envs/dev/s3/generated/S3-0001.auto.tfvars.json")
    iam = Path("envs/generated/iam/payments-api-s3-policy.json")

    dry = run(tmp_path, *arguments, "--dry-run")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert dry.stdout.count("[DRY-RUN] would ") == 4
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]

    done = run(tmp_path, *arguments, AWS_DEFAULT_REGION="eu-west-1", GITHUB_ACTOR="octocat")
    assert (done.returncode, done.stdout) == (0, f"[OK] {name} -> {tfvars}, {iam}\n")
    req = parser.parse_request(parser.load_yaml(tmp_path / name), name)
    for path, data in [
        (tfvars, parser.generate_tfvars(req)),
        (iam, parser.generate_iam_policy(req)),
    ]:
        assert (tmp_path / path).read_text() == json.dumps(data, indent=2) + "\n"
    _, body = parser.read_catalog_documents(tmp_path / "catalog.yaml")
    entry = body["buckets"]["goldenpath-dev-payments-api-uploads"]
    assert entry["aws"]["region"] == "eu-west-1"
    assert entry["metadata"]["status"] == "active"
    [row] = rows(tmp_path / "audit.csv")
    assert (row["approver"], row["action"], row["status"]) == ("octocat", "apply", "success")

    # A second run changes nothing, and adds no row.
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = run(tmp_path, *arguments, AWS_DEFAULT_REGION="eu-west-1", GITHUB_ACTOR="octocat")
    assert again.stdout == done.stdout
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("environment", "region", "approver"),
    [
        ({}, "unknown", "unknown"),
        ({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b", "GITHUB_ACTOR": "c"}, "a", "c"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "b"}, "b", "unknown"),
    ],
)
def test_what_is_not_said_comes_from_the_environment(
    tmp_path: Path, contract: str, environment: dict[str, str], region: str, approver: str
) -> None:
    name = place(tmp_path, contract)
    arguments = ("--mode", "generate", "--input-files", name, "--catalog-path", "c.yaml")
    assert run(tmp_path, *arguments, "--audit-path", "a.csv", **environment).returncode == 0
    _, body = parser.read_catalog_documents(tmp_path / "c.yaml")
    assert body["buckets"]["goldenpath-dev-payments-api-uploads"]["aws"]["region"] == region
    assert rows(tmp_path / "a.csv")[0]["approver"] == approver


def test_options_outweigh_the_environment(tmp_path: Path, contract: str) -> None:
    name = place(tmp_path, contract)
    done = run(
        tmp_path,
        *("--mode", "generate", "--input-files", name, "--output-root", "out"),
        *("--catalog-path", "c.yaml", "--catalog-region", "eu-north-1"),
        *("--catalog-status", "pending", "--audit-path", "a.csv", "--audit-action", "plan"),
        *("--audit-status", "failure", "--audit-approver", "ada"),
        AWS_REGION="x",
        GITHUB_ACTOR="y",
    )
    assert done.returncode == 0
    assert (tmp_path / "out/generated/iam/payments-api-s3-policy.json").exists()
    entry = parser.read_catalog_documents(tmp_path / "c.yaml")[1]["buckets"].popitem()[1]
    assert (entry["aws"]["region"], entry["metadata"]["status"]) == ("eu-north-1", "pending")
    [row] = rows(tmp_path / "a.csv")
    assert (row["action"], row["status"], row["approver"]) == ("plan", "failure", "ada")


def test_a_second_bucket_of_an_application_keeps_the_first_ones_rights(
    tmp_path: Path, contract: str
) -> None:
    first = place(tmp_path, contract)
    second = place(tmp_path, contract.replace("uploads", "backups"), 2)
    assert run(tmp_path, "--mode", "generate", "--input-files", first, second).returncode == 0
    path = tmp_path / "envs/generated/iam/payments-api-s3-policy.json"
    sids = [statement["Sid"] for statement in json.loads(path.read_text())["Statement"]]
    assert sids == ["S3AccessS30001", "S3AccessS30002"]
    path.write_text("not json")
    broken = run(tmp_path, "--mode", "generate", "--input-files", first)
    assert broken.returncode == 1
    assert broken.stdout.startswith(f"[ERROR] {first}: ")
    assert path.read_text() == "not json"


def test_two_files_may_not_claim_one_bucket(tmp_path: Path, contract: str) -> None:
    first = place(tmp_path, contract)
    second = place(tmp_path, contract, 2)
    done = run(tmp_path, "--mode", "validate", "--input-files", first, second)
    assert done.returncode == 1
    assert "goldenpath-dev-payments-api-uploads" in done.stdout
    assert "[ERROR]" in done.stdout


def test_sixteen_runs_at_once_lose_nothing(tmp_path: Path, contract: str) -> None:
    # Sixteen buckets of one application, so that all runs share all three files.
    names = [
        place(tmp_path, contract.replace("api-uploads", f"api-uploads-{number}"), number)
        for number in range(1, 17)
    ]
    write(tmp_path, "catalog.yaml", CATALOG)
    command = [sys.executable, "-m", "strongroom.compat.s3_request_parser", "--mode", "generate"]
    command += ["--catalog-path", "catalog.yaml", "--audit-path", "audit.csv", "--input-files"]
    running = [
        subprocess.Popen([*command, name], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    for process in running:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
    _, body = parser.read_catalog_documents(tmp_path / "catalog.yaml")
    assert len(body["buckets"]) == 17
    assert "# ask Ada first" in (tmp_path / "catalog.yaml").read_text()
    numbers = [f"{number:04}" for number in range(1, 17)]
    assert sorted(row["request_id"] for row in rows(tmp_path / "audit.csv")) == [
        f"S3-{number}" for number in numbers
    ]
    iam = tmp_path / "envs/generated/iam/payments-api-s3-policy.json"
    statements = json.loads(iam.read_text())["Statement"]
    assert sorted(it["Sid"] for it in statements) == [f"S3AccessS3{number}" for number in numbers]


@pytest.mark.parametrize("arguments", [[], ["--mode", "apply"], ["--mode", "validate"]])
def test_wrong_use_is_2(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_file_name_begins_no_second_line(tmp_path: Path) -> None:
    done = run(tmp_path, "--mode", "validate", "--input-files", "a\n::error::b.yaml")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1


def test_it_works_without_pyyaml(tmp_path: Path, contract: str) -> None:
    name = place(tmp_path, contract)
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from strongroom.compat import s3_request_parser\n"
        f"sys.exit(s3_request_parser.main(['--mode', 'validate', '--input-files', {name!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == 0
