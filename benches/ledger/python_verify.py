"""The peer of the verification: a loop of the standard library over the same segments.

Does for each record what a verifier in Python does: `json.loads`, the hash over
`json.dumps(sort_keys=True)` without `record_hash`, the link to the record before. No tree, no
checkpoints, no canonical form.

    python_verify.py FOLDER [SEGMENTS]

FOLDER holds the log, as the bench leaves it when it is told to keep it. Prints one line.
"""

import hashlib
import json
import pathlib
import resource
import sys
import time


def cpu():
    """User and system seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(folder, most):
    segments = sorted(pathlib.Path(folder, "seg").iterdir())[:most]
    if not segments:
        sys.exit(f"there are no segments in {folder}")
    records, previous = 0, None
    wall, used = time.perf_counter(), cpu()
    for segment in segments:
        with segment.open("rb") as lines:
            next(lines)
            for line in lines:
                record = json.loads(line)
                given = record.pop("record_hash")
                text = json.dumps(record, sort_keys=True)
                if hashlib.sha256(text.encode()).hexdigest() != given:
                    sys.exit(f"record {record['seq']} was altered")
                if record["previous_hash"] != previous:
                    sys.exit(f"record {record['seq']} does not name the one before")
                previous = given
                records += 1
    wall, used = time.perf_counter() - wall, cpu() - used
    print(f"{records} records: {records / wall:,.0f} a second, {records / used:,.0f} a second of CPU")


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
