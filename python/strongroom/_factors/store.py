"""Factors at one place."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from strongroom import NotFoundError
from strongroom._audit.ledger import Ledger
from strongroom._factors.answers import (
    Answer,
    Calculation,
    Diff,
    Event,
    Export,
    ExportLine,
    Found,
    Imported,
    NotValid,
    Outcome,
    Resolution,
    Restatement,
    Rows,
    Segment,
    Verified,
    Withdrawn,
    read_answer,
)
from strongroom._factors.asking import Bridge, Change, Fallback, Selector, Why, _why
from strongroom._factors.model import Factor, Interval, Version
from strongroom._factors.numbers import (
    KnownAt,
    Number,
    day,
    decimal_text,
    known,
    moment,
    to_json,
    today,
)
from strongroom._strongroom import factors as _native

class FactorStore:
    """Factors that are open: questions are answered from memory, and changes are stored at once.

        with FactorStore.open("s3://factors-prod/2026") as factors:
            answer = factors.get_at("grid/xa", date(2024, 5, 1))

    Safe to share between threads. What others write is seen after `refresh` and after each change.
    """

    def __init__(self, native: _native.Store, ledger: Ledger | None = None) -> None:
        """Use `FactorStore.open`."""
        self._open: _native.Store | None = native
        self._ledger = ledger

    @classmethod
    def open(
        cls,
        url: str | os.PathLike[str],
        *,
        actor: str = "strongroom",
        create: bool = True,
        cache: str | os.PathLike[str] | None = None,
        ledger: Ledger | str | None = None,
    ) -> FactorStore:
        """Opens the factors at `url`, or begins there, and reads everything.

        Args:
            url: `s3://bucket/prefix`, `file:///dir`, or a path that begins with `/` or `./`.
            actor: Who writes, where a change does not say it itself.
            create: Whether factors are begun where none are.
            cache: A directory for batches that were fetched; worth its room where the store is far
                away. What is in it is held against its digests before it is believed.
            ledger: Where every act is recorded too: an open ledger, which stays open, or the URL of
                one.

        Raises:
            NotFoundError: If nothing is there, and nothing shall be begun.
            TamperedError: If what is stored does not verify.
        """
        own = Ledger.open(ledger) if isinstance(ledger, str) else None
        told = own or (ledger if isinstance(ledger, Ledger) else None)
        try:
            native = _native.Store.open(
                os.fspath(url),
                actor=actor,
                create=create,
                cache=os.fspath(cache) if cache is not None else None,
                ledger=told._native if told is not None else None,
            )
        except BaseException:
            if own is not None:
                own.close()
            raise
        return cls(native, own)

    @property
    def _native(self) -> _native.Store:
        if self._open is None:
            raise RuntimeError("the factors are closed")
        return self._open

    def close(self) -> None:
        """Lets go of the factors, and closes the ledger if this opened it."""
        self._open = None
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()

    def __enter__(self) -> FactorStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._open is None:
            return "<FactorStore, closed>"
        factors, versions, events = self._open.counts
        place = self._open.location
        return f"<FactorStore at {place}: {factors} factors, {versions} versions, {events} events>"

    @property
    def store_id(self) -> str:
        """Which store of factors this is."""
        return self._native.store_id

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many factors, versions and events there are."""
        return self._native.counts

    # Questions.

    def get(self, version_id: str) -> Version:
        """The version of exactly this name: `sha256:` and 64 digits.

        Raises:
            NotFoundError: If there is none.
            TamperedError: If what is stored is something else.
        """
        return Version._of(json.loads(_native.get(self._native, version_id))["version"])

    def factor(self, name: str) -> Factor | None:
        """A factor by its name, or another one that leads to it."""
        told = _native.factor(self._native, name)
        return Factor._of(json.loads(told)) if told is not None else None

    def get_at(
        self, name: str, valid_at: datetime.date | None = None, known_at: KnownAt = None
    ) -> Answer:
        """What counts for a factor on a day, as it was known then.

        Args:
            name: The factor.
            valid_at: The day; today (UTC) if left out.
            known_at: A moment, the number of an event, a tag; everything if left out.

        Raises:
            NotFoundError: If there is no such tag. That nothing counts is an answer.
            TamperedError: If what is stored is something else.
        """
        at = today() if valid_at is None else day(valid_at, "valid_at")
        return read_answer(json.loads(_native.get_at(self._native, name, at, known(known_at))))

    def resolve(
        self,
        selector: Selector | str,
        valid_at: datetime.date | None = None,
        known_at: KnownAt = None,
        fallback: Fallback | None = None,
    ) -> Resolution:
        """Finds the version that counts for a purpose, and says how.

        Nothing is taken instead of anything unless `fallback` says so, and each such step is named.

        Raises:
            NotFoundError: If nothing fits; what nearly fits is named.
            ConflictError: If several fit equally well.
        """
        at = today() if valid_at is None else day(valid_at, "valid_at")
        selector = Selector(selector) if isinstance(selector, str) else selector
        instead = to_json((fallback or Fallback())._told())
        told = _native.resolve(
            self._native, to_json(selector._told()), at, known(known_at), instead
        )
        return Resolution._of(json.loads(told))

    def history(self, name: str) -> Rows[Event]:
        """Everything that was done to a factor, in order.

        Raises:
            NotFoundError: If there is none.
        """
        told = json.loads(_native.history(self._native, name))
        return Rows(Event._of(it) for it in told["events"])

    def segments(self, name: str, known_at: KnownAt = None) -> Rows[Segment]:
        """What counts for a factor on all days, as it was known then."""
        told = json.loads(_native.segments(self._native, name, known(known_at)))
        parse = Interval.parse
        return Rows(
            Segment(parse(it["valid"]) if it["valid"] else None, read_answer(it["answer"]))
            for it in told
        )

    def diff(
        self,
        from_: KnownAt,
        to: KnownAt = None,
        *,
        valid_at: datetime.date | None = None,
        to_valid_at: datetime.date | None = None,
    ) -> Diff:
        """What differs between two states of knowledge, or two days.

        Without a day, the latest days on which a factor counts are compared, for each by itself.
        """
        first = None if valid_at is None else day(valid_at, "valid_at")
        second = first if to_valid_at is None else day(to_valid_at, "to_valid_at")
        told = _native.diff(self._native, known(from_), known(to), first, second)
        return Diff._of(json.loads(told))

    def tags(self) -> dict[str, int]:
        """The names of positions, and the last event that is part of each."""
        return {it["name"]: it["position"] for it in json.loads(_native.tags(self._native))}

    def export(
        self,
        known_at: KnownAt = None,
        *,
        licences: Iterable[str] = (),
        all_licences: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> Export:
        """What counts on any day, as far as licences allow to hand it on.

        Args:
            known_at: As it was known then.
            licences: Only these, of those that allow it.
            all_licences: Everything, for what does not leave the house.
            progress: Called with the number of lines so far.
        """
        lines: list[ExportLine] = []

        def each(line: str) -> None:
            lines.append(ExportLine._of(json.loads(line)))
            if progress is not None and len(lines) % 1024 == 0:
                progress(len(lines))

        told = json.loads(
            _native.export(self._native, known(known_at), list(licences), all_licences, each)
        )
        if progress is not None:
            progress(len(lines))
        return Export(Rows(lines), told["excluded"], tuple(told["attributions"]))

    # Changes.

    def put(self, factor: Factor, version: Version, **terms: Any) -> Outcome:
        """Adds a version, and the factor with it if it is new. A second time adds nothing.

        Args:
            factor: What it is about.
            version: What it says.
            terms: `reason`, `actor`, `claimed_at`, `supersedes`, and `expected_head`: the number of
                the newest event of the factor, or `None` for a new one.

        Raises:
            ConflictError: If the factor is there as something else, or has another head.
        """
        return self.change([Change.put(factor, version, **terms)])[0]

    def correct(self, factor: Factor, version: Version, **terms: Any) -> Outcome:
        """Adds a version because what counts for its days is wrong; `terms` as `put`."""
        return self.change([Change.correct(factor, version, **terms)])[0]

    def withdraw(self, factor_id: str, valid: Interval | None = None, **terms: Any) -> Outcome:
        """Lets what counts on some days, or on all, count no longer. Nothing is deleted."""
        return self.change([Change.withdraw(factor_id, valid, **terms)])[0]

    def reinstate(self, factor_id: str, valid: Interval | None = None, **terms: Any) -> Outcome:
        """Lets what was withdrawn count again."""
        return self.change([Change.reinstate(factor_id, valid, **terms)])[0]

    def alias(self, factor_id: str, name: str, **terms: Any) -> Outcome:
        """Lets another name lead to a factor."""
        return self.change([Change.alias(factor_id, name, **terms)])[0]

    def tag(self, name: str, position: int | None = None, **terms: Any) -> Outcome:
        """Names a position of the log, or its end, for good.

        Raises:
            ConflictError: If the tag stands elsewhere already.
        """
        return self.change([Change.tag(name, position, **terms)])[0]

    def change(self, changes: Iterable[Change]) -> list[Outcome]:
        """Makes several changes at once: all of them or none."""
        told = json.loads(self._native.change([to_json(it._told) for it in changes]))
        return [Outcome(it["seq"], it.get("version_id"), it["created"]) for it in told]

    def import_release(
        self,
        versions: Iterable[tuple[Factor, Version]],
        *,
        reason: Why = None,
        withdraw_removed: bool = False,
        revert: bool = False,
        dry_run: bool = False,
        tag: str | None = None,
        actor: str | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Imported:
        """Takes a release of a publisher: what is there already is found unchanged.

        Args:
            versions: Factors with versions; rows are counted from 1.
            reason: Why; a new edition if left out. With `error`, changes are corrections.
            withdraw_removed: Whether what the release no longer has is withdrawn.
            revert: Whether versions are put again that have been replaced since.
            dry_run: Only finds out what it would bring.
            tag: A name for the position after it.
            actor: Who.
            progress: Called now and then with the number of versions so far.
        """
        lines = [
            to_json({"row": row, "factor": factor._told(), "version": version._told()})
            for row, (factor, version) in enumerate(versions, 1)
        ]
        options = {
            "reason": _why(reason),
            "withdraw_removed": withdraw_removed,
            "revert": revert,
            "dry_run": dry_run,
            "tag": tag,
            "actor": actor,
        }
        return Imported._of(json.loads(self._native.take(lines, to_json(options), progress)))

    def refresh(self) -> int:
        """Reads what others have written since; returns how many events that were."""
        return self._native.refresh()

    # Calculating.

    def compute(
        self,
        quantity: Number,
        unit: str,
        of: str | Found | Resolution,
        *,
        valid_at: datetime.date | None = None,
        known_at: KnownAt = None,
        gwp_set: str | None = None,
        bridges: Iterable[Bridge] = (),
        places: int = 12,
        computed_at: datetime.datetime | None = None,
        keep: bool = False,
    ) -> Calculation:
        """Calculates emissions: exact, rounded once, and pinned to everything it came from.

        Args:
            quantity: How much; a float is refused.
            unit: Of what.
            of: A factor, a version, or what `get_at` or `resolve` has found.
            valid_at: The day, for a factor by name; today (UTC) if left out.
            known_at: As it was known then, for a factor by name.
            gwp_set: Weighs the gases with `AR4`, `AR5` or `AR6`; as published if left out.
            bridges: What leads to the unit of the factor where no table can.
            places: To how many digits behind the point of a kilogram to round.
            computed_at: When; now if left out.
            keep: Whether to store the result, as `keep` does.

        Raises:
            InvalidError: If the units do not fit, or the gases cannot be weighed as asked.
            NotFoundError: If no version counts.
        """
        version_id, pin = self._which(of, valid_at, known_at)
        request = self._request(
            quantity, unit, version_id, pin, gwp_set, bridges, places, computed_at
        )
        result = Calculation.from_json(_native.compute(self._native, request))
        if keep:
            self.keep(result)
        return result

    def recompute(self, result: Calculation | str) -> Calculation:
        """Calculates a result again from its pins: the same bytes, or an error.

        Raises:
            TamperedError: If the result is not what its inputs give.
            UnverifiedError: If it is pinned to what this version of strongroom does not have.
        """
        text = result if isinstance(result, str) else result.json
        return Calculation.from_json(_native.recompute(self._native, text))

    def restate(
        self,
        old: Calculation,
        of: str | Found | Resolution,
        *,
        valid_at: datetime.date | None = None,
        known_at: KnownAt = None,
        gwp_set: str | None = None,
        bridges: Iterable[Bridge] = (),
        places: int = 12,
        computed_at: datetime.datetime | None = None,
    ) -> Restatement:
        """Calculates an old result once more, with another version or other potentials.

        The old result stays as it is, and is named by the new one.
        """
        version_id, pin = self._which(of, valid_at, known_at)
        request = self._request(
            old.quantity, old.unit, version_id, pin, gwp_set, bridges, places, computed_at
        )
        told = json.loads(_native.restate(self._native, old.json, request))
        percent = told["percent"]
        return Restatement(
            # The bytes that Rust writes, and `recompute` and `keep` have too.
            Calculation.from_json(
                json.dumps(told["calculation"], ensure_ascii=False, separators=(",", ":"))
            ),
            Decimal(told["difference"]),
            Decimal(percent) if percent is not None else None,
        )

    def keep(self, result: Calculation) -> bool:
        """Stores a result under its digest, for good; says whether it is new."""
        return _native.keep(self._native, result.json)

    def kept(self, result_hash: str) -> Calculation | None:
        """A result that was stored."""
        told = _native.kept(self._native, result_hash)
        return Calculation.from_json(told) if told is not None else None

    def impact(self, version_id: str) -> list[str]:
        """The stored results that used a version, by their `result_hash`."""
        results: list[str] = json.loads(_native.impact(self._native, version_id))["results"]
        return results

    def _which(
        self, of: str | Found | Resolution, valid_at: datetime.date | None, known_at: KnownAt
    ) -> tuple[str, str | None]:
        if not isinstance(of, str) or of.startswith("sha256:"):
            if valid_at is not None or known_at is not None:
                raise TypeError("a version is a version: `valid_at` and `known_at` are for factors")
            if isinstance(of, Resolution):
                return of.found.version_id, None if of.known_at is None else str(of.known_at)
            return (of if isinstance(of, str) else of.version_id), None
        answer = self.get_at(of, valid_at, known_at)
        if not isinstance(answer, Found):
            raise _nothing(of, valid_at or today(), answer)
        if isinstance(known_at, str):
            return answer.version_id, known_at
        position = _native.position(self._native, known(known_at))
        return answer.version_id, None if position is None else str(position)

    @staticmethod
    def _request(
        quantity: Number,
        unit: str,
        version_id: str,
        pin: str | None,
        gwp_set: str | None,
        bridges: Iterable[Bridge],
        places: int,
        computed_at: datetime.datetime | None,
    ) -> str:
        at = computed_at or datetime.datetime.now(datetime.timezone.utc)
        return to_json(
            {
                "quantity": decimal_text(quantity, "quantity"),
                "unit": unit,
                "version_id": version_id,
                "bridges": [it._told() for it in bridges],
                "gwp_set": gwp_set,
                "places": places,
                "known_at": pin,
                "computed_at": moment(at, "computed_at").isoformat(),
            }
        )


def _nothing(name: str, at: datetime.date, answer: Answer) -> NotFoundError:
    match answer:
        case NotValid(nearest):
            near = f": the nearest is valid {nearest.version.valid}" if nearest else ""
            error = NotFoundError(f"no version of `{name}` is valid on {at}{near}")
            error.code = "factors.not_valid"
        case Withdrawn(since, seq):
            error = NotFoundError(f"`{name}` is withdrawn on {at}, since {since} (event {seq})")
            error.code = "factors.withdrawn"
        case _:
            error = NotFoundError(f"there is no factor `{name}`")
            error.code = "factors.no_factor"
    error.hint = None
    return error


def verify(url: str | os.PathLike[str]) -> Verified:
    """Reads everything from the store anew, and holds all of it against its digests.

    Raises:
        TamperedError: For the first thing that is not what it was.
        NotFoundError: If there are no factors.
    """
    return Verified(**json.loads(_native.verify(os.fspath(url))))


async def averify(url: str | os.PathLike[str]) -> Verified:
    """As `verify`, for `asyncio`."""
    return await asyncio.to_thread(verify, url)
