//! `factor verify`

use platform::factors::verify;
use platform::store::Store;

use super::{options, runtime};
use crate::args::{Plain, VerifyFactors};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &VerifyFactors) -> Result<Status> {
    let bar = output::working("reading");
    let found = runtime()?.block_on(async {
        let store = Store::open(&arguments.place.url).await?;
        Ok::<_, Error>(verify(&store, options(&arguments.place)).await?)
    });
    bar.finish_and_clear();
    let found = found?;
    match arguments.format {
        Plain::Json => output::json(&serde_json::json!(found))?,
        Plain::Human => {
            let head = found.head.map_or_else(|| "none".to_owned(), |it| it.to_string());
            output::data(&format!(
                "whole: {} factors, {} versions, {} events in {} batches\nstore  {}\nhead   {head}\n",
                found.factors, found.versions, found.events, found.batches, found.store_id,
            ))?;
        }
    }
    Ok(Status::Fine)
}
