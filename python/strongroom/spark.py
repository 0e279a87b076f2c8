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

from strongroom._factors.numbers import KnownAt
from strongroom._factors.store import FactorStore
from strongroom._lake.answers import (
    Aggregated,
    Ingested,
    Refined,
    aggregated,
    ingested,
    refined,
)
from strongroom._lake.asking import Csv, Gwp, aggregating, refining
from strongroom._lake.store import Kind, Lake, most, token_place
from strongroom._strongroom import lake as _native

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

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
    tokens: str | os.PathLike[str] | None = None,
    application_key: str | os.PathLike[str] | None = None,
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
        tokens: Where the driver keeps what the tokens of masked columns stand for, sealed, before the
            commit, as for `Lake.ingest`. The texts come to it with the answers of the tasks.
        application_key: The key that seals it, a file that the driver may read; it goes to no worker.
        actor: Who commits.
    """
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), actor=actor)
    keys = dict(mask_keys or {})
    options = {
        "piece": piece_bytes,
        "groups": groups or _shuffle_partitions(spark),
        "memory": memory,
        "max_quarantined": most(max_quarantined),
        **token_place(None if tokens is None else _absolute(tokens), application_key),
    }
    session = _native.Session.begin(
        opened._native, document, _absolute(source), json.dumps(options), keys
    )
    try:
        done: list[str] = []
        while True:
            stage, tasks, met = session.next(done)
            if stage is None:
                return ingested(json.loads(tasks[0]), met)
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
    known_at: KnownAt = None,
    gwp: Gwp | None = None,
    weigh_again: bool = False,
    references: Mapping[str, Csv] | None = None,
    retry: bool = False,
    restate: bool = False,
    task_bytes: int | None = None,
    actor: str = "strongroom",
) -> Refined:
    """Calculates the emissions of rows of bronze that are new, in one commit, with the workers of `spark`.

    The arguments are those of `Lake.refine`. Factors and reference tables are read here; the workers get
    their bytes through the lake.

    Args:
        task_bytes: About how many bytes of files one task works on (32 MiB).
    """
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), actor=actor)
    asked = refining(
        factors, (bronze, silver), known_at, (gwp, weigh_again), (retry, restate), references
    )
    session = _native.ZoneSession.refine(opened._native, *asked, task_bytes)
    return refined(_zone(spark, opened, session))


def aggregate(
    spark: SparkSession,
    lake: str | os.PathLike[str] | Lake,
    *,
    silver: str = "silver/emissions/activities",
    domain: str = "emissions",
    metrics: Iterable[str] = (),
    scope2: Literal["location", "market"] = "location",
    factors: FactorStore | None = None,
    known_at: KnownAt = None,
    gwp: Gwp | None = None,
    weigh_again: bool = False,
    benchmarks: Csv | None = None,
    task_bytes: int | None = None,
    actor: str = "strongroom",
) -> list[Aggregated]:
    """Sums up what changed in silver, in one commit for each table of gold.

    The workers of `spark` read silver and add it up; the driver joins their sums, one for each group of
    rows, and writes the tables. The arguments are those of `Lake.aggregate`.

    Args:
        task_bytes: About how many bytes of files one task sums up (32 MiB).
    """
    opened = lake if isinstance(lake, Lake) else Lake.open(_absolute(lake), actor=actor)
    asked = aggregating(
        factors, (silver, domain), known_at, (gwp, weigh_again), (metrics, scope2), benchmarks
    )
    session = _native.ZoneSession.aggregate(opened._native, *asked, task_bytes)
    return [aggregated(it) for it in _zone(spark, opened, session)]


def read(
    spark: SparkSession,
    lake: str | os.PathLike[str] | Lake,
    table: str,
    kind: Kind = "data",
) -> DataFrame:
    """The rows of a table as its commits have them.

    Only files that commits name are read: nothing that is being published, and nothing that went. Spark
    reads them itself. An engine that takes no columns from the paths of such files, as Sail 0.7, has its
    workers read them with this package.

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
    paths = [f"{root}/{it.path}" for it in files]
    frame = reader.parquet(*paths)
    levels = sorted({name for it in files for name in it.partition})
    schema = _with_levels(frame.schema, levels)
    if any(name not in frame.columns for name in levels):
        return _read_by_workers(spark, opened, table, kind, [it.path for it in files], schema)
    # What looks like a number in a path is none, unless it is a part of a date.
    return frame if schema == frame.schema else reader.schema(schema).parquet(*paths)


def _with_levels(schema: StructType, levels: list[str]) -> StructType:
    """The columns with those that stand in paths, as `Lake.read` gives them: `year`, `month` and `day`
    as whole numbers, anything else as text."""
    from pyspark.sql.types import IntegerType, StringType, StructField, StructType

    fields = [it for it in schema.fields if it.name not in levels]
    where = {it.name: nth for nth, it in enumerate(schema.fields)}
    for name in sorted(levels, key=lambda name: where.get(name, len(where))):
        number = name in ("year", "month", "day")
        fields.append(StructField(name, IntegerType() if number else StringType(), True))
    return StructType(fields)


def _read_by_workers(
    spark: SparkSession, lake: Lake, table: str, kind: Kind, paths: list[str], schema: StructType
) -> DataFrame:
    work = functools.partial(_read, lake.url, table, kind, paths, schema)
    return spark.range(0, len(paths), 1, len(paths)).mapInArrow(work, schema)


def _read(
    lake: str,
    table: str,
    kind: Kind,
    paths: list[str],
    schema: StructType,
    batches: Iterator[pyarrow.RecordBatch],
) -> Iterator[pyarrow.RecordBatch]:
    """What a worker does: each row of a batch is the number of a file."""
    import pyarrow

    wanted = pyarrow.schema([(it.name, _arrow_type(it.dataType)) for it in schema.fields])
    native = _native.Lake.open(lake, actor="reader", create=False, ledger=None)
    for batch in batches:
        for number in batch.column(0).to_pylist():
            for rows in native.read(table, kind, None, paths[number]):
                columns = [
                    rows.column(it.name).cast(it.type)
                    if it.name in rows.column_names
                    else pyarrow.nulls(rows.num_rows, it.type)
                    for it in wanted
                ]
                yield from pyarrow.Table.from_arrays(columns, schema=wanted).to_batches()


def _arrow_type(kind: DataType) -> pyarrow.DataType:
    """What Arrow calls a type that files of a lake have."""
    import pyarrow

    name, _, digits = kind.simpleString().partition("(")
    if name == "decimal":
        return pyarrow.decimal128(*(int(it) for it in digits.rstrip(")").split(",")))
    return {
        "string": pyarrow.string(),
        "binary": pyarrow.binary(),
        "int": pyarrow.int32(),
        "bigint": pyarrow.int64(),
        "double": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
        "timestamp": pyarrow.timestamp("us", "UTC"),
    }[name]


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


def _zone(spark: SparkSession, lake: Lake, session: _native.ZoneSession) -> Any:
    """Has a session do its work, and gives the answer."""
    try:
        done: list[str] = []
        while True:
            stage, tasks, run = session.next(done)
            if stage is None or run is None:
                return json.loads(tasks[0])
            done = _run(spark, lake.url, session.table, run, tasks, {})
    except BaseException:
        session.abandon()
        raise


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
