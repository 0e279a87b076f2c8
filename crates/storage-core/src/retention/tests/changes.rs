//! Holds, extensions, events and their corrections.

use super::*;

/// Five years and the last day: free from 21 January 2031 on.
fn cbam() -> Retention {
    record("2026-01-20T09:00:00Z", &["platform-cbam"])
}

fn governed(rules: &[&str]) -> Retention {
    let rules = rules.iter().map(|id| rule(id));
    Retention::new(LockMode::Governance, at("2026-01-20T09:00:00Z"), Zone::UTC, rules).unwrap()
}

fn hold(name: &str) -> Act {
    Act::Hold { name: name.to_owned() }
}

fn release(name: &str) -> Act {
    Act::Release { name: name.to_owned() }
}

fn extend(until: &str) -> Act {
    Act::Extend { until: at(until) }
}

fn shorten(until: &str) -> Act {
    Act::Shorten { until: at(until) }
}

/// Refused with this code, and nothing is different afterwards.
fn refused(record: &mut Retention, change: &Change) -> &'static str {
    let before = record.clone();
    let error = record.apply(change).unwrap_err();
    assert_eq!(*record, before, "a refused change changes nothing");
    error.code()
}

#[test]
fn hold_1_outlasts_retention() {
    let mut record = cbam();
    record.apply(&change("2027-01-01T00:00:00Z", hold("case 12"))).unwrap();
    assert_eq!(record.until().unwrap(), Until::At(at("2031-01-21T00:00:00Z")), "dates stay");
    assert!(record.protection().unwrap().needs_hold());
    assert_eq!(
        why(&record, "2040-01-01T00:00:00Z"),
        ["the hold `case 12` of `ana` is in force since 2027-01-01T00:00:00Z: as decided"]
    );
    record.apply(&change("2040-01-01T00:00:00Z", release("case 12"))).unwrap();
    assert!(free(&record, "2040-01-01T00:00:00Z"));
    assert!(!record.protection().unwrap().needs_hold());
}

#[test]
fn hold_2_several_holds_are_lifted_one_by_one() {
    let mut record = cbam();
    for name in ["case 12", "audit 2029", "claim"] {
        record.apply(&change("2027-01-01T00:00:00Z", hold(name))).unwrap();
    }
    record.apply(&change("2032-01-01T00:00:00Z", release("audit 2029"))).unwrap();
    assert_eq!(why(&record, "2032-01-02T00:00:00Z").len(), 2);
    record.apply(&change("2032-01-01T00:00:00Z", release("case 12"))).unwrap();
    assert!(record.protection().unwrap().held && !free(&record, "2032-01-02T00:00:00Z"));
    record.apply(&change("2032-01-01T00:00:00Z", release("claim"))).unwrap();
    assert!(!record.protection().unwrap().held && free(&record, "2032-01-02T00:00:00Z"));
    assert_eq!(record.holds().iter().count(), 3, "lifted holds stay on record");
}

#[test]
fn hold_3_can_be_placed_after_expiry() {
    let mut record = cbam();
    assert!(free(&record, "2031-02-01T00:00:00Z"));
    record.apply(&change("2031-02-01T00:00:00Z", hold("late case"))).unwrap();
    assert!(!free(&record, "2031-02-01T00:00:00Z") && !free(&record, "2099-01-01T00:00:00Z"));
}

