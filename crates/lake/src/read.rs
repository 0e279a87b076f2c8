//! From the bytes of an input to rows of tokens, each with its line and the byte it begins at.

mod array;
mod csv;
pub(crate) mod feed;
mod form;
mod format;
mod framing;
pub(crate) mod json;
pub(crate) mod kept;
pub(crate) mod names;
mod source;
pub(crate) mod split;
pub(crate) mod token;
mod xml;

pub(crate) use feed::hashed;
pub use form::{Form, NoForm};
pub use format::Format;
pub(crate) use format::{is_packed, unpacked};
pub(crate) use framing::{split_of, whole_rows};
pub(crate) use source::sealed;
pub use source::{LocalFile, Source};
