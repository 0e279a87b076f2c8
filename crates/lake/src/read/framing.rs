//! Where rows end, format by format.

use super::format::Format;
use super::split::Layout;
use crate::bronze::Error;

/// What has to be remembered of an input to know where its rows end.
#[derive(Debug)]
pub(crate) enum Framing {
    /// At the end of a line.
    Lines,
}

impl Framing {
    pub(crate) fn new(format: &Format) -> Self {
        match format {
            Format::JsonLines => Self::Lines,
        }
    }

    /// Where the last row ends that is whole in `bytes`, of which the first `looked` were looked at before;
    /// none where no row is.
    pub(crate) fn end_of_rows(
        &mut self,
        bytes: &[u8],
        looked: usize,
        _ended: bool,
    ) -> Option<usize> {
        match self {
            Self::Lines => memchr::memrchr(b'\n', &bytes[looked..]).map(|at| looked + at + 1),
        }
    }

    /// Where the first row ends, in bytes that begin inside one.
    pub(crate) fn first_end(&self, bytes: &[u8]) -> usize {
        match self {
            Self::Lines => memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1),
        }
    }

    /// How the rows of a split are to be read.
    pub(crate) fn layout(&self, _name: &str) -> Result<Layout, Error> {
        Ok(match self {
            Self::Lines => Layout::Lines,
        })
    }
}
