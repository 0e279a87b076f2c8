//! The tests of contract-core that look at it from outside.

mod agreement;
mod approvals;
mod changes;
mod findings;
mod fixes;
mod guardrails;
mod hostile;
mod in_step;
mod pages;
mod places;
mod plain_scalars;
mod policies;
mod promises;
mod readers;
mod render;
mod request;
mod second_reader;
mod vectors;
mod waivers;
