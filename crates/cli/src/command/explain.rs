//! `contract explain`

use contract_core::{Rule, rules};
use serde::Serialize;

use super::unknown;
use crate::args::{Explain, Plain};
use crate::output;
use crate::status::{Result, Status};

#[derive(Serialize)]
struct Row {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    negotiable: bool,
    summary: &'static str,
    page: &'static str,
}

pub(super) fn run(arguments: &Explain) -> Result<Status> {
    let rules = rules();
    let chosen: Vec<&Rule> = match &arguments.rule {
        None => rules,
        Some(word) => {
            let named = |rule: &&&Rule| rule.code.eq_ignore_ascii_case(word) || rule.name == word;
            let rule = rules.iter().find(named).ok_or_else(|| {
                unknown("rule", word, "`strongroom contract explain` lists all of them")
            })?;
            vec![*rule]
        }
    };
    let text = match (arguments.format, &chosen[..]) {
        (Plain::Json, _) => {
            let rows: Vec<Row> = chosen.iter().map(|rule| row(rule)).collect();
            serde_json::to_string_pretty(&rows).expect("text is JSON") + "\n"
        }
        (Plain::Human, [rule]) if arguments.rule.is_some() => rule.page.to_owned(),
        (Plain::Human, rules) => {
            let line = |rule: &&Rule| {
                format!(
                    "{}  {:8} {:32} {}\n",
                    rule.code,
                    rule.severity.word(),
                    rule.name,
                    rule.summary
                )
            };
            rules.iter().map(line).collect()
        }
    };
    output::data(&text)?;
    Ok(Status::Fine)
}

fn row(rule: &Rule) -> Row {
    Row {
        code: rule.code,
        name: rule.name,
        severity: rule.severity.word(),
        negotiable: rule.is_negotiable(),
        summary: rule.summary,
        page: rule.page,
    }
}
