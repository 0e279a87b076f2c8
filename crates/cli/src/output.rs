//! stdout is for data, stderr for talk.

use std::error::Error as _;
use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Colour;
use crate::status::{Error, Result};

/// Writes data.
pub(crate) fn data(text: &str) -> Result<()> {
    stream(|out| out.write_all(text.as_bytes()))
}

/// Writes an answer for a program, on one line.
pub(crate) fn json(answer: &serde_json::Value) -> Result<()> {
    data(&format!("{answer}\n"))
}

/// Writes data piece by piece. A reader that went away (`| head`) is not an error.
pub(crate) fn stream(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::from),
    }
}

/// Says something that is not data.
pub(crate) fn talk(text: &str) {
    eprintln!("{text}");
}

/// Says why a command could not be carried out: each part of the chain once.
pub(crate) fn complain(error: &Error) {
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

/// Whether stdout should be coloured.
pub(crate) fn coloured(colour: Colour) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        // https://no-color.org
        Colour::Auto => {
            io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
        }
    }
}

/// A bar for long work, on a terminal alone.
pub(crate) fn progress(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec} {eta}")
        .expect("the template is right");
    ProgressBar::new(0).with_style(style).with_message(what)
}

/// A bar for bytes that are moved, on a terminal alone.
pub(crate) fn bytes(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    let style = ProgressStyle::with_template(style).expect("the template is right");
    ProgressBar::new(0).with_style(style).with_message(what)
}

/// A count for long work of which nobody knows the end, on a terminal alone.
pub(crate) fn counter(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} {msg} ({per_sec})")
        .expect("the template is right");
    ProgressBar::new_spinner().with_style(style).with_message(what)
}

/// A sign that long work goes on, of which nothing can be counted; on a terminal alone.
pub(crate) fn working(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("the template is right");
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}
