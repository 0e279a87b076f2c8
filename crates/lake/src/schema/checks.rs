//! What a document has to keep to, beyond its shape.

use std::collections::BTreeSet;

use serde_saphyr::{Location, Spanned};

use super::document::Rules;
use super::written::{Choice, SCHEMA, Text, WrittenColumn, WrittenDocument};
use super::{
    Column, Document, Finding, Mask, OneOf, Partition, TEXT_SUFFIX, Type, Unknown, Winner,
};
use crate::bronze::cast::{self, Limit};

/// The most columns of a document; a row keeps a bit for each.
const MAX_COLUMNS: usize = 1000;
/// The longest name, as Glue has it for columns (255) with room for what is put behind it.
const MAX_NAME: usize = 128;

/// Checks what was written.
pub(super) fn check(written: WrittenDocument) -> Result<Document, Vec<Finding>> {
    let mut findings = Vec::new();
    let say = &mut findings;
    if written.schema.value != SCHEMA {
        let message = format!("`{}` is no schema that is known here", written.schema.value);
        say.push(
            Finding::new(written.schema.referenced, message)
                .hint(format!("write `schema: {SCHEMA}`")),
        );
    }
    name(&written.entity, "an entity", say);
    if written.version.value == 0 {
        say.push(Finding::new(written.version.referenced, "versions begin at 1"));
    }
    let columns = columns(&written.columns, say);
    let key = key(written.key.as_ref(), &columns, say);
    let winner = winner(written.winner.as_ref(), &columns, say);
    let partitions = partitions(written.partitions.as_ref(), &columns, &key, say);
    let unknown_columns = match &written.unknown_columns {
        None => Unknown::default(),
        Some(word) => match word.value.as_str() {
            "keep" => Unknown::Keep,
            "reject" => Unknown::Reject,
            "ignore" => Unknown::Ignore,
            other => {
                let found = Finding::new(
                    word.referenced,
                    format!("`{other}` is no way to treat unknown columns"),
                );
                say.push(found.hint("write `keep`, `reject` or `ignore`"));
                Unknown::default()
            }
        },
    };
    if findings.is_empty() {
        Ok(Document::new(Rules {
            schema: SCHEMA,
            entity: written.entity.value,
            version: written.version.value,
            columns,
            key,
            winner,
            partitions,
            unknown_columns,
        }))
    } else {
        findings.sort();
        Err(findings)
    }
}

/// Names stand in paths, in SQL and in tables: lower case letters, digits and `_`, a letter first.
fn name(name: &Text, what: &str, say: &mut Vec<Finding>) {
    let text = &name.value;
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    let holds = text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_');
    if !starts || !holds || text.len() > MAX_NAME {
        say.push(Finding::new(name.referenced, format!("`{text}` is no name for {what}")).hint(
            format!("a lower case letter, then letters, digits and `_`, at most {MAX_NAME}"),
        ));
    }
}

fn columns(written: &Spanned<Vec<Spanned<WrittenColumn>>>, say: &mut Vec<Finding>) -> Vec<Column> {
    let count = written.value.len();
    if count == 0 || count > MAX_COLUMNS {
        say.push(Finding::new(
            written.referenced,
            format!("{count} columns, there may be 1 to {MAX_COLUMNS}"),
        ));
    }
    let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
    let mut columns = Vec::with_capacity(count);
    for it in &written.value {
        let it = &it.value;
        name(&it.name, "a column", say);
        if !ids.insert(it.id.value) {
            say.push(Finding::new(
                it.id.referenced,
                format!("two columns have the id {}", it.id.value),
            ));
        }
        if !names.insert(it.name.value.clone()) {
            say.push(Finding::new(
                it.name.referenced,
                format!("two columns are called `{}`", it.name.value),
            ));
        }
        columns.push(column(it, say));
    }
    for (it, column) in written.value.iter().zip(&columns) {
        let companion = format!("{}{TEXT_SUFFIX}", column.name);
        if column.kind == Type::Double && names.contains(&companion) {
            let message = format!("`{companion}` keeps the source text of `{}`", column.name);
            say.push(
                Finding::new(it.value.name.referenced, message).hint("rename one of the columns"),
            );
        }
    }
    columns
}

