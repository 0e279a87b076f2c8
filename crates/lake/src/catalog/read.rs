//! Reading definitions that somebody else wrote: a statement for Athena, or a table of Glue.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Column, ColumnType, Definition, Error, PartitionColumn, Projection, Result};

/// Reads a `CREATE EXTERNAL TABLE` statement, as far as it says where rows are: names, columns,
/// partition columns, location and properties.
///
/// ```
/// use lake::catalog::{Projection, read_definition};
///
/// let table = read_definition(
///     "CREATE EXTERNAL TABLE gold.x (a STRING) PARTITIONED BY (month INT)
///      LOCATION 's3://lake/gold/x/' TBLPROPERTIES ('projection.enabled' = 'true',
///      'projection.month.type' = 'integer', 'projection.month.range' = '1,12',
///      'projection.month.digits' = '2')",
/// )?;
/// let wanted = Projection::Integer { from: 1, to: 12, interval: 1, digits: 2 };
/// assert_eq!(table.partitions[0].projection, wanted);
/// # Ok::<(), lake::catalog::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Unreadable`].
pub fn read_definition(statement: &str) -> Result<Definition> {
    let tokens = tokens(statement)?;
    let mut at = Tokens { tokens: &tokens, next: 0 };
    at.skip_past("TABLE")?;
    for word in ["IF", "NOT", "EXISTS"] {
        at.take_word(word);
    }
    let first = at.name("the name of the table")?;
    let (database, name) = match at.take(".") {
        true => (first, at.name("the name of the table")?),
        false => match first.split_once('.') {
            Some((database, name)) => (database.to_owned(), name.to_owned()),
            None => ("default".to_owned(), first),
        },
    };
    let columns = at.columns()?;
    let (mut keys, mut location, mut properties) = (Vec::new(), None, BTreeMap::new());
    while let Some(token) = at.next() {
        match token {
            Token::Word(word) if word.eq_ignore_ascii_case("PARTITIONED") => {
                at.take_word("BY");
                keys = at.columns()?;
            }
            Token::Word(word) if word.eq_ignore_ascii_case("LOCATION") => {
                location = Some(at.text("the location")?);
            }
            Token::Word(word) if word.eq_ignore_ascii_case("TBLPROPERTIES") => {
                properties = at.properties()?;
            }
            _ => {}
        }
    }
    let location = location.ok_or_else(|| unreadable("it has no LOCATION"))?;
    assemble(database, name, columns, keys, location, &properties)
}

/// Reads a table of Glue: what `GetTable` answers, what `CreateTable` takes, or the table alone.
///
/// # Errors
///
/// [`Error::Unreadable`].
pub fn read_glue(document: &Value) -> Result<Definition> {
    let table = document.get("TableInput").or_else(|| document.get("Table")).unwrap_or(document);
    let text = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
    let name = text(table, "Name").ok_or_else(|| unreadable("it has no Name"))?;
    let database = text(document, "DatabaseName").or_else(|| text(table, "DatabaseName"));
    let storage = &table["StorageDescriptor"];
    let columns = |list: &Value| -> Result<Vec<Column>> {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let column = |it: &Value| {
            let name = text(it, "Name").ok_or_else(|| unreadable("a column has no Name"))?;
            let kind = text(it, "Type").unwrap_or_else(|| "string".to_owned());
            Ok(Column { name, kind: kind_of(&kind)? })
        };
        list.iter().map(column).collect()
    };
    let parameters = table["Parameters"].as_object().into_iter().flatten();
    let properties = parameters.filter_map(|(name, it)| Some((name.clone(), it.as_str()?.into())));
    assemble(
        database.unwrap_or_else(|| "default".to_owned()),
        name,
        columns(&storage["Columns"])?,
        columns(&table["PartitionKeys"])?,
        text(storage, "Location").ok_or_else(|| unreadable("it has no Location"))?,
        &properties.collect(),
    )
}

fn unreadable(reason: impl Into<String>) -> Error {
    Error::Unreadable { reason: reason.into() }
}

