"""AWS Glue job: silver to gold.

Job arguments: `--JOB_NAME`, `--target_bucket`, the lake. With `--factors`, the address of the emission factors,
years are compared too, like for like. Sums up the months that changed since it ran last.
"""

import contextlib
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from strongroom import spark as strong
from strongroom.factors import FactorStore


def place(bucket: str) -> str:
    """The address of a bucket; a path, or another address, is taken as it is."""
    return bucket if "://" in bucket or bucket.startswith("/") else f"s3://{bucket}"


def main() -> None:
    given = ["factors"] if any(arg.split("=")[0] == "--factors" for arg in sys.argv) else []
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "target_bucket", *given])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(args["JOB_NAME"], args)
    with contextlib.ExitStack() as opened:
        factors = None
        if "factors" in args:
            factors = opened.enter_context(FactorStore.open(place(args["factors"]), create=False))
        done = strong.aggregate(
            context.spark_session,
            place(args["target_bucket"]),
            factors=factors,
            actor=args["JOB_NAME"],
        )
    for table in done:
        print(f"{table.table}: commit {table.commit}, months {', '.join(table.months)}")
    job.commit()


main()
