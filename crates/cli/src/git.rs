//! Reads an earlier revision of contracts from git.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::status::{Error, Result};

/// One file of a revision.
pub(crate) struct Blob {
    /// The path relative to the root of the repository.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The YAML files below `folder` (relative to `root`) in `revision`, by path.
pub(crate) fn files(root: &Path, revision: &str, folder: &str) -> Result<Vec<Blob>> {
    // A revision that begins with a hyphen would be an option.
    if revision.starts_with('-') || revision.contains(['\n', '\0', ':']) {
        return Err(Error::invalid(
            format!("`{}` is not a revision", revision.escape_debug()),
            "name a commit, a branch or a tag",
        ));
    }
    let commit = format!("{revision}^{{commit}}");
    let commit =
        run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit], None)
            .map_err(|_| Error::NotFound {
                message: format!("git knows no revision `{revision}`"),
            })?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", &commit, "--"];
    let prefix = run(root, &["rev-parse", "--show-prefix"], None)?;
    let prefix = String::from_utf8_lossy(&prefix).trim_end_matches('\n').to_owned();
    let below = format!("{prefix}{folder}");
    if !below.is_empty() {
        arguments.push(&below);
    }
    let listing = run(root, &arguments, None)?;
    let mut wanted = Vec::new();
    for row in listing.split(|byte| *byte == 0).filter(|row| !row.is_empty()) {
        let row = String::from_utf8_lossy(row);
        let Some((meta, path)) = row.split_once('\t') else { continue };
        let mut words = meta.split(' ');
        let (mode, kind, object) = (words.next(), words.next(), words.next());
        // A link is a blob as well; the contracts of the working copy are files.
        let is_file = mode.is_some_and(|mode| mode.starts_with("100"));
        let end = path.rsplit('.').next().map(str::to_ascii_lowercase);
        let yaml = matches!(end.as_deref(), Some("yaml" | "yml"));
        if let (Some("blob"), Some(object), true) = (kind, object, is_file && yaml) {
            let path = path.strip_prefix(&prefix).unwrap_or(path).to_owned();
            wanted.push((path, object.to_owned()));
        }
    }
    contents(root, wanted)
}

/// The files that git keeps below `root`, relative to it.
pub(crate) fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let listing = run(root, &["ls-files", "-z"], None)?;
    Ok(listing.split(|byte| *byte == 0).filter(|row| !row.is_empty()).map(path).collect())
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Fetches all objects through one process.
fn contents(root: &Path, wanted: Vec<(String, String)>) -> Result<Vec<Blob>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let request: String = wanted.iter().map(|(_, object)| format!("{object}\n")).collect();
    let answer = run(root, &["cat-file", "--batch"], Some(request))?;
    let mut rest = &answer[..];
    let mut blobs = Vec::with_capacity(wanted.len());
    for (path, _) in wanted {
        let broken = || Error::Git { message: "its answer ended early".to_owned() };
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let header = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = header.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or_else(|| Error::Git { message: header.clone() })?;
        let bytes = rest.get(end + 1..end + 1 + size).ok_or_else(broken)?.to_vec();
        rest = rest.get(end + size + 2..).unwrap_or_default();
        blobs.push(Blob { path, bytes });
    }
    Ok(blobs)
}

fn run(root: &Path, arguments: &[&str], input: Option<String>) -> Result<Vec<u8>> {
    let failed = |message: String| Error::Git { message };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("it cannot be started ({error})")))?;
    let writer = input.zip(child.stdin.take()).map(|(input, mut stdin)| {
        // A thread of its own, or both sides could wait for each other with full pipes.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()))
    });
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.trim().lines().next().unwrap_or("it failed").to_owned()));
    }
    Ok(output.stdout)
}
