//! The command line as pages: each `console` block is run, and its output compared.
//!
//! `UPDATE=1 ./check rust` writes the output into the pages.

#[cfg(test)]
mod cli {
    // Buckets are made there for the promises of the stores.
    #[expect(dead_code, reason = "only some of it is of use here")]
    #[path = "../../../platform/tests/s3/buckets.rs"]
    mod buckets;
    #[cfg(feature = "glue")]
    mod catalog;
    #[cfg(unix)]
    mod guide;
    mod halfway;
    mod killed;
    mod killed_acts;
    mod lake_killed;
    mod lake_s3;
    #[cfg(unix)]
    mod masks;
    mod promoting;
    mod query;
    mod racing;
    mod reading;
    mod refused;
    mod zones;
}

use std::path::Path;
use std::process::Command;

#[test]
fn the_pages_say_what_the_command_does() {
    let cases = trycmd::TestCases::new();
    cases.env("NO_COLOR", "1").env("COLUMNS", "100").case("tests/cmd/*.md");
}

/// The README shows one real example with its real output.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn the_readme_shows_what_the_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = root.join("README.md");
    let page = std::fs::read_to_string(&readme).expect("the page is there");
    let start = page.find("```console\n$ strongroom ").expect("the page has an example") + 11;
    let end = start + page[start..].find("```").expect("the example ends");
    let (line, shown) = page[start..end].split_once('\n').expect("a command and its output");
    let arguments = line.trim_start_matches("$ strongroom ").split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .args(arguments)
        .current_dir(&root)
        .env("NO_COLOR", "1")
        .output()
        .expect("the command runs");
    let printed = String::from_utf8(output.stdout).expect("the output is text");
    if std::env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
        let page = page.replace(&page[start..end], &format!("{line}\n{printed}"));
        std::fs::write(&readme, page).expect("the page can be written");
    } else {
        assert_eq!(shown, printed);
    }
}
