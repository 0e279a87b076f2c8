#!/usr/bin/env python3
"""What a Python team would write: load every contract with PyYAML, check it against the JSON Schema.

    python_validate.py --loader {safe,csafe} --validator {jsonschema,jsonschema_rs} SCHEMA DIR

Prints how many files hold at least one error. Every error of a file is asked for, not only the
first, because that is what the tool it is compared with reports.
"""
import argparse
import json
import os

import yaml


def all_errors(name, schema):
    """Returns a function that counts the errors of one loaded document."""
    if name == "jsonschema":
        from jsonschema import Draft202012Validator as Validator
    else:
        from jsonschema_rs import Draft202012Validator as Validator
    validator = Validator(schema)
    return lambda document: sum(1 for _ in validator.iter_errors(document))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--loader", choices=["safe", "csafe"], required=True)
    parser.add_argument("--validator", choices=["jsonschema", "jsonschema_rs"], required=True)
    parser.add_argument("schema")
    parser.add_argument("directory")
    arguments = parser.parse_args()

    loader = yaml.SafeLoader if arguments.loader == "safe" else yaml.CSafeLoader
    with open(arguments.schema) as file:
        count = all_errors(arguments.validator, json.load(file))
    files = broken = 0
    for folder, _, names in sorted(os.walk(arguments.directory)):
        for name in sorted(names):
            with open(os.path.join(folder, name), "rb") as file:
                document = yaml.load(file, Loader=loader)
            files += 1
            broken += count(document) > 0
    print(f"{files} files, {broken} with errors")


if __name__ == "__main__":
    main()
