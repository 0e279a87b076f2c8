"""AWS Glue job: silver to gold.

Job arguments: `--JOB_NAME`, `--target_bucket`, the lake. Sums up the months that changed since it ran last.
"""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from strongroom import spark as strong


def place(bucket: str) -> str:
    """The address of a bucket; a path, or another address, is taken as it is."""
    return bucket if "://" in bucket or bucket.startswith("/") else f"s3://{bucket}"


def main() -> None:
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "target_bucket"])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(args["JOB_NAME"], args)
    done = strong.aggregate(
        context.spark_session, place(args["target_bucket"]), actor=args["JOB_NAME"]
    )
    for table in done:
        print(f"{table.table}: commit {table.commit}, months {', '.join(table.months)}")
    job.commit()


main()
