//! Queries that are kept.

/// A query that is kept under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedQuery {
    /// Its name.
    pub name: &'static str,
    /// What it answers.
    pub description: &'static str,
    /// The database that it is run in.
    pub database: &'static str,
    /// The statement, as Athena takes it.
    pub sql: &'static str,
}

/// The queries that are kept, by name.
///
/// ```
/// let monthly = lake::catalog::named_queries()[2];
/// assert_eq!(monthly.name, "monthly_emissions_by_tenant");
/// assert!(monthly.sql.contains("WHERE year = 2026 AND month BETWEEN 1 AND 6"));
/// ```
pub fn named_queries() -> &'static [NamedQuery] {
    &QUERIES
}

static QUERIES: [NamedQuery; 4] = [
    NamedQuery {
        name: "conflicting_duplicates",
        description: "Rows that came twice with other values, by file and line",
        database: "bronze",
        sql: "\
SELECT *
FROM bronze.emissions_duplicates
WHERE kind = 'conflict'
ORDER BY file, line;
",
    },
    NamedQuery {
        name: "emissions_by_category",
        description: "Emissions of a year by scope and category, the largest first",
        database: "gold",
        sql: "\
SELECT
    scope,
    category,
    SUM(total_emissions) as emissions,
    unit,
    SUM(record_count) as records
FROM gold.emissions_summary
WHERE year = 2026
GROUP BY scope, category, unit
ORDER BY emissions DESC;
",
    },
    NamedQuery {
        name: "monthly_emissions_by_tenant",
        description: "Emissions of the first half of a year by tenant and scope, the largest first",
        database: "gold",
        sql: "\
SELECT
    tenant_id,
    scope,
    SUM(total_emissions) as emissions,
    unit
FROM gold.emissions_summary
WHERE year = 2026 AND month BETWEEN 1 AND 6
GROUP BY tenant_id, scope, unit
ORDER BY emissions DESC;
",
    },
    NamedQuery {
        name: "quarantine_by_reason",
        description: "How many rows were refused, and why",
        database: "bronze",
        sql: "\
SELECT
    code,
    \"column\",
    COUNT(*) as refused,
    MIN(file) as first_file
FROM bronze.emissions_quarantine
GROUP BY code, \"column\"
ORDER BY refused DESC;
",
    },
];
