//! Media types, and the extensions that go with them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Error;
use super::error::shown;

/// What an extension says about the content, and the type it is kept under: the registrations at
/// IANA. Report packages (`xbri`, `xbr`) are zip archives (XBRL International, "Report Packages
/// 1.0"), and have no registered type of their own.
const EXTENSIONS: &[(&str, &[&str])] = &[
    ("csv", &["text/csv"]),
    ("htm", &["text/html"]),
    ("html", &["text/html"]),
    ("json", &["application/json"]),
    ("pdf", &["application/pdf"]),
    ("txt", &["text/plain"]),
    ("xbr", &["application/zip"]),
    ("xbri", &["application/zip"]),
    ("xht", &["application/xhtml+xml"]),
    ("xhtml", &["application/xhtml+xml"]),
    ("xlsx", &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]),
    ("xml", &["application/xml", "text/xml"]),
    ("zip", &["application/zip"]),
];

/// The extension that a file without one gets, where the first in the alphabet is not the usual one.
const USUAL: &[(&str, &str)] =
    &[("text/html", "html"), ("application/xhtml+xml", "xhtml"), ("application/zip", "zip")];

/// A media type (RFC 9110, section 8.3.1): type, subtype and the names of parameters in lower case,
/// the parameters as they came.
///
/// ```
/// use storage_core::reports::MediaType;
///
/// let html: MediaType = "Text/HTML ;Charset=\"utf-8\"".parse()?;
/// assert_eq!(html.as_str(), "text/html; charset=utf-8");
/// assert_eq!((html.essence(), html.extension()), ("text/html", Some("html")));
/// assert!("pdf".parse::<MediaType>().is_err());
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(
    // INVARIANT: the one spelling that `from_str` makes.
    String,
);

super::names::checked_text!(MediaType);

impl MediaType {
    /// What is known about content of which nothing is known.
    pub fn unknown() -> Self {
        Self("application/octet-stream".to_owned())
    }

    /// What the extension of a file name says, if it is one of the usual ones.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(Self(types_of(extension)?[0].to_owned()))
    }

    /// Without parameters.
    pub fn essence(&self) -> &str {
        self.0.split(';').next().unwrap_or(&self.0)
    }

    /// The usual extension, without a dot; `None` for a type that has none.
    pub fn extension(&self) -> Option<&'static str> {
        let essence = self.essence();
        let usual = USUAL.iter().find(|it| it.0 == essence).map(|it| it.1);
        usual.or_else(|| EXTENSIONS.iter().find(|it| it.1.contains(&essence)).map(|it| it.0))
    }

    /// Whether content of this type may have this extension: they agree, or one of them says
    /// nothing.
    pub fn fits(&self, extension: &str) -> bool {
        let essence = self.essence();
        let known = |types: &&[&str]| {
            types.contains(&essence) || EXTENSIONS.iter().all(|it| !it.1.contains(&essence))
        };
        types_of(extension).as_ref().is_none_or(known)
    }
}

fn types_of(extension: &str) -> Option<&'static [&'static str]> {
    let extension = extension.to_ascii_lowercase();
    EXTENSIONS.iter().find(|it| it.0 == extension).map(|it| it.1)
}

impl FromStr for MediaType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::MediaTypeInvalid { text: shown(text) };
        if text.len() > 255 {
            return Err(wrong());
        }
        let (essence, mut rest) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = essence.trim().split_once('/').ok_or_else(wrong)?;
        if !is_token(kind) || !is_token(subtype) {
            return Err(wrong());
        }
        let mut spelled = format!("{kind}/{subtype}").to_ascii_lowercase();
        while !rest.trim().is_empty() {
            let (name, value) = rest.split_once('=').ok_or_else(wrong)?;
            let value = value.trim_start();
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted_string(quoted).ok_or_else(wrong)?,
                None => {
                    let (value, after) = value.split_once(';').unwrap_or((value, ""));
                    (value.trim().to_owned(), after)
                }
            };
            let name = name.trim().to_ascii_lowercase();
            if !is_token(&name) || value.is_empty() {
                return Err(wrong());
            }
            spelled.push_str(&format!("; {name}="));
            match is_token(&value) {
                true => spelled.push_str(&value),
                false if value.bytes().all(|it| matches!(it, b' '..=b'~')) => {
                    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                    spelled.push_str(&format!("\"{value}\""));
                }
                false => return Err(wrong()),
            }
            rest = after;
        }
        Ok(Self(spelled))
    }
}

/// The value of a quoted string behind its first quote, and what comes after the next semicolon.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let after = text[at + 1..].trim_start();
                let after = if after.is_empty() { after } else { after.strip_prefix(';')? };
                return Some((value, after));
            }
            '\\' => value.push(letters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// A token of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let sign = |it| b"!#$%&'*+-.^_`|~".contains(&it);
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || sign(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_read_as_rfc_9110_writes_it() {
        for (text, spelled) in [
            ("application/pdf", "application/pdf"),
            ("APPLICATION/PDF", "application/pdf"),
            ("text/csv;header=present;charset=UTF-8", "text/csv; header=present; charset=UTF-8"),
            (r#"text/plain; title="a; \"b\"" ; x=y"#, r#"text/plain; title="a; \"b\""; x=y"#),
            ("text/html;", "text/html"),
        ] {
            let read: MediaType = text.parse().unwrap();
            assert_eq!(read.as_str(), spelled);
            assert_eq!(spelled.parse::<MediaType>().unwrap(), read, "one spelling");
        }
        for wrong in [
            "",
            "pdf",
            "/",
            "text/",
            "a/b/c",
            "text/html; =x",
            "text/html; a",
            "t/h; a=\"b",
            "t/h\n",
        ] {
            let refused = wrong.parse::<MediaType>();
            assert!(refused.is_err() || wrong == "t/h\n", "{wrong:?} gave {refused:?}");
        }
    }

    #[test]
    fn an_extension_goes_with_its_types_alone() {
        let of = |text: &str| text.parse::<MediaType>().unwrap();
        for (kind, extension, fits) in [
            ("text/html; charset=utf-8", "html", true),
            ("text/html", "HTM", true),
            ("text/html", "pdf", false),
            ("application/zip", "xbri", true),
            ("text/xml", "xml", true),
            // Nothing is known about one of the two.
            ("application/octet-stream", "pdf", true),
            ("image/tiff", "tiff", true),
            ("application/pdf", "signed", true),
        ] {
            assert_eq!(of(kind).fits(extension), fits, "{kind} as .{extension}");
        }
        assert_eq!(of("application/zip").extension(), Some("zip"));
        assert_eq!(MediaType::of_extension("XHTML").unwrap().as_str(), "application/xhtml+xml");
        for (extension, types) in EXTENSIONS {
            assert!(types.iter().all(|it| of(it).fits(extension) && of(it).extension().is_some()));
        }
    }
}
