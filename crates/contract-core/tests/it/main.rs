//! The tests of contract-core that look at it from outside.

mod agreement;
mod findings;
mod in_step;
mod policies;
mod readers;
mod render;
mod request;