#[test]
fn hold_4_names_actors_and_reasons_are_wanted() {
    let mut record = cbam();
    record.apply(&change("2027-01-01T00:00:00Z", hold("case"))).unwrap();
    assert_eq!(
        refused(&mut record, &change("2027-01-02T00:00:00Z", hold("case"))),
        "retention.hold_exists"
    );
    for unknown in ["Case", "case ", "other"] {
        let code = refused(&mut record, &change("2027-01-02T00:00:00Z", release(unknown)));
        assert_eq!(code, "retention.hold_unknown");
    }
    for wrong in ["", "  ", "a\nb", &"x".repeat(129)] {
        let code = refused(&mut record, &change("2027-01-02T00:00:00Z", hold(wrong)));
        assert_eq!(code, "retention.text_invalid");
    }
    let moment = at("2027-01-02T00:00:00Z");
    for (actor, reason) in [("", "why"), ("ben", ""), ("ben", "\u{7}")] {
        let code = refused(&mut record, &Change::new(actor, reason, moment, release("case")));
        assert_eq!(code, "retention.text_invalid");
    }
    record.apply(&Change::new("ben", "settled", moment, release("case"))).unwrap();
    record.apply(&change("2027-01-03T00:00:00Z", hold("case"))).unwrap();
    let all: Vec<_> = record.holds().iter().collect();
    let lifted = all[0].released.as_ref().unwrap();
    assert_eq!(
        (lifted.actor.as_str(), lifted.reason.as_str(), lifted.at),
        ("ben", "settled", moment)
    );
    assert!(all[1].released.is_none(), "the name is free again");
}

#[test]
fn ext_1_a_protection_can_be_extended_again_and_again() {
    let mut record = cbam();
    for until in ["2031-01-21T00:00:00Z", "2033-01-01T00:00:00Z", "2035-06-01T00:00:00Z"] {
        let effect = record.apply(&change("2027-01-01T00:00:00Z", extend(until))).unwrap();
        assert!(!effect.shortens());
        assert_eq!(record.until().unwrap(), Until::At(at(until)));
    }
    assert_eq!(
        why(&record, "2034-01-01T00:00:00Z"),
        ["it was extended until 2035-06-01T00:00:00Z"]
    );
    // Also when it is over, for as long as the record is there.
    record.apply(&change("2035-07-01T00:00:00Z", extend("2036-01-01T00:00:00Z"))).unwrap();
    assert!(!free(&record, "2035-07-01T00:00:00Z") && free(&record, "2036-01-01T00:00:00Z"));
}

#[test]
fn ext_2_an_extension_that_would_end_earlier_is_refused() {
    let mut record = cbam();
    let code =
        refused(&mut record, &change("2027-01-01T00:00:00Z", extend("2031-01-20T23:59:59Z")));
    assert_eq!(code, "retention.shortens");
    record.apply(&change("2027-01-01T00:00:00Z", extend("2033-01-01T00:00:00Z"))).unwrap();
    let code =
        refused(&mut record, &change("2027-01-01T00:00:00Z", extend("2032-12-31T00:00:00Z")));
    assert_eq!(code, "retention.shortens");
    // A slip in the year could never be undone.
    let code =
        refused(&mut record, &change("2027-01-01T00:00:00Z", extend("2327-01-01T00:00:00Z")));
    assert_eq!(code, "retention.too_far");
}

#[test]
fn ext_3_compliance_never_shortens() {
    let mut record = cbam();
    record.apply(&change("2027-01-01T00:00:00Z", extend("2033-01-01T00:00:00Z"))).unwrap();
    for change in [
        change("2027-02-01T00:00:00Z", shorten("2032-01-01T00:00:00Z")),
        change("2027-02-01T00:00:00Z", shorten("2032-01-01T00:00:00Z")).with_bypass(),
        change("2027-02-01T00:00:00Z", Act::WithdrawDuty { rule: "platform-cbam".into() })
            .with_bypass(),
    ] {
        assert_eq!(refused(&mut record, &change), "retention.compliance");
    }
}

#[test]
fn ext_4_governance_shortens_only_with_bypass_and_reason() {
    let mut record = governed(&["platform-cbam"]);
    record.apply(&change("2027-01-01T00:00:00Z", extend("2033-01-01T00:00:00Z"))).unwrap();
    let wanted = change("2027-02-01T00:00:00Z", shorten("2032-01-01T00:00:00Z"));
    assert_eq!(refused(&mut record, &wanted), "retention.bypass_missing");
    let mut mute = wanted.clone().with_bypass();
    mute.reason = String::new();
    assert_eq!(refused(&mut record, &mute), "retention.text_invalid");
    let effect = record.apply(&wanted.with_bypass()).unwrap();
    assert!(effect.shortens());
    assert_eq!(record.until().unwrap(), Until::At(at("2032-01-01T00:00:00Z")));
    // Once it is a compliance lock, that is over.
    record.apply(&change("2027-03-01T00:00:00Z", Act::Strengthen)).unwrap();
    assert_eq!(record.mode(), LockMode::Compliance);
    let again = change("2027-04-01T00:00:00Z", shorten("2031-06-01T00:00:00Z")).with_bypass();
    assert_eq!(refused(&mut record, &again), "retention.compliance");
}

