//! Where a key lies in a directory.
//!
//! The parts of a key between slashes become folders and a file, in such a way that two keys never
//! meet, whatever they are, and that the keys strongroom writes look as they are called:
//!
//! | key | path |
//! |---|---|
//! | `seg/00000000000000000042` | `seg/00000000000000000042` |
//! | `raw/dt=2026-03-01/part-0.parquet` | `raw/dt=2026-03-01/part-0.parquet` |
//! | `hint/head` | `hint/head%` |
//! | `report.pdf/page` | `report.pdf%/page%` |
//! | `a//b c` | `a/%_/b%20c%` |
//!
//! - ASCII letters, digits and `-_.=+,@~()` stand for themselves, every other byte and a dot at the
//!   beginning as `%` and two upper case hexadecimal digits. So no name is hidden, `.` or `..`, and
//!   a file system that changes Unicode text or refuses a character changes nothing.
//! - An empty part is `%_`.
//! - `a` and `a/b` can both be there, and a name cannot be a file and a folder at once. So a name
//!   either looks like a file (it has an extension of 2 to 8 letters and digits, or consists of 20
//!   digits as the numbered objects do) or like a folder, and where it is used as the other thing
//!   a `%` is added.
//! - A part of more than 200 bytes goes on in a folder: the beginning ends in `%~`.
//!
//! What somebody else put there under its own name is found too, as long as that name has no `%` and
//! begins with no dot: a copy of a bucket is such a directory, with `auth.login/` for a folder.
//! [`literal_path_of`] is where such a key lies.
//!
//! A file system that ignores case keeps one of `A` and `a`: use one that does not.

use std::path::PathBuf;

/// The longest piece of a name, in bytes; with marks it stays below the 255 of Linux file systems.
const PIECE: usize = 200;

/// What stands for an empty name.
const EMPTY: &str = "%_";

/// What is added where a name goes on in a folder.
const CONTINUED: &str = "%~";

/// What a part of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Before a slash.
    Folder,
    /// After the last slash.
    Leaf,
}

/// One name on disk, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The beginning of a name; the rest is in this folder.
    Piece(String),
    /// The name, or the rest of it, and whether it is marked.
    Rest(String, bool),
}

/// The path of a key, relative to the root.
pub(super) fn path_of(key: &str) -> PathBuf {
    let (folders, leaf) = match key.rsplit_once('/') {
        Some((folders, leaf)) => (Some(folders), leaf),
        None => (None, key),
    };
    let mut path = folders.map(path_of_folders).unwrap_or_default();
    push(&mut path, leaf, Role::Leaf);
    path
}

/// The path of the folder that holds the keys that begin with `folders` and a slash.
pub(super) fn path_of_folders(folders: &str) -> PathBuf {
    let mut path = PathBuf::new();
    folders.split('/').for_each(|part| push(&mut path, part, Role::Folder));
    path
}

/// The path that is the key itself, if a copy of a bucket could have it: no part of it is empty,
/// begins with a dot or holds a `%`.
pub(super) fn literal_path_of(key: &str) -> Option<PathBuf> {
    key.split('/').all(is_literal).then(|| PathBuf::from(key))
}

/// Whether a name that we would have written otherwise may stand for itself.
pub(super) fn is_literal(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['%', '\0'])
}

fn push(path: &mut PathBuf, part: &str, role: Role) {
    // Most names: nothing to escape and nothing to cut.
    let plain = |byte: u8| byte < 0x80 && is_plain(char::from(byte));
    if (1..=PIECE).contains(&part.len()) && !part.starts_with('.') && part.bytes().all(plain) {
        path.push(part);
        if natural_role(part) != role {
            path.as_mut_os_string().push("%");
        }
        return;
    }
    let mut piece = String::new();
    for (at, character) in part.char_indices() {
        let token = token(character, at == 0);
        if piece.len() + token.len() > PIECE {
            piece.push_str(CONTINUED);
            path.push(std::mem::take(&mut piece));
        }
        piece.push_str(&token);
    }
    if part.is_empty() {
        piece.push_str(EMPTY);
    }
    if natural_role(part) != role {
        piece.push('%');
    }
    path.push(piece);
}

/// Whether a character stands for itself. A dot does not at the beginning.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_=+,@~().".contains(character)
}

