//! `lake ddl`

use lake::catalog::{
    Definition, Finding, TenantProjection, create_named_query, create_table, ddl, lint,
    named_queries, read_definition, read_glue,
};
use lake::commits::{Kind, Table};
use platform::files;
use serde_json::{Value, json};

use super::{read, runtime};
use crate::args::Plain;
use crate::args::lake::{DdlOf, FileKind, Tenants};
use crate::output;
use crate::status::{Error, Result, Status};

/// The most bytes of a statement or of the JSON of a table (AWS: "Service limits", Athena takes
/// statements up to 256 KiB; definitions with lists are longer).
const MOST_BYTES: usize = 4 << 20;

pub(super) fn run(arguments: &DdlOf) -> Result<Status> {
    if arguments.queries {
        let queries: Vec<Value> = named_queries().iter().map(create_named_query).collect();
        let text = serde_json::to_string_pretty(&queries).expect("queries are JSON");
        output::data(&(text + "\n"))?;
        return Ok(Status::Fine);
    }
    let (Some(name), Some(url)) = (&arguments.table, &arguments.url) else {
        return Err(Error::invalid("no table was named", "name a table and a lake"));
    };
    let kind = match arguments.kind {
        FileKind::Data => Kind::Data,
        FileKind::Quarantine => Kind::Quarantine,
        FileKind::Duplicates => Kind::Duplicates,
    };
    runtime()?.block_on(async {
        let lake = read(url).await?;
        let table = lake.reader(name).await?;
        let location = match &arguments.location {
            Some(location) => location.clone(),
            None => {
                let place = lake.store().location();
                place.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned()
            }
        };
        match &arguments.check {
            Some(path) => {
                let given = given(path)?;
                let findings = lint(&given, table.state(), kind, &location);
                tell(&findings, arguments.format)
            }
            None => {
                let definition = definition(arguments, &table, kind, &location).await?;
                match arguments.glue {
                    true => {
                        let input = create_table(&definition);
                        let text = serde_json::to_string_pretty(&input).expect("it is JSON");
                        output::data(&(text + "\n"))?;
                    }
                    false => output::data(&ddl(&definition))?,
                }
                Ok(Status::Fine)
            }
        }
    })
}

async fn definition(
    arguments: &DdlOf,
    table: &Table,
    kind: Kind,
    location: &str,
) -> Result<Definition> {
    let tenants = match arguments.tenants {
        Tenants::Injected => TenantProjection::Injected,
        Tenants::Enum => TenantProjection::Enum,
    };
    Ok(lake::catalog::describe(table, kind, location, tenants).await?)
}

/// The definition that somebody wrote.
fn given(path: &std::path::Path) -> Result<Definition> {
    let text = files::read_text(path, MOST_BYTES)?;
    let read = match serde_json::from_str::<Value>(&text) {
        Ok(document) => read_glue(&document),
        Err(_) => read_definition(&text),
    };
    read.map_err(|error| Error::Invalid {
        message: format!("`{}`: {error}", path.display()),
        hint: error.hint().map(str::to_owned),
    })
}

fn tell(findings: &[Finding], format: Plain) -> Result<Status> {
    match format {
        Plain::Json => {
            let finding =
                |it: &Finding| json!({"code": it.code, "message": it.message, "hint": it.hint});
            let findings: Vec<_> = findings.iter().map(finding).collect();
            output::json(&json!({"findings": findings}))?;
        }
        Plain::Human if findings.is_empty() => output::data("every row is found\n")?,
        Plain::Human => {
            let mut text = String::new();
            for it in findings {
                text.push_str(&format!("{}: {}\n", it.code, it.message));
                if let Some(hint) = &it.hint {
                    text.push_str(&format!("  hint: {hint}\n"));
                }
            }
            output::data(&text)?;
        }
    }
    Ok(if findings.is_empty() { Status::Fine } else { Status::Findings })
}