#[test]
fn ext_5_no_bypass_reaches_below_a_duty() {
    let mut record = governed(&["platform-cbam"]);
    record.apply(&change("2027-01-01T00:00:00Z", extend("2033-01-01T00:00:00Z"))).unwrap();
    let below = change("2027-02-01T00:00:00Z", shorten("2031-01-20T00:00:00Z")).with_bypass();
    assert_eq!(refused(&mut record, &below), "retention.duty_outlasts");
    let exactly = change("2027-02-01T00:00:00Z", shorten("2031-01-21T00:00:00Z")).with_bypass();
    record.apply(&exactly).unwrap();
    assert_eq!(record.extended_until(), None);
    assert_eq!(refused(&mut record, &exactly), "retention.nothing_to_shorten");
    // A rule that never applied can be withdrawn, the last one cannot.
    let withdraw = |rule: &str| {
        change("2027-03-01T00:00:00Z", Act::WithdrawDuty { rule: rule.to_owned() }).with_bypass()
    };
    assert_eq!(refused(&mut record, &withdraw("platform-cbam")), "retention.last_duty");
    let add = Act::AddDuty { rule: Box::new(rule("cbam-7")), trigger: None };
    record.apply(&change("2027-03-01T00:00:00Z", add)).unwrap();
    assert_eq!(record.until().unwrap(), Until::Indefinite);
    let guard = trusted("2027-03-01T00:00:00Z");
    assert!(record.weigh(&withdraw("cbam-7"), &guard).is_ok());
    let jumped = record.weigh(&withdraw("cbam-7"), &trusted("2026-03-01T00:00:00Z")).unwrap_err();
    assert_eq!(jumped.code(), "retention.clock");
    record.apply(&withdraw("cbam-7")).unwrap();
    assert_eq!(record.until().unwrap(), Until::At(at("2031-01-21T00:00:00Z")));
    assert_eq!(refused(&mut record, &withdraw("cbam-7")), "retention.duty_unknown");
}

#[test]
fn an_event_is_set_once() {
    let mut record = record("2026-01-20T09:00:00Z", &["cbam-7", "platform-cbam"]);
    let set =
        |on: &str| Act::SetTrigger { trigger: Trigger::DeclarationSubmitted, on: super::on(on) };
    let correct = |on: &str| Act::CorrectTrigger {
        trigger: Trigger::DeclarationSubmitted,
        on: super::on(on),
    };
    let moment = "2027-10-01T00:00:00Z";
    assert_eq!(
        refused(&mut record, &change(moment, correct("2027-09-28"))),
        "retention.trigger_not_set"
    );
    record.apply(&change(moment, set("2027-09-28"))).unwrap();
    // The same again is no other fact.
    assert!(!record.apply(&change(moment, set("2027-09-28"))).unwrap().changes());
    assert_eq!(refused(&mut record, &change(moment, set("2027-09-29"))), "retention.trigger_set");
    let other = Act::SetTrigger { trigger: Trigger::Publication, on: on("2027-09-28") };
    assert_eq!(refused(&mut record, &change(moment, other)), "retention.trigger_unused");
    let archived = Act::SetTrigger { trigger: Trigger::Archived, on: on("1999-01-01") };
    assert_eq!(refused(&mut record, &change(moment, archived)), "retention.archived_is_fixed");
    assert_eq!(refused(&mut record, &change(moment, correct("2127-09-28"))), "retention.too_far");
}

