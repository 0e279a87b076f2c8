//! `report hold`, `release`, `extend`, `shorten`, `strengthen`, `duty`, `trigger`

use platform::reports::Reports;
use storage_core::retention::{Act, Change};

use super::{find, page, runtime};
use crate::args::{
    AddDuty, Extend, Hold, Named, Release, SetTrigger, Shorten, Strengthen, Why, WithdrawDuty,
};
use crate::status::{Error, Result, Status};

pub(super) fn hold(it: &Hold) -> Result<Status> {
    act(&it.named, &it.why, false, |_| Ok(Act::Hold { name: it.name.clone() }))
}

pub(super) fn release(it: &Release) -> Result<Status> {
    act(&it.named, &it.why, false, |_| Ok(Act::Release { name: it.name.clone() }))
}

pub(super) fn extend(it: &Extend) -> Result<Status> {
    act(&it.named, &it.why, false, |_| Ok(Act::Extend { until: it.until.0 }))
}

pub(super) fn shorten(it: &Shorten) -> Result<Status> {
    act(&it.named, &it.why, it.bypass, |_| Ok(Act::Shorten { until: it.until.0 }))
}

pub(super) fn strengthen(it: &Strengthen) -> Result<Status> {
    act(&it.named, &it.why, false, |_| Ok(Act::Strengthen))
}

pub(super) fn add_duty(it: &AddDuty) -> Result<Status> {
    act(&it.named, &it.why, false, |reports| {
        let rules = &reports.options().rules;
        let Some(rule) = rules.current(&it.rule) else {
            let known: Vec<_> = rules.current_rules().map(|rule| rule.id.as_str()).collect();
            return Err(Error::invalid(
                format!("there is no rule `{}`", it.rule),
                format!("there are {}; `--rules` names a file with more", known.join(", ")),
            ));
        };
        Ok(Act::AddDuty { rule: Box::new(rule.clone()), trigger: it.since })
    })
}

pub(super) fn withdraw_duty(it: &WithdrawDuty) -> Result<Status> {
    act(&it.named, &it.why, it.bypass, |_| Ok(Act::WithdrawDuty { rule: it.rule.clone() }))
}

pub(super) fn trigger(it: &SetTrigger) -> Result<Status> {
    let (trigger, on) = (it.event, it.on);
    act(&it.named, &it.why, it.bypass, |_| {
        Ok(match it.correct {
            true => Act::CorrectTrigger { trigger, on },
            false => Act::SetTrigger { trigger, on },
        })
    })
}

fn act(
    named: &Named,
    why: &Why,
    bypass: bool,
    decided: impl FnOnce(&Reports) -> Result<Act>,
) -> Result<Status> {
    runtime()?.block_on(async {
        let act = async |reports: &Reports| {
            let act = decided(reports)?;
            let report = find(reports, &named.report).await?;
            let options = reports.options();
            let now = options.clock.now();
            let mut change = Change::new(&options.actor, &why.reason, now, act);
            change.bypass = bypass;
            Ok((reports.clone(), reports.change(&report, &change).await?))
        };
        let (reports, state) = super::change(&why.keeper, &why.protect, false, act).await?;
        page::print(&reports, &state, why.format)?;
        Ok(Status::Fine)
    })
}
