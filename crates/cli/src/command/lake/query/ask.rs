//! The query is put to the lake, and the answer written.

use std::io::{self, Read as _, Write};
use std::num::NonZeroUsize;

use lake::catalog::named_queries;
use lake::query::{Answer, Engine, Settings, text, value};
use serde_json::Value;

use super::super::{read, runtime};
use crate::args::lake::{QueryFormat, QueryTables};
use crate::command::factor::table::grid;
use crate::output;
use crate::status::{Error, Result, Status};

/// So many rows are printed for people, if they do not say how many.
const ROWS: usize = 100;

/// The most bytes that are read from stdin; the engine takes fewer.
const MOST_BYTES: u64 = 1 << 20;

pub(super) fn run(arguments: &QueryTables) -> Result<Status> {
    let Some(url) = &arguments.url else {
        return Err(Error::invalid("no lake was named", "name one with `--lake`"));
    };
    let sql = wanted(arguments)?;
    let mut settings = Settings::default();
    settings.memory = arguments.memory;
    settings.threads = arguments.threads.and_then(NonZeroUsize::new);
    settings.temporary.clone_from(&arguments.temp_dir);
    settings.verify = !arguments.unverified;
    // One more than is shown tells whether there are more.
    let limit = match (arguments.limit, arguments.format) {
        (None, QueryFormat::Human) => Some(ROWS + 1),
        (Some(limit), QueryFormat::Human) => Some(limit.saturating_add(1)),
        (limit, _) => limit,
    };
    let bar = output::working("asking");
    let runtime = runtime()?;
    let answered = runtime.block_on(async {
        let asked = async {
            let lake = read(url).await?;
            let answer = Engine::new(&lake, settings)?.query(&sql, limit).await?;
            bar.finish_and_clear();
            write(answer, arguments).await
        };
        tokio::select! {
            answered = asked => answered,
            // What was on its way is dropped, and temporary files with it.
            _ = tokio::signal::ctrl_c() => Ok(Status::Interrupted),
        }
    });
    bar.finish_and_clear();
    answered
}

/// The text of the query.
fn wanted(arguments: &QueryTables) -> Result<String> {
    if let Some(name) = &arguments.named {
        let named = named_queries().iter().find(|it| it.name == name);
        let message = format!("there is no query `{name}`; `--list` prints those there are");
        return Ok(named.ok_or(Error::NotFound { message })?.sql.to_owned());
    }
    match arguments.sql.as_deref() {
        Some("-") => {
            let mut text = String::new();
            let stdin = io::stdin().lock().take(MOST_BYTES);
            let mut stdin = io::BufReader::new(stdin);
            stdin.read_to_string(&mut text).map_err(|source| Error::Input { source })?;
            Ok(text)
        }
        Some(sql) => Ok(sql.to_owned()),
        None => Err(Error::invalid("there is no query", "write one, or name one with `--named`")),
    }
}

async fn write(answer: Answer, arguments: &QueryTables) -> Result<Status> {
    match arguments.format {
        QueryFormat::Human => {
            human(answer, arguments.limit.unwrap_or(ROWS)).await?;
            Ok(Status::Fine)
        }
        format => batches(answer, format).await,
    }
}

async fn human(answer: Answer, limit: usize) -> Result<()> {
    let titles = answer.columns();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for batch in answer.batches().await? {
        for row in 0..batch.num_rows() {
            rows.push(batch.columns().iter().map(|it| text(it, row)).collect());
        }
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    output::data(&grid(&titles, &rows))?;
    if more {
        output::talk("there are more rows; `--limit` shows them");
    }
    Ok(())
}

/// Writes rows as they come: an answer may be longer than the memory.
async fn batches(mut answer: Answer, format: QueryFormat) -> Result<Status> {
    let columns = answer.columns();
    let mut out = io::BufWriter::with_capacity(64 * 1024, io::stdout());
    let mut written = match format {
        QueryFormat::Csv => csv_line(&mut out, columns.iter().map(String::as_str)),
        _ => {
            let named: Vec<Value> = columns.iter().map(|it| it.as_str().into()).collect();
            write!(out, "{{\"columns\":{},\"rows\":[", Value::Array(named))
        }
    };
    let mut first = true;
    while let Some(batch) = answer.next().await? {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter();
            written = written.and_then(|()| match format {
                QueryFormat::Csv => {
                    let cells: Vec<String> = cells.map(|it| text(it, row)).collect();
                    csv_line(&mut out, cells.iter().map(String::as_str))
                }
                _ => {
                    let comma = if std::mem::take(&mut first) { "" } else { "," };
                    let named = columns.iter().cloned().zip(cells.map(|it| value(it, row)));
                    write!(out, "{comma}{}", named.collect::<Value>())
                }
            });
        }
        // Whoever read it went away.
        if matches!(&written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return Ok(Status::Fine);
        }
    }
    if format == QueryFormat::Json {
        written = written.and_then(|()| writeln!(out, "]}}"));
    }
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Status::Fine),
    }
}

/// One line of CSV (RFC 4180).
fn csv_line<'c>(out: &mut impl Write, cells: impl Iterator<Item = &'c str>) -> io::Result<()> {
    for (nth, cell) in cells.enumerate() {
        if nth > 0 {
            out.write_all(b",")?;
        }
        match cell.contains(['"', ',', '\r', '\n']) {
            true => write!(out, "\"{}\"", cell.replace('"', "\"\""))?,
            false => out.write_all(cell.as_bytes())?,
        }
    }
    out.write_all(b"\r\n")
}
