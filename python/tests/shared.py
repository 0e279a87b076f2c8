"""What the tests share."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

from strongroom.compat.s3_request_parser import S3Request

ROOT = Path(__file__).resolve().parents[2]


def vectors(name: str) -> list[dict[str, Any]]:
    """The vectors in a file, which Rust reads as well."""
    text = (ROOT / "tests/vectors/contracts" / name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["vectors"]
    assert found
    return found


CONTRACT = """\
apiVersion: goldenpath.io/v1
kind: S3BucketRequest
id: S3-0001
environment: dev
owner: app-team
application: payments-api
requester: daniel-deans

spec:
  bucketName: goldenpath-dev-payments-api-uploads

  purpose:
    type: uploads
    description: "User file uploads for payment receipts"

  storageClass: standard

  encryption:
    type: sse-s3

  versioning: true
  publicAccess: blocked

  retentionPolicy:
    type: indefinite
    rationale: "User data retained for account lifetime"

  accessLogging:
    enabled: false

  costAlertGb: 100
  corsEnabled: false

  tags:
    costCenter: payments-123
"""

CATALOG = """\
---
# Front matter, for people.
id: s3-catalog
title: S3 buckets
---
version: "1.0"
domain: platform-storage
owner: platform-team # since 2025
last_updated: "2025-12-01"
managed_by: strongroom
buckets:
  # The oldest of all.
  goldenpath-dev-archive-api-backups:
    metadata:
      id: S3-0900
      owner: app-team # ask Ada first
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def protected(req: S3Request, **changes: Any) -> S3Request:
    """The request as production asks for it, with `changes`."""
    values: dict[str, Any] = {
        "environment": "prod",
        "bucket_name": "goldenpath-prod-payments-api-uploads",
        "encryption_type": "sse-kms",
        "kms_key_alias": "alias/goldenpath-prod-s3",
        "access_logging_enabled": True,
        "access_logging_target": "goldenpath-prod-logs",
    }
    return dataclasses.replace(req, **(values | changes))
