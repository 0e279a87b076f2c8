//! What a contract, and the rules about contracts, turn into.

pub mod backstage;
mod block_yaml;
pub mod json_schema;
pub mod reference;
pub mod terraform_variables;
