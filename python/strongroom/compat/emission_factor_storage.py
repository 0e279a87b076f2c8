"""The older class for emission factors, on the same objects.

    from strongroom.compat.emission_factor_storage import EmissionFactorStorage

The constructor, `store_factor` and `get_factor` are called as before, keys and versions are the same,
and what the older class wrote is read. What is different is in
`docs/guides/migrating-from-the-python-factors.md`; new work belongs on `strongroom.factors`.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import re
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any

from strongroom import ConflictError, TamperedError
from strongroom._audit.ledger import Ledger
from strongroom._strongroom.compat import Objects

__all__ = ["EmissionFactorStorage"]

#: The digits of a version in a key.
SHORT = 12
#: The name of the object that older readers ask for the newest version.
POINTER = "latest.json"
#: How often a pointer is decided again while others write.
ROUNDS = 16


class EmissionFactorStorage:
    """Stores and retrieves versions of emission factors, one object for each.

    Safe to share between threads and processes: a version is written once and never again.
    """

    def __init__(self, bucket: str, prefix: str = "factors", *, ledger: Ledger | None = None) -> None:
        """Remembers where; the store is opened by the first call.

        Args:
            bucket: The name of a bucket, or the URL of a store. Credentials, region and
                `AWS_ENDPOINT_URL` are found as by any program for AWS.
            prefix: What the keys begin with.
            ledger: Where each new version is recorded too; it stays open.
        """
        self.bucket = bucket
        self.prefix = prefix
        self._url = bucket if re.match(r"[a-z0-9]+:|[./]", bucket) else f"s3://{bucket}"
        self._ledger = ledger
        self._opening = threading.Lock()
        self._objects: Objects | None = None

    def store_factor(
        self, factor_id: str, factor_data: Mapping[str, Any], source: str, effective_date: str
    ) -> str:
        """Stores a version, and returns its 12 digits. The same a second time changes nothing.

        Numbers are as `json.dumps` spells them, so `1` and `1.0` are different versions, as before. A
        `Decimal` is stored as its plain text.

        Raises:
            ValueError: For a date that is none, an id that cannot be part of a key, `NaN` and
                infinities.
            ConflictError: If this version was stored for this date with another source.
        """
        _check_id(factor_id)
        _check_date(effective_date)
        data = _plain(factor_data)
        # Keys that are no text become text, so that what is read back has the same hash.
        digest = _digest(data)
        version = digest[:SHORT]
        key = self._key(factor_id, f"{effective_date}/{version}.json")
        metadata = {
            "factor_id": factor_id,
            "source": source,
            "effective_date": effective_date,
            "version_hash": version,
            "created_at": datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat(),
            "sha256": digest,
        }
        body = json.dumps({"metadata": metadata, "data": data}).encode()
        headers = {"factor-id": factor_id, "version-hash": version, "source": source}
        headers = {name: _header(value) for name, value in headers.items()}
        if len("".join(headers.values())) > 1800:
            # All of it stands in the body; headers have 2 KB together.
            headers = {"version-hash": version}
        if self._ledger is not None and self._open().get(key) is None:
            # Before it is there: whoever is interrupted between the two does both again.
            self._record(key, metadata)
        if not self._open().put(key, body, absent=True, metadata=headers):
            self._check_same(key, metadata, data)
        self._point(factor_id)
        return version

    def get_factor(
        self, factor_id: str, version: str | None = None, effective_date: str | None = None
    ) -> dict[str, Any] | None:
        """A version, as `{"metadata": …, "data": …}`; `None` if there is none.

        Args:
            factor_id: Exactly this factor.
            version: Exactly this version: 12 digits, or all 64. If several dates have it, the newest.
            effective_date: What counts on this day: the newest version whose date is not after it.
                With a version: of exactly this date.

        Raises:
            TamperedError: If what is stored is not what its version says, or the pointer names
                nothing.
        """
        _check_id(factor_id)
        if version is not None:
            if not re.fullmatch("[0-9a-f]{12}|[0-9a-f]{64}", version):
                return None
            keys = [
                (date, key)
                for date, key in self._versions(factor_id)
                if key.endswith(f"/{version[:SHORT]}.json")
                and (effective_date is None or date == effective_date)
            ]
            for _, key in sorted(keys, reverse=True):
                found = self._read(factor_id, key)
                if found is None:
                    continue
                if len(version) == SHORT or _digest(found["data"]) == version:
                    return found
            return None
        versions = self._versions(factor_id)
        if effective_date is None:
            self._check_pointer(factor_id, {key for _, key in versions})
        else:
            _check_date(effective_date)
            versions = [it for it in versions if it[0] <= effective_date]
        return self._newest(factor_id, versions)[1]

    # Keys.

    def _key(self, factor_id: str, rest: str) -> str:
        return f"{self.prefix}/{factor_id}/{rest}"

    def _versions(self, factor_id: str) -> list[tuple[str, str]]:
        """The dates and keys of all versions of exactly this factor."""
        base = self._key(factor_id, "")
        found = []
        for key in self._open().keys(base):
            date, _, name = key[len(base) :].rpartition("/")
            if not date or not re.fullmatch(r"[0-9a-f]{12}\.json", name):
                continue
            if "/" not in date or self._is_odd_date(factor_id, date, key):
                found.append((date, key))
        return found

    def _is_odd_date(self, factor_id: str, date: str, key: str) -> bool:
        """Whether a deeper key is of this factor, under a date like `01/02/2024`, which the older class
        took, and not of one with a longer name."""
        if _is_date(date.rpartition("/")[2]):
            return False
        try:
            told = json.loads(self._open().get(key) or b"")["metadata"]
        except (ValueError, KeyError, TypeError):
            return False
        return (told.get("factor_id"), told.get("effective_date")) == (factor_id, date)

    # Reading.

    def _open(self) -> Objects:
        with self._opening:
            if self._objects is None:
                self._objects = Objects.open(self._url)
            return self._objects

    def _read(self, factor_id: str, key: str) -> dict[str, Any] | None:
        """A version that is what its key says."""
        body = self._open().get(key)
        if body is None:
            return None
        try:
            found: dict[str, Any] = json.loads(body)
            told, data = found["metadata"], found["data"]
            named = told["factor_id"]
        except (ValueError, KeyError, TypeError) as error:
            raise _tampered(f"`{key}` is no factor of the older class") from error
        if named != factor_id:
            raise _tampered(f"`{key}` says that it is of `{named}`")
        version = key[-len(".json") - SHORT : -len(".json")]
        if version not in (_digest(data)[:SHORT], _digest_by_number(data)[:SHORT]):
            raise _tampered(f"what is stored as `{key}` is not what its version says")
        if told.get("sha256") not in (None, _digest(data)):
            raise _tampered(f"what is stored as `{key}` does not have its SHA-256")
        return found

    def _newest(
        self, factor_id: str, versions: list[tuple[str, str]]
    ) -> tuple[str | None, dict[str, Any] | None]:
        """The version of the greatest date, of those the one that was stored last."""
        if not versions:
            return None, None
        last = max(date for date, _ in versions)
        read = [(key, self._read(factor_id, key)) for date, key in versions if date == last]
        there = [(key, found) for key, found in read if found is not None]
        return max(
            there, key=lambda it: (str(it[1]["metadata"].get("created_at", "")), it[0]), default=(None, None)
        )

    def _check_pointer(self, factor_id: str, keys: set[str]) -> None:
        """The newest version follows from the versions; a pointer to none of them is a sign of loss."""
        pointer = self._key(factor_id, POINTER)
        body = self._open().get(pointer)
        if body is None:
            return
        try:
            named = json.loads(body)["key"]
        except (ValueError, KeyError, TypeError) as error:
            raise _tampered(f"`{pointer}` names no version") from error
        # It may have been stored since the keys were listed.
        if named not in keys and self._open().get(str(named)) is None:
            raise _tampered(f"`{pointer}` names `{named}`, which is not there")

    # Writing.

    def _check_same(self, key: str, metadata: Mapping[str, str], data: object) -> None:
        found = self._read(metadata["factor_id"], key)
        there = (found or {}).get("metadata", {})
        if found is None or _digest(found["data"]) != metadata["sha256"]:
            raise _conflict(f"another version is stored as `{key}`: the digits of both are the same")
        if there.get("source") != metadata["source"]:
            raise _conflict(
                f"`{key}` is stored with the source `{there.get('source')}`, not `{metadata['source']}`"
            )

    def _record(self, key: str, metadata: Mapping[str, str]) -> None:
        assert self._ledger is not None
        self._ledger.append(
            "factor.stored",
            "strongroom.compat",
            key,
            "stored",
            {name: metadata[name] for name in ("source", "effective_date", "sha256")},
            event_id=f"factor.stored:{hashlib.sha256(key.encode()).hexdigest()}",
        )

    def _point(self, factor_id: str) -> None:
        """Lets the pointer name the newest version, for older readers; nothing here relies on it.

        Whoever writes it looks again afterwards. So of several writers the last one has seen what all
        have stored.
        """
        pointer = self._key(factor_id, POINTER)
        for _ in range(ROUNDS):
            key, _found = self._newest(factor_id, self._versions(factor_id))
            body = json.dumps({"key": key}).encode()
            if key is None or self._open().get(pointer) == body:
                return
            self._open().put(pointer, body, absent=False, metadata={})


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _digest_by_number(data: object) -> str:
    """As the older class hashed whole numbers as keys: in the order of numbers, not of texts."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            numbers = all(re.fullmatch(r"0|-?[1-9][0-9]*", key) for key in value)
            keys = sorted(value, key=int) if numbers else sorted(value)
            return {key: ordered(value[key]) for key in keys}
        return [ordered(item) for item in value] if isinstance(value, list) else value

    return hashlib.sha256(json.dumps(ordered(data)).encode()).hexdigest()


