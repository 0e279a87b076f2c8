//! A text becomes one statement that only reads.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{SetExpr, Statement as Sql, visit_relations};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::{Error, Result};

/// The longest query, in bytes (AWS: "Service Quotas", Athena takes statements up to 262,144 bytes).
const MOST: usize = 262_144;

/// The most key words and operators. Each may put an expression or a plan into another one, which takes
/// stack wherever they are looked at or dropped; a list of values has none.
const MOST_WORDS: usize = 1_000;

/// The most tables, each as often as it is named: they are joined one in the other.
const MOST_TABLES: usize = 100;

/// The catalogue that all zones are in.
pub(super) const CATALOG: &str = "lake";

/// The schema of what stands before no zone. It is empty.
pub(super) const NO_ZONE: &str = "public";

/// Where engines describe themselves.
pub(super) const INFORMATION: &str = "information_schema";

/// A query that was understood as far as its grammar goes.
pub(super) struct Query {
    statement: Statement,
    /// The tables that it names: zone and name.
    pub(super) tables: BTreeSet<(String, String)>,
    /// Whether it asks which tables there are.
    pub(super) asks_for_tables: bool,
    /// Whether it asks how something would be done or what columns there are, and not for rows. Nothing can
    /// be put around such a plan.
    pub(super) explains: bool,
}

impl Query {
    /// Reads one query.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.len() > MOST {
            return Err(Error::TooLong { bytes: text.len(), most: MOST });
        }
        let words = words(text);
        if words > MOST_WORDS {
            return Err(Error::TooDeep {
                what: "key words and operators",
                parts: words,
                most: MOST_WORDS,
            });
        }
        let parser = DFParserBuilder::new(text).build();
        let statements = parser.and_then(|mut it| it.parse_statements());
        let mut statements = statements.map_err(|error| Error::understanding(&error))?;
        let statement = match (statements.pop_front(), statements.len()) {
            (Some(statement), 0) => statement,
            (first, more) => {
                return Err(Error::NotOne { statements: more + usize::from(first.is_some()) });
            }
        };
        if !reads(&statement) {
            return Err(Error::NotRead { statement: beginning(&statement) });
        }
        let named = tables(&statement);
        if named > MOST_TABLES {
            return Err(Error::TooDeep { what: "tables", parts: named, most: MOST_TABLES });
        }
        let (named, _) = resolve_table_references(&statement, true)
            .map_err(|error| Error::understanding(&error))?;
        let mut query = Self {
            explains: explains(&statement),
            statement,
            tables: BTreeSet::new(),
            asks_for_tables: false,
        };
        for name in named {
            let ResolvedTableReference { schema, table, .. } = resolved(name);
            match &*schema == INFORMATION {
                true => query.asks_for_tables = true,
                false => drop(query.tables.insert((schema.to_string(), table.to_string()))),
            }
        }
        Ok(query)
    }

    /// The text in one spelling: no comments, one space between words, key words in capitals.
    pub(super) fn normalised(&self) -> String {
        self.statement.to_string()
    }

    /// What is to be done, where `state` knows the tables.
    pub(super) async fn plan(&self, state: &SessionState) -> Result<LogicalPlan> {
        let plan = state.statement_to_plan(self.statement.clone()).await;
        let plan = plan.map_err(|error| Error::understanding(&error))?;
        let reading = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        match reading.verify_plan(&plan) {
            Ok(()) => Ok(plan),
            Err(_) => Err(Error::NotRead { statement: beginning(&self.statement) }),
        }
    }
}

fn resolved(name: TableReference) -> ResolvedTableReference {
    name.resolve(CATALOG, NO_ZONE)
}

/// How often a statement names tables.
fn tables(statement: &Statement) -> usize {
    match statement {
        Statement::Statement(sql) => {
            let mut named = 0;
            let _ = visit_relations(sql, |_| {
                named += 1;
                ControlFlow::<()>::Continue(())
            });
            named
        }
        Statement::Explain(explain) => tables(&explain.statement),
        _ => 0,
    }
}

fn explains(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(sql) => matches!(**sql, Sql::ExplainTable { .. }),
        other => matches!(other, Statement::Explain(_)),
    }
}

/// Whether a statement asks for something, as far as its first words tell. What a query hides within is
/// told by its plan.
fn reads(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(sql) => match &**sql {
            // `WITH x AS (…) INSERT …` is a query too, as far as its first words go.
            Sql::Query(query) => !matches!(
                *query.body,
                SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)
            ),
            Sql::ShowTables { .. } | Sql::ShowColumns { .. } | Sql::ExplainTable { .. } => true,
            _ => false,
        },
        Statement::Explain(explain) => reads(&explain.statement),
        _ => false,
    }
}

/// How many key words and operators there are.
fn words(text: &str) -> usize {
    // What is no text of SQL at all, the parser says better.
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().unwrap_or_default();
    let counts = |token: &Token| match token {
        Token::Word(word) => word.keyword != Keyword::NoKeyword && word.quote_style.is_none(),
        Token::Whitespace(_) | Token::Comma | Token::Period | Token::Number(..) => false,
        Token::SingleQuotedString(_) | Token::LParen | Token::RParen => false,
        _ => true,
    };
    tokens.iter().filter(|it| counts(it)).count()
}

/// The first two words of a statement; both are key words.
fn beginning(statement: &Statement) -> String {
    let text = statement.to_string();
    let words = text.split_whitespace().take(2);
    let words = words.take_while(|it| it.chars().all(|it| it.is_ascii_uppercase()));
    words.collect::<Vec<_>>().join(" ")
}
