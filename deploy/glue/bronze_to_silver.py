"""AWS Glue job: bronze to silver.

Job arguments: `--JOB_NAME`, `--target_bucket`, the lake, and `--factors`, the address of the emission
factors. Further ones may be given: `--known_at`, a tag of the factors, and `--gwp`, `AR4`, `AR5` or `AR6`.
Refines what came into bronze since it ran last.
"""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from strongroom import spark as strong
from strongroom.factors import FactorStore

OPTIONAL = ["known_at", "gwp"]


def place(bucket: str) -> str:
    """The address of a bucket; a path, or another address, is taken as it is."""
    return bucket if "://" in bucket or bucket.startswith("/") else f"s3://{bucket}"


def main() -> None:
    given = [it for it in OPTIONAL if any(arg.split("=")[0] == f"--{it}" for arg in sys.argv)]
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "target_bucket", "factors", *given])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(args["JOB_NAME"], args)
    with FactorStore.open(place(args["factors"]), create=False) as factors:
        done = strong.refine(
            context.spark_session,
            place(args["target_bucket"]),
            factors,
            known_at=args.get("known_at"),
            gwp=args.get("gwp"),
            actor=args["JOB_NAME"],
        )
    print(f"commit {done.commit}: {done.accepted} of {done.rows} rows, refused {done.rejected}")
    job.commit()


main()
