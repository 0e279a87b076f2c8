"""Writes plain_scalars.json: what PyYAML and the npm package `yaml` take plain scalars for.

    pip install pyyaml==6.0.3 && npm install yaml@2 && python plain_scalars.py > plain_scalars.json

PyYAML stands for YAML 1.1, `yaml` (core schema) for YAML 1.2. Same seed, same file.
"""

import itertools
import json
import random
import subprocess

import yaml

WORDS = """~ null Null NULL nUll true True TRUE tRUE false False FALSE yes Yes YES yEs no No NO on On ON off
Off OFF y Y n N none None nil .inf .Inf .INF -.inf +.inf -.Inf +.INF .nan .NaN .NAN -.nan +.nan inf nan NaN
Infinity 0 00 000 -0 +0 0123 0o17 0O17 -0o17 +0o17 0o8 08 0x1F 0X1F -0x1F +0x1f 0x 0xg 0b101 -0b101 +0b1 0b 0b2
1_000 _1 1_ 1__0 -1_0 0_1 0x_1 0b_1 12:30 1:60 12:30:45 -12:30 +1:2 01:30 0:0 1:2.5 1:59.5 1:60.5 190:20:30.15
1_0:2_0 .5 -.5 +.5 5. -5. +5. 1.5 -1.5 1.5e3 1.5e+3 1.5e-3 1.5E+3 1e3 1e+3 1E5 1e 1e+ .e1 .5e1 .5e+1 . .. -. +.
1.2.3 1_000.5 1.5_5 _.5 ._5 ._ 1._ .5_ 12e03 -2E+05 -0.0 0.1 00.1 685_230.15 2026-01-17 2026-1-7 2026-01-7
26-01-17 2026-13-45 2026-01-17T10:20:30Z 2026-01-17t10:20:30 2026-01-17T10:20:30.123+01:00
2026-01-17T1:2:3 2026-01-17T10:20 2026-01-17T10:20:30-5 2026-01-17T10:20:30+0530 2026-01-17T10:20:30+05:3
2026-01-17T10:20:30z 2026-1-7T1:02:03 20260117 9223372036854775807 9223372036854775808 -9223372036854775807
99999999999999999999 0x7fffffffffffffff 0x8000000000000000 payments-123 app-team S3-0001 0001-payments 1a a1
1.2.3.4 v1 1-2 + - +- -- 1+1 1,000 1.000,5 $1 100% 1/2 010.5 0o 0o_7 0x1.5 1e5.5 1e1_0""".split()
SPACED = [
    "2026-01-17 10:20:30",
    "2026-01-17  10:20:30 Z",
    "2026-01-17 10:20:30 +1",
    "2026-01-17 10:20:30.5 -01:30",
    "2026-01-17 10:20",
    "2026-1-7 1:02:03",
    "1 000",
    "12 30",
    "no way",
    "0x 1",
]
CHARACTERS = "0123456789" * 2 + "__..::--++eExobTZ tf"


def candidates():
    yield from WORDS
    yield from SPACED
    # Every text of one or two characters that could begin a number.
    yield from ("".join(pair) for pair in itertools.product("019_.:+-eExob~", repeat=2))
    yield from "0129_.:+-eExob~"
    # Slips of the finger in what looks like something, and noise.
    random.seed(11)
    known = WORDS + SPACED
    while True:
        text = list(random.choice(known)) if random.random() < 0.7 else []
        for _ in range(random.randint(1, 2) if text else random.randint(1, 10)):
            at = random.randint(0, len(text))
            text[at : at + random.randint(0, 1)] = random.choice(CHARACTERS)
        yield "".join(text)


def yaml_1_1(text):
    """The kind and, for a whole number or boolean, the value; None if this is no plain scalar."""
    try:
        node = yaml.compose(f"a: {text}", yaml.SafeLoader).value[0][1]
    except (yaml.YAMLError, IndexError, AttributeError):
        return None
    if not isinstance(node, yaml.ScalarNode) or node.style is not None or node.value != text:
        return None
    kind = node.tag.rpartition(":")[2]
    if kind not in ("int", "bool"):
        return [kind]
    try:
        return [kind, yaml.safe_load(text)]
    except ValueError:  # `0b_` is a whole number without digits.
        return [kind, None]


READ_1_2 = """
const YAML = require('yaml');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const kind = (text) => {
  const value = YAML.parse(`a: ${text}`, { version: '1.2', schema: 'core', intAsBigInt: true }).a;
  if (value === null) return ['null'];
  if (typeof value === 'bigint') return ['int', value.toString()];
  if (typeof value === 'boolean') return ['bool', value];
  return [typeof value === 'number' ? 'float' : 'str'];
};
process.stdout.write(JSON.stringify(texts.map(kind)));
"""


def small(reading):
    """Whole numbers that do not fit 64 bits with a sign have no value here."""
    if reading[0] == "int" and reading[1] is not None:
        value = int(reading[1])
        return ["int", value if abs(value) < 2**63 else None]
    return reading


def main():
    readings = {}
    for text in candidates():
        if text and text not in readings and (older := yaml_1_1(text)) is not None:
            readings[text] = small(older)
        if len(readings) == 2000:
            break
    texts = json.dumps(list(readings))
    newer = subprocess.run(["node", "-e", READ_1_2], input=texts, capture_output=True, check=True, text=True)
    rows = [
        json.dumps({"text": text, "yaml_1_1": older, "yaml_1_2": small(newer)})
        for (text, older), newer in zip(readings.items(), json.loads(newer.stdout), strict=True)
    ]
    print("[\n" + ",\n".join(rows) + "\n]")


main()
