//! The graph drawn in ARCHITECTURE.md is the graph of the manifests.

use std::collections::BTreeSet;

use crate::root;

/// The arrows of the fenced drawing.
fn drawn() -> BTreeSet<(String, String)> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page is there");
    let drawing = page.split("```mermaid").nth(1).and_then(|rest| rest.split("```").next());
    let arrows = drawing.expect("the page has a drawing").lines().filter_map(|line| {
        let (from, to) = line.split_once("-->")?;
        Some((from.trim().to_owned(), to.trim().to_owned()))
    });
    arrows.collect()
}

/// The dependencies between crates of the workspace, without those for tests.
fn built() -> BTreeSet<(String, String)> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let names: BTreeSet<&str> = packages.iter().filter_map(|it| it["name"].as_str()).collect();
    let mut arrows = BTreeSet::new();
    for package in packages {
        let from = package["name"].as_str().expect("a name");
        for dependency in package["dependencies"].as_array().expect("a list") {
            let to = dependency["name"].as_str().expect("a name");
            if names.contains(to) && dependency["kind"].is_null() {
                arrows.insert((from.to_owned(), to.to_owned()));
            }
        }
    }
    arrows
}

#[test]
fn the_drawn_graph_is_the_built_graph() {
    assert_eq!(drawn(), built(), "left: ARCHITECTURE.md, right: the manifests");
}
