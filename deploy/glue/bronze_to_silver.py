"""AWS Glue job: bronze to silver.

Job arguments: `--JOB_NAME`, `--target_bucket`, the lake, and `--factors`, the address of the emission
factors. Refines what came into bronze since it ran last.
"""

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
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "target_bucket", "factors"])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(args["JOB_NAME"], args)
    with FactorStore.open(place(args["factors"]), create=False) as factors:
        done = strong.refine(
            context.spark_session, place(args["target_bucket"]), factors, actor=args["JOB_NAME"]
        )
    print(f"commit {done.commit}: {done.accepted} of {done.rows} rows, refused {done.rejected}")
    job.commit()


main()
