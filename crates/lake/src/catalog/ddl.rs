//! The statement that makes a table known to Athena.

use std::fmt::Write as _;

use super::Definition;

/// The words that stand between backticks where they are names (AWS: "Reserved keywords to escape in
/// Athena DDL statements").
const RESERVED: &str = " ALL ALTER AND ARRAY AS AUTHORIZATION BETWEEN BIGINT BINARY BOOLEAN BOTH BY \
    CASE CASHE CAST CHAR COLUMN CONF CONSTRAINT COMMIT CREATE CROSS CUBE CURRENT CURRENT_DATE \
    CURRENT_TIMESTAMP CURSOR DATABASE DATE DAYOFWEEK DECIMAL DELETE DESCRIBE DISTINCT DIV DOUBLE DROP \
    ELSE END EXCHANGE EXISTS EXTENDED EXTERNAL EXTRACT FALSE FETCH FLOAT FLOOR FOLLOWING FOR FOREIGN \
    FROM FULL FUNCTION GRANT GROUP GROUPING HAVING IF IMPORT IN INNER INSERT INT INTEGER INTERSECT \
    INTERVAL INTO IS JOIN LATERAL LEFT LESS LIKE LOCAL MACRO MAP MORE NONE NOT NULL NUMERIC OF ON ONLY \
    OR ORDER OUT OUTER OVER PARTIALSCAN PARTITION PERCENT PRECEDING PRECISION PRESERVE PRIMARY \
    PROCEDURE RANGE READS REDUCE REGEXP REFERENCES REVOKE RIGHT RLIKE ROLLBACK ROLLUP ROW ROWS SELECT \
    SET SMALLINT START TABLE TABLESAMPLE THEN TIME TIMESTAMP TO TRANSFORM TRIGGER TRUE TRUNCATE \
    UNBOUNDED UNION UNIQUEJOIN UPDATE USER USING UTC_TIMESTAMP VALUES VARCHAR VIEWS WHEN WHERE WINDOW \
    WITH ";

/// Writes the statement that makes `definition` known to Athena.
///
/// ```
/// use lake::catalog::{Column, ColumnType, Definition, PartitionColumn, Projection, ddl};
///
/// let year = PartitionColumn {
///     name: "year".to_owned(),
///     kind: ColumnType::Int,
///     projection: Projection::range(2020, 2030),
/// };
/// let columns = vec![Column::new("_line", ColumnType::BigInt)];
/// let table = Definition::new("bronze", "readings", columns, vec![year], "s3://lake/bronze/readings");
/// assert!(ddl(&table).starts_with("CREATE EXTERNAL TABLE bronze.readings (\n    `_line` BIGINT\n)"));
/// assert!(ddl(&table).contains("'projection.year.range' = '2020,2030'"));
/// ```
pub fn ddl(definition: &Definition) -> String {
    let Definition { database, name, columns, partitions, location, template } = definition;
    let mut text = format!("CREATE EXTERNAL TABLE {}.{} (\n", word(database), word(name));
    let column = |name: &str, kind: &dyn std::fmt::Display| {
        format!("{} {}", word(name), kind.to_string().to_ascii_uppercase())
    };
    let lines: Vec<_> =
        columns.iter().map(|it| format!("    {}", column(&it.name, &it.kind))).collect();
    text.push_str(&lines.join(",\n"));
    text.push_str("\n)\n");
    if !partitions.is_empty() {
        let all: Vec<_> = partitions.iter().map(|it| column(&it.name, &it.kind)).collect();
        let _ = writeln!(text, "PARTITIONED BY ({})", all.join(", "));
    }
    text.push_str(
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'\n",
    );
    text.push_str("STORED AS PARQUET\n");
    let _ = write!(text, "LOCATION {}", quoted(location));
    if template.is_some() {
        let all: Vec<_> = (properties(definition).iter())
            .map(|(name, value)| format!("    {} = {}", quoted(name), quoted(value)))
            .collect();
        let _ = write!(text, "\nTBLPROPERTIES (\n{}\n)", all.join(",\n"));
    }
    text.push_str(";\n");
    text
}

/// The properties that switch projection on, in the order of the documentation.
pub(super) fn properties(definition: &Definition) -> Vec<(String, String)> {
    let Some(template) = &definition.template else { return Vec::new() };
    let mut all = vec![("projection.enabled".to_owned(), "true".to_owned())];
    for partition in &definition.partitions {
        all.extend(partition.projection.properties(&partition.name));
    }
    all.push(("storage.location.template".to_owned(), template.clone()));
    all
}

/// A name, between backticks where Athena wants them: reserved words, and names that begin with an
/// underscore or a digit (AWS: "Name databases, tables, and columns").
fn word(name: &str) -> String {
    let reserved = RESERVED.contains(&format!(" {} ", name.to_ascii_uppercase()));
    let first = name.chars().next();
    match reserved || first.is_none_or(|it| it == '_' || it.is_ascii_digit()) {
        true => format!("`{name}`"),
        false => name.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
