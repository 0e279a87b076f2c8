#!/usr/bin/env python3
"""Runs the workflows' steps with hostile values and says what came of it.

    steps.py [WORD]     only the tests whose name holds the word

`strongroom` has to be on the path.
"""

import os
import pathlib
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import steps_apply
import steps_create
import steps_guard
import steps_static
import steps_validate
from harness import World


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    tests = [
        (f"{module.__name__.removeprefix('steps_')}: {name.removeprefix('test_').replace('_', ' ')}", test)
        for module in (steps_static, steps_create, steps_validate, steps_guard, steps_apply)
        for name, test in vars(module).items()
        if name.startswith("test_") and word in name
    ]
    failed = 0
    # Nearly all of the time is spent in other programs.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (label, _), trouble in zip(tests, pool.map(run, tests), strict=True):
            failed |= bool(trouble)
            print(f"{'FAILED' if trouble else 'ok':<7} {label}{trouble}", flush=True)
    sys.exit(failed)


def run(test):
    """Nothing, or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()
        try:
            test[1](lambda: World(make(folder, next(numbers))))
        except Exception:  # the next test still counts
            return "\n        " + traceback.format_exc().replace("\n", "\n        ")
    return ""


def make(folder, number):
    world = pathlib.Path(folder) / str(number)
    world.mkdir()
    return world


main()