/// Corrected from 2027 to 2026, the law would end with 2030 instead of 2031. Compliance keeps 2031.
#[test]
fn a_correction_never_shortens_in_compliance_mode() {
    let correct = |bypass: bool, to: &str| {
        let act = Act::CorrectTrigger { trigger: Trigger::DeclarationSubmitted, on: on(to) };
        let change = change("2028-01-01T00:00:00Z", act);
        if bypass { change.with_bypass() } else { change }
    };
    let end = Until::At(at("2032-01-01T00:00:00Z"));
    let known =
        |record: Retention| record.since(Trigger::DeclarationSubmitted, on("2027-09-28")).unwrap();
    let mut kept = known(record("2026-01-20T09:00:00Z", &["cbam-7"]));
    assert_eq!(kept.until().unwrap(), end);
    let effect = kept.apply(&correct(false, "2026-09-28")).unwrap();
    assert!(!effect.shortens());
    assert_eq!(kept.until().unwrap(), end);
    assert_eq!(kept.duties()[0].trigger, Some(on("2026-09-28")), "the fact is recorded");
    let mut asked = known(record("2026-01-20T09:00:00Z", &["cbam-7"]));
    assert_eq!(refused(&mut asked, &correct(true, "2026-09-28")), "retention.compliance");
    // A later one extends: to the end of the fourth year after 2028.
    kept.apply(&correct(false, "2028-01-05")).unwrap();
    assert_eq!(kept.until().unwrap(), Until::At(at("2033-01-01T00:00:00Z")));

    let mut governance = known(governed(&["cbam-7"]));
    governance.apply(&correct(false, "2026-09-28")).unwrap();
    assert_eq!(governance.until().unwrap(), end, "not without bypass");
    let mut governance = known(governed(&["cbam-7"]));
    let bypass = correct(true, "2026-09-28");
    let jumped = governance.weigh(&bypass, &trusted("2027-12-01T00:00:00Z")).unwrap_err();
    assert_eq!(jumped.code(), "retention.clock");
    assert!(governance.apply(&bypass).unwrap().shortens());
    assert_eq!(governance.until().unwrap(), Until::At(at("2031-01-01T00:00:00Z")));
}

/// While another event is missing, everything looks indefinite. What was known is kept nevertheless:
/// otherwise a correction now and the missing event later would together shorten it.
#[test]
fn a_correction_behind_a_missing_event_does_not_shorten() {
    let mut record = record("2027-04-01T10:00:00Z", &["eudr-4-3", "eudr-9"])
        .since(Trigger::StatementSubmitted, on("2027-03-10"))
        .unwrap();
    let early = Act::CorrectTrigger { trigger: Trigger::StatementSubmitted, on: on("2020-03-10") };
    record.apply(&change("2027-05-01T00:00:00Z", early)).unwrap();
    let placed = Act::SetTrigger { trigger: Trigger::PlacedOnMarket, on: on("2020-01-01") };
    record.apply(&change("2027-05-02T00:00:00Z", placed)).unwrap();
    assert_eq!(record.until().unwrap(), Until::At(at("2032-03-11T00:00:00Z")));
}

/// A new version of a rule says nothing about records that are kept already, unless they are put
/// under it; then both count.
#[test]
fn an_old_record_keeps_its_rule_unless_extended() {
    let mut newer = rule("eudr-4-3");
    newer.version = 2;
    newer.period = "P8Y".parse().unwrap();
    let document = serde_json::json!({"version": "own/2", "rules": [newer]}).to_string();
    let (table, _) = RuleTable::builtin().with(document.as_bytes()).unwrap();
    assert_eq!(table.current("eudr-4-3").unwrap().version, 2);
    assert_eq!(table.get("eudr-4-3", 1), Some(&rule("eudr-4-3")));

    let mut record = record("2027-04-01T10:00:00Z", &["eudr-4-3"])
        .since(Trigger::StatementSubmitted, on("2027-03-10"))
        .unwrap();
    let json = serde_json::to_string(&record).unwrap();
    let read: Retention = serde_json::from_str(&json).unwrap();
    assert_eq!(read.governing().unwrap().last_protected_day(), Some(day("2032-03-10")));

    let current = table.current("eudr-4-3").unwrap().clone();
    let add = Act::AddDuty { rule: Box::new(current), trigger: None };
    record.apply(&change("2028-01-01T00:00:00Z", add.clone())).unwrap();
    // The event is known already, so nothing waits: 10 March 2035.
    assert_eq!(record.governing().unwrap().last_protected_day(), Some(day("2035-03-10")));
    assert_eq!(refused(&mut record, &change("2028-01-01T00:00:00Z", add)), "retention.duty_exists");
}

