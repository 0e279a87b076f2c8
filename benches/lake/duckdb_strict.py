"""The peer that does the same work: DuckDB, every row told apart, with a reason.

    duckdb_strict.py INPUT OUTPUT

Reads lines, checks what each member is before it is cast, keeps the first of several rows with one
key, tells exact duplicates from conflicting ones, and writes bronze (partitioned), duplicates and
quarantine. Prints how many rows went where.
"""

import os
import sys

import duckdb

UNITS = "kWh MWh GJ L m3 kg t km tkm pkm USD EUR".split()
COLUMNS = "tenant_id activity_id emission_factor_id quantity unit timestamp source".split()

source, target = sys.argv[1:]
os.makedirs(target)
database = duckdb.connect()
database.execute("SET TimeZone = 'UTC'")
types = ", ".join(f"json_type(raw, '$.{it}') AS type_{it}" for it in COLUMNS)
texts = ", ".join(f"raw ->> '$.{it}' AS {it}" for it in COLUMNS)


def text(column):
    """The checks of a required text."""
    return f"""
        WHEN type_{column} IS NULL THEN 'missing {column}'
        WHEN type_{column} = 'NULL' THEN 'null {column}'
        WHEN type_{column} <> 'VARCHAR' THEN 'wrong_type {column}'
        WHEN {column} = '' THEN 'empty {column}'"""


database.execute(
    f"""
    CREATE TEMP TABLE judged AS
    WITH lines AS (
        SELECT row_number() OVER () AS line, raw
        FROM read_csv('{source}', columns = {{raw: 'VARCHAR'}}, header = false, delim = '\x01',
                      quote = '', escape = '', strict_mode = false, max_line_size = 16777216)
    ), parsed AS (
        SELECT line, raw, json_valid(raw) AS valid FROM lines
    ), members AS (
        SELECT line, raw, {types}, {texts} FROM parsed WHERE valid
        UNION ALL
        SELECT line, raw, {", ".join("NULL" for _ in range(2 * len(COLUMNS)))}
        FROM parsed WHERE NOT valid
    ), casts AS (
        SELECT *, try_cast(quantity AS DOUBLE) AS amount,
            CASE WHEN regexp_full_match(timestamp,
                '\\d{{4}}-\\d{{2}}-\\d{{2}}T\\d{{2}}:\\d{{2}}:\\d{{2}}(\\.\\d+)?(Z|[+-]\\d{{2}}:\\d{{2}})')
            THEN try_cast(timestamp AS TIMESTAMPTZ) END AS moment
        FROM members
    )
    SELECT line, raw, tenant_id, activity_id, emission_factor_id, amount AS quantity, unit,
        moment AS timestamp, source,
        CASE WHEN NOT json_valid(raw) THEN 'malformed_json'
        {text("tenant_id")}
        WHEN NOT regexp_full_match(tenant_id, '[a-z0-9][a-z0-9-]{{0,62}}') THEN 'pattern tenant_id'
        {text("activity_id")}
        {text("emission_factor_id")}
        WHEN type_quantity IS NULL THEN 'missing quantity'
        WHEN type_quantity = 'NULL' THEN 'null quantity'
        WHEN type_quantity NOT IN ('DOUBLE', 'BIGINT', 'UBIGINT') THEN 'wrong_type quantity'
        WHEN amount IS NULL OR isinf(amount) OR isnan(amount) THEN 'out_of_range quantity'
        WHEN amount < 0 THEN 'below_minimum quantity'
        {text("unit")}
        WHEN unit NOT IN ({", ".join(f"'{it}'" for it in UNITS)}) THEN 'not_allowed unit'
        {text("timestamp")}
        WHEN moment IS NULL THEN 'bad_timestamp timestamp'
        WHEN type_source NOT IN ('VARCHAR', 'NULL') THEN 'wrong_type source'
        END AS reason
    FROM casts
    """
)
database.execute(
    f"""
    COPY (SELECT '{source}' AS file, line, reason, raw FROM judged WHERE reason IS NOT NULL ORDER BY line)
    TO '{target}/quarantine.parquet' (FORMAT parquet, COMPRESSION snappy)
    """
)
database.execute(
    """
    CREATE TEMP TABLE numbered AS
    SELECT * EXCLUDE (raw, reason),
        first_value(line) OVER same AS kept,
        first_value(hash(emission_factor_id, quantity, unit, source)) OVER same
            = hash(emission_factor_id, quantity, unit, source) AS equal
    FROM judged WHERE reason IS NULL
    WINDOW same AS (PARTITION BY tenant_id, activity_id, timestamp ORDER BY line)
    """
)
database.execute(
    f"""
    COPY (SELECT line, kept, CASE WHEN equal THEN 'exact' ELSE 'conflict' END AS kind
          FROM numbered WHERE line <> kept ORDER BY line)
    TO '{target}/duplicates.parquet' (FORMAT parquet, COMPRESSION snappy)
    """
)
database.execute(
    f"""
    COPY (SELECT * EXCLUDE (kept, equal), year(timestamp) AS year, month(timestamp) AS month
          FROM numbered WHERE line = kept)
    TO '{target}/bronze' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (tenant_id, year, month))
    """
)
accepted, exact, conflicting = database.execute(
    """
    SELECT count(*) FILTER (line = kept), count(*) FILTER (line <> kept AND equal),
        count(*) FILTER (line <> kept AND NOT equal) FROM numbered
    """
).fetchone()
quarantined = database.execute("SELECT count(*) FROM judged WHERE reason IS NOT NULL").fetchone()[0]
print(accepted, exact, conflicting, quarantined)
