//! The catalogue of AWS Glue: what it says is read, compared, and written where it differs.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

use aws_sdk_glue::Client;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_glue::types::{Column, DatabaseInput, SerDeInfo, StorageDescriptor, Table, TableInput};
use lake::catalog::{Entry, Step, TenantProjection, describe};
use lake::commits::{Kind, TableName};
use serde_json::json;

use crate::args::Plain;
use crate::args::lake::{CatalogSync, FileKind, Tenants};
use crate::command::lake::{read, runtime, table};
use crate::output;
use crate::status::{Error, Result, Status};

/// What became of one table.
struct Done {
    database: String,
    name: String,
    of: TableName,
    outcome: &'static str,
    /// What differed, or why it was left alone.
    detail: String,
}

pub(super) fn sync(arguments: &CatalogSync) -> Result<Status> {
    let bar = output::working("comparing");
    let done = runtime()?.block_on(synced(arguments));
    bar.finish_and_clear();
    let (databases, done) = done?;
    match arguments.format {
        Plain::Json => {
            let tables: Vec<_> = done
                .iter()
                .map(|it| {
                    json!({
                        "database": it.database, "table": it.name, "of": it.of,
                        "outcome": it.outcome, "detail": it.detail,
                    })
                })
                .collect();
            let dry_run = arguments.dry_run;
            output::json(&json!({"dry_run": dry_run, "databases": databases, "tables": tables}))?;
        }
        Plain::Human => {
            let mut text = String::new();
            for (name, outcome) in &databases {
                text.push_str(&format!("database {name}: {outcome}\n"));
            }
            let row = |it: &Done| {
                let name = format!("{}.{}", it.database, it.name);
                [it.outcome.to_owned(), name, it.of.to_string(), it.detail.clone()]
            };
            let rows: Vec<_> = done.iter().map(row).collect();
            text.push_str(&table(["outcome", "table", "of", "detail"], &rows));
            output::data(&text)?;
        }
    }
    let left = done.iter().filter(|it| it.outcome == LEFT).count();
    if left == 0 {
        return Ok(Status::Fine);
    }
    output::talk(&format!("{left} tables of others were left alone; `--adopt` takes them over"));
    Ok(Status::Findings)
}

const LEFT: &str = "left";

async fn synced(arguments: &CatalogSync) -> Result<(BTreeMap<String, &'static str>, Vec<Done>)> {
    let lake = read(&arguments.place.url).await?;
    let location = match &arguments.location {
        Some(location) => location.trim_end_matches('/').to_owned(),
        None => {
            let place = lake.store().location();
            place.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned()
        }
    };
    if !location.starts_with("s3://") {
        return Err(Error::invalid(
            format!("Glue cannot find `{location}`"),
            "say with `--location` where engines find the lake: `s3://bucket/prefix`",
        ));
    }
    let tenants = match arguments.tenants {
        Tenants::Injected => TenantProjection::Injected,
        Tenants::Enum => TenantProjection::Enum,
    };
    let kinds: BTreeSet<Kind> = (arguments.kind.iter())
        .map(|it| match it {
            FileKind::Data => Kind::Data,
            FileKind::Quarantine => Kind::Quarantine,
            FileKind::Duplicates => Kind::Duplicates,
        })
        .collect();
    let named: BTreeSet<TableName> = arguments.table.iter().cloned().collect();
    let names = if named.is_empty() { lake.tables().await? } else { named };
    let mut wanted = Vec::new();
    for name in names {
        let open = lake.reader(&name).await?;
        for kind in &kinds {
            // What holds nothing has no columns that anybody could name.
            if open.state().live(*kind).next().is_some() {
                let definition = describe(&open, *kind, &location, tenants).await?;
                let entry = Entry::of(&definition, &arguments.database_prefix, &location);
                wanted.push((name.clone(), entry));
            }
        }
    }
    let glue = Glue::open(arguments).await?;
    let mut databases = BTreeMap::new();
    for (_, entry) in &wanted {
        if !databases.contains_key(&entry.database) {
            let outcome = glue.database(&entry.database).await?;
            databases.insert(entry.database.clone(), outcome);
        }
    }
    let mut done = Vec::new();
    for (of, entry) in wanted {
        let (outcome, detail) = glue.table(&entry).await?;
        let Entry { database, name, .. } = entry;
        done.push(Done { database, name, of, outcome, detail });
    }
    Ok((databases, done))
}

struct Glue {
    client: Client,
    adopt: bool,
    dry_run: bool,
}

impl Glue {
    async fn open(arguments: &CatalogSync) -> Result<Self> {
        let (endpoint, region) = (arguments.endpoint.as_deref(), arguments.region.as_deref());
        let shared = platform::store::s3::shared_config(endpoint, region).await;
        if shared.region().is_none() {
            return Err(Error::invalid("no region is named", "add `--region`, or set AWS_REGION"));
        }
        let (adopt, dry_run) = (arguments.adopt, arguments.dry_run);
        Ok(Self { client: Client::new(&shared), adopt, dry_run })
    }

