CREATE EXTERNAL TABLE bronze.emissions (activity_id STRING)
PARTITIONED BY (tenant_id STRING, year INT, month INT)
STORED AS PARQUET
LOCATION 's3://example-lake/bronze/emissions/'
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.tenant_id.type' = 'injected',
    'projection.year.type' = 'integer',
    'projection.year.range' = '2020,2030',
    'projection.month.type' = 'integer',
    'projection.month.range' = '1,12',
    'projection.month.digits' = '2',
    'storage.location.template' = 's3://example-lake/bronze/emissions/tenant_id=${tenant_id}/year=${year}/month=${month}'
);
