//! What was typed after `strongroom lake query`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const QUERY_HELP: &str = "\
Tables are called as Athena calls them: `gold.emissions_summary`, `bronze.emissions`,
`bronze.emissions_quarantine`, `bronze.emissions_duplicates`. `SHOW TABLES` lists them, `DESCRIBE` prints
the columns of one. What is read is what the log of a table names, held against its digests. A filter by
tenant_id, year or month opens no other files.

A program that was built without the feature `sql` knows `--list` alone, and says how to get the rest.

Exit status:
  0  answered, be it with no row
  2  it is no query, or it failed over the rows that it met
  3  there is no such lake, table or kept query
  4  files were put together again and again while they were read; ask again
  7  a file is not what the log says

Examples:
  strongroom lake query --lake ./lake 'SELECT code, COUNT(*) FROM bronze.emissions_quarantine GROUP BY code'
  strongroom lake query --lake s3://bucket --named monthly_emissions_by_tenant
  strongroom lake query --lake ./lake --format csv - < question.sql > answer.csv
  strongroom lake query --list";

#[derive(Debug, Args)]
#[command(after_help = QUERY_HELP)]
pub(crate) struct QueryTables {
    /// The query; `-` reads it from stdin
    #[arg(required_unless_present_any = ["named", "list"])]
    pub(crate) sql: Option<String>,
    /// Where the lake is: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(
        long = "lake",
        value_name = "URL",
        env = "STRONGROOM_LAKE",
        required_unless_present = "list"
    )]
    pub(crate) url: Option<String>,
    /// The query that is kept under this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["sql", "list"])]
    pub(crate) named: Option<String>,
    /// Print the queries that are kept by name
    #[arg(long, conflicts_with = "sql")]
    pub(crate) list: bool,
    /// Print so many rows at most: 100 for people, all of them otherwise
    #[arg(long, value_name = "ROWS")]
    pub(crate) limit: Option<usize>,
    /// How much memory the query may take; sorting and grouping go to temporary files beyond that
    #[arg(long, value_name = "SIZE", value_parser = super::ingest::size, default_value = "512MiB")]
    pub(crate) memory: u64,
    /// How many parts of the query are worked on at once; as many as there are cores if nothing is said
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    /// Read only those parts of files that are needed, and believe the store what is in them
    #[arg(long)]
    pub(crate) unverified: bool,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = QueryFormat::Human)]
    pub(crate) format: QueryFormat,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    Human,
    /// One object; decimals, moments and bytes are text
    Json,
    /// RFC 4180, with the names of the columns in the first line
    Csv,
}
