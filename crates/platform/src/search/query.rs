//! What somebody looks for.

use rusqlite::types::Value;
use storage_core::Digest;

use super::{Document, Error, Result};

/// What somebody looks for among the reports of one tenant. All conditions have to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    tenant: String,
    report_type: Option<String>,
    period: Option<String>,
    status: Option<String>,
    metadata: Vec<(String, String)>,
    sha256: Option<Digest>,
    words: Option<String>,
    after: Option<String>,
    limit: u32,
}

/// A report that was found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Hit {
    /// Its key.
    pub report: String,
    /// Its type.
    pub report_type: String,
    /// The period it is about.
    pub period: String,
    /// What became of it.
    pub status: String,
    /// The line in which the first of the words stands; `None` if none was asked for.
    pub line: Option<String>,
}

/// How many characters of a line are shown.
const LINE: usize = 160;

impl Query {
    /// All reports of `tenant`, at most 100 of them.
    pub fn of(tenant: impl Into<String>) -> Self {
        Self {
            tenant: tenant.into(),
            report_type: None,
            period: None,
            status: None,
            metadata: Vec::new(),
            sha256: None,
            words: None,
            after: None,
            limit: 100,
        }
    }

    /// Whose reports.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Of this type alone.
    #[must_use]
    pub fn report_type(self, report_type: impl Into<String>) -> Self {
        Self { report_type: Some(report_type.into()), ..self }
    }

    /// About this period alone.
    #[must_use]
    pub fn period(self, period: impl Into<String>) -> Self {
        Self { period: Some(period.into()), ..self }
    }

    /// In this state alone.
    #[must_use]
    pub fn status(self, status: impl Into<String>) -> Self {
        Self { status: Some(status.into()), ..self }
    }

    /// With this metadata, exactly; may be said several times.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((name.into(), value.into()));
        self
    }

    /// With a file of this digest.
    #[must_use]
    pub fn sha256(self, sha256: Digest) -> Self {
        Self { sha256: Some(sha256), ..self }
    }

    /// With all of these words, without regard to case and accents. Words between quotes stand beside each
    /// other in this order; a `*` at the end of a word stands for any ending.
    #[must_use]
    pub fn words(self, words: impl Into<String>) -> Self {
        Self { words: Some(words.into()), ..self }
    }

    /// Only keys after this one: the last of the page before.
    #[must_use]
    pub fn after(self, report: impl Into<String>) -> Self {
        Self { after: Some(report.into()), ..self }
    }

    /// At most so many.
    #[must_use]
    pub fn limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// The condition as a statement and its values. Nothing that somebody typed is in the statement.
    pub(super) fn sql(&self) -> Result<(String, Vec<Value>)> {
        let mut sql = String::from("SELECT d.id AS id, d.digest AS digest FROM documents d");
        let mut values = Vec::new();
        let mut conditions = String::from(" WHERE d.tenant = ?");
        if let Some(words) = &self.words {
            sql.push_str(" JOIN words ON words.rowid = d.id");
            conditions = String::from(" WHERE words MATCH ? AND d.tenant = ?");
            values.push(Value::Text(matching(words)?));
        }
        values.push(Value::Text(self.tenant.clone()));
        let exact = [
            ("d.report_type = ?", &self.report_type),
            ("d.period = ?", &self.period),
            ("d.status = ?", &self.status),
            ("d.report > ?", &self.after),
        ];
        for (condition, value) in exact {
            if let Some(value) = value {
                conditions.push_str(" AND ");
                conditions.push_str(condition);
                values.push(Value::Text(value.clone()));
            }
        }
        for (name, value) in &self.metadata {
            conditions.push_str(
                " AND EXISTS (SELECT 1 FROM metadata m WHERE m.id = d.id AND m.name = ? AND m.value = ?)",
            );
            values.push(Value::Text(name.clone()));
            values.push(Value::Text(value.clone()));
        }
        if let Some(sha256) = &self.sha256 {
            conditions
                .push_str(" AND EXISTS (SELECT 1 FROM files f WHERE f.id = d.id AND f.sha256 = ?)");
            values.push(Value::Blob(sha256.as_bytes().to_vec()));
        }
        values.push(Value::Integer(self.limit.into()));
        Ok((format!("{sql}{conditions} ORDER BY d.report LIMIT ?"), values))
    }
}

impl Hit {
    pub(super) fn of(document: Document, query: &Query) -> Self {
        let line = query.words.as_deref().and_then(|words| {
            let word = phrases(words).into_iter().next()?.0.to_lowercase();
            let mut lines = document.text.lines();
            let line = lines.find(|line| line.to_lowercase().contains(&word))?;
            Some(line.chars().take(LINE).collect())
        });
        Self {
            report: document.report,
            report_type: document.report_type,
            period: document.period,
            status: document.status,
            line,
        }
    }
}

/// The words as FTS5 takes them: every one between quotes, so that none is an operator.
fn matching(words: &str) -> Result<String> {
    let phrases = phrases(words);
    if phrases.is_empty() {
        let words = words.chars().take(80).flat_map(char::escape_debug).collect();
        return Err(Error::NoWords { words });
    }
    let phrases = phrases.into_iter().map(|(phrase, any_ending)| {
        let star = if any_ending { "*" } else { "" };
        format!("\"{phrase}\"{star}")
    });
    Ok(phrases.collect::<Vec<_>>().join(" AND "))
}

/// Single words and those between quotes, each with whether any ending will do. Holds no quotes.
fn phrases(words: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (at, part) in words.split('"').enumerate() {
        let pieces: Vec<&str> =
            if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
        for piece in pieces {
            let any_ending = at % 2 == 0 && piece.ends_with('*');
            // A NUL would end the query; what has neither letters nor digits is no word.
            let piece = piece.replace('\0', " ");
            if piece.chars().any(char::is_alphanumeric) {
                found.push((piece.trim_end_matches('*').trim().to_owned(), any_ending));
            }
        }
    }
    found
}
