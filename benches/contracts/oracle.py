"""What is wrong with a generated corpus, and where, worked out without strongroom.

Reads every file with PyYAML's composer, which keeps the line and column of each key and value, and
applies the rules that this corpus can break, written down from their pages. Two sources are held
against each other: the manifest, in which the generator says what it broke, and the text itself.
A manifest entry whose defect cannot be seen in the text is an error of the oracle, so it stops.
"""
import os
import re
from dataclasses import dataclass

import yaml

# What the generator calls a defect, and the name of the rule that has to find it.
NAMES = {
    "bad_enum": "unknown-value",
    "missing_required": "missing-field",
    "unknown_field": "unknown-field",
    "wrong_type": "wrong-type",
    "bad_id": "bad-format",
    "kms_missing": "weak-encryption",
    "logging_off": "missing-access-logging",
    "empty_rationale": "bad-length",
    "name_mismatch": "foreign-bucket-name",
    "duplicate_key": "duplicate-key",
}

# The rules below that warn; all others are errors.
WARNINGS = {"public-access", "cors-without-origins", "cors-on-private-data", "unversioned-originals"}

PROTECTED = {"staging", "prod"}
KEYS = {
    "": {"apiVersion", "kind", "id", "environment", "owner", "application", "requester", "metadata", "spec"},
    "spec": {"bucketName", "purpose", "storageClass", "encryption", "versioning", "publicAccess", "retentionPolicy",
             "lifecycle", "accessLogging", "costAlertGb", "corsEnabled", "tags"},
}
CHOICES = {
    "environment": {"dev", "test", "staging", "prod"},
    "spec.storageClass": {"standard", "intelligent-tiering", "standard-ia", "glacier"},
    "spec.purpose.type": {"logs", "uploads", "backups", "data-lake", "static-assets"},
    "spec.publicAccess": {"blocked", "exception-approved"},
}


@dataclass(frozen=True)
class Expected:
    """One finding that has to be reported, and the injected defect it comes from, if any."""

    name: str
    line: int
    column: int
    defect: str = ""

    def key(self):
        severity = "warning" if self.name in WARNINGS else "error"
        return (severity, self.name, self.line, self.column)


class Document:
    """One file: where each field stands (lines and columns from 1) and what it says."""

    def __init__(self, text):
        self.keys, self.values, self.twice = {}, {}, []
        self.walk("", yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

    def walk(self, path, node):
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else key.value
            if inner in self.keys:
                # The first one counts, so that nobody can change a field by adding a line.
                self.twice.append(place(key))
                continue
            self.keys[inner], self.values[inner] = key, value
            if isinstance(value, yaml.MappingNode):
                self.walk(inner, value)

    def key(self, path):
        return place(self.keys[path])

    def value(self, path):
        return place(self.values[path])

    def text(self, path):
        node = self.values.get(path)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def is_boolean(self, path):
        node = self.values[path]
        return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("true", "false")


def place(node):
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def fields(document):
    """What is wrong in one file against the table of fields."""
    for where in document.twice:
        yield "duplicate-key", where
    for parent, known in KEYS.items():
        for path in document.keys:
            above, _, key = path.rpartition(".")
            if above == parent and key not in known:
                yield "unknown-field", document.key(path)
    if "spec.costAlertGb" not in document.keys:
        yield "missing-field", document.key("spec")
    if not re.fullmatch(r"S3-[0-9]{4}", document.text("id")):
        yield "bad-format", document.value("id")
    for path, offered in CHOICES.items():
        if path in document.keys and document.text(path) not in offered:
            yield "unknown-value", document.value(path)
    for path in ("spec.versioning", "spec.corsEnabled", "spec.accessLogging.enabled"):
        if path in document.keys and not document.is_boolean(path):
            yield "wrong-type", document.value(path)
    for path, least, most in (("spec.purpose.description", 10, 200), ("spec.retentionPolicy.rationale", 10, 500)):
        if not least <= len(document.text(path)) <= most:
            yield "bad-length", document.value(path)


def guardrails(document):
    """What is wrong in one file against the platform's rules."""
    environment, application = document.text("environment"), document.text("application")
    if environment in PROTECTED:
        if document.text("spec.encryption.type") != "sse-kms":
            yield "weak-encryption", document.value("spec.encryption.type")
        if document.text("spec.accessLogging.enabled") != "true":
            yield "missing-access-logging", document.value("spec.accessLogging.enabled")
    # Of other differences from the derived name only a warning is made.
    if not f"{document.text('spec.bucketName')}-".startswith(f"goldenpath-{environment}-{application}-"):
        yield "foreign-bucket-name", document.value("spec.bucketName")
    if document.text("spec.retentionPolicy.type") != "indefinite" and "spec.lifecycle" not in document.keys:
        yield "retention-without-lifecycle", document.value("spec.retentionPolicy.type")


def warnings(document):
    """What the platform's rules warn of in one file, under a policy that names no origins."""
    purpose = document.text("spec.purpose.type")
    if document.text("spec.publicAccess") == "exception-approved":
        yield "public-access", document.value("spec.publicAccess")
    if document.text("spec.versioning") == "false" and purpose in ("uploads", "backups", "static-assets"):
        yield "unversioned-originals", document.value("spec.versioning")
    if document.text("spec.corsEnabled") == "true":
        yield "cors-without-origins", document.value("spec.corsEnabled")
        if purpose in ("logs", "backups"):
            yield "cors-on-private-data", document.value("spec.corsEnabled")


def between_files(documents):
    """The errors that only show when all files are seen together."""
    first = {}
    for path in sorted(documents):
        name = documents[path].text("spec.bucketName")
        if name in first:
            yield path, ("taken-bucket-name", documents[path].value("spec.bucketName"))
        first.setdefault(name, path)


def expected(directory, manifest):
    """The findings in every file of the corpus: {relative path: [Expected]}."""
    documents = {}
    for path in manifest:
        with open(os.path.join(directory, path), encoding="utf-8") as file:
            documents[path] = Document(file.read())
    found = {}
    for path, document in documents.items():
        found[path] = [*fields(document), *guardrails(document), *warnings(document)]
    for path, finding in between_files(documents):
        found[path].append(finding)

    result = {}
    for path, defect in manifest.items():
        name = NAMES.get(defect)
        injected = [finding for finding in found[path] if finding[0] == name]
        if name and not injected:
            raise SystemExit(f"the oracle does not see {defect} in {path}")
        # Several of one name: the last one, since the generator adds its line at the end.
        injected = injected[-1:]
        result[path] = [
            Expected(name, *place, defect if (name, place) in injected else "") for name, place in found[path]
        ]
    return result
