//! `contract new`

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use contract_core::report::{FileReport, Format, Report};
use contract_core::{Draft, Purpose, Retention};
use dialoguer::{Input, Select};
use platform::contracts::{LedgerFile, Prepared, Repository, StoreIds};
use serde_json::{Map, Value, json};

use super::open;
use crate::args::New;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: New) -> Result<Status> {
    let root = arguments.root.clone().into_iter().collect::<Vec<_>>();
    let repository = open(&root, &arguments.rules)?;
    let mut fields = match &arguments.json {
        Some(path) => from_json(path)?,
        None => Map::new(),
    };
    from_flags(&arguments, &mut fields)?;
    let may_ask = !arguments.no_input && arguments.json.is_none() && std::io::stdin().is_terminal();
    if may_ask {
        ask_for_the_rest(&repository, &mut fields)?;
    }
    let draft: Draft = serde_json::from_value(Value::Object(fields)).map_err(|error| {
        Error::invalid(
            format!("the request is not complete: {error}"),
            "name the fields by flags or as JSON; `strongroom contract new --help` lists them",
        )
    })?;
    let prepared = repository.prepare(draft.clone())?;
    if !prepared.is_ready() {
        output::data(&refusal(&prepared))?;
        return Ok(Status::Findings);
    }
    if arguments.dry_run {
        output::data(&prepared.request.to_yaml())?;
        return Ok(Status::Fine);
    }
    let created = match &arguments.store {
        None => repository.create(draft, &LedgerFile::of(&repository))?,
        Some(place) => repository.create(draft, &StoreIds::open(&repository, place)?)?,
    };
    for finding in &created.findings {
        output::talk(&format!("{}: {}", finding.severity.word(), finding.message));
    }
    output::data(&format!("{}\n", created.path))?;
    Ok(Status::Fine)
}

/// What stands in the way. The findings have no places yet: there is no document.
fn refusal(prepared: &Prepared) -> String {
    let file = FileReport {
        path: prepared.path.clone(),
        relative: prepared.path.clone(),
        text: String::new(),
        findings: prepared.findings.clone(),
    };
    Report { checked: 1, files: vec![file] }.write(Format::Human, false)
}

fn from_json(path: &Path) -> Result<Map<String, Value>> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        let text = platform::files::read_if_there(path)?;
        text.ok_or_else(|| Error::NotFound {
            message: format!("there is no `{}`", path.display()),
        })?
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => {
            Err(Error::invalid("the request is not a JSON object", "write `{\"application\": …}`"))
        }
        Err(error) => Err(Error::invalid(
            format!("the request is not JSON: {error}"),
            "check the quotes and commas",
        )),
    }
}

fn from_flags(new: &New, fields: &mut Map<String, Value>) -> Result<()> {
    let texts = [
        ("application", &new.application),
        ("purposeType", &new.purpose),
        ("purposeDescription", &new.description),
        ("owner", &new.owner),
        ("requester", &new.requester),
        ("environment", &new.environment),
        ("costCenter", &new.cost_center),
        ("storageClass", &new.storage_class),
        ("retentionType", &new.retention),
        ("retentionRationale", &new.rationale),
        ("publicAccess", &new.public_access),
    ];
    let numbers = [
        ("costAlertGb", new.cost_alert_gb),
        ("expireDays", new.expire_days),
        ("transitionToIaDays", new.transition_to_ia_days),
        ("transitionToGlacierDays", new.transition_to_glacier_days),
    ];
    let booleans = [("versioning", new.versioning), ("corsEnabled", new.cors_enabled)];
    let texts = texts.into_iter().map(|(key, value)| (key, value.as_ref().map(|it| json!(it))));
    let numbers = numbers.into_iter().map(|(key, value)| (key, value.map(|it| json!(it))));
    let booleans = booleans.into_iter().map(|(key, value)| (key, value.map(|it| json!(it))));
    for (key, value) in texts.chain(numbers).chain(booleans) {
        if let Some(value) = value {
            fields.insert(key.to_owned(), value);
        }
    }
    for tag in &new.tag {
        let (key, value) = tag.split_once('=').ok_or_else(|| {
            Error::invalid(format!("`{tag}` is no tag"), "write `--tag key=value`")
        })?;
        let tags = fields.entry("tags").or_insert_with(|| json!({}));
        if let Some(tags) = tags.as_object_mut() {
            tags.insert(key.to_owned(), json!(value));
        }
    }
    Ok(())
}

/// Asks a person at a terminal for what is missing.
fn ask_for_the_rest(repository: &Repository, fields: &mut Map<String, Value>) -> Result<()> {
    let words = |all: &[&'static str]| all.iter().map(|word| (*word).to_owned()).collect();
    let purposes: Vec<_> = Purpose::ALL.iter().map(|it| it.word()).collect();
    let retentions: Vec<_> = Retention::ALL.iter().map(|it| it.word()).collect();
    let environments = repository.policy.environments.iter().map(|it| it.name.clone()).collect();
    let questions: [(&str, &str, Vec<String>); 10] = [
        ("environment", "Where does the bucket live?", environments),
        ("application", "Which application uses it?", Vec::new()),
        ("purposeType", "What is it for?", words(&purposes)),
        ("purposeDescription", "What is stored, in words?", Vec::new()),
        ("owner", "Which team answers for it?", repository.policy.owners.iter().cloned().collect()),
        ("requester", "Who asks?", Vec::new()),
        ("costCenter", "Who pays?", Vec::new()),
        ("costAlertGb", "From how many GiB on is the owner alerted?", Vec::new()),
        ("retentionType", "How long are objects kept?", words(&retentions)),
        ("retentionRationale", "Why?", Vec::new()),
    ];
    for (key, question, choices) in questions {
        if fields.contains_key(key) {
            continue;
        }
        let failed = |error: dialoguer::Error| match error {
            dialoguer::Error::IO(error) => Error::Output(error),
        };
        let answer = if choices.is_empty() {
            Input::<String>::new().with_prompt(question).interact_text().map_err(failed)?
        } else {
            let select = Select::new().with_prompt(question).items(&choices).default(0);
            choices[select.interact().map_err(failed)?].clone()
        };
        let value = match key {
            "costAlertGb" => answer.parse::<u32>().map_or_else(|_| json!(answer), |n| json!(n)),
            _ => json!(answer),
        };
        fields.insert(key.to_owned(), value);
    }
    Ok(())
}
