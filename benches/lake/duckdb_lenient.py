"""The peer that people write: DuckDB, what cannot be read is passed over.

    duckdb_lenient.py INPUT OUTPUT

Rows that do not parse vanish, any of several rows with one key is kept, and a bad tenant makes a
folder of its own. Prints the number of rows that were written.
"""

import sys

import duckdb

source, target = sys.argv[1:]
database = duckdb.connect()
written = database.execute(
    f"""
    COPY (
        SELECT DISTINCT ON (tenant_id, activity_id, timestamp) *,
            year(timestamp) AS year, month(timestamp) AS month
        FROM read_json('{source}', format = 'newline_delimited', ignore_errors = true, columns = {{
            tenant_id: 'VARCHAR', activity_id: 'VARCHAR', emission_factor_id: 'VARCHAR',
            quantity: 'DOUBLE', unit: 'VARCHAR', timestamp: 'TIMESTAMPTZ', source: 'VARCHAR'}})
    ) TO '{target}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (tenant_id, year, month))
    """
).fetchone()
print(written[0])
