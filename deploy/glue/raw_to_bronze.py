"""AWS Glue job: raw to bronze.

The job arguments are those of the older script: `--JOB_NAME`, `--source_bucket`, `--target_bucket`. Further
ones may be given: `--source_prefix` (`emissions/`), `--schema`, a schema document (the shipped one for
activities), `--max_quarantined`, how many rows may be refused.

Glue 4.0 to 6.0, with `--additional-python-modules s3://<bucket>/strongroom-<version>-….whl`.
Doing it again takes in only what is new; job bookmarks are not needed.
"""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from strongroom import lake
from strongroom import spark as strong

NEEDED = ["JOB_NAME", "source_bucket", "target_bucket"]
OPTIONAL = ["source_prefix", "schema", "max_quarantined"]


def place(bucket: str) -> str:
    """The address of a bucket; a path, or another address, is taken as it is."""
    return bucket if "://" in bucket or bucket.startswith("/") else f"s3://{bucket}"


def main() -> None:
    given = [it for it in OPTIONAL if any(arg.split("=")[0] == f"--{it}" for arg in sys.argv)]
    args = getResolvedOptions(sys.argv, NEEDED + given)
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(args["JOB_NAME"], args)
    prefix = args.get("source_prefix", "emissions/").strip("/")
    document = lake.ACTIVITY
    if "schema" in args:
        with open(args["schema"], encoding="utf-8") as file:
            document = file.read()
    most = args.get("max_quarantined")
    report = strong.ingest(
        context.spark_session,
        f"{place(args['source_bucket'])}/{prefix}",
        place(args["target_bucket"]),
        document=document,
        max_quarantined=None if most is None else int(most),
        actor=args["JOB_NAME"],
    )
    print(f"{report.table}: commit {report.commit}, {report.counts}")
    for reason in report.reasons:
        print(f"  {reason.rows} rows refused: {reason.code} {reason.column or ''}")
    job.commit()


main()