fn assemble(
    database: String,
    name: String,
    columns: Vec<Column>,
    keys: Vec<Column>,
    location: String,
    properties: &BTreeMap<String, String>,
) -> Result<Definition> {
    let enabled = properties.get("projection.enabled").is_some_and(|it| it == "true");
    let partition = |key: Column| {
        let projection = match enabled {
            true => projection(&key.name, properties)?,
            // Whatever value is made known to the catalogue.
            false => Projection::Injected,
        };
        Ok(PartitionColumn { name: key.name, kind: key.kind, projection })
    };
    let partitions = keys.into_iter().map(partition).collect::<Result<Vec<_>>>()?;
    let mut definition = Definition::new(database, name, columns, partitions, &*location);
    definition.location = location;
    match properties.get("storage.location.template") {
        _ if !enabled => definition.template = None,
        Some(template) => definition.template = Some(template.clone()),
        // Athena then looks into `<location>/year=2026/month=1`.
        None => {}
    }
    Ok(definition)
}

fn projection(column: &str, properties: &BTreeMap<String, String>) -> Result<Projection> {
    let property = |name: &str| properties.get(&format!("projection.{column}.{name}"));
    let kind = property("type")
        .ok_or_else(|| unreadable(format!("`projection.{column}.type` is missing")))?;
    let number = |name: &str, text: &str| {
        let reason = || unreadable(format!("`projection.{column}.{name}` is no number: `{text}`"));
        text.trim().parse::<i64>().map_err(|_| reason())
    };
    let needed = |name: &str| {
        property(name).ok_or_else(|| unreadable(format!("`projection.{column}.{name}` is missing")))
    };
    match kind.as_str() {
        "integer" => {
            let range = needed("range")?;
            let (from, to) = range
                .split_once(',')
                .ok_or_else(|| unreadable(format!("`{range}` is no range such as `2020,2030`")))?;
            let (from, to) = (number("range", from)?, number("range", to)?);
            if from > to {
                return Err(unreadable(format!("the range `{range}` ends before it begins")));
            }
            let interval = property("interval").map_or(Ok(1), |it| number("interval", it))?;
            let digits = property("digits").map_or(Ok(0), |it| number("digits", it))?;
            if interval < 1 || !(0..=20).contains(&digits) {
                return Err(unreadable(format!("the steps or digits of `{column}` cannot be")));
            }
            Ok(Projection::Integer { from, to, interval, digits: digits as usize })
        }
        "enum" => {
            // AWS: any white space is part of a value.
            let values = needed("values")?.split(',').map(str::to_owned);
            Ok(Projection::Enum(values.collect()))
        }
        "injected" => Ok(Projection::Injected),
        other => {
            Err(unreadable(format!("the projection `{other}` of `{column}` is not known here")))
        }
    }
}

fn kind_of(text: &str) -> Result<ColumnType> {
    let lower = text.to_ascii_lowercase().replace(' ', "");
    Ok(match &*lower {
        "boolean" => ColumnType::Boolean,
        "tinyint" | "smallint" | "int" | "integer" => ColumnType::Int,
        "bigint" => ColumnType::BigInt,
        "float" => ColumnType::Float,
        "double" => ColumnType::Double,
        "string" => ColumnType::String,
        "binary" => ColumnType::Binary,
        "date" => ColumnType::Date,
        "timestamp" => ColumnType::Timestamp,
        other if other.starts_with("varchar") || other.starts_with("char") => ColumnType::String,
        other => {
            let digits = other.strip_prefix("decimal(").and_then(|it| it.strip_suffix(')'));
            let digits = digits.and_then(|it| it.split_once(','));
            let read = |(precision, scale): (&str, &str)| {
                Some(ColumnType::Decimal(precision.parse().ok()?, scale.parse().ok()?))
            };
            let unknown = || unreadable(format!("the type `{text}` is not known here"));
            digits.and_then(read).ok_or_else(unknown)?
        }
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A word or a number; a name between backticks too.
    Word(String),
    /// A text between quotes.
    Text(String),
    /// Anything else, one character each.
    Mark(char),
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            it if it.is_whitespace() => {}
            '-' if rest.peek() == Some(&'-') => while rest.next().is_some_and(|it| it != '\n') {},
            '\'' | '"' | '`' => {
                let mut inside = String::new();
                loop {
                    match rest.next() {
                        Some('\\') if first != '`' => inside.extend(rest.next()),
                        Some(it) if it == first => break,
                        Some(it) => inside.push(it),
                        None => return Err(unreadable(format!("a {first} is never closed"))),
                    }
                }
                let word = first == '`';
                tokens.push(if word { Token::Word(inside) } else { Token::Text(inside) });
            }
            it if it.is_alphanumeric() || it == '_' => {
                let mut word = String::from(it);
                while let Some(it) = rest.next_if(|it| it.is_alphanumeric() || *it == '_') {
                    word.push(it);
                }
                tokens.push(Token::Word(word));
            }
            it => tokens.push(Token::Mark(it)),
        }
    }
    Ok(tokens)
}

