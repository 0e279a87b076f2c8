//! From the bytes of an input to rows of tokens, each with its line and the byte it begins at.

mod source;

pub use source::{LocalFile, Source};