def _plain(data: Mapping[str, Any]) -> Any:
    def text(value: object) -> str:
        if isinstance(value, decimal.Decimal):
            if not value.is_finite():
                raise ValueError(f"{value} is no figure")
            return format(value, "f")
        raise TypeError(f"a factor holds JSON and Decimals, not a {type(value).__name__}")

    return json.loads(json.dumps(data, default=text, allow_nan=False))


def _header(value: str) -> str:
    """A value that a header can carry: what is not plain ASCII is percent-encoded."""
    return urllib.parse.quote(value, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~")


def _check_id(factor_id: str) -> None:
    parts = factor_id.split("/")
    if any(part in ("", ".", "..") for part in parts) or not factor_id.isprintable():
        raise ValueError(
            f"{factor_id!r} cannot name a factor: it has an empty part, `.`, `..` or a control character"
        )


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_date(effective_date: str) -> None:
    if not _is_date(effective_date):
        raise ValueError(f"`{effective_date}` is no date like 2024-01-31")


def _tampered(message: str) -> TamperedError:
    error = TamperedError(message)
    error.code, error.hint = "compat.factor_altered", "restore the object from a version or a copy"
    return error


def _conflict(message: str) -> ConflictError:
    error = ConflictError(message)
    error.code, error.hint = "compat.factor_taken", "a version is never overwritten: store another"
    return error
