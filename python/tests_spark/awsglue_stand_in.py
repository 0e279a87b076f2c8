"""A stand-in for the parts of `awsglue` that jobs use: arguments and the job itself, no DynamicFrames."""

from __future__ import annotations

import sys
import types
from typing import Any

COMMITTED: list[str] = []


def options(argv: list[str], names: list[str]) -> dict[str, str]:
    """As `awsglue.utils.getResolvedOptions`: every name is needed, `--name value` or `--name=value`."""
    found: dict[str, str] = {}
    for at, argument in enumerate(argv):
        name, _, value = argument.partition("=")
        if name.startswith("--") and name[2:] in names:
            found[name[2:]] = value if "=" in argument else argv[at + 1]
    missing = [name for name in names if name not in found]
    if missing:
        raise SystemExit(f"the following arguments are required: {missing}")
    return found


class Context:
    def __init__(self, context: Any) -> None:
        from pyspark.sql import SparkSession

        self.spark_session = SparkSession.builder.getOrCreate()


class Job:
    def __init__(self, context: Context) -> None:
        self.name = ""

    def init(self, name: str, args: dict[str, str]) -> None:
        self.name = name

    def commit(self) -> None:
        COMMITTED.append(self.name)


def install() -> None:
    package = types.ModuleType("awsglue")
    for name, what in [
        ("context", {"GlueContext": Context}),
        ("job", {"Job": Job}),
        ("utils", {"getResolvedOptions": options}),
    ]:
        module = types.ModuleType(f"awsglue.{name}")
        module.__dict__.update(what)
        setattr(package, name, module)
        sys.modules[module.__name__] = module
    sys.modules["awsglue"] = package