    /// Creates a database that is not there.
    async fn database(&self, name: &str) -> Result<&'static str> {
        match self.client.get_database().name(name).send().await {
            Ok(_) => return Ok("unchanged"),
            Err(error) if is(&error, "EntityNotFoundException") => {}
            Err(error) => return Err(failed("look at a database", &error)),
        }
        if !self.dry_run {
            let description = "a zone of a lake of strongroom";
            let input = DatabaseInput::builder().name(name).description(description).build();
            let input = input.expect("it has a name");
            match self.client.create_database().database_input(input).send().await {
                Ok(_) => {}
                // Somebody was faster, and it is there.
                Err(error) if is(&error, "AlreadyExistsException") => return Ok("unchanged"),
                Err(error) => return Err(failed("create a database", &error)),
            }
        }
        Ok("created")
    }

    /// Brings a table up to date, and says what that took.
    async fn table(&self, wanted: &Entry) -> Result<(&'static str, String)> {
        let there = self.client.get_table().database_name(&wanted.database).name(&wanted.name);
        let there = match there.send().await {
            Ok(answer) => answer.table,
            Err(error) if is(&error, "EntityNotFoundException") => None,
            Err(error) => return Err(failed("look at a table", &error)),
        };
        let found = there.as_ref().map(entry);
        match wanted.step(found.as_ref(), self.adopt) {
            Step::Unchanged => Ok(("unchanged", String::new())),
            Step::Foreign(detail) => Ok((LEFT, detail)),
            Step::Create(entry) => {
                if !self.dry_run {
                    let create = self.client.create_table().database_name(&entry.database);
                    let create = create.table_input(input(&entry, None));
                    create.send().await.map_err(|it| failed("create a table", &it))?;
                }
                Ok(("created", String::new()))
            }
            Step::Update(entry) => {
                let differs = found.map(|it| entry.differences(&it)).unwrap_or_default();
                if !self.dry_run {
                    let update = self.client.update_table().database_name(&entry.database);
                    // Glue refuses it if somebody else changed the table since.
                    let version = there.as_ref().and_then(|it| it.version_id.clone());
                    let update = update.set_version_id(version);
                    let update = update.table_input(input(&entry, there.as_ref()));
                    update.send().await.map_err(|it| failed("update a table", &it))?;
                }
                Ok(("updated", differs.into_iter().collect::<Vec<_>>().join(", ")))
            }
        }
    }
}

/// What Glue says about a table.
fn entry(table: &Table) -> Entry {
    let columns = |list: &[Column]| -> Vec<(String, String)> {
        let pair = |it: &Column| (it.name.clone(), it.r#type.clone().unwrap_or_default());
        list.iter().map(pair).collect()
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let storage = table.storage_descriptor();
    let decoder = storage.and_then(StorageDescriptor::serde_info);
    Entry {
        database: text(table.database_name()),
        name: table.name.clone(),
        table_type: text(table.table_type()),
        columns: columns(storage.map(StorageDescriptor::columns).unwrap_or_default()),
        partition_keys: columns(table.partition_keys()),
        location: text(storage.and_then(StorageDescriptor::location)),
        formats: [
            text(storage.and_then(StorageDescriptor::input_format)),
            text(storage.and_then(StorageDescriptor::output_format)),
            text(decoder.and_then(SerDeInfo::serialization_library)),
        ],
        decoding: decoder
            .and_then(SerDeInfo::parameters)
            .map(|it| it.clone().into_iter().collect())
            .unwrap_or_default(),
        parameters: table
            .parameters()
            .map(|it| it.clone().into_iter().collect())
            .unwrap_or_default(),
    }
}

/// What Glue is to say; what it says about the table `there` and is not ours stays.
fn input(entry: &Entry, there: Option<&Table>) -> TableInput {
    let before = there.and_then(Table::storage_descriptor);
    let comments: BTreeMap<&str, &str> = before
        .map(StorageDescriptor::columns)
        .unwrap_or_default()
        .iter()
        .chain(there.map(Table::partition_keys).unwrap_or_default())
        .filter_map(|it| Some((it.name(), it.comment()?)))
        .collect();
    let columns = |list: &[(String, String)]| -> Vec<Column> {
        let column = |(name, kind): &(String, String)| {
            let comment = comments.get(name.as_str()).map(|it| (*it).to_owned());
            let column = Column::builder().name(name).r#type(kind).set_comment(comment).build();
            column.expect("it has a name")
        };
        list.iter().map(column).collect()
    };
    let [input_format, output_format, library] = &entry.formats;
    let decoder = SerDeInfo::builder()
        .serialization_library(library)
        .set_parameters(Some(entry.decoding.clone().into_iter().collect()))
        .build();
    let storage = StorageDescriptor::builder()
        .set_columns(Some(columns(&entry.columns)))
        .location(&entry.location)
        .input_format(input_format)
        .output_format(output_format)
        .serde_info(decoder)
        .build();
    TableInput::builder()
        .name(&entry.name)
        .table_type(&entry.table_type)
        .set_description(there.and_then(|it| it.description.clone()))
        .set_owner(there.and_then(|it| it.owner.clone()))
        .set_partition_keys(Some(columns(&entry.partition_keys)))
        .set_parameters(Some(entry.parameters.clone().into_iter().collect()))
        .storage_descriptor(storage)
        .build()
        .expect("it has a name")
}

fn is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    error.code() == Some(code)
}

/// What Glue said, in one line.
fn failed<E, R>(act: &str, error: &SdkError<E, R>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let conflict =
        ["AlreadyExistsException", "ConcurrentModificationException", "VersionMismatchException"];
    let said = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => {
            let mut said = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                said = cause.to_string();
                source = cause.source();
            }
            said
        }
    };
    Error::Catalogue {
        message: format!("failed to {act} of Glue: {said}"),
        conflict: error.code().is_some_and(|it| conflict.contains(&it)),
    }
}
