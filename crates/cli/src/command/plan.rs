//! `contract plan`

use contract_core::changes::{Action, Plan as ContractPlan};
use platform::contracts::Keep;

use super::{examine, open};
use crate::args::{Plain, Plan};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Plan) -> Result<Status> {
    let repository = open(&arguments.paths, &arguments.rules)?;
    let examined = examine(
        &repository,
        &arguments.paths,
        &arguments.rules,
        &arguments.base,
        true,
        Keep::Nothing,
    )?;
    let plans = examined.plans(&repository.policy);
    let text = match arguments.format {
        Plain::Human if plans.is_empty() => "nothing changes\n".to_owned(),
        Plain::Human => plans.iter().map(human).collect(),
        Plain::Json => serde_json::to_string_pretty(&plans).expect("plans are JSON") + "\n",
    };
    output::data(&text)?;
    Ok(Status::Fine)
}

fn human(plan: &ContractPlan) -> String {
    let bucket = plan.bucket.as_deref().unwrap_or("a bucket without a name");
    let mut text = format!("{} {} ({})\n", sign(plan.action), bucket, plan.path);
    if let Some(from) = &plan.moved_from {
        text.push_str(&format!("    moved from {from}\n"));
    }
    if let Some(note) = plan.note {
        text.push_str(&format!("    {note}\n"));
    }
    // Of a contract that is deleted everything goes; that is said in one line above.
    let fields = if plan.action == Action::Delete { &[][..] } else { &plan.fields[..] };
    for field in fields {
        // What somebody else wrote stays on its line.
        let side = |value: &Option<String>| match value {
            Some(value) => value.escape_debug().to_string(),
            None => "nothing".to_owned(),
        };
        let note = field.note.map(|note| format!("  # {note}")).unwrap_or_default();
        text.push_str(&format!(
            "    {}: {} -> {}{note}\n",
            field.field,
            side(&field.old),
            side(&field.new)
        ));
    }
    if plan.approval.old != plan.approval.new && plan.action != Action::Delete {
        let side = |reasons: &[String]| match reasons {
            [] => "automatic".to_owned(),
            reasons => reasons.join(", "),
        };
        let (old, new) = (side(&plan.approval.old), side(&plan.approval.new));
        text.push_str(&format!("    approval: {old} -> {new}\n"));
    }
    text.push('\n');
    text
}

/// What happens to a bucket, as a sign and a word.
fn sign(action: Action) -> &'static str {
    match action {
        Action::Create => "+ create",
        Action::Update => "~ update",
        Action::Replace => "! replace",
        Action::Delete => "- delete the contract of",
        Action::Nothing => "= leave",
    }
}
