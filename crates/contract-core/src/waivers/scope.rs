//! Which contracts a waiver is about.

use std::fmt;

use storage_core::BucketName;

/// The contracts that a waiver is about. Deliberately exhaustive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those whose path matches: `*` stands for any part of a name, `**` for any folders, `?` for
    /// one character.
    Path(String),
    /// The one with this id.
    Id(String),
    /// The one with this bucket.
    Bucket(String),
}

impl Scope {
    /// Reads a scope; what is wrong with it, if it is none.
    ///
    /// What has a slash, a star or a question mark or ends in `.yaml` is a path, `S3-0001` is an
    /// id, and everything else the name of a bucket.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if is_id(text) {
            return Ok(Self::Id(text.to_owned()));
        }
        if !text.contains(['/', '*', '?']) && !text.ends_with(".yaml") && !text.ends_with(".yml") {
            let name = BucketName::check(text).map(|()| Self::Bucket(text.to_owned()));
            return name.map_err(|_| "is no path, no id and no name of a bucket");
        }
        if text.starts_with('/') || text.contains(['\\', '{', '[', '!']) {
            return Err("is no pattern of paths relative to the root of the repository");
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err("is no plain path");
        }
        if !text.contains(|c: char| c.is_alphanumeric()) {
            return Err("covers everything, which is a matter for the policy");
        }
        Ok(Self::Path(text.to_owned()))
    }

    /// Whether a contract with this path, id and bucket is meant.
    pub fn covers(&self, path: &str, id: Option<&str>, bucket: Option<&str>) -> bool {
        match self {
            Self::Path(pattern) => matches_path(pattern, path),
            Self::Id(own) => id == Some(own),
            Self::Bucket(own) => bucket == Some(own),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(text) | Self::Id(text) | Self::Bucket(text) => f.write_str(text),
        }
    }
}

fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("S3-").unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `path` matches `pattern`, folder by folder.
fn matches_path(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    matches(
        &pattern,
        &path,
        |part| *part == "**",
        |part, name| {
            let (part, name): (Vec<char>, Vec<char>) =
                (part.chars().collect(), name.chars().collect());
            matches(&part, &name, |c| *c == '*', |c, other| *c == '?' || c == other)
        },
    )
}

/// Whether `text` matches `pattern`, in which some items stand for any number of others.
///
/// When an item does not match, only the last such wildcard has to take one more; so the time is
/// at most the product of both lengths, whatever somebody writes.
fn matches<P, T>(
    pattern: &[P],
    text: &[T],
    is_any: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut pos) = (0, 0);
    let mut back = None;
    while pos < text.len() {
        if pattern.get(at).is_some_and(&is_any) {
            back = Some((at, pos));
            at += 1;
        } else if pattern.get(at).is_some_and(|item| is_one(item, &text[pos])) {
            (at, pos) = (at + 1, pos + 1);
        } else if let Some((wildcard, taken)) = back {
            back = Some((wildcard, taken + 1));
            (at, pos) = (wildcard + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(is_any)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_scope_is_a_path_an_id_or_a_bucket() {
        let read = |text: &str| Scope::parse(text);
        assert_eq!(read("S3-0001"), Ok(Scope::Id("S3-0001".to_owned())));
        assert_eq!(read("prod/*.yaml"), Ok(Scope::Path("prod/*.yaml".to_owned())));
        assert_eq!(read("S3-0001.yaml"), Ok(Scope::Path("S3-0001.yaml".to_owned())));
        assert_eq!(read("my-bucket"), Ok(Scope::Bucket("my-bucket".to_owned())));
        for wrong in ["", "**", "*/**", "/etc/*", "../x.yaml", "a//b", "S3-1", "a/[bc]", "a\\b/*"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stars_stop_at_folders_and_double_stars_do_not() {
        for (pattern, path, expected) in [
            ("a/b.yaml", "a/b.yaml", true),
            ("a/b.yaml", "x/a/b.yaml", false),
            ("a/*.yaml", "a/b.yaml", true),
            ("a/*.yaml", "a/b/c.yaml", false),
            ("a/**/c.yaml", "a/c.yaml", true),
            ("a/**/c.yaml", "a/x/y/c.yaml", true),
            ("a/**", "a/x/y/c.yaml", true),
            ("a/**", "b/x", false),
            ("**/S3-000?.yaml", "r/dev/S3-0007.yaml", true),
            ("**/S3-000?.yaml", "r/dev/S3-0017.yaml", false),
            ("a*a*a/x", "aXaYa/x", true),
            ("a*a*a/x", "aXaYb/x", false),
            ("a/b", "a/b/c", false),
            ("a/b/c", "a/b", false),
        ] {
            assert_eq!(matches_path(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_ends() {
        let pattern = format!("{}b", "*a".repeat(2000));
        assert!(!matches_path(&pattern, &"a".repeat(4000)));
    }

    proptest! {
        /// The matcher agrees with the regular expression of the same meaning.
        #[test]
        fn the_matcher_agrees_with_a_regular_expression(
            pattern in "[ab*?]{1,5}(/([ab*?]{1,5}|\\*\\*)){0,3}", path in "[ab]{1,4}(/[ab]{1,4}){0,4}",
        ) {
            let mut regex = String::from("^");
            let mut parts: Vec<_> = pattern.split('/').collect();
            parts.dedup_by(|one, other| *one == "**" && *other == "**");
            for (number, part) in parts.iter().enumerate() {
                let last = number + 1 == parts.len();
                match *part {
                    "**" if last && number == 0 => regex.push_str(".*"),
                    // The slash before belongs to the folders that may not be there.
                    "**" if last => { regex.pop(); regex.push_str("(/.*)?"); }
                    "**" => regex.push_str("([^/]+/)*"),
                    _ => {
                        let name = part.replace('?', "[^/]").replace('*', "[^/]*");
                        regex.push_str(&name);
                        if !last { regex.push('/'); }
                    }
                }
            }
            regex.push('$');
            let expected = regex::Regex::new(&regex).expect(&regex).is_match(&path);
            prop_assert_eq!(matches_path(&pattern, &path), expected, "{}", regex);
        }
    }
}
