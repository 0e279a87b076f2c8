//! A string as Python has it: code points, surrogates without a partner among them.

use std::fmt;

use super::string::push_code_point;

/// A string that may hold lone surrogates.
///
/// Two of them are in the order of their code points, which is the order in which Python sorts.
///
/// ```
/// use audit_chain::json::Text;
///
/// assert!(Text::from("\u{e000}") < Text::from("\u{10000}"), "by code point, not by UTF-16 unit");
/// let lone = Text::from_code_points([0xd800]).ok_or("a code point")?;
/// assert_eq!((lone.as_str(), lone.to_string()), (None, "\u{fffd}".to_owned()));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(
    // INVARIANT: UTF-8, except that surrogates are encoded too, each in three bytes. The order of
    // such bytes is the order of code points.
    Box<[u8]>,
);

impl Text {
    /// A text of the given code points; surrogates are kept as they are, in pairs or alone.
    ///
    /// `None` if a number is above U+10FFFF.
    pub fn from_code_points(code_points: impl IntoIterator<Item = u32>) -> Option<Self> {
        let mut bytes = Vec::new();
        for code_point in code_points {
            if code_point > 0x0010_FFFF {
                return None;
            }
            push_code_point(&mut bytes, code_point);
        }
        Some(Self(bytes.into()))
    }

    /// Takes bytes that follow the invariant.
    pub(crate) fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The text, unless it holds surrogates.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// UTF-8, except that surrogates are encoded as well.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The code points, surrogates as they are.
    pub fn code_points(&self) -> impl Iterator<Item = u32> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (code_point, length) = super::code_point(rest)?;
            rest = &rest[length..];
            Some(code_point)
        })
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

/// Shows U+FFFD for every surrogate.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        match self.as_str() {
            Some(text) => f.write_str(text),
            None => self.code_points().try_for_each(|code_point| {
                f.write_char(char::from_u32(code_point).unwrap_or(char::REPLACEMENT_CHARACTER))
            }),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}
