"""Contracts: check them, build them, render them.

Every function that takes ``policy`` means the decisions of your organisation; ``None`` means the
built-in ones. Positions are lines and columns from 1, columns in characters.
"""

import datetime
import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal, final

__all__ = [
    "AccessLogging",
    "AuditRow",
    "Decision",
    "Edit",
    "Encryption",
    "Finding",
    "Fix",
    "Lifecycle",
    "Metadata",
    "Policy",
    "Purpose",
    "Reason",
    "Report",
    "RetentionPolicy",
    "Rule",
    "S3BucketRequest",
    "Spec",
    "Waived",
    "alarm",
    "apply_fixes",
    "approval",
    "audit_row",
    "backstage_template",
    "bucket_policy",
    "bucket_spec",
    "catalog_entry",
    "check",
    "create",
    "explain",
    "iam_policy",
    "job_summary",
    "json_schema",
    "new",
    "plan",
    "pull_request_body",
    "record",
    "reference",
    "render",
    "rules",
    "state_key",
    "terraform_variables",
    "tfvars",
    "validate",
]

@final
class Edit:
    """One replacement of bytes of a document."""

    @property
    def start(self) -> int:
        """The first byte that is replaced."""

    @property
    def end(self) -> int:
        """The byte after the last; equal to ``start`` for an insertion."""

    @property
    def text(self) -> str:
        """What stands there afterwards."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Fix:
    """A mechanical remedy that leaves comments and layout alone."""

    @property
    def title(self) -> str:
        """What the remedy does."""

    @property
    def edits(self) -> list[Edit]:
        """The replacements, in order and never overlapping."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Waived:
    """Why a finding does not count: somebody else than the requester took the risk."""

    @property
    def id(self) -> str:
        """The waiver's own id."""

    @property
    def approver(self) -> str:
        """Who took the risk."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def expires(self) -> str:
        """The last day on which the waiver holds, ``YYYY-MM-DD``."""

    @property
    def expiring(self) -> bool:
        """Whether that day is near."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Finding:
    """One thing that one rule found in a document."""

    @property
    def path(self) -> str | None:
        """The document; ``None`` for a text without one."""

    @property
    def code(self) -> str:
        """The code of the rule, for example ``G106``. It never changes."""

    @property
    def name(self) -> str:
        """The name of the rule, for example ``weak-encryption``."""

    @property
    def severity(self) -> Literal["error", "warning", "advice"]:
        """How much the finding weighs under the policy."""

    @property
    def field(self) -> str:
        """The field it is about, for example ``spec.encryption.type``; empty for all of it."""

    @property
    def line(self) -> int | None:
        """The line, from 1; ``None`` for a contract made in code."""

    @property
    def column(self) -> int | None:
        """The column, from 1 and in characters."""

    @property
    def end_line(self) -> int | None:
        """The line of the character after the last."""

    @property
    def end_column(self) -> int | None:
        """The column of the character after the last."""

    @property
    def message(self) -> str:
        """What is wrong. For people; it may change."""

    @property
    def hint(self) -> str | None:
        """The way out."""

    @property
    def fix(self) -> Fix | None:
        """The way out, ready to apply."""

    @property
    def waived(self) -> Waived | None:
        """The waiver that covers the finding."""

    @property
    def blocks(self) -> bool:
        """Whether the finding stands in the way: an error that nobody waived."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Rule:
    """One question that is asked of a contract."""

    @property
    def code(self) -> str:
        """The code: a letter and three digits, never reused."""

    @property
    def name(self) -> str:
        """The name; it reads well after "allow"."""

    @property
    def severity(self) -> Literal["error", "warning", "advice"]:
        """What a finding weighs unless the policy says otherwise."""

    @property
    def negotiable(self) -> bool:
        """Whether a policy may change the severity and a waiver may cover findings."""

    @property
    def summary(self) -> str:
        """The question, in one sentence."""

    @property
    def page(self) -> str:
        """The page about it, in Markdown, with examples."""

@final
class Policy:
    """The decisions of one organisation.

    ``Policy()`` holds the built-in decisions.
    """

    def __new__(cls) -> Policy: ...
    @staticmethod
    def from_yaml(text: str) -> Policy:
        """Reads a policy document, ``strongroom.yaml``.

        Args:
            text: The document. What it leaves out is as in ``Policy()``.

        Raises:
            InvalidError: For the first thing that is wrong; a broken policy is never an empty one.
        """

    def to_yaml(self) -> str:
        """The policy as a document that names everything."""

    @property
    def prefix(self) -> str:
        """The first part of every bucket name."""

    @property
    def environments(self) -> list[str]:
        """The environments, in the order in which they are shown."""

    @property
    def owners(self) -> list[str]:
        """The teams that may own a bucket; empty if the organisation does not say."""

    @property
    def approval_labels(self) -> list[str]:
        """The labels with which the platform team approves."""

    def is_protected(self, environment: str) -> bool:
        """Whether KMS, access logs and approval are required in ``environment``."""

    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Metadata:
    """Words about a request."""

    @property
    def title(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def created(self) -> str | None:
        """The day of the request, ``YYYY-MM-DD``."""

    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Purpose:
    """What a bucket is for."""

    @property
    def type(self) -> Literal["logs", "uploads", "backups", "data-lake", "static-assets"]: ...
    @property
    def description(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Encryption:
    """How objects are encrypted at rest."""

    @property
    def type(self) -> Literal["sse-s3", "sse-kms"]: ...
    @property
    def kms_key_alias(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class RetentionPolicy:
    """How long objects are kept, and why."""

    @property
    def type(self) -> Literal["indefinite", "time-bounded", "compliance-driven"]: ...
    @property
    def rationale(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Lifecycle:
    """What happens to objects as they age, in days."""

    @property
    def expire_days(self) -> int | None: ...
    @property
    def transition_to_ia_days(self) -> int | None: ...
    @property
    def transition_to_glacier_days(self) -> int | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class AccessLogging:
    """Whether S3 writes a log of requests, and where."""

    @property
    def enabled(self) -> bool: ...
    @property
    def target_bucket(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Spec:
    """What a bucket is to be."""

    @property
    def bucket_name(self) -> str: ...
    @property
    def purpose(self) -> Purpose: ...
    @property
    def storage_class(
        self,
    ) -> Literal["standard", "intelligent-tiering", "standard-ia", "glacier"]: ...
    @property
    def encryption(self) -> Encryption: ...
    @property
    def versioning(self) -> bool: ...
    @property
    def public_access(self) -> Literal["blocked", "exception-approved"]: ...
    @property
    def retention_policy(self) -> RetentionPolicy: ...
    @property
    def lifecycle(self) -> Lifecycle | None: ...
    @property
    def access_logging(self) -> AccessLogging: ...
    @property
    def cost_alert_gb(self) -> int:
        """The size in GiB from which the owner is alerted."""

    @property
    def cors_enabled(self) -> bool: ...
    @property
    def tags(self) -> dict[str, str]:
        """Labels for the bill and for people, ``costCenter`` among them."""

    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class S3BucketRequest:
    """What a tenant asks for: one bucket.

    The types are certain; whether the values are allowed is what ``check`` answers.
    """

    @staticmethod
    def from_yaml(text: str | bytes, *, policy: Policy | None = None) -> S3BucketRequest:
        """Reads a document.

        Args:
            text: The document, or the bytes of its file.
            policy: Names the environments that there are.

        Raises:
            InvalidError: While a required field is missing or a value does not follow the table of
                fields. Use ``check`` to hear everything at once.
        """

    @staticmethod
    def from_dict(
        request: Mapping[str, Any], *, policy: Policy | None = None
    ) -> S3BucketRequest:
        """Makes a request from a dictionary in the shape of the document.

        Args:
            request: Keys as in a contract: ``apiVersion``, ``spec``, ``bucketName``, …
            policy: Used only to say better what is wrong.

        Raises:
            InvalidError: For a missing or unknown field, or a value of the wrong type.
            TypeError: For a value that no document can hold.
        """

    def to_yaml(self) -> str:
        """The request as a document, always in the same layout, free text always in quotes."""

    def to_dict(self) -> dict[str, Any]:
        """The request as a dictionary in the shape of the document."""

    def check(self, *, policy: Policy | None = None, path: str | None = None) -> list[Finding]:
        """Asks everything that the document would be asked.

        Args:
            policy: The decisions of your organisation.
            path: Where the document lies or is to lie, relative to the root of the repository.
        """

    @property
    def api_version(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def application(self) -> str: ...
    @property
    def requester(self) -> str: ...
    @property
    def metadata(self) -> Metadata | None: ...
    @property
    def spec(self) -> Spec: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Report:
    """What was found in many files."""

    @property
    def checked(self) -> int:
        """How many files were looked at."""

    @property
    def findings(self) -> list[Finding]:
        """All findings, by file and in the order of the text."""

    @property
    def errors(self) -> int:
        """How many errors nobody waived. The contracts pass exactly if this is 0."""

    @property
    def warnings(self) -> int: ...
    @property
    def advice(self) -> int: ...
    @property
    def waived(self) -> int: ...
    @property
    def passed_over(self) -> list[str]:
        """YAML files that are no contracts."""

    def write(
        self,
        format: Literal["human", "json", "sarif", "github", "junit"] = "human",
        *,
        colour: bool = False,
    ) -> str:
        """The report as text, as the command line prints it.

        Raises:
            InvalidError: For an unknown format.
        """

def validate(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    policy: Policy | str | os.PathLike[str] | None = None,
    waivers: str | os.PathLike[str] | None = None,
    today: datetime.date | None = None,
    base: str | os.PathLike[str] | None = None,
) -> Report:
    """Checks many contracts with all cores, without holding the interpreter's lock.

    Args:
        paths: Files and folders; folders are walked, and ``.gitignore`` counts.
        policy: The policy or its file; ``None`` for the ``strongroom.yaml`` above the first path.
        waivers: The waivers; ``None`` for the file that the policy names.
        today: The day for which waivers are judged; ``None`` for the present day in UTC.
        base: A folder that holds the version before, to ask about changes too.

    Raises:
        NotFoundError: If a path is not there, or holds no contract: nothing to check is not the
            same as nothing found.
        InvalidError: If the policy or the waivers cannot be used.
    """

def check(
    text: str | bytes, *, path: str | None = None, policy: Policy | None = None
) -> list[Finding]:
    """Asks every question that one document can answer, in one pass.

    Whatever the bytes are, there are findings and no exception.

    Args:
        text: The document, or the bytes of its file.
        path: Where it lies, relative to the root of the repository; asked about if given.
        policy: The decisions of your organisation.
    """

def new(draft: Mapping[str, Any], *, id: str, policy: Policy | None = None) -> S3BucketRequest:
    """Makes the contract that a form becomes.

    What the form leaves out follows from the purpose and the environment. The values are not
    judged: ask ``check``.

    Args:
        draft: The fields of the form: ``application``, ``purposeType``, ``purposeDescription``,
            ``owner``, ``requester``, ``environment``, ``costCenter``, ``costAlertGb``,
            ``retentionType``, ``retentionRationale`` and the optional ones.
        id: The number of the request, ``S3-`` and four digits.
        policy: The decisions of your organisation.

    Raises:
        InvalidError: If a field is missing, unknown or of the wrong type.
    """

def create(
    draft: Mapping[str, Any], *, root: str | os.PathLike[str] | None = None
) -> tuple[str, S3BucketRequest]:
    """Writes the contract that a form becomes, with the number that is next.

    Args:
        draft: The fields of the form, as for ``new``.
        root: A place in the repository whose policy, numbers and folder of contracts count;
            ``None`` for the current folder.

    Returns:
        The path of the contract relative to the root of the repository, and the contract.

    Raises:
        InvalidError: If the contract would have errors; then nothing is written and no number is
            taken.
        ConflictError: If another contract has the bucket already.
    """

@final
class Reason:
    """One reason for a decision."""

    @property
    def outcome(self) -> Literal["required", "refused"]:
        """What it asks for."""

    @property
    def code(self) -> str | None:
        """The code of the rule; ``None`` for a line of the approval matrix."""

    @property
    def name(self) -> str:
        """The name of the rule, or of the line of the matrix."""

    @property
    def path(self) -> str:
        """The file it is about."""

    @property
    def message(self) -> str:
        """The reason, for people."""

    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Decision:
    """Whether a change may pass, why, and how it stands."""

    @property
    def outcome(self) -> Literal["auto", "required", "refused"]:
        """Passes by itself, waits for the platform team, or is refused whoever agrees."""

    @property
    def reasons(self) -> list[Reason]:
        """Why; empty if the change passes by itself."""

    @property
    def labels(self) -> list[str]:
        """The labels that count as approval; any one is enough."""

    @property
    def digest(self) -> str:
        """What an approval has to name: it is bound to exactly this change."""

    @property
    def standing(
        self,
    ) -> Literal[
        "not-needed", "approved", "missing-label", "missing-digest", "stale-approval", "refused"
    ]:
        """How the labels and the digest that were handed in answer the decision."""

    @property
    def allowed(self) -> bool:
        """Whether the change may be merged and applied."""

    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

def approval(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    base: str | os.PathLike[str] | None = None,
    labels: list[str] = ...,
    digest: str | None = None,
    policy: Policy | str | os.PathLike[str] | None = None,
    waivers: str | os.PathLike[str] | None = None,
    today: datetime.date | None = None,
) -> Decision:
    """Decides who has to agree to a change, and whether they did.

    Args:
        paths: Files and folders, as for ``validate``.
        base: A folder that holds the version before; ``None`` if all contracts are new.
        labels: The labels on the pull request.
        digest: The digest that was recorded when the label was set. A label without one, or with
            another, is no approval: something was pushed since.
        policy: As for ``validate``.
        waivers: As for ``validate``.
        today: As for ``validate``.

    Raises:
        InvalidError: If ``digest`` is none, and as ``validate``.
        NotFoundError: As ``validate``.
    """

def plan(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    base: str | os.PathLike[str] | None = None,
    policy: Policy | str | os.PathLike[str] | None = None,
) -> list[dict[str, Any]]:
    """Says what a change does, contract by contract, as ``contract plan --format json`` does.

    Args:
        paths: Files and folders, as for ``validate``.
        base: A folder that holds the version before; ``None`` if all contracts are new.
        policy: As for ``validate``.
    """

def apply_fixes(
    text: str, *, path: str | None = None, policy: Policy | None = None
) -> tuple[str, int, list[Finding]]:
    """Applies every mechanical remedy, and leaves comments and layout alone.

    Args:
        text: The document.
        path: As for ``check``.
        policy: As for ``check``.

    Returns:
        The text, how many remedies were applied, and the findings that are left.
    """

def bucket_spec(
    contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None
) -> dict[str, Any]:
    """The desired state of the bucket: what every rendering is a projection of.

    Raises:
        InvalidError: If the contract has errors.
    """

def render(
    contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None
) -> dict[str, str]:
    """Every file that belongs to one request alone: content by path.

    The same contract and policy give the same bytes.

    Raises:
        InvalidError: If the contract has errors.
    """

def tfvars(contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None) -> str:
    """The input of the Terraform module, as JSON.

    Raises:
        InvalidError: If the contract has errors.
    """

def iam_policy(contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None) -> str:
    """What the application may do with the bucket, as an IAM policy.

    Raises:
        InvalidError: If the contract has errors.
    """

def bucket_policy(contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None) -> str:
    """What the bucket refuses to everybody, as a bucket policy.

    Raises:
        InvalidError: If the contract has errors.
    """

def alarm(contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None) -> str:
    """The CloudWatch alarm on the size of the bucket, as JSON.

    Raises:
        InvalidError: If the contract has errors.
    """

def state_key(contract: S3BucketRequest | str | bytes, *, policy: Policy | None = None) -> str:
    """The key of the Terraform state of the bucket: one state per request.

    Raises:
        InvalidError: If the contract has errors.
    """

def pull_request_body(
    contract: S3BucketRequest | str | bytes,
    decision: Decision,
    *,
    policy: Policy | None = None,
    repository_url: str | None = None,
) -> str:
    """The text of the pull request that asks for the bucket, in GitHub Flavored Markdown.

    Args:
        contract: The contract.
        decision: What ``approval`` decided about it.
        policy: The decisions of your organisation; the same as for ``approval``.
        repository_url: The web page of the repository, such as
            ``https://github.com/example/platform``; ``None`` to name files without links.

    Raises:
        InvalidError: If the contract has errors.
    """

def job_summary(report: Report, decision: Decision | None = None) -> str:
    """The summary of a job, in GitHub Flavored Markdown. Waived findings are shown, never hidden.

    Args:
        report: What ``validate`` found.
        decision: What ``approval`` decided; ``None`` to leave the decision out.
    """

@final
class AuditRow:
    """A row of the audit file, besides what the contract says."""

    def __new__(
        cls,
        *,
        approver: str,
        timestamp: datetime.datetime,
        action: str = "apply",
        outcome: str = "success",
        run_id: str | None = None,
    ) -> AuditRow:
        """Makes a row.

        Args:
            approver: Who agreed.
            timestamp: When, with ``datetime.timezone.utc`` or another fixed offset.
            action: What was done.
            outcome: How it ended.
            run_id: What tells this run from others, so that a repeated run adds no second row.

        Raises:
            TypeError: For a ``timestamp`` without a fixed offset.
        """

    @property
    def approver(self) -> str: ...
    @property
    def timestamp(self) -> str:
        """When, in UTC and to the second, as the file holds it: ``2026-01-17T09:00:00Z``."""

    @property
    def action(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def run_id(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

def record(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    region: str,
    date: datetime.date,
    status: str = "active",
    audit: AuditRow | None = None,
    policy: Policy | str | os.PathLike[str] | None = None,
) -> tuple[bool, int]:
    """Records applied contracts in the catalogue and the audit files that the policy names.

    Each file is written whole or not at all, one writer at a time; the catalogue comes first. The
    same call again changes nothing, so a run that broke off can be repeated.

    Args:
        paths: Files and folders, as for ``validate``.
        region: The AWS region that the buckets are in, such as ``eu-central-1``.
        date: The day.
        status: The state of the buckets: ``active``, ``retired``, …
        audit: The row that each contract gets in the audit file of its environment; ``None`` to
            leave those files alone.
        policy: As for ``validate``.

    Returns:
        Whether the catalogue changed, and how many rows were added to audit files.

    Raises:
        NotFoundError: As ``validate``.
        InvalidError: If a contract has errors, and for a catalogue or an audit file that cannot be
            edited safely; it is left alone.
    """

def catalog_entry(
    existing: str | None,
    contract: S3BucketRequest | str | bytes,
    *,
    region: str,
    date: datetime.date,
    status: str = "active",
    policy: Policy | None = None,
) -> str:
    """The catalogue with an entry for the contract; everything else in it stays as it is.

    Args:
        existing: The text of the catalogue; ``None`` or nothing but space to begin one.
        contract: The contract.
        region: As for ``record``.
        date: As for ``record``.
        status: As for ``record``.
        policy: The decisions of your organisation.

    Raises:
        InvalidError: If the contract has errors, or the text is no catalogue that can be edited
            safely.
    """

def audit_row(
    existing: str | None,
    contract: S3BucketRequest | str | bytes,
    row: AuditRow,
    *,
    policy: Policy | None = None,
) -> str:
    """The audit file with a row for the contract; the same text if it has that row already.

    Args:
        existing: The text of the file; ``None`` or nothing but space to begin one.
        contract: The contract.
        row: What the contract does not say.
        policy: The decisions of your organisation.

    Raises:
        InvalidError: If the contract has errors, or the text is no audit file.
    """

def backstage_template(*, policy: Policy | None = None) -> str:
    """The template of a Backstage form, as YAML, with the limits of a contract.

    The repository in it is a placeholder, ``github.com/your-organisation/your-repository``.
    """

def terraform_variables() -> str:
    """The variables of the Terraform module, ``variables.tf``."""

def reference(*, policy: Policy | None = None) -> str:
    """The fields of a contract and the rules about it, as Markdown."""

def json_schema(*, policy: Policy | None = None) -> dict[str, Any]:
    """The JSON Schema of a contract, for editors."""

def rules() -> list[Rule]:
    """Every rule, in the order of codes."""

def explain(rule: str) -> Rule:
    """One rule, by its code or its name.

    Raises:
        NotFoundError: If there is no such rule.
    """
