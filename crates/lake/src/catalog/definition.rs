//! What an engine has to know about a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use arrow::datatypes::{DataType, Schema};

use super::{Error, Projection, Result};
use crate::commits::{Kind, State, TableName, Zone};

/// The years that a projection covers at least (the documented example).
const YEARS: (i64, i64) = (2020, 2030);

/// The type of a column, in the words of Athena (AWS: "Data types in Amazon Athena").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the types")]
pub enum ColumnType {
    Boolean,
    Int,
    BigInt,
    Float,
    Double,
    Decimal(u8, i8),
    String,
    Binary,
    Date,
    Timestamp,
}

impl fmt::Display for ColumnType {
    /// As Glue spells it: `bigint`, `decimal(38,12)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Float => "float",
            Self::Double => "double",
            Self::Decimal(precision, scale) => return write!(f, "decimal({precision},{scale})"),
            Self::String => "string",
            Self::Binary => "binary",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        })
    }
}

impl ColumnType {
    fn of(kind: &DataType) -> Option<Self> {
        Some(match kind {
            DataType::Boolean => Self::Boolean,
            DataType::Int8 | DataType::Int16 | DataType::Int32 => Self::Int,
            DataType::Int64 => Self::BigInt,
            DataType::Float32 => Self::Float,
            DataType::Float64 => Self::Double,
            DataType::Decimal128(precision, scale) => Self::Decimal(*precision, *scale),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::String,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Binary,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(_, _) => Self::Timestamp,
            DataType::Dictionary(_, values) => return Self::of(values),
            _ => return None,
        })
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Self { name: name.into(), kind }
    }
}

/// A column whose values are in the names of folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionColumn {
    /// Its name.
    pub name: String,
    /// Its type: [`ColumnType::Int`] of years and months, else [`ColumnType::String`].
    pub kind: ColumnType,
    /// How its values are found.
    pub projection: Projection,
}

/// How an engine finds the values of a partition column that holds names, such as those of tenants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TenantProjection {
    /// Every query names one: nothing to be kept up to date, and no query across tenants.
    #[default]
    Injected,
    /// The list of those there are: queries across tenants, and a new definition for each new one.
    Enum,
}

/// A table as an engine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The database: the zone.
    pub database: String,
    /// The table: `emissions`, `emissions_summary`.
    pub name: String,
    /// The columns in the files.
    pub columns: Vec<Column>,
    /// The columns in the names of the folders, outermost first.
    pub partitions: Vec<PartitionColumn>,
    /// Where its folders lie: ends with a slash.
    pub location: String,
    /// Where the files of a partition lie, with `${column}` for its values. `None` if nothing is
    /// projected.
    pub template: Option<String>,
}

impl Definition {
    /// A table with files of these `columns` at `location`, in folders like `year=2026/month=1`.
    pub fn new(
        database: impl Into<String>,
        name: impl Into<String>,
        columns: Vec<Column>,
        partitions: Vec<PartitionColumn>,
        location: impl Into<String>,
    ) -> Self {
        let mut location = location.into();
        if !location.ends_with('/') {
            location.push('/');
        }
        let folders: Vec<_> =
            partitions.iter().map(|it| format!("{0}=${{{0}}}", it.name)).collect();
        let template = (!folders.is_empty()).then(|| format!("{location}{}", folders.join("/")));
        Self {
            database: database.into(),
            name: name.into(),
            columns,
            partitions,
            location,
            template,
        }
    }

    /// The table `state` in the lake at `lake` (`s3://bucket`, or `s3://bucket/prefix`), whose files of
    /// this `kind` have the columns of `schema`.
    ///
    /// Years and months are projected as whole numbers, without zeroes in front, as the folders are
    /// called; the years from 2020 to 2030 or as far as there is data.
    ///
    /// # Errors
    ///
    /// [`Error::TypeUnknown`], [`Error::NameInvalid`], [`Error::ValueInvalid`].
    pub fn of(
        state: &State,
        kind: Kind,
        schema: &Schema,
        lake: &str,
        tenants: TenantProjection,
    ) -> Result<Self> {
        let table = state.table();
        let columns = schema.fields().iter().map(|field| {
            let kind = ColumnType::of(field.data_type()).ok_or_else(|| Error::TypeUnknown {
                column: field.name().clone(),
                kind: field.data_type().to_string(),
            })?;
            Ok(Column::new(field.name(), kind))
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let folders = folders(state, kind);
        let mut partitions: Vec<PartitionColumn> = Vec::new();
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for folder in &folders {
            for (column, value) in folder.split('/').filter_map(|it| it.split_once('=')) {
                values.entry(column).or_default().insert(value);
            }
        }
        let outermost = folders.first().map(String::as_str).unwrap_or_default();
        for (column, _) in outermost.split('/').filter_map(|it| it.split_once('=')) {
            let (kind, projection) = project(column, &values[column], tenants)?;
            partitions.push(PartitionColumn { name: column.to_owned(), kind, projection });
        }
        let location = format!("{}/{}", lake.trim_end_matches('/'), table.folder(kind));
        let (database, name) = names(table, kind);
        let definition = Self::new(database, name, columns, partitions, location);
        let all = definition.columns.iter().map(|it| &it.name);
        for name in all.chain(definition.partitions.iter().map(|it| &it.name)) {
            // What Athena takes between backticks.
            let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
            if name.is_empty() || !name.chars().all(fits) {
                return Err(Error::NameInvalid { name: name.clone() });
            }
        }
        Ok(definition)
    }
}

/// The folders of the partitions that hold something, relative to the folder of the table.
pub(super) fn folders(state: &State, kind: Kind) -> BTreeSet<String> {
    let folder = |it: &crate::commits::Live| it.file.partition_folder(state.table()).to_owned();
    state.live(kind).map(folder).collect()
}

/// What a table is called: `gold.emissions_summary`, `bronze.emissions_quarantine`.
pub(crate) fn names(table: &TableName, kind: Kind) -> (String, String) {
    // Athena takes letters, digits and underscores in names.
    let name = table.name().replace(['/', '-'], "_");
    let name = match kind {
        Kind::Data => name,
        kind => format!("{name}_{kind}"),
    };
    let zone: Zone = table.zone();
    (zone.to_string(), name)
}

fn project(
    column: &str,
    values: &BTreeSet<&str>,
    tenants: TenantProjection,
) -> Result<(ColumnType, Projection)> {
    let numbers: Option<Vec<i64>> = values.iter().map(|it| it.parse().ok()).collect();
    let numbers = numbers.unwrap_or_default();
    let covered = |(from, to): (i64, i64)| {
        let from = numbers.iter().copied().min().map_or(from, |it| it.min(from));
        Projection::range(from, numbers.iter().copied().max().map_or(to, |it| it.max(to)))
    };
    Ok(match column {
        "year" => (ColumnType::Int, covered(YEARS)),
        "month" => (ColumnType::Int, covered((1, 12))),
        "day" => (ColumnType::Int, covered((1, 31))),
        _ => match tenants {
            TenantProjection::Injected => (ColumnType::String, Projection::Injected),
            TenantProjection::Enum => {
                if let Some(value) = values.iter().find(|it| it.contains(',')) {
                    let (column, value) = (column.to_owned(), (*value).to_owned());
                    return Err(Error::ValueInvalid { column, value });
                }
                let values = values.iter().map(|it| (*it).to_owned()).collect();
                (ColumnType::String, Projection::Enum(values))
            }
        },
    })
}
