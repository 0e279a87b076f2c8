//! `report hold`, `release`, `extend`, `trigger`

use storage_core::retention::Act;

use super::{close, find, page, runtime, write};
use crate::args::{Extend, Hold, Named, Release, SetTrigger, Why};
use crate::status::{Error, Result, Status};

pub(super) fn hold(it: &Hold) -> Result<Status> {
    act(&it.named, &it.why, Act::Hold { name: it.name.clone() })
}

pub(super) fn release(it: &Release) -> Result<Status> {
    act(&it.named, &it.why, Act::Release { name: it.name.clone() })
}

pub(super) fn extend(it: &Extend) -> Result<Status> {
    act(&it.named, &it.why, Act::Extend { until: it.until.0 })
}

pub(super) fn trigger(it: &SetTrigger) -> Result<Status> {
    let (trigger, on) = (it.event, it.on);
    act(
        &it.named,
        &it.why,
        match it.correct {
            true => Act::CorrectTrigger { trigger, on },
            false => Act::SetTrigger { trigger, on },
        },
    )
}

fn act(named: &Named, why: &Why, act: Act) -> Result<Status> {
    runtime()?.block_on(async {
        let reports = write(&why.keeper, &why.protect, false).await?;
        let done = async {
            let report = find(&reports, &named.report).await?;
            Ok::<_, Error>(reports.act(&report, &why.reason, act).await?)
        };
        let done = done.await;
        let state = close(&reports, done).await?;
        page::print(&reports, &state, why.format)?;
        Ok(Status::Fine)
    })
}
