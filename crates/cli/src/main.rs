//! The command line: parses what was typed, calls, prints, and chooses an exit status.
#![expect(clippy::disallowed_methods, reason = "an edge may touch the world")]
#![expect(clippy::print_stderr, reason = "printing is what this edge is for")]

mod args;
mod command;
mod git;
mod output;
mod status;

use std::process::ExitCode;

use clap::Parser as _;

/// Findings are made of many small texts, on all cores at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match command::run(arguments) {
        Ok(status) => status.into(),
        Err(error) => {
            output::complain(&error);
            error.status().into()
        }
    }
}
