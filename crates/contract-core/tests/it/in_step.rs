//! Files that are printed from the tables lie in the repository as they are printed.
//!
//! After a change of a table: `UPDATE=1 cargo test -p contract-core in_step` writes them again.

use std::fs;
use std::path::Path;

use contract_core::Policy;
use contract_core::render::{backstage, json_schema, reference, terraform_variables};

/// Compares the file at `path`, relative to the root of the repository, or writes it.
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn in_step(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE").is_some() {
        let folder = file.parent().expect("the file lies in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(&file, expected).expect("the file can be written");
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    let way_out = "run `UPDATE=1 cargo test -p contract-core in_step`";
    let differing = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(found == expected, "{path} is stale from line {differing:?} on: {way_out}");
}

#[test]
fn the_schema_for_editors() {
    in_step("deploy/schema/s3-bucket-request.schema.json", &json_schema::file(&Policy::default()));
}

#[test]
fn the_form() {
    let template = backstage::file(&Policy::default(), &backstage::Repository::default());
    in_step("deploy/backstage/s3-request.yaml", &template);
}

#[test]
fn the_reference_of_fields() {
    in_step("docs/reference/contract.md", &reference::contract(&Policy::default()));
}

#[test]
fn the_reference_of_rules() {
    in_step("docs/reference/rules.md", &reference::rules_page());
}

#[test]
fn the_limits_of_the_terraform_module() {
    in_step("deploy/terraform/modules/s3-bucket/variables.tf", &terraform_variables::file());
}
