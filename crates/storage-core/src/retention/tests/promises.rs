//! Promises that hold for all records, tried with many.

use chrono::Datelike as _;
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Helsinki",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "Pacific/Apia",
];

fn some_day() -> impl Strategy<Value = NaiveDate> {
    // 1990 to 2089: leap days, the ends of years, and everything between.
    (0..36_525_i64).prop_map(|days| day("1990-01-01") + chrono::TimeDelta::days(days))
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let event = prop::sample::select(vec![
        Trigger::DrawnUp,
        Trigger::Publication,
        Trigger::StatementSubmitted,
        Trigger::Archived,
    ]);
    (
        event,
        1..=240_u32,
        any::<bool>(),
        any::<bool>(),
        prop::option::of(0..ZONES.len()),
        0..1000_u32,
    )
        .prop_map(|(trigger, months, end_of_year, working, zone, id)| {
            let mut rule = rule("eudr-4-3");
            rule.id = format!("rule-{id}");
            rule.trigger = trigger;
            rule.period = format!("P{months}M").parse().unwrap();
            rule.anchor = if end_of_year { Anchor::EndOfCalendarYear } else { Anchor::Date };
            rule.last_day = if working { LastDay::WorkingDay } else { LastDay::Any };
            rule.zone = zone.map(|it| ZONES[it].parse().unwrap());
            rule
        })
}

/// The law, spelled out naively and with nothing of ours: count months on a calendar sheet, and take
/// the last day of the month where the date is missing.
fn naive_last_day(rule: &Rule, event: NaiveDate) -> NaiveDate {
    let from = match rule.anchor {
        Anchor::Date => event,
        Anchor::EndOfCalendarYear => NaiveDate::from_ymd_opt(event.year(), 12, 31).unwrap(),
    };
    let (mut year, mut month) = (from.year(), from.month());
    for _ in 0..rule.period.total_months() {
        month += 1;
        if month == 13 {
            (year, month) = (year + 1, 1);
        }
    }
    (1..=from.day()).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day)).unwrap()
}

fn some_act() -> impl Strategy<Value = Act> {
    let trigger = prop::sample::select(vec![
        Trigger::DrawnUp,
        Trigger::Publication,
        Trigger::StatementSubmitted,
        Trigger::Archived,
    ]);
    let on = || {
        (2015..2034_i32, 1..366_u32)
            .prop_map(|(year, nth)| TriggerDate::Day(NaiveDate::from_yo_opt(year, nth).unwrap()))
    };
    let moment = || {
        (0..30_000_i64).prop_map(|days| at("2026-01-01T05:00:00Z") + chrono::TimeDelta::days(days))
    };
    let name = prop::sample::select(vec!["a", "b"]).prop_map(str::to_owned);
    prop_oneof![
        name.clone().prop_map(|name| Act::Hold { name }),
        name.prop_map(|name| Act::Release { name }),
        (trigger.clone(), on()).prop_map(|(trigger, on)| Act::SetTrigger { trigger, on }),
        (trigger, on()).prop_map(|(trigger, on)| Act::CorrectTrigger { trigger, on }),
        moment().prop_map(|until| Act::Extend { until }),
        moment().prop_map(|until| Act::Shorten { until }),
        (some_rule(), prop::option::of(on()))
            .prop_map(|(rule, trigger)| Act::AddDuty { rule: Box::new(rule), trigger }),
        (0..1000_u32).prop_map(|id| Act::WithdrawDuty { rule: format!("rule-{id}") }),
        Just(Act::Strengthen),
    ]
}

