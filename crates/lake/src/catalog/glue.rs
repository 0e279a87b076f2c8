//! What the API of Glue and Athena take.

use serde_json::{Map, Value, json};

use super::ddl::properties;
use super::{Definition, NamedQuery};

/// The input of `CreateTable` and `UpdateTable` of AWS Glue, for `aws glue create-table
/// --cli-input-json`.
///
/// ```
/// use lake::catalog::{Column, ColumnType, Definition, create_table};
///
/// let columns = vec![Column::new("code", ColumnType::String)];
/// let table = Definition::new("bronze", "x", columns, vec![], "s3://lake/quarantine/x/");
/// let input = create_table(&table);
/// assert_eq!(input["TableInput"]["StorageDescriptor"]["Columns"][0]["Type"], "string");
/// assert_eq!(input["TableInput"]["TableType"], "EXTERNAL_TABLE");
/// ```
pub fn create_table(definition: &Definition) -> Value {
    let column =
        |name: &str, kind: &dyn std::fmt::Display| json!({"Name": name, "Type": kind.to_string()});
    let columns: Vec<_> = definition.columns.iter().map(|it| column(&it.name, &it.kind)).collect();
    let keys: Vec<_> = definition.partitions.iter().map(|it| column(&it.name, &it.kind)).collect();
    let mut parameters = Map::new();
    parameters.insert("EXTERNAL".to_owned(), "TRUE".into());
    parameters.insert("classification".to_owned(), "parquet".into());
    for (name, value) in properties(definition) {
        parameters.insert(name, value.into());
    }
    json!({
        "DatabaseName": definition.database,
        "TableInput": {
            "Name": definition.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": keys,
            "StorageDescriptor": {
                "Columns": columns,
                "Location": definition.location,
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary":
                        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                    "Parameters": {"serialization.format": "1"},
                },
            },
        },
    })
}

/// The input of `CreateNamedQuery` of Athena.
pub fn create_named_query(query: &NamedQuery) -> Value {
    json!({
        "Name": query.name,
        "Description": query.description,
        "Database": query.database,
        "QueryString": query.sql,
    })
}
