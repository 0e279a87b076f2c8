"""Spark doing the same work in local mode, with its own functions only.

    pyspark_strict.py INPUT OUTPUT

`from_json` with a column for what it cannot read, checks of the text where it forgives (a number
for a text), a window over the key, and three outputs. Prints how many rows went where.
"""

import os
import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as f

UNITS = "kWh MWh GJ L m3 kg t km tkm pkm USD EUR".split()
SCHEMA = (
    "tenant_id STRING, activity_id STRING, emission_factor_id STRING, quantity STRING, unit STRING, "
    "timestamp STRING, source STRING, _corrupt STRING"
)
OFFSET = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"

source, target = sys.argv[1:]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "4g")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "8")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
lines = spark.read.text(source).withColumn("line", f.monotonically_increasing_id())
rows = lines.withColumn(
    "row", f.from_json("value", SCHEMA, {"columnNameOfCorruptRecord": "_corrupt"})
).select("line", "value", "row.*")
amount = f.col("quantity").cast("double")
moment = f.when(f.col("timestamp").rlike(OFFSET), f.to_timestamp("timestamp"))


def text(column):
    """The first thing that is wrong with a required text."""
    value = f.col(column)
    forgiven = f.col("value").rlike(f'"{column}":[^"n]')
    return (
        f.when(value.isNull(), f.lit(f"missing {column}"))
        .when(forgiven, f.lit(f"wrong_type {column}"))
        .when(value == "", f.lit(f"empty {column}"))
    )


reason = f.coalesce(
    f.when(f.col("_corrupt").isNotNull(), f.lit("malformed_json")),
    text("tenant_id"),
    f.when(~f.col("tenant_id").rlike("^[a-z0-9][a-z0-9-]{0,62}$"), f.lit("pattern tenant_id")),
    text("activity_id"),
    text("emission_factor_id"),
    f.when(f.col("quantity").isNull(), f.lit("missing quantity"))
    .when(f.col("value").rlike('"quantity":["{tf]'), f.lit("wrong_type quantity"))
    .when(amount.isNull() | f.isnan(amount) | (amount == float("inf")), f.lit("out_of_range quantity"))
    .when(amount < 0, f.lit("below_minimum quantity")),
    text("unit"),
    f.when(~f.col("unit").isin(UNITS), f.lit("not_allowed unit")),
    text("timestamp"),
    f.when(moment.isNull(), f.lit("bad_timestamp timestamp")),
)
judged = rows.withColumn("reason", reason).withColumn("moment", moment).withColumn("amount", amount)
judged = judged.persist()
refused = judged.filter("reason IS NOT NULL").select("line", "reason", "value")
refused.write.mode("overwrite").parquet(f"{target}/quarantine")
same = Window.partitionBy("tenant_id", "activity_id", "moment").orderBy("line")
values = f.struct("emission_factor_id", "amount", "unit", "source")
numbered = (
    judged.filter("reason IS NULL")
    .withColumn("kept", f.first("line").over(same))
    .withColumn("equal", f.first(values).over(same).eqNullSafe(values))
    .persist()
)
again = numbered.filter("line <> kept").select("line", "kept", "equal")
again.write.mode("overwrite").parquet(f"{target}/duplicates")
first = numbered.filter("line = kept").select(
    "tenant_id", "activity_id", "emission_factor_id", f.col("amount").alias("quantity"), "unit",
    f.col("moment").alias("timestamp"), "source", f.year("moment").alias("year"),
    f.month("moment").alias("month"),
)  # fmt: skip
(
    first.repartition(8, "tenant_id", "year", "month")
    .write.mode("overwrite")
    .option("compression", "snappy")
    .partitionBy("tenant_id", "year", "month")
    .parquet(f"{target}/bronze")
)
counts = numbered.agg(
    f.count(f.when(f.col("line") == f.col("kept"), 1)),
    f.count(f.when((f.col("line") != f.col("kept")) & f.col("equal"), 1)),
    f.count(f.when((f.col("line") != f.col("kept")) & ~f.col("equal"), 1)),
).first()
print(*counts, judged.filter("reason IS NOT NULL").count())
spark.stop()
