//! From the bytes of an input to rows of tokens, each with its line and the byte it begins at.

mod array;
mod csv;
pub(crate) mod feed;
mod format;
mod framing;
pub(crate) mod json;
pub(crate) mod names;
mod source;
pub(crate) mod split;
pub(crate) mod token;
mod xml;

pub use format::Format;
pub(crate) use format::{is_packed, unpacked};
pub(crate) use framing::split_of;
pub(crate) use source::sealed;
pub use source::{LocalFile, Source};
