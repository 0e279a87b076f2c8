"""Numbers, days and moments, as they cross into Rust."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any, TypeAlias

#: What counts as a number: never a float.
Number: TypeAlias = decimal.Decimal | int | str

#: As of when: a moment, the number of an event, a tag; `None` is everything.
KnownAt: TypeAlias = datetime.datetime | int | str | None


def decimal_text(number: object, what: str) -> str:
    """The plain text of a number: no exponent, every digit that was written.

    Raises:
        TypeError: For a float, which is another number than the one that was written.
        ValueError: For what is no finite number.
    """
    if isinstance(number, bool) or not isinstance(number, decimal.Decimal | int | str):
        if isinstance(number, float):
            raise TypeError(
                f"{what}: {number!r} is a float, which is not the number that somebody wrote: hand "
                f"over the text, or `decimal.Decimal({str(number)!r})`"
            )
        kind = type(number).__name__
        raise TypeError(f"{what}: a number is a Decimal, an int or a text, not a {kind}")
    if isinstance(number, str):
        return number
    if isinstance(number, int):
        return str(number)
    if not number.is_finite():
        raise ValueError(f"{what}: {number} is no figure: leave it out, or say in `absent` what stood there")
    return format(number, "f")


def day(value: object, what: str) -> datetime.date:
    """A day, which is no moment.

    Raises:
        TypeError: For a moment, whose day depends on where one is, and for anything else.
    """
    if isinstance(value, datetime.datetime):
        raise TypeError(f"{what}: a day is a `datetime.date`: say `.date()` in the zone that is meant")
    if not isinstance(value, datetime.date):
        raise TypeError(f"{what}: a day is a `datetime.date`, not a {type(value).__name__}")
    return value


def today() -> datetime.date:
    """Today, by UTC."""
    return datetime.datetime.now(datetime.timezone.utc).date()


def known(value: KnownAt) -> KnownAt:
    """As of when, checked.

    Raises:
        TypeError: For a moment without a zone, and for anything else.
        ValueError: For a negative number.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        return moment(value, "known_at")
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            "known_at: say a moment (`datetime.datetime`), the number of an event, or a tag, not a "
            f"{type(value).__name__}"
        )
    if value < 0:
        raise ValueError(f"known_at: {value} is the number of no event")
    return value


def moment(value: datetime.datetime, what: str) -> datetime.datetime:
    """A moment, in UTC.

    Raises:
        TypeError: Without a zone.
    """
    if value.tzinfo is None:
        raise TypeError(f"{what}: {value} has no zone: add `tzinfo=datetime.timezone.utc`")
    return value.astimezone(datetime.timezone.utc)


def read_moment(text: str) -> datetime.datetime:
    """A moment, as Rust writes it; what is finer than a microsecond is cut."""
    base, _, rest = text.removesuffix("Z").partition(".")
    read = datetime.datetime.fromisoformat(base).replace(tzinfo=datetime.timezone.utc)
    return read.replace(microsecond=int(rest[:6].ljust(6, "0"))) if rest else read


def to_json(value: object) -> str:
    """JSON for Rust; members that are `None` or empty are left out of objects."""
    return json.dumps(_without_nothing(value), ensure_ascii=False)


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nothing(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_nothing(item) for item in value]
    return value
