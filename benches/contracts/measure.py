#!/usr/bin/env python3
"""Measures whole processes over one corpus and writes the contracts section of benches/RESULTS.md.

    measure.py --strongroom BIN --venv DIR --jsonschema-cli BIN --corpus DIR --manifest FILE
               --accuracy FILE --criterion DIR --results FILE

Every figure is that of a whole process, from start to exit: CPU seconds (user + system) and peak
resident memory as the kernel counts them (`wait4`), wall time by the monotonic clock. Contestants
take turns, so that a busy minute on the machine meets all of them; a figure is the median of the
rounds. Ratios are taken between the medians of the same run.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass
class Contestant:
    name: str
    command: list
    rounds: int
    files: int
    statuses: set
    runs: list = field(default_factory=list)

    def median(self, what):
        return statistics.median(run[what] for run in self.runs)


def run(command, output):
    """Runs `command` to its end and returns what it cost."""
    files = [(os.POSIX_SPAWN_OPEN, fd, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644) for fd in (1, 2)]
    start = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - start
    # The kernel starts a child's peak with the peak of the process that spawned it, so this
    # script must stay small for the figure of a small contestant to be its own.
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
        "status": os.waitstatus_to_exitcode(status),
    }


def contestants(arguments, files, unique, slow):
    python = f"{arguments.venv}/bin/python"
    schema = str(HERE / "s3.schema.json")
    script = str(HERE / "peers" / "python_validate.py")

    def python_way(name, loader, validator, rounds):
        command = [python, script, "--loader", loader, "--validator", validator, schema, arguments.corpus]
        return Contestant(name, command, rounds, len(files), {0})

    everything = arguments.rounds
    ours = [arguments.strongroom, "contract", "validate", arguments.corpus]
    native = [arguments.jsonschema_cli, "validate", "--errors-only", schema, "-i", *unique]
    return [
        Contestant("strongroom", ours, everything, len(files), {1}),
        Contestant("jsonschema-cli (Rust), no duplicate keys in its files", native, everything, len(unique), {1}),
        python_way("PyYAML CSafeLoader + jsonschema_rs", "csafe", "jsonschema_rs", everything),
        python_way("PyYAML CSafeLoader + jsonschema", "csafe", "jsonschema", everything),
        python_way("PyYAML SafeLoader + jsonschema", "safe", "jsonschema", slow),
        Contestant("check-jsonschema", [f"{arguments.venv}/bin/check-jsonschema", "--schemafile", schema, *files], 1, len(files), {1}),
    ]


def measure(everyone, output):
    for turn in range(max(one.rounds for one in everyone)):
        for one in everyone:
            if turn >= one.rounds:
                continue
            result = run(one.command, output)
            if result["status"] not in one.statuses:
                raise SystemExit(f"{one.name} left with status {result['status']}, see {output}")
            one.runs.append(result)
            print(f"round {turn + 1}  {one.name:54} cpu {result['cpu']:7.3f} s  wall {result['wall']:7.3f} s", flush=True)


def single_file(arguments, corpus_files, manifest, output):
    """Returns wall milliseconds of checking one valid file, many times over."""
    path = next(p for p in corpus_files if manifest[os.path.relpath(p, arguments.corpus)] is None)
    runs = [run([arguments.strongroom, "contract", "validate", path], output) for _ in range(200)]
    walls = sorted(one["wall"] * 1000 for one in runs)
    return {
        "median": statistics.median(walls),
        "p95": walls[int(len(walls) * 0.95)],
        "cpu": statistics.mean(one["cpu"] for one in runs) * 1000,
    }


def calls(directory):
    """Returns the rows of what criterion measured: the median of one call each."""
    rows = []
    for path in sorted(Path(directory).glob("**/new/benchmark.json")):
        name = json.loads(path.read_text())["full_id"].replace("/", ", ")
        median = json.loads((path.parent / "estimates.json").read_text())["median"]["point_estimate"]
        rows.append(f"| {name} | {median / 1000:.1f} |")
    return rows


def section(arguments, everyone, single):
    ours = everyone[0]
    processor = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [
        "## Checking contracts",
        "",
        f"{ours.files:,} generated contracts (seed 7), about one in fifty broken on purpose. Whole process, from start to exit.",
        "",
        f"- machine: {processor}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; load {load} at the end",
        f"- date and commit: {datetime.date.today()}, {commit}",
        "- command: `benches/contracts/run.sh`",
        "",
        "| tool | CPU s | ours is | wall s | peak MB | files per CPU s | rounds |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for one in everyone:
        # Per file, because one peer is given fewer of them.
        ratio = (one.median("cpu") / one.files) / (ours.median("cpu") / ours.files)
        lines.append(
            f"| {one.name} | {one.median('cpu'):.3f} | {'' if one is ours else f'{ratio:.1f}x less'} | {one.median('wall'):.3f} "
            f"| {one.median('megabytes'):.0f} | {one.files / one.median('cpu'):,.0f} | {len(one.runs)} |"
        )
    lines += [
        "",
        f"One file: {single['median']:.1f} ms wall (95 % under {single['p95']:.1f} ms), {single['cpu']:.1f} ms CPU, over 200 runs.",
        "",
        "Ours reads every file, applies every rule, places every finding and prints it with its line. The peers apply the JSON Schema",
        "alone. `jsonschema-cli` stops at the first file it cannot parse, so files with a duplicate key are not given to it.",
        "`ajv-cli` is left out: where YAML does not parse it loads the file as JavaScript, so it runs whatever a contract says.",
        "",
        "What was found in the same files, held against the oracle (`oracle.py`):",
        "",
        "```text",
        Path(arguments.accuracy).read_text().rstrip(),
        "```",
    ]
    rows = calls(arguments.criterion)
    if rows:
        lines += ["", "One call of the library:", "", "| call | microseconds |", "| --- | --: |", *rows]
    return lines


def write(results, lines):
    """Replaces the section between its two markers and leaves the rest of the page alone."""
    begin, end = "<!-- contracts: begin -->", "<!-- contracts: end -->"
    block = "\n".join([begin, *lines, end])
    page = results.read_text() if results.exists() else f"# Results\n\nWritten by the scripts in this directory.\n\n{begin}\n{end}\n"
    before, rest = page.split(begin, 1)
    results.write_text(before + block + rest.split(end, 1)[1])


def main():
    parser = argparse.ArgumentParser()
    for name in ("strongroom", "venv", "jsonschema-cli", "corpus", "manifest", "accuracy", "criterion", "results"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=3)
    arguments = parser.parse_args()

    manifest = json.loads(Path(arguments.manifest).read_text())
    files = [os.path.join(arguments.corpus, name) for name in sorted(manifest)]
    unique = [path for path in files if manifest[os.path.relpath(path, arguments.corpus)] != "duplicate_key"]
    output = os.path.join(os.path.dirname(arguments.manifest), "last-output.txt")
    everyone = contestants(arguments, files, unique, slow=arguments.slow_rounds)
    measure(everyone, output)
    lines = section(arguments, everyone, single_file(arguments, files, manifest, output))
    write(Path(arguments.results), lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
