"""Writes the schema of the AWS provider's blocks that our Terraform files use.

The schema is read from the source maps of the npm package `@cdktn/provider-aws`, whose TypeScript
is generated from the provider's own schema. Nothing extracted is kept in the repository: the
package is under MPL-2.0, and a schema made at test time cannot go stale.

    extract_schema.py PACKAGE.tgz OUT.json TERRAFORM_DIR...
"""

import base64
import json
import pathlib
import re
import sys
import tarfile

SOURCE_MAP = re.compile(r"sourceMappingURL=data:application/json;base64,([A-Za-z0-9+/=]+)")
USED = re.compile(r'^\s*(resource|data)\s+"aws_([a-z0-9_]+)"', re.M)
CLASS = re.compile(r"^export class (\w+) extends cdktn\.(\w+) \{$", re.M)
FLAGS = re.compile(r"^  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$", re.M)
# One argument as the generated code writes it out: is it a block, and what is it made of?
WRITTEN = re.compile(r'^ +(\w+): \{\n +value: .*\n +isBlock: (\w+),\n +type: "(\w+)",\n +storageClassType: "(\w+)",$', re.M)
NESTED = re.compile(r"new (\w+?)(List|Map|OutputReference)\(this, \"\w+\"(?:, (true|false))?\)")
GETTER = re.compile(r"get(String|Number|Boolean|List|StringMap|NumberMap|BooleanMap|NumberList|AnyMap|BooleanList)Attribute\('")

PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
GETTER_TYPES = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "NumberList": ["list", "number"],
    "BooleanList": ["list", "bool"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "string"],
}


def used_folders(directories):
    """The package's folder of every resource and data source named in the Terraform files."""
    folders = {"provider": ("provider", "aws")}
    for directory in directories:
        for path in sorted(pathlib.Path(directory).rglob("*.tf")):
            for kind, name in USED.findall(path.read_text()):
                dashed = name.replace("_", "-")
                folder = dashed if kind == "resource" else f"data-aws-{dashed}"
                folders[folder] = (kind, f"aws_{name}")
    return folders


def attribute_type(kind, storage):
    """The type of an argument that is not a block."""
    for suffix, shape in (("List", "list"), ("Map", "map")):
        if storage.endswith(suffix) and storage[: -len(suffix)] in PRIMITIVES:
            return [kind if kind in ("set", "map") else shape, PRIMITIVES[storage[: -len(suffix)]]]
    return PRIMITIVES.get(storage)


class Source:
    """One generated TypeScript file, cut into its classes and writers."""

    def __init__(self, text):
        self.text = text
        starts = list(CLASS.finditer(text))
        ends = [match.start() for match in starts[1:]] + [len(text)]
        self.classes = {m.group(1): text[m.start() : end] for m, end in zip(starts, ends)}
        self.root = next(m.group(1) for m in starts if m.group(2).startswith("Terraform"))

    def written(self, name):
        """Argument name -> (is it a block, kind, storage) for the structure or root `name`."""
        if name == self.root:
            body = self.classes[name]
        else:
            function = f"export function {name[0].lower()}{name[1:]}ToHclTerraform("
            start = self.text.find(function)
            body = self.text[start : self.text.index("\n}\n", start)] if start >= 0 else ""
        return {m[0]: (m[1] == "true", m[2], m[3]) for m in WRITTEN.findall(body)}

    def block(self, name, class_name):
        """The schema of a block: {"attributes": {}, "blocks": {}}."""
        body, written = self.classes[class_name], self.written(name)
        found = {"attributes": {}, "blocks": {}}
        marks = list(FLAGS.finditer(body))
        for mark, following in zip(marks, marks[1:] + [None]):
            argument, computed, optional, required = mark.groups()
            section = body[mark.end() : following.start() if following else len(body)]
            flags = {"computed": computed == "true", "optional": optional == "true", "required": required == "true"}
            nested = NESTED.search(section)
            is_block, kind, storage = written.get(argument, (False, None, None))
            if is_block:
                found["blocks"][argument] = self.nested_block(nested, kind, flags) if nested else self.plain_block(storage)
                continue
            made_of = attribute_type(kind, storage) if storage else None
            if nested and made_of is None:
                made_of = self.object_type(nested)
            if made_of is None:
                getter = GETTER.search(section)
                made_of = GETTER_TYPES[getter.group(1)] if getter else "dynamic"
            found["attributes"][argument] = {"type": made_of, **flags}
        return found

    def nested_block(self, nested, kind, flags):
        structure, shape, from_set = nested.groups()
        inner = self.block(structure, structure + "OutputReference")
        if shape == "List":
            nesting, most = ("set" if from_set == "true" else "list"), 0
        else:
            # A reference without a list is a block that may stand once.
            nesting, most = ("single", 0) if kind == "struct" else ("list", 1)
        least = 1 if flags["required"] and nesting != "single" else 0
        return {"nesting": nesting, "min": least, "max": most, **inner}

    def plain_block(self, storage):
        """A block of the provider's own configuration: nothing refers to it, so it has no class."""
        inner = {"attributes": {}, "blocks": {}}
        for argument, (is_block, kind, made_of) in self.written(storage.removesuffix("List")).items():
            if is_block:
                inner["blocks"][argument] = self.plain_block(made_of)
            else:
                made_of = attribute_type(kind, made_of) or "dynamic"
                inner["attributes"][argument] = {"type": made_of, "computed": False, "optional": True, "required": False}
        return {"nesting": "list", "min": 0, "max": 0, **inner}

    def object_type(self, nested):
        structure, shape, from_set = nested.groups()
        inner = self.block(structure, structure + "OutputReference")
        made_of = ["object", {name: field["type"] for name, field in inner["attributes"].items()}]
        if shape == "OutputReference":
            return made_of
        return ["map" if shape == "Map" else "set" if from_set == "true" else "list", made_of]


def main(package, out, *directories):
    """Reads the package once and writes the schema of what the Terraform files use."""
    folders = used_folders(directories)
    paths = {f"package/lib/{folder}/index.js": known for folder, known in folders.items()}
    schema = {"provider": {}, "resource": {}, "data": {}, "version": ""}
    with tarfile.open(package) as archive:
        for member in archive:
            known = paths.get(member.name)
            if known is None:
                continue
            script = archive.extractfile(member).read().decode()
            encoded = SOURCE_MAP.search(script).group(1)
            source = Source(json.loads(base64.b64decode(encoded))["sourcesContent"][0])
            schema[known[0]][known[1]] = source.block(source.root, source.root)
            schema["version"] = re.search(r"providers/hashicorp/aws/([0-9.]+)/", source.text).group(1)
    found = {name for kind in ("provider", "resource", "data") for name in schema[kind]}
    for kind, name in sorted(set(folders.values())):
        if name not in schema[kind]:
            # Terraform itself reports the unknown type, with its place.
            print(f"warning: the provider has no {kind} `{name}`", file=sys.stderr)
    pathlib.Path(out).write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    print(f"schema of aws {schema['version']}: {len(found)} blocks", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
