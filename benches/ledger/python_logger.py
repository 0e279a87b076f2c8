"""The peer: one `put_object` for each event, each waiting for the one before.

Does per event what the loggers that the ledger replaces do: a record with the hash of its
predecessor, hashed as `json.dumps(sort_keys=True)`, stored under a key of its own. The caller
waits until it is stored, which is the promise the ledger keeps too.

    python_logger.py ENDPOINT BUCKET EVENTS

Prints one JSON object: events, seconds, CPU seconds, events a second, and the same for bare
`put_object` calls of the same size.
"""

import hashlib
import json
import sys
import time
from datetime import datetime, timezone

import boto3


class Logger:
    """Chains events, one object each."""

    def __init__(self, client, bucket):
        self.client = client
        self.bucket = bucket
        self.last = None

    def record(self, number):
        """One event of about 400 bytes, linked to the one before."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        record = {
            "timestamp": now.isoformat(),
            "event_type": "report.read",
            "actor": f"user-{number % 97}@example.com",
            "resource": f"report/{number}",
            "action": "read",
            "details": {"address": "192.0.2.17", "session": f"{number:032x}", "outcome": "granted"},
            "previous_hash": self.last,
        }
        text = json.dumps(record, sort_keys=True)
        record["record_hash"] = hashlib.sha256(text.encode()).hexdigest()
        return now, record

    def log(self, number):
        """Stores one event; returns when it is stored."""
        now, record = self.record(number)
        digest = record["record_hash"]
        self.client.put_object(
            Bucket=self.bucket,
            Key=f"audit/report.read/{now:%Y/%m/%d/%H}/{digest}.json",
            Body=json.dumps(record, indent=2),
            ContentType="application/json",
            Metadata={"event-type": "report.read", "actor": record["actor"], "record-hash": digest},
        )
        self.last = digest


def timed(call, events):
    """Seconds and CPU seconds of `events` calls, one after another."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(events):
        call(number)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"events": events, "seconds": wall, "cpu_seconds": cpu, "per_second": events / wall}


def main():
    endpoint, bucket, events = sys.argv[1], sys.argv[2], int(sys.argv[3])
    client = boto3.client("s3", endpoint_url=endpoint)
    logger = Logger(client, bucket)
    logger.log(0)
    body = json.dumps(logger.record(0)[1], indent=2)
    found = timed(logger.log, events)
    found["bare_put"] = timed(
        lambda number: client.put_object(Bucket=bucket, Key=f"bare/{number}", Body=body), events
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