struct Tokens<'t> {
    tokens: &'t [Token],
    next: usize,
}

impl<'t> Tokens<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.next)
    }

    fn next(&mut self) -> Option<&'t Token> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn take(&mut self, mark: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Mark(it)) if mark.starts_with(*it));
        self.next += usize::from(there);
        there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Word(it)) if it.eq_ignore_ascii_case(word));
        self.next += usize::from(there);
        there
    }

    fn skip_past(&mut self, word: &str) -> Result<()> {
        while self.peek().is_some() {
            if self.take_word(word) {
                return Ok(());
            }
            self.next += 1;
        }
        Err(unreadable(format!("it has no {word}")))
    }

    fn name(&mut self, what: &str) -> Result<String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word.clone()),
            _ => Err(unreadable(format!("{what} is missing"))),
        }
    }

    fn text(&mut self, what: &str) -> Result<String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text.clone()),
            _ => Err(unreadable(format!("{what} is missing"))),
        }
    }

    /// `(name TYPE [COMMENT 'text'], …)`.
    fn columns(&mut self) -> Result<Vec<Column>> {
        if !self.take("(") {
            return Err(unreadable("a list of columns is missing"));
        }
        let mut columns = Vec::new();
        loop {
            let name = self.name("the name of a column")?;
            let mut kind = self.name("the type of a column")?;
            let mut depth = 0;
            loop {
                match self.next() {
                    Some(Token::Mark('(')) => depth += 1,
                    Some(Token::Mark(')')) if depth == 0 => {
                        columns.push(Column { name, kind: kind_of(&kind)? });
                        return Ok(columns);
                    }
                    Some(Token::Mark(')')) => {
                        depth -= 1;
                        kind.push(')');
                        continue;
                    }
                    Some(Token::Mark(',')) if depth == 0 => break,
                    Some(Token::Word(_) | Token::Text(_)) if depth == 0 => continue,
                    None => return Err(unreadable("a list of columns is never closed")),
                    _ => {}
                }
                // What is between the brackets of `DECIMAL(38,12)`.
                match &self.tokens[self.next - 1] {
                    Token::Mark(it) => kind.push(*it),
                    Token::Word(it) => kind.push_str(it),
                    Token::Text(_) => {}
                }
            }
            columns.push(Column { name, kind: kind_of(&kind)? });
        }
    }

    /// `('name' = 'value', …)`.
    fn properties(&mut self) -> Result<BTreeMap<String, String>> {
        let mut properties = BTreeMap::new();
        if !self.take("(") {
            return Err(unreadable("the properties are missing"));
        }
        while !self.take(")") {
            let name = self.text("the name of a property")?;
            if !self.take("=") {
                return Err(unreadable(format!("the value of `{name}` is missing")));
            }
            let value = self.text("the value of a property")?;
            properties.insert(name, value);
            self.take(",");
        }
        Ok(properties)
    }
}
