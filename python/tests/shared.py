"""What the tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