#[test]
fn what_a_new_duty_says_about_an_event_is_known_to_all() {
    let event = Trigger::DeclarationSubmitted;
    let mut record = record("2026-01-20T09:00:00Z", &["cbam-7"]);
    assert_eq!(record.waits_for(), [event]);
    let mut newer = rule("cbam-7");
    newer.version += 1;
    let add = Act::AddDuty { rule: Box::new(newer), trigger: Some(on("2027-09-28")) };
    record.apply(&change("2027-10-01T00:00:00Z", add)).unwrap();
    assert_eq!(record.waits_for(), []);
    assert!(!record.protection().unwrap().needs_hold());
    // A slip is corrected as any other.
    let correct = Act::CorrectTrigger { trigger: event, on: on("2027-09-29") };
    record.apply(&change("2027-10-02T00:00:00Z", correct)).unwrap();
    assert!(record.duties().iter().all(|it| it.trigger == Some(on("2027-09-29"))));

    // Also of a record in which the event was said for one duty alone.
    let mut json = serde_json::to_value(&record).unwrap();
    json["duties"][0]["trigger"] = serde_json::Value::Null;
    let mut record: Retention = serde_json::from_value(json).unwrap();
    assert_eq!(record.waits_for(), [event]);
    let correct = Act::CorrectTrigger { trigger: event, on: on("2027-09-30") };
    record.apply(&change("2027-10-03T00:00:00Z", correct)).unwrap();
    assert_eq!(record.waits_for(), []);
}

#[test]
fn a_record_without_any_duty_is_refused_and_never_free() {
    let none = Retention::new(LockMode::Compliance, at("2026-01-20T09:00:00Z"), Zone::UTC, []);
    assert_eq!(none.unwrap_err().code(), "retention.no_duty");
    let twice = [rule("cbam-7"), rule("cbam-7")];
    let twice = Retention::new(LockMode::Compliance, at("2026-01-20T09:00:00Z"), Zone::UTC, twice);
    assert_eq!(twice.unwrap_err().code(), "retention.duty_exists");
    // One that somebody edited by hand.
    let mut json = serde_json::to_value(cbam()).unwrap();
    json["duties"] = serde_json::json!([]);
    let edited: Retention = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(why(&edited, "2099-01-01T00:00:00Z").len(), 1);
    assert_eq!(govern(&[], Zone::UTC).unwrap().until(), Until::Indefinite);
    json["dutys"] = serde_json::json!([]);
    assert!(serde_json::from_value::<Retention>(json).is_err(), "no unknown members");
}

#[test]
fn records_and_changes_are_the_same_after_a_round_trip() {
    let mut record = record("2026-01-20T09:00:00Z", &["cbam-7", "platform-cbam", "de-hgb-257"]);
    for act in [
        hold("case"),
        release("case"),
        extend("2050-01-01T00:00:00Z"),
        Act::SetTrigger { trigger: Trigger::DrawnUp, on: on("2026-02-01T00:30:00+02:00") },
        Act::CorrectTrigger { trigger: Trigger::DrawnUp, on: on("2026-02-02") },
        Act::AddDuty { rule: Box::new(rule("eudr-9")), trigger: Some(on("2026-02-02")) },
        Act::Strengthen,
    ] {
        let change = change("2026-03-01T00:00:00Z", act);
        let bytes = crate::canonical_json(&change).unwrap();
        assert_eq!(serde_json::from_slice::<Change>(&bytes).unwrap(), change);
        record.apply(&change).unwrap();
        let bytes = crate::canonical_json(&record).unwrap();
        assert_eq!(serde_json::from_slice::<Retention>(&bytes).unwrap(), record);
    }
    let answer = eligible(&record, at("2027-01-01T00:00:00Z"), &trusted("2027-01-01T00:00:00Z"));
    let json = serde_json::to_string(&answer).unwrap();
    assert_eq!(serde_json::from_str::<Eligibility>(&json).unwrap(), answer);
}
