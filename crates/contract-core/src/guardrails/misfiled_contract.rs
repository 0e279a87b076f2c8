//! A contract lies in the folder of its environment, in a file named by its id.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::yaml::shown_path;

static RULE: Rule = Rule {
    code: "G105",
    name: "misfiled-contract",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does the file lie where its environment and id say?",
    page: include_str!("misfiled_contract.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let (Some(path), contract) = (question.path, question.contract) else { return };
    let contracts = &question.policy.paths.contracts;
    let below = path.strip_prefix(contracts.as_str()).and_then(|rest| rest.strip_prefix('/'));
    let relative = below.unwrap_or(path);
    let (folder, file) = relative.rsplit_once('/').unwrap_or(("", relative));
    if let Some(environment) = contract.environment()
        && is_wrong_folder(question, folder, environment.value, below.is_some())
    {
        let folder = if folder.is_empty() { contracts } else { folder };
        let message =
            format!("the contract is for `{}` and lies in `{folder}`", environment.value);
        let hint = match contract.id().filter(|_| below.is_some()) {
            Some(id) => format!(
                "move it to `{contracts}/{}/{}.yaml`, or correct `environment`",
                environment.value, id.value
            ),
            None => format!(
                "move it to the folder `{}`, or correct `environment`",
                environment.value
            ),
        };
        findings
            .push(Finding::new(&RULE, "environment", environment.span, message).hint(hint));
    }
    if let Some(id) = contract.id()
        && is_wrong_file(file, id.value, below.is_some())
    {
        let message = format!("the contract is `{}` and its file `{}`", id.value, shown_path(file));
        let hint = format!("name the file `{}.yaml`, or correct `id`", id.value);
        findings.push(Finding::new(&RULE, "id", id.span, message).hint(hint));
    }
}

/// Among the contracts the folder is the environment. Elsewhere a folder that has the name of an
/// environment means it.
fn is_wrong_folder(
    question: &Question<'_>,
    folder: &str,
    environment: &str,
    among_contracts: bool,
) -> bool {
    if among_contracts {
        return folder != environment;
    }
    let folder = folder.rsplit('/').next().unwrap_or_default();
    folder != environment && question.policy.environments.iter().any(|it| it.name == folder)
}

/// Among the contracts the file is named by the id. Elsewhere a name that looks like an id means
/// it.
fn is_wrong_file(file: &str, id: &str, among_contracts: bool) -> bool {
    let stem = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"));
    if stem == Some(id) {
        return false;
    }
    among_contracts || looks_like_an_id(file.split('.').next().unwrap_or_default())
}

fn looks_like_an_id(stem: &str) -> bool {
    let bytes = stem.as_bytes();
    bytes.len() == 7
        && bytes[..3].eq_ignore_ascii_case(b"S3-")
        && bytes[3..].iter().all(u8::is_ascii_digit)
}
