//! From the bytes of an input to rows of tokens, each with its line and the byte it begins at.

pub(crate) mod feed;
mod format;
mod framing;
pub(crate) mod json;
pub(crate) mod names;
mod source;
pub(crate) mod split;
pub(crate) mod token;

pub use format::Format;
pub use source::{LocalFile, Source};
