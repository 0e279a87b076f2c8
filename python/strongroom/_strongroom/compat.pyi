"""Private helpers of ``strongroom.compat``."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from strongroom._strongroom.contracts import Finding, Policy, S3BucketRequest

__all__ = [
    "Objects",
    "append_audit",
    "approval_reasons",
    "iam_policy",
    "judge",
    "policy_at",
    "read_documents",
    "read_yaml",
    "replace_file",
    "tfvars",
    "update_catalog",
    "update_iam_policy",
    "write_documents",
]

def read_yaml(data: bytes, construct: Callable[[str, str], object]) -> dict[str, Any]:
    """Reads one document that is a mapping, with the values of YAML 1.1.

    Args:
        data: The bytes.
        construct: Called with a kind (``a number``, ``a date``, ``a whole number``) and the text of
            each scalar that Rust has no plain value for.

    Raises:
        InvalidError: For the first thing that keeps the document from being read alike by all.
    """

def read_documents(text: str, construct: Callable[[str, str], object]) -> list[dict[str, Any]]:
    """Reads every document of a file of any size, as ``read_yaml`` reads one."""

def write_documents(documents: list[dict[str, Any]]) -> str:
    """Plain values as a file of several YAML documents, in block style."""

def policy_at(path: str | os.PathLike[str]) -> Policy:
    """The policy of the repository that ``path`` lies in; the path need not exist."""

def judge(contract: object, path: str | os.PathLike[str]) -> list[Finding]:
    """Checks a contract that is a plain value, as if it lay at ``path``.

    Raises:
        TypeError: For a value that no document can hold.
    """

def approval_reasons(request: S3BucketRequest, policy: Policy) -> list[tuple[str, str]]:
    """Why the platform team has to agree: names and words of lines of the approval matrix."""

def tfvars(request: S3BucketRequest, policy: Policy) -> str:
    """The Terraform input with the keys of before, as JSON."""

def iam_policy(request: S3BucketRequest, policy: Policy) -> str:
    """The IAM policy of one request, as JSON."""

def replace_file(path: str | os.PathLike[str], content: str) -> bool:
    """Replaces a file whole or not at all; ``False`` if it holds ``content`` already."""

def update_iam_policy(
    path: str | os.PathLike[str], request: S3BucketRequest, policy: Policy
) -> bool:
    """Puts the statements of a request into the policy of its application, under a lock."""

def update_catalog(
    path: str | os.PathLike[str],
    request: S3BucketRequest,
    policy: Policy,
    region: str,
    status: str,
    date: str,
    dry_run: bool,
) -> bool:
    """Puts a bucket into the catalogue, under a lock; comments and other entries stay.

    Returns:
        Whether something had to change. With ``dry_run`` nothing is written.
    """

def append_audit(
    path: str | os.PathLike[str],
    cells: Sequence[str],
    run_id: str | None = None,
) -> bool:
    """Adds a row to an audit file under a lock, unless it is there already."""

@final
class Objects:
    """The objects below a place of a store, under keys of their own."""

    @staticmethod
    def open(url: str) -> Objects:
        """Opens the store at ``url``."""

    def get(self, key: str) -> bytes | None:
        """The body of an object."""

    def about(self, key: str) -> tuple[str | None, dict[str, str]] | None:
        """The media type of an object and what its writer said about it."""

    def put(self, key: str, body: bytes, *, absent: bool, metadata: Mapping[str, str]) -> bool:
        """Writes an object; with ``absent`` only where nothing is. Says whether it was written."""

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with ``prefix``, in the order of their bytes."""
