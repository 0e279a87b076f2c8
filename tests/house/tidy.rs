//! The rooms are tidy.

use crate::{files, root};

/// The most lines of a source file that is no test; about two hundred is the aim.
const LONGEST: usize = 600;

/// What an auditor receives as one file without dependencies, so it cannot be divided.
const ONE_FILE: &str = "python/strongroom/verify_bundle.py";

fn sources() -> impl Iterator<Item = (String, String)> {
    let code = |path: &String| path.ends_with(".rs") || path.ends_with(".py");
    files().into_iter().filter(code).map(|path| {
        let text = std::fs::read_to_string(root().join(&path)).expect("a source is text");
        (path, text)
    })
}

#[test]
fn a_file_is_one_thought() {
    let long: Vec<_> = sources()
        .filter(|(path, text)| !path.contains("tests/") && text.lines().count() > LONGEST)
        .filter(|(path, _)| path != ONE_FILE)
        .map(|(path, text)| (path, text.lines().count()))
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:?}");
}

#[test]
fn every_module_says_what_it_is() {
    let mute: Vec<_> = sources()
        .filter(|(path, text)| path.ends_with(".rs") && !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(mute.is_empty(), "without a `//!` at the top: {mute:?}");
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_to_do() {
    // Spelled in two parts, or this file would find itself.
    let words = [["#[ig", "nore"], ["to", "do!("], ["unimple", "mented!("], ["mark.", "skip"]];
    let found: Vec<_> = sources()
        .filter(|(_, text)| words.iter().any(|parts| text.contains(&parts.concat())))
        .map(|(path, _)| path)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut broken = Vec::new();
    for path in files().into_iter().filter(|path| path.ends_with(".md")) {
        let text = std::fs::read_to_string(root().join(&path)).expect("a page is text");
        let folder = std::path::Path::new(&path).parent().expect("a file has a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:");
            if target.is_empty() || outside || target.contains(['{', '<', ' ']) {
                continue;
            }
            if !root().join(folder).join(target).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
