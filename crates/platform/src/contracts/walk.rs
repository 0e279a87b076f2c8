//! Which files are contracts.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::types::TypesBuilder;

use crate::error::{Error, Result};

/// The YAML files at `paths`: a file as it stands, a folder with everything below it that git
/// would not ignore. Sorted, each once; `true` for those that were named.
pub(super) fn yaml_files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>> {
    let mut files = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(crate::error::file("read", path))?;
        if !kind.is_dir() {
            files.push((path.clone(), true));
            continue;
        }
        let mut types = TypesBuilder::new();
        for glob in ["*.yaml", "*.yml"] {
            types.add("contract", glob).expect("the globs are right");
        }
        let types = types.select("contract").build().expect("the type was added above");
        // `.gitignore` counts outside a repository too: an archive of one is checked alike.
        for entry in WalkBuilder::new(path).types(types).require_git(false).build() {
            let entry = entry.map_err(|error| walking(path, error))?;
            if entry.file_type().is_some_and(|kind| !kind.is_dir()) {
                files.push((entry.into_path(), false));
            }
        }
    }
    files.sort();
    // Named comes after found, and is what counts.
    files.dedup_by(|later, first| {
        let same = later.0 == first.0;
        first.1 |= same && later.1;
        same
    });
    Ok(files)
}

fn walking(path: &Path, error: ignore::Error) -> Error {
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("it loops"));
    Error::File { act: "walk", path: path.to_owned(), source }
}

/// Whether a file that a walk met is a contract: by its name, or by what it says it is.
pub(super) fn is_contract(path: &Path, bytes: &[u8]) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let numbered = stem.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("S3-"));
    numbered || bytes.windows(KIND.len()).any(|window| window == KIND)
}

const KIND: &[u8] = b"S3BucketRequest";
