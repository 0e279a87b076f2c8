//! `contract schema`

use contract_core::render::{backstage, json_schema, reference, terraform_variables};

use super::open;
use crate::args::{Schema, SchemaKind};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Schema) -> Result<Status> {
    let policy = open(&[], &arguments.rules)?.policy;
    let text = match arguments.kind {
        SchemaKind::JsonSchema => json_schema::file(&policy),
        SchemaKind::Backstage => backstage::file(&policy, &backstage::Repository::default()),
        SchemaKind::Terraform => terraform_variables::file(),
        SchemaKind::Reference => reference::whole(&policy),
    };
    output::data(&text)?;
    Ok(Status::Fine)
}