fn column(it: &WrittenColumn, say: &mut Vec<Finding>) -> Column {
    let kind = Type::named(&it.kind.value).unwrap_or_else(|| {
        say.push(
            Finding::new(it.kind.referenced, format!("`{}` is no type", it.kind.value)).hint(
                "the types are string, integer, double, decimal(precision,scale) to 38 digits, boolean, date \
                 and timestamp",
            ),
        );
        Type::String
    });
    let mut column = Column {
        id: it.id.value,
        name: it.name.value.clone(),
        kind,
        required: it.required,
        default: None,
        null_values: it
            .null_values
            .iter()
            .flat_map(|it| &it.value)
            .map(|it| it.value.clone())
            .collect(),
        accept_text: it.accept_text.as_ref().is_some_and(|it| it.value),
        minimum: None,
        maximum: None,
        one_of: None,
        pattern: None,
        max_length: None,
        mask: None,
        offset_minutes: None,
    };
    column.null_values.sort();
    column.null_values.dedup();
    if let Some(at) = &it.accept_text
        && matches!(kind, Type::String | Type::Date | Type::Timestamp)
    {
        say.push(
            Finding::new(at.referenced, format!("a {kind} is text already"))
                .hint("leave `accept_text` out"),
        );
    }
    for (limit, place) in [(&it.minimum, &mut column.minimum), (&it.maximum, &mut column.maximum)] {
        let Some(limit) = limit else { continue };
        if Limit::read(kind, &limit.value).is_none() {
            say.push(Finding::new(
                limit.referenced,
                format!("`{}` is no limit of a {kind}", limit.value),
            ));
        }
        *place = Some(limit.value.clone());
    }
    if let (Some(least), Some(greatest)) = (&it.minimum, &it.maximum)
        && let (Some(from), Some(to)) =
            (Limit::read(kind, &least.value), Limit::read(kind, &greatest.value))
        && to.is_below(&from)
    {
        let message = format!("no value is between `{}` and `{}`", least.value, greatest.value);
        let found = Finding::new(greatest.referenced, message);
        say.push(found.hint("write the least value as `minimum`, the greatest as `maximum`"));
    }
    only_text(it, kind, say);
    column.max_length = it.max_length.as_ref().map(|it| it.value);
    if let Some(pattern) = &it.pattern {
        if let Err(error) = cast::whole(&pattern.value) {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            say.push(Finding::new(
                pattern.referenced,
                format!("the pattern cannot be read: {reason}"),
            ));
        }
        column.pattern = Some(pattern.value.clone());
    }
    column.one_of = it.one_of.as_ref().and_then(|it| one_of(it, say));
    column.mask = it.mask.as_ref().and_then(|it| mask(it, kind, say));
    if let Some(offset) = &it.offset {
        column.offset_minutes = cast::offset(&offset.value);
        if kind != Type::Timestamp {
            say.push(Finding::new(offset.referenced, format!("a {kind} has no offset")));
        } else if column.offset_minutes.is_none() {
            let message = format!("`{}` is no offset from UTC", offset.value);
            say.push(
                Finding::new(offset.referenced, message)
                    .hint("write it as `\"+02:00\"`, in quotes"),
            );
        }
    }
    if let Some(default) = &it.default {
        column.default = Some(default.value.clone());
        if let Err((code, detail)) = cast::check_default(&column, &default.value) {
            let message = format!("the default `{}` would be refused, as `{code}`", default.value);
            let mut found = Finding::new(default.referenced, message);
            if !detail.is_empty() {
                found = found.hint(detail);
            }
            say.push(found);
        }
    }
    column
}

/// Rules about text make no sense elsewhere.
fn only_text(it: &WrittenColumn, kind: Type, say: &mut Vec<Finding>) {
    let given = [
        ("one_of", it.one_of.as_ref().map(|it| it.referenced)),
        ("pattern", it.pattern.as_ref().map(|it| it.referenced)),
        ("max_length", it.max_length.as_ref().map(|it| it.referenced)),
    ];
    for (rule, at) in given {
        if let (Some(at), true) = (at, kind != Type::String) {
            say.push(Finding::new(
                at,
                format!("`{rule}` is a rule for a string, this is a {kind}"),
            ));
        }
    }
}

fn one_of(written: &Spanned<Choice>, say: &mut Vec<Finding>) -> Option<OneOf> {
    match &written.value {
        Choice::Word(word) if word == "units" => Some(OneOf::Units),
        Choice::List(texts) if !texts.is_empty() => {
            Some(OneOf::Texts(texts.iter().cloned().collect()))
        }
        _ => {
            let found = Finding::new(
                written.referenced,
                "`one_of` is a list of texts or the table `units`",
            );
            say.push(found.hint("write `one_of: units` or `one_of: [this, that]`"));
            None
        }
    }
}

fn mask(written: &Spanned<Choice>, kind: Type, say: &mut Vec<Finding>) -> Option<Mask> {
    let mask = match &written.value {
        Choice::Word(word) if word == "drop" => Mask::Drop,
        Choice::With(word, key) if word == "hash" => Mask::Hash(key.clone()),
        Choice::With(word, key) if word == "token" => Mask::Token(key.clone()),
        _ => {
            let found = Finding::new(written.referenced, "there is no such mask");
            say.push(
                found.hint("write `drop`, `{hash: name-of-a-key}` or `{token: name-of-a-key}`"),
            );
            return None;
        }
    };
    if mask != Mask::Drop && kind != Type::String {
        let found = Finding::new(
            written.referenced,
            format!("a {kind} cannot be hashed or replaced by a token"),
        );
        say.push(found.hint("declare the column as a string, or drop it"));
    }
    Some(mask)
}

