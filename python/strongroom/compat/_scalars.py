"""Scalars of YAML 1.1 that have no counterpart in JSON, as PyYAML constructs them."""

from __future__ import annotations

import datetime
import re

_MOMENT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?:[Tt]|[ \t]+)"
    r"(?P<time>[0-9]{1,2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]*))?"
    r"(?:[ \t]*(?P<zone>Z|(?P<sign>[-+])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?))?"
)


def construct(kind: str, text: str) -> object:
    """The value of ``text``, which YAML 1.1 takes for ``kind``.

    Raises:
        ValueError: For a date that is in no calendar.
    """
    if kind == "a date":
        return _date(text)
    if kind == "a whole number":
        return _integer(text)
    return _float(text)


def _date(text: str) -> datetime.date:
    moment = _MOMENT.fullmatch(text)
    if moment is None:
        return datetime.date.fromisoformat(text)
    year, month, day = map(int, moment["date"].split("-"))
    hour, minute, second = map(int, moment["time"].split(":"))
    micros = int((moment["fraction"] or "")[:6].ljust(6, "0"))
    zone = None
    if moment["zone"] == "Z":
        zone = datetime.timezone.utc
    elif moment["zone"]:
        offset = datetime.timedelta(
            hours=int(moment["hours"]), minutes=int(moment["minutes"] or 0)
        )
        zone = datetime.timezone(-offset if moment["sign"] == "-" else offset)
    return datetime.datetime(year, month, day, hour, minute, second, micros, zone)


def _integer(text: str) -> int:
    """A whole number of more than 64 bits."""
    digits = text.replace("_", "")
    if ":" in digits:
        return int(_sixtieths(digits))
    sign, digits = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    if digits.startswith(("0x", "0b")):
        return sign * int(digits, 0)
    return sign * int(digits, 8 if digits.startswith("0") else 10)


def _float(text: str) -> float:
    digits = text.replace("_", "").lower()
    if digits.endswith(".inf"):
        return float("-inf" if digits.startswith("-") else "inf")
    if digits == ".nan":
        return float("nan")
    return _sixtieths(digits) if ":" in digits else float(digits)


def _sixtieths(text: str) -> float:
    sign = -1 if text.startswith("-") else 1
    value = 0.0
    for part in text.lstrip("+-").split(":"):
        value = value * 60 + float(part)
    return sign * value
