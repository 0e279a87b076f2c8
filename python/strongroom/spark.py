"""The lake on Spark: PySpark 3.3 to 4.x, AWS Glue 4.0 to 6.0, Spark Connect.

    from strongroom import lake, spark as strong

    report = strong.ingest(session, "s3://raw/emissions", "s3://lake", document=lake.ACTIVITY)
    strong.read(session, "s3://lake", "bronze/emissions").groupBy("unit").count().show()

Spark hands out tasks (`mapInArrow`, one number per task); what a task does is the code of the embedded
engine, in Rust, and the tasks meet in the lake. So the files have the same bytes and the same names as
those of `strongroom.lake`, and rows never pass through Python.

The workers need this package, and reach the source and the lake under the same addresses as the driver.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from strongroom._factors.store import FactorStore
from strongroom._lake.answers import Aggregated, Ingested, Refined, ingested
from strongroom._lake.store import Kind, Lake, most
from strongroom._strongroom import lake as _native

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["aggregate", "ingest", "read", "refine"]


def ingest(
    spark: SparkSession,
    source: str | os.PathLike[str],
    lake: str | os.PathLike[str] | Lake,
    *,
    document: str,
    mask_keys: Mapping[str, bytes] | None = None,
    max_quarantined: int | float | None = None,
    piece_bytes: int | None = None,
    groups: int | None = None,
    memory: int | None = None,
    actor: str = "strongroom",
) -> Ingested:
    """Takes raw files into bronze, in one commit, with the workers of `spark`.

    Inputs whose bytes were taken in before are passed over, so that doing it again does nothing. Of a run
    that fails nothing is committed.

    Args:
        spark: The session whose workers work.
        source: `s3://bucket/prefix`, or a path that all workers see.
        lake: Where the lake is: `s3://bucket/prefix`, or a path that all workers see.
        document: The schema document, as YAML or JSON.
        mask_keys: The keys of masks; they go to the workers with the tasks.
        max_quarantined: How many rows may be refused, or (a float) which share of them.
        piece_bytes: About how many bytes of an input one task reads (32 MiB). What is packed, and what is
            not written in lines, is read by one task per input.
        groups: Into how many groups the partitions are cut; as `spark.sql.shuffle.partitions` if nothing is
            said.
        memory: About how many bytes of memory a task uses for rows (256 MiB).
        actor: Who commits.
    """
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), actor=actor)
    keys = dict(mask_keys or {})
    options = {
        "piece": piece_bytes,
        "groups": groups or _shuffle_partitions(spark),
        "memory": memory,
        "max_quarantined": most(max_quarantined),
    }
    session = _native.Session.begin(
        opened._native, document, _absolute(source), json.dumps(options), keys
    )
    try:
        done: list[str] = []
        while True:
            stage, tasks, tokens = session.next(done)
            if stage is None:
                return ingested(json.loads(tasks[0]), tokens)
            done = _run(spark, opened.url, session.table, session.run, tasks, keys)
    except BaseException:
        session.abandon()
        raise


def refine(
    spark: SparkSession,
    lake: str | os.PathLike[str] | Lake,
    factors: FactorStore,
    *,
    bronze: str = "bronze/emissions",
    silver: str = "silver/emissions/activities",
    known_at: int | str | None = None,
    actor: str = "strongroom",
) -> Refined:
    """Calculates the emissions of rows of bronze that are new, in one commit.

    The driver does it, with the embedded engine: what is new is small beside what was taken in, and the
    factors are in its memory. `spark` is not asked for anything.
    """
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), actor=actor)
    return opened.refine(factors, bronze=bronze, silver=silver, known_at=known_at)


def aggregate(
    spark: SparkSession,
    lake: str | os.PathLike[str] | Lake,
    *,
    silver: str = "silver/emissions/activities",
    domain: str = "emissions",
    metrics: Iterable[str] = (),
    scope2: Literal["location", "market"] = "location",
    actor: str = "strongroom",
) -> list[Aggregated]:
    """Sums up what changed in silver, in one commit for each table of gold; on the driver, like `refine`."""
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), actor=actor)
    return opened.aggregate(silver=silver, domain=domain, metrics=metrics, scope2=scope2)


def read(
    spark: SparkSession,
    lake: str | os.PathLike[str] | Lake,
    table: str,
    kind: Kind = "data",
) -> DataFrame:
    """The rows of a table as its commits have them, read by Spark itself.

    Only files that commits name are read: nothing that is being published, and nothing that went.

    Args:
        spark: The session that reads.
        lake: Where the lake is.
        table: `bronze/emissions`.
        kind: Rows of the table, rows that were refused, or rows that were there already.
    """
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), create=False)
    files = opened.files(table, kind)
    root = opened.url.split("?", 1)[0].rstrip("/")
    base = f"{root}/{_folder(table, kind)}"
    if not files:
        raise ValueError(f"`{table}` has no files of the kind `{kind}`")
    reader = spark.read.option("basePath", base).option("mergeSchema", "true")
    return reader.parquet(*(f"{root}/{it.path}" for it in files))


def _folder(table: str, kind: Kind) -> str:
    zone, name = table.split("/", 1)
    if kind == "data":
        return table
    return f"{kind}/{name}" if zone == "bronze" else f"{kind}/{table}"


def _absolute(place: str | os.PathLike[str]) -> str:
    place = os.fspath(place)
    return place if "://" in place else os.path.abspath(place)


def _shuffle_partitions(spark: SparkSession) -> int:
    return int(spark.conf.get("spark.sql.shuffle.partitions", "8") or 8)


def _run(
    spark: SparkSession, lake: str, table: str, run: str, tasks: list[str], keys: dict[str, bytes]
) -> list[str]:
    """Has every task done by a worker, and gives what came of them."""
    numbered = spark.range(0, len(tasks), 1, max(1, len(tasks)))
    # The name of a task is its number between two texts that are the same for all of a stage.
    head, tail = tasks[0].rsplit("-", 1)[0], ".json"
    work = functools.partial(_work, lake, table, run, head, tail, keys)
    rows = numbered.mapInArrow(work, "id long, done string").collect()
    return [row["done"] for row in rows]


def _work(
    lake: str,
    table: str,
    run: str,
    head: str,
    tail: str,
    keys: dict[str, bytes],
    batches: Iterator[pyarrow.RecordBatch],
) -> Iterator[pyarrow.RecordBatch]:
    """What a worker does: each row of a batch is the number of a task."""
    import pyarrow

    for batch in batches:
        for number in batch.column(0).to_pylist():
            done = _native.work(lake, table, run, f"{head}-{number}{tail}", keys)
            columns: list[Any] = [
                pyarrow.array([number], pyarrow.int64()),
                pyarrow.array([done], pyarrow.string()),
            ]
            yield pyarrow.RecordBatch.from_arrays(columns, names=["id", "done"])
