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
    report_bugs();
    let arguments = args::Arguments::parse();
    match command::run(arguments) {
        Ok(status) => status.into(),
        Err(error) => {
            output::complain(&error);
            error.status().into()
        }
    }
}

/// A panic on whatever thread is a bug of ours, and ends with the status that says so.
fn report_bugs() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        output::talk("error: this is a bug of strongroom; please report it with the lines above");
        std::process::exit(status::Status::Internal as i32);
    }));
}
