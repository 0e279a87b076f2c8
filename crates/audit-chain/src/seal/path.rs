//! A place inside the details of an event.

use std::fmt;
use std::str::FromStr;

use crate::json::Value;
use crate::{Error, Result};

/// A place inside the `details` of an event.
///
/// Written as a JSON pointer (RFC 6901, `/customer/phones/0`) or, shorter, with dots
/// (`customer.phones.0`); names that hold a dot or begin with a slash need the pointer. The empty
/// text is `details` itself. Shown as a pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<String>);

impl Path {
    /// The details themselves.
    pub fn root() -> Self {
        Self(Vec::new())
    }

    /// The value at this place; `None` if there is nothing.
    pub fn value_in<'v>(&self, details: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(details, |place, name| match place {
            // Of equal names the last counts, as everywhere.
            Value::Object(members) => {
                let found = members.iter().rev().find(|(key, _)| key.as_bytes() == name.as_bytes());
                found.map(|(_, value)| value)
            }
            Value::Array(items) => index(name).and_then(|at| items.get(at)),
            _ => None,
        })
    }

    /// The value at this place, to put another there.
    ///
    /// # Errors
    ///
    /// [`Error::SealPathMissing`], [`Error::SealNested`] if it lies in a sealed value.
    pub fn find<'v>(&self, details: &'v mut Value) -> Result<&'v mut Value> {
        let mut place = details;
        for name in &self.0 {
            if super::envelope::looks_sealed(place) {
                return Err(Error::SealNested { path: self.to_string() });
            }
            place = match place {
                Value::Object(members) => members
                    .iter_mut()
                    // Of equal names the last counts, as everywhere.
                    .rev()
                    .find(|(key, _)| key.as_bytes() == name.as_bytes())
                    .map(|(_, value)| value),
                Value::Array(items) => index(name).and_then(|at| items.get_mut(at)),
                _ => None,
            }
            .ok_or_else(|| Error::SealPathMissing { path: self.to_string() })?;
        }
        Ok(place)
    }

    /// Goes one step deeper for the time of a call.
    pub(super) fn inside(&mut self, name: &str, go: impl FnOnce(&mut Self)) {
        self.0.push(name.to_owned());
        go(self);
        self.0.pop();
    }
}

/// RFC 6901, section 4: digits without leading zeros.
fn index(name: &str) -> Option<usize> {
    let plain = name == "0" || !name.starts_with(['0', '+']);
    name.parse().ok().filter(|_| plain)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.0 {
            write!(f, "/{}", name.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::SealPathInvalid { path: text.to_owned() };
        if text.is_empty() {
            return Ok(Self::root());
        }
        let Some(pointer) = text.strip_prefix('/') else {
            let names: Vec<String> = text.split('.').map(str::to_owned).collect();
            let whole = names.iter().all(|name| !name.is_empty());
            return if whole { Ok(Self(names)) } else { Err(invalid()) };
        };
        let unescape = |name: &str| {
            let whole = name.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
            whole.then(|| name.replace("~1", "/").replace("~0", "~"))
        };
        pointer.split('/').map(unescape).collect::<Option<_>>().map(Self).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_pointers_name_the_same_place() {
        for (text, pointer) in [
            ("", ""),
            ("a", "/a"),
            ("a.b.0", "/a/b/0"),
            ("/a/b/0", "/a/b/0"),
            ("a~b", "/a~0b"),
            ("/a~0b~1c.d/", "/a~0b~1c.d/"),
        ] {
            assert_eq!(text.parse::<Path>().map(|path| path.to_string()), Ok(pointer.to_owned()));
        }
        for text in [".", "a.", ".a", "a..b", "/~", "/a~2", "/~~01"] {
            assert_eq!(
                text.parse::<Path>(),
                Err(Error::SealPathInvalid { path: text.to_owned() }),
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        let mut details = Value::parse(br#"{"a": [1, {"": 2, "x/y": 3}], "0": 4}"#).unwrap();
        for (path, found) in [("a.0", 1), ("/a/1/", 2), ("/a/1/x~1y", 3), ("0", 4)] {
            let path: Path = path.parse().unwrap();
            assert_eq!(path.value_in(&details).unwrap().as_u64(), Some(found), "{path}");
            assert_eq!(path.find(&mut details).unwrap().as_u64(), Some(found), "{path}");
        }
        for path in ["a.2", "a.00", "a.+1", "a.-1", "b", "0.0", "/a/1/x"] {
            let path: Path = path.parse().unwrap();
            assert_eq!(path.value_in(&details), None);
            let missing = Error::SealPathMissing { path: path.to_string() };
            assert_eq!(path.find(&mut details), Err(missing));
        }
    }
}
