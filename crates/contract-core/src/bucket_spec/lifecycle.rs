//! Lifecycle rules: what the request says about ageing, and its storage class.
//!
//! S3 has no storage class of a bucket. Objects arrive in Standard, and a rule moves them.

use serde::Serialize;

use crate::request::Lifecycle;
use crate::words::StorageClass;

/// One rule about ageing. It has an expiration or a transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LifecycleRule {
    /// Its name within the bucket.
    pub id: &'static str,
    /// Days after which objects are deleted.
    pub expire_days: Option<u32>,
    /// Where objects go, and when.
    pub transition: Option<Transition>,
}

/// A move to another storage class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// Days after the creation of the object.
    pub days: u32,
    /// The class.
    pub storage_class: StorageClass,
}

/// A transition that would have no effect and is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The rule it would have been.
    pub id: &'static str,
    /// What was asked for.
    pub transition: Transition,
    /// Why it would have no effect, as the end of a sentence that begins with "objects".
    pub reason: String,
}

/// What comes of a request.
pub(super) struct Planned {
    pub(super) rules: Vec<LifecycleRule>,
    pub(super) dropped: Vec<Dropped>,
    pub(super) storage_class: StorageClass,
}

const TO_IA: &str = "transition-to-ia";
const TO_GLACIER: &str = "transition-to-glacier";
const DEFAULT_CLASS: &str = "default-storage-class";

/// The rules, in the order of the files so far and the storage class last.
pub(super) fn plan(asked: Lifecycle, class: StorageClass) -> Planned {
    let mut wanted: Vec<(&'static str, Transition)> = Vec::new();
    let mut want = |id, days: Option<u32>, storage_class| {
        wanted.extend(days.map(|days| (id, Transition { days, storage_class })));
    };
    want(TO_IA, asked.transition_to_ia_days, StorageClass::StandardIa);
    want(TO_GLACIER, asked.transition_to_glacier_days, StorageClass::Glacier);
    let own = (class != StorageClass::Standard).then(|| class.earliest_transition_days());
    want(DEFAULT_CLASS, own, class);

    // Follow an object through its life: each move has to start where the one before ended. On one
    // day the storage class comes first, then the warmer class.
    let mut in_time = wanted.clone();
    in_time.sort_by_key(|(id, to)| (to.days, *id != DEFAULT_CLASS, *id == TO_GLACIER));
    let mut dropped = Vec::new();
    let mut at = StorageClass::Standard;
    for (id, transition) in in_time {
        let to = transition.storage_class;
        let reason = match asked.expire_days {
            Some(end) if end <= transition.days => format!("are deleted on day {end}"),
            _ if at == to => format!("are in {} by then", at.aws_name()),
            _ if !at.can_move_to(to) => {
                format!("are in {} by then, and S3 does not move them back", at.aws_name())
            }
            _ => {
                at = to;
                continue;
            }
        };
        dropped.push(Dropped { id, transition, reason });
    }

    let expires = asked.expire_days.map(|days| LifecycleRule {
        id: "expire-objects",
        expire_days: Some(days),
        transition: None,
    });
    let kept = |id: &str| dropped.iter().all(|it| it.id != id);
    let moves = wanted.iter().filter(|(id, _)| kept(id)).map(|&(id, transition)| LifecycleRule {
        id,
        expire_days: None,
        transition: Some(transition),
    });
    let rules = expires.into_iter().chain(moves).collect();
    let storage_class = if kept(DEFAULT_CLASS) { class } else { StorageClass::Standard };
    Planned { rules, dropped, storage_class }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StorageClass::{Glacier, IntelligentTiering, Standard, StandardIa};

    /// The rules that are kept and those that are dropped, as `id@day`.
    fn planned(
        class: StorageClass,
        expire: Option<u32>,
        ia: Option<u32>,
        glacier: Option<u32>,
    ) -> (Vec<String>, Vec<String>) {
        let asked = Lifecycle {
            expire_days: expire,
            transition_to_ia_days: ia,
            transition_to_glacier_days: glacier,
        };
        let planned = plan(asked, class);
        let kept = planned.rules.iter().map(|rule| {
            let days = rule.transition.map(|to| to.days).or(rule.expire_days);
            format!("{}@{}", rule.id, days.expect("each rule has a day"))
        });
        let dropped = planned.dropped.iter().map(|it| format!("{}@{}", it.id, it.transition.days));
        (kept.collect(), dropped.collect())
    }

    #[test]
    fn standard_needs_no_rule_of_its_own() {
        assert_eq!(planned(Standard, None, None, None).0, [""; 0]);
        let (kept, dropped) = planned(Standard, Some(365), Some(30), Some(90));
        assert_eq!(kept, ["expire-objects@365", "transition-to-ia@30", "transition-to-glacier@90"]);
        assert_eq!(dropped, [""; 0]);
    }

    #[test]
    fn another_class_is_reached_as_early_as_s3_allows() {
        assert_eq!(planned(Glacier, None, None, None).0, ["default-storage-class@0"]);
        assert_eq!(planned(IntelligentTiering, None, None, None).0, ["default-storage-class@0"]);
        assert_eq!(planned(StandardIa, None, None, None).0, ["default-storage-class@30"]);
    }

    #[test]
    fn moves_without_effect_are_dropped_and_named() {
        let (kept, dropped) = planned(Glacier, None, Some(30), Some(90));
        assert_eq!(kept, ["default-storage-class@0"]);
        assert_eq!(dropped, ["transition-to-ia@30", "transition-to-glacier@90"]);

        let (kept, dropped) = planned(StandardIa, None, Some(30), Some(90));
        assert_eq!(kept, ["transition-to-glacier@90", "default-storage-class@30"]);
        assert_eq!(dropped, ["transition-to-ia@30"]);

        let (kept, dropped) = planned(IntelligentTiering, None, Some(60), Some(90));
        assert_eq!(kept, ["transition-to-glacier@90", "default-storage-class@0"]);
        assert_eq!(dropped, ["transition-to-ia@60"]);

        let (kept, dropped) = planned(Standard, None, Some(120), Some(90));
        assert_eq!(kept, ["transition-to-glacier@90"]);
        assert_eq!(dropped, ["transition-to-ia@120"]);
    }

    #[test]
    fn nothing_moves_after_its_end() {
        let (kept, dropped) = planned(StandardIa, Some(30), None, Some(90));
        assert_eq!(kept, ["expire-objects@30"]);
        assert_eq!(dropped, ["default-storage-class@30", "transition-to-glacier@90"]);
        let asked = Lifecycle { expire_days: Some(30), ..Lifecycle::default() };
        assert_eq!(plan(asked, StandardIa).storage_class, Standard, "objects never leave it");
    }
}