fn key(
    written: Option<&Spanned<Vec<Text>>>,
    columns: &[Column],
    say: &mut Vec<Finding>,
) -> Vec<String> {
    // A list of none is how the canonical form says that there is no key.
    let Some(written) = written else { return Vec::new() };
    let mut seen = BTreeSet::new();
    for name in &written.value {
        if !seen.insert(&name.value) {
            say.push(Finding::new(
                name.referenced,
                format!("`{}` is in the key twice", name.value),
            ));
        }
        let Some(column) = find(name.referenced, &name.value, columns, say) else { continue };
        if !column.required {
            let message = format!("`{}` is part of the key and may have no value", name.value);
            say.push(Finding::new(name.referenced, message).hint("make it `required: true`"));
        }
        if column.mask == Some(Mask::Drop) {
            let message = format!("`{}` is part of the key and is dropped", name.value);
            say.push(
                Finding::new(name.referenced, message).hint("hash it or replace it by a token"),
            );
        }
    }
    written.value.iter().map(|it| it.value.clone()).collect()
}

fn find<'c>(
    at: Location,
    name: &str,
    columns: &'c [Column],
    say: &mut Vec<Finding>,
) -> Option<&'c Column> {
    let found = columns.iter().find(|column| column.name == name);
    if found.is_none() {
        let names: Vec<_> = columns.iter().map(|column| format!("`{}`", column.name)).collect();
        say.push(
            Finding::new(at, format!("there is no column `{name}`"))
                .hint(format!("the columns are {}", names.join(", "))),
        );
    }
    found
}

fn winner(written: Option<&Spanned<Choice>>, columns: &[Column], say: &mut Vec<Finding>) -> Winner {
    let Some(written) = written else { return Winner::First };
    match &written.value {
        Choice::Word(word) if word == "first" => Winner::First,
        Choice::Word(word) if word == "last" => Winner::Last,
        Choice::Word(word) if word == "reject" => Winner::Reject,
        Choice::With(word, column) if word == "greatest" => {
            let found = find(written.referenced, column, columns, say);
            if found.is_some_and(|column| column.mask.is_some()) {
                let message = format!("`{column}` is masked, its values have no order any more");
                say.push(Finding::new(written.referenced, message));
            }
            Winner::Greatest(column.clone())
        }
        _ => {
            let found = Finding::new(written.referenced, "there is no such winner");
            say.push(found.hint("write `first`, `last`, `reject` or `{greatest: column}`"));
            Winner::First
        }
    }
}

fn partitions(
    written: Option<&Spanned<Vec<Spanned<Choice>>>>,
    columns: &[Column],
    key: &[String],
    say: &mut Vec<Finding>,
) -> Vec<Partition> {
    let mut partitions: Vec<Partition> = Vec::new();
    for it in written.iter().flat_map(|it| &it.value) {
        let at = it.referenced;
        let partition = match &it.value {
            Choice::Word(column) => Partition::Value(column.clone()),
            Choice::With(word, column) if word == "year" => Partition::Year(column.clone()),
            Choice::With(word, column) if word == "month" => Partition::Month(column.clone()),
            Choice::With(word, column) if word == "day" => Partition::Day(column.clone()),
            _ => {
                let found = Finding::new(at, "there is no such partition");
                say.push(found.hint(
                    "write a column, `{year: column}`, `{month: column}` or `{day: column}`",
                ));
                continue;
            }
        };
        let source = partition.source();
        if partitions.iter().any(|it| it.name() == partition.name()) {
            say.push(Finding::new(at, format!("two partitions are called `{}`", partition.name())));
        }
        let Some(column) = find(at, source, columns, say) else { continue };
        let derived = !matches!(partition, Partition::Value(_));
        let fits = match column.kind {
            Type::Date | Type::Timestamp if derived => true,
            Type::String | Type::Integer | Type::Date => !derived,
            _ => false,
        };
        if !fits {
            let message =
                format!("`{source}` is a {}, no partition can be made of it this way", column.kind);
            say.push(
                Finding::new(at, message)
                    .hint("take a string, an integer, a date, or the year of a moment"),
            );
        }
        if derived && columns.iter().any(|column| column.name == partition.name()) {
            let message = format!("the partition `{}` has the name of a column", partition.name());
            say.push(Finding::new(at, message).hint("rename the column"));
        }
        if !column.required {
            let message = format!("`{source}` makes a partition and may have no value");
            say.push(Finding::new(at, message).hint("make it `required: true`"));
        }
        if column.mask == Some(Mask::Drop) {
            say.push(Finding::new(at, format!("`{source}` makes a partition and is dropped")));
        }
        if !key.is_empty() && !key.iter().any(|it| it == source) {
            say.push(
                Finding::new(
                    at,
                    format!("`{source}` makes a partition and is not part of the key"),
                )
                .hint("add it to the key: rows with one key have to meet in one partition"),
            );
        }
        partitions.push(partition);
    }
    partitions
}
