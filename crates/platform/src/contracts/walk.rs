//! Which files are contracts.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::error::{Error, Result};

/// A YAML file that was named, or that lies below a folder that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The path as it was named or found.
    pub(super) path: PathBuf,
    /// The number of the argument that led here.
    pub(super) argument: usize,
    /// Whether the file itself was named: then it is looked at whatever it is.
    pub(super) named: bool,
}

/// The YAML files at `paths`: a file as it stands, a folder with everything below it that git
/// would not ignore. Sorted, each once.
///
/// Below a folder only regular files count. A link could point at any file of the machine, whose
/// lines a report would then show.
pub(super) fn yaml_files(paths: &[PathBuf]) -> Result<Vec<Found>> {
    let mut files = Vec::new();
    for (argument, path) in paths.iter().enumerate() {
        let kind = std::fs::metadata(path).map_err(crate::error::file("read", path))?;
        if !kind.is_dir() {
            files.push(Found { path: path.clone(), argument, named: true });
            continue;
        }
        // `.gitignore` counts outside a repository too: an archive of one is checked alike.
        // Files named `.ignore` are not git's: with one, a pull request could hide what it adds.
        for entry in WalkBuilder::new(path).require_git(false).ignore(false).build() {
            let entry = entry.map_err(|error| walking(path, error))?;
            if entry.file_type().is_some_and(|kind| kind.is_file()) && is_yaml(entry.path()) {
                files.push(Found { path: entry.into_path(), argument, named: false });
            }
        }
    }
    // By bytes: comparing paths part by part costs more than reading the files. Of a file that was
    // found and also named, the named one comes first and stays.
    files.sort_unstable_by(|a, b| {
        (a.path.as_os_str(), !a.named, a.argument).cmp(&(b.path.as_os_str(), !b.named, b.argument))
    });
    files.dedup_by(|later, first| later.path.as_os_str() == first.path.as_os_str());
    Ok(files)
}

/// Whether a file is YAML by its name, in whatever case.
pub(super) fn is_yaml(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let ends_with = |end: &[u8]| {
        let at = bytes.len().checked_sub(end.len());
        at.is_some_and(|at| bytes[at..].eq_ignore_ascii_case(end))
    };
    ends_with(b".yaml") || ends_with(b".yml")
}

fn walking(path: &Path, error: ignore::Error) -> Error {
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("it loops"));
    Error::File { act: "walk", path: path.to_owned(), source }
}

/// Whether a file that a walk met is a contract: by its name, or by what it says it is.
pub(super) fn is_contract(path: &Path, bytes: &[u8]) -> bool {
    let name = path.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default();
    // The digit tells a number from other names, such as that of the catalogue, `s3-catalog.yaml`.
    let numbered = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"S3-"))
        && name.get(3).is_some_and(u8::is_ascii_digit);
    numbered || bytes.windows(KIND.len()).any(|window| window == KIND)
}

const KIND: &[u8] = b"S3BucketRequest";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(found: &[Found]) -> Vec<String> {
        let name = |it: &Found| it.path.file_name().unwrap().to_string_lossy().into_owned();
        found.iter().map(name).collect()
    }

    #[test]
    fn a_walk_takes_what_git_would_take_and_no_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        for name in
            ["b.yaml", "a.yml", "deep/c.yaml", "ignored.yaml", "note.txt", ".hidden.yaml", "d.YAML"]
        {
            fs::write(at(name), "x").unwrap();
        }
        fs::write(at(".gitignore"), "ignored.yaml\n").unwrap();
        fs::write(at(".ignore"), "*.yaml\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", at("link.yaml")).unwrap();
        let found = yaml_files(&[folder.path().to_owned()]).unwrap();
        assert_eq!(names(&found), ["a.yml", "b.yaml", "d.YAML", "c.yaml"]);
    }

    #[test]
    fn a_contract_is_known_by_its_number_or_by_its_kind() {
        let is = |name: &str, text: &str| is_contract(Path::new(name), text.as_bytes());
        assert!(is("dev/S3-0001.yaml", ""));
        assert!(is("dev/s3-1.yml", ""));
        assert!(is("dev/draft.yaml", "kind: S3BucketRequest"));
        assert!(!is("resource-catalogs/s3-catalog.yaml", "buckets: {}"));
    }

    #[test]
    fn a_file_that_is_named_and_found_is_one_that_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.yaml");
        fs::write(&file, "x").unwrap();
        let found = yaml_files(&[folder.path().to_owned(), file.clone(), file]).unwrap();
        assert_eq!((found.len(), found[0].named), (1, true));
    }
}