proptest! {
    /// Never a moment earlier than the last hour of the law's last day where the duty is, and never
    /// a day later either, unless a working day is asked for.
    #[test]
    fn never_earlier_than_the_day_of_the_law(rule in some_rule(), event in some_day(), place in 0..ZONES.len()) {
        let place = zone(ZONES[place]);
        let end = Expiry::of(&rule, TriggerDate::Day(event), place).unwrap();
        let law = naive_last_day(&rule, event);
        let there = rule.zone.unwrap_or(place);
        let before = end.deletable_from - chrono::TimeDelta::nanoseconds(1);
        prop_assert!(end.last_protected_day >= law);
        prop_assert_eq!(there.day_of(before), end.last_protected_day);
        prop_assert!(there.day_of(end.deletable_from) > law);
        let slack = (end.last_protected_day - law).num_days();
        let most = if rule.last_day == LastDay::Any { 0 } else { 2 };
        prop_assert!(slack <= most);
    }

    /// A later event never ends earlier, a longer period neither, nor the end of the year.
    #[test]
    fn later_events_and_longer_periods_end_later(
        rule in some_rule(), event in some_day(), later in 0..800_u64, longer in 0..60_u32,
    ) {
        let end = |rule: &Rule, event| {
            Expiry::of(rule, TriggerDate::Day(event), Zone::UTC).unwrap().deletable_from
        };
        prop_assert!(end(&rule, event) <= end(&rule, event + chrono::Days::new(later)));
        let mut more = rule.clone();
        more.period = format!("P{}M", rule.period.total_months() + longer).parse().unwrap();
        prop_assert!(end(&rule, event) <= end(&more, event));
        more.anchor = Anchor::EndOfCalendarYear;
        prop_assert!(end(&rule, event) <= end(&more, event));
    }

    /// One more duty never frees a record earlier, whatever it says; the order does not matter.
    #[test]
    fn more_duties_never_protect_less(
        duties in prop::collection::vec((some_rule(), prop::option::of(some_day())), 1..6),
    ) {
        let duties: Vec<_> = duties.into_iter().map(|(rule, event)| {
            Duty { rule, trigger: event.map(TriggerDate::Day) }
        }).collect();
        let all = govern(&duties, Zone::UTC).unwrap();
        for left_out in 0..duties.len() {
            let mut fewer = duties.clone();
            let one = fewer.remove(left_out);
            prop_assert!(one.until(Zone::UTC).unwrap() <= all.until());
            if !fewer.is_empty() {
                prop_assert!(govern(&fewer, Zone::UTC).unwrap().until() <= all.until());
            }
        }
        let longest = duties.iter().map(|it| it.until(Zone::UTC).unwrap()).max().unwrap();
        prop_assert_eq!(all.until(), longest);
        let backwards: Vec<_> = duties.iter().rev().cloned().collect();
        prop_assert_eq!(govern(&backwards, Zone::UTC).unwrap().until(), all.until());
    }

    /// In compliance mode no sequence of changes, with bypass or without, ends a known protection
    /// earlier, lifts the mode, or frees a record before its duties and holds do.
    #[test]
    fn compliance_only_ever_grows(changes in prop::collection::vec((some_act(), any::<bool>()), 1..24)) {
        let mut kept = record("2026-01-20T09:00:00Z", &["platform-cbam", "de-hgb-257"]);
        let mut floor = kept.protection().unwrap();
        for (nth, (act, bypass)) in changes.into_iter().enumerate() {
            let moment = at("2026-02-01T00:00:00Z") + chrono::TimeDelta::days(nth as i64);
            let mut change = Change::new("ana", "as decided", moment, act);
            change.bypass = bypass;
            let before = kept.clone();
            match kept.apply(&change) {
                Err(_) => prop_assert_eq!(&kept, &before),
                Ok(effect) => {
                    prop_assert!(!effect.shortens());
                    let now = kept.protection().unwrap();
                    prop_assert_eq!(effect.after, now);
                    prop_assert!(now.at_least >= floor.at_least);
                    prop_assert_eq!(now.mode, LockMode::Compliance);
                    prop_assert!(now.until >= now.at_least.map_or(now.until, Until::At));
                    for duty in kept.duties() {
                        prop_assert!(duty.until(kept.place()).unwrap() <= now.until);
                    }
                    floor = now;
                }
            }
        }
        // Free exactly when the list of reasons is empty, and never before.
        if let Some(end) = floor.at_least {
            for moment in [end - chrono::TimeDelta::nanoseconds(1), end] {
                let guard = ClockGuard::default().present("store", moment);
                let answer = eligible(&kept, moment, &guard);
                let over = moment >= end && !floor.needs_hold();
                prop_assert_eq!(answer.is_eligible(), over, "{:?}", answer);
            }
        }
    }

    /// Without bypass governance is as firm.
    #[test]
    fn governance_without_bypass_only_ever_grows(acts in prop::collection::vec(some_act(), 1..24)) {
        let rules = [rule("platform-cbam"), rule("de-hgb-257")];
        let mut kept =
            Retention::new(LockMode::Governance, at("2026-01-20T09:00:00Z"), Zone::UTC, rules).unwrap();
        for act in acts {
            let before = kept.protection().unwrap();
            if kept.apply(&change("2026-02-01T00:00:00Z", act)).is_ok() {
                prop_assert!(kept.protection().unwrap().at_least >= before.at_least);
            }
        }
    }

    /// Broken documents are refused, never a panic, and never a rule that does not hold.
    #[test]
    fn broken_documents_are_refused(at in 0..18_000_usize, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = include_bytes!("../rules.json").to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok((table, _)) = RuleTable::builtin().with(&bytes) {
            for rule in table.current_rules() {
                prop_assert_eq!(rule.broken(), []);
            }
        }
    }
}
