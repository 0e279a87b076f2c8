"""One session of real Spark for all tests, or of Sail where `STRONGROOM_SAIL` is set."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    if os.environ.get("STRONGROOM_SAIL"):
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer(ip="127.0.0.1", port=0)
        server.start(background=True)
        _, port = server.listening_address
        session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
        yield session
        # In this order: a session looks for its server for minutes.
        session.stop()
        server.stop()
        return
    # Workers otherwise take whatever `python3` is first.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("strongroom")
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "5")
    builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
    builder = builder.config("spark.driver.host", "127.0.0.1")
    # With Hive, whose metastore is in memory.
    home = tmp_path_factory.mktemp("hive")
    builder = builder.config("spark.sql.warehouse.dir", str(home / "warehouse"))
    builder = builder.config("spark.driver.extraJavaOptions", f"-Dderby.system.home={home}")
    metastore = "jdbc:derby:memory:strongroom;create=true"
    builder = builder.config("spark.hadoop.javax.jdo.option.ConnectionURL", metastore)
    builder = builder.config("spark.hadoop.datanucleus.schema.autoCreateAll", "true")
    builder = builder.config("spark.hadoop.hive.metastore.schema.verification", "false")
    session = builder.enableHiveSupport().getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