/// How one character is written.
fn token(character: char, first: bool) -> String {
    if is_plain(character) && !(character == '.' && first) {
        return character.to_string();
    }
    let mut bytes = [0; 4];
    character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What a name looks like.
pub(super) fn natural_role(part: &str) -> Role {
    let numbered = part.len() == 20 && part.bytes().all(|byte| byte.is_ascii_digit());
    let extended = part.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (2..=8).contains(&extension.len())
            && extension.starts_with(|first: char| first.is_ascii_alphabetic())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if numbered || extended { Role::Leaf } else { Role::Folder }
}

/// Reads one name on disk; `None` for a name that is none of ours. `first` unless it follows a
/// [`Name::Piece`].
pub(super) fn read(name: &str, first: bool) -> Option<Name> {
    if let Some(piece) = name.strip_suffix(CONTINUED) {
        return decode(piece, first).map(Name::Piece);
    }
    let (name, marked) = match name.strip_suffix('%') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if name == EMPTY && first {
        return Some(Name::Rest(String::new(), marked));
    }
    decode(name, first).map(|text| Name::Rest(text, marked))
}

/// The text that is written as `name`, if there is one.
fn decode(name: &str, first: bool) -> Option<String> {
    let text = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    let mut again = String::with_capacity(name.len());
    text.char_indices().for_each(|(at, it)| again.push_str(&token(it, at == 0 && first)));
    // One way to write each name: what is written otherwise was not written by us.
    (!text.is_empty() && again == name).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    /// Reads a path back, as the walk through the folders does.
    fn key_of(path: &Path) -> Option<String> {
        let names: Vec<&str> = path.iter().map(|it| it.to_str().unwrap()).collect();
        let (mut key, mut part, mut first) = (String::new(), String::new(), true);
        for (index, name) in names.iter().enumerate() {
            match read(name, first)? {
                Name::Piece(piece) => {
                    part.push_str(&piece);
                    first = false;
                }
                Name::Rest(rest, marked) => {
                    part.push_str(&rest);
                    let leaf = (natural_role(&part) == Role::Leaf) != marked;
                    key.push_str(&std::mem::take(&mut part));
                    first = true;
                    assert_eq!(leaf, index + 1 == names.len(), "the role of `{name}`");
                    if !leaf {
                        key.push('/');
                    }
                }
            }
        }
        Some(key)
    }

    #[test]
    fn keys_lie_where_the_page_says() {
        for (key, path) in [
            ("seg/00000000000000000042", "seg/00000000000000000042"),
            ("raw/dt=2026-03-01/part-0.parquet", "raw/dt=2026-03-01/part-0.parquet"),
            ("hint/head", "hint/head%"),
            ("report.pdf/page", "report.pdf%/page%"),
            ("a//b c", "a/%_/b%20c%"),
            ("a/", "a/%_%"),
            ("/", "%_/%_%"),
            ("..", "%2E.%"),
            (".strongroom/bucket.json", "%2Estrongroom/bucket.json"),
            ("50%", "50%25%"),
            ("é", "%C3%A9%"),
        ] {
            assert_eq!(path_of(key), Path::new(path), "{key}");
            assert_eq!(key_of(Path::new(path)).as_deref(), Some(key));
        }
    }

    #[test]
    fn a_foreign_name_is_none_of_ours() {
        for name in [".strongroom", ".", "a b", "%zz", "%41", "%c3%a9", "%C3", "é", "%", ""] {
            assert_eq!(read(name, true), None, "{name}");
        }
    }

    #[test]
    fn the_longest_key_of_slashes_fits_a_path() {
        assert!(path_of(&"/".repeat(1024)).as_os_str().len() < 3200);
        assert!(path_of(&"\u{1}".repeat(1024)).as_os_str().len() < 3200);
    }

    proptest! {
        #[test]
        fn every_key_is_read_back(key in "([a-c.%/~_é ]|[0-9]{19,21}|\\.pdf|x{190,210}|[\\x00-\\xff]){1,12}") {
            let path = path_of(&key);
            prop_assert_eq!(key_of(&path), Some(key));
            prop_assert!(path.iter().all(|name| name.len() < 255));
        }

        #[test]
        fn no_key_lies_on_another_or_in_its_way(keys in prop::collection::vec("[a.%/]{1,4}(\\.ab)?", 2..40)) {
            let mut seen = BTreeMap::new();
            for key in &keys {
                let path = path_of(key);
                let mut folders: Vec<_> = path.ancestors().skip(1).collect();
                folders.pop();
                for (path, leaf) in [(path.as_path(), true)].into_iter()
                    .chain(folders.into_iter().map(|it| (it, false)))
                {
                    let before = seen.insert(path.to_owned(), (leaf, leaf.then_some(key)));
                    prop_assert!(before.is_none_or(|it| it == (leaf, leaf.then_some(key))));
                }
            }
        }
    }
}
