//! Whether an engine would find what is there.

use std::collections::BTreeSet;

use super::Definition;
use super::definition::folders;
use crate::commits::{Kind, State};

/// Something about a definition that keeps rows from being found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable code: `nothing_found`, `partitions_missed`, `template`, `column`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// Does what an engine does with `definition`, and says which folders of the table it would never look
/// into. Nothing is found where every row is.
///
/// A list that has more values than there are folders is fine: what is not there costs a look.
///
pub fn lint(definition: &Definition, state: &State, kind: Kind, lake: &str) -> Vec<Finding> {
    let folders = folders(state, kind);
    let location = format!("{}/{}", lake.trim_end_matches('/'), state.table().folder(kind));
    let mut findings = columns(definition, &folders);
    if let Some(template) = &definition.template {
        findings.extend(template_fits(definition, template));
    }
    let mut missed: Vec<(&str, String)> = Vec::new();
    for folder in &folders {
        if let Some(reason) = misses(definition, &location, folder) {
            missed.push((folder, reason));
        }
    }
    if let Some((folder, reason)) = missed.first() {
        let folder = if folder.is_empty() { "the folder of the table" } else { folder };
        let (code, said) = match missed.len() == folders.len() {
            true => ("nothing_found", "every query returns nothing".to_owned()),
            false => (
                "partitions_missed",
                format!("{} of {} partitions are never found", missed.len(), folders.len()),
            ),
        };
        let message = format!("{said}: for `{folder}` {reason}");
        let hint = Some("print the definition anew: it is made from what is there".to_owned());
        findings.insert(0, Finding { code, message, hint });
    }
    findings
}

/// The columns of the folders and those of the definition.
fn columns(definition: &Definition, folders: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let there = folders.first().map(String::as_str).unwrap_or_default();
    let there: BTreeSet<_> =
        there.split('/').filter_map(|it| it.split_once('=')).map(|(column, _)| column).collect();
    for partition in &definition.partitions {
        let name = &partition.name;
        if definition.columns.iter().any(|it| it.name == *name) {
            let message = format!("`{name}` is a column of the files and of the folders");
            let hint = Some("leave it out of the columns: its values are in the names".to_owned());
            findings.push(Finding { code: "column", message, hint });
        }
        if !folders.is_empty() && !there.contains(&**name) {
            let message = format!("the table is not partitioned by `{name}`");
            findings.push(Finding { code: "column", message, hint: None });
        }
    }
    findings
}

/// What a template has to say by itself.
fn template_fits(definition: &Definition, template: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut finding = |message: String, hint: Option<String>| {
        findings.push(Finding { code: "template", message, hint });
    };
    for partition in &definition.partitions {
        let placeholder = format!("${{{}}}", partition.name);
        if !template.contains(&placeholder) {
            let message = format!("`{placeholder}` is missing in the template of the location");
            finding(message, Some("every partition column has to be in it".to_owned()));
        }
    }
    let mut rest = template;
    while let Some((_, behind)) = rest.split_once("${") {
        let (name, further) = behind.split_once('}').unwrap_or((behind, ""));
        if !definition.partitions.iter().any(|it| it.name == name) {
            finding(format!("`${{{name}}}` in the template is not a partition column"), None);
        }
        rest = further;
    }
    findings
}

/// Why nobody would look into `folder`, if nobody would.
fn misses(definition: &Definition, location: &str, folder: &str) -> Option<String> {
    let Some(template) = &definition.template else {
        // Nothing is projected: the folders have to be made known one by one, or there are none.
        let at_least = definition.location.trim_end_matches('/');
        let inside = location.trim_end_matches('/') == at_least;
        return (!inside).then(|| format!("it looks into `{}`", definition.location));
    };
    let mut place = template.clone();
    for (column, value) in folder.split('/').filter_map(|it| it.split_once('=')) {
        let Some(partition) = definition.partitions.iter().find(|it| it.name == column) else {
            return Some(format!("it has no partition column `{column}`"));
        };
        if let Some(reason) = partition.projection.misses(value) {
            return Some(format!("`{column}` does not fit: {reason}"));
        }
        place = place.replace(&format!("${{{column}}}"), value);
    }
    let wanted = format!("{location}{folder}");
    (place.trim_end_matches('/') != wanted.trim_end_matches('/'))
        .then(|| format!("it looks into `{place}`"))
}
