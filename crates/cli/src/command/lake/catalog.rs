//! `lake catalog sync`

#[cfg(feature = "glue")]
mod glue;

use crate::args::lake::CatalogSync;
#[cfg(not(feature = "glue"))]
use crate::status::Error;
use crate::status::{Result, Status};

#[cfg(feature = "glue")]
pub(super) fn sync(arguments: &CatalogSync) -> Result<Status> {
    glue::sync(arguments)
}

#[cfg(not(feature = "glue"))]
pub(super) fn sync(_arguments: &CatalogSync) -> Result<Status> {
    Err(Error::invalid(
        "this program was built without Glue",
        "build it with the feature `glue`: `cargo install --path crates/cli --features glue`; or hand \
         what `strongroom lake ddl --glue` prints to `aws glue create-table`",
    ))
}
