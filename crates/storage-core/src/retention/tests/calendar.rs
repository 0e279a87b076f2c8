//! Calendar arithmetic.

use super::*;

/// The EUDR rule with another period.
fn of_period(period: &str, event: &str) -> NaiveDate {
    let mut rule = rule("eudr-4-3");
    rule.period = period.parse().unwrap();
    Expiry::of(&rule, on(event), Zone::UTC).unwrap().last_protected_day
}

/// Regulation 1182/71, Article 3(1) and (2)(c): 10 March is not counted; the first day is 11 March
/// 2026 and the fifth year is full when 10 March 2031 is over.
#[test]
fn calendar_the_day_of_the_event_is_not_counted() {
    assert_eq!(of_period("P5Y", "2026-03-10"), day("2031-03-10"));
    assert_eq!(of_period("P1M", "2026-03-10"), day("2026-04-10"));
    // The last day of a year and the first one, which no period swallows.
    assert_eq!(of_period("P1Y", "2026-12-31"), day("2027-12-31"));
    assert_eq!(of_period("P1Y", "2027-01-01"), day("2028-01-01"));
}

/// Article 3(2)(c): where the last month has no such day, the last day of that month.
#[test]
fn calendar_dates_that_the_last_month_does_not_have() {
    // 2029, 2030, 2031 and 2033 have no 29 February; 2032 has.
    assert_eq!(of_period("P1Y", "2028-02-29"), day("2029-02-28"));
    assert_eq!(of_period("P4Y", "2028-02-29"), day("2032-02-29"));
    assert_eq!(of_period("P5Y", "2028-02-29"), day("2033-02-28"));
    // To a leap year from a common one nothing is gained.
    assert_eq!(of_period("P1Y", "2027-02-28"), day("2028-02-28"));
    assert_eq!(of_period("P1M", "2027-01-31"), day("2027-02-28"));
    assert_eq!(of_period("P1M", "2028-01-31"), day("2028-02-29"));
    assert_eq!(of_period("P6M", "2026-08-31"), day("2027-02-28"));
    assert_eq!(of_period("P1Y6M", "2026-08-31"), day("2028-02-29"));
}

/// From 10 March 2027 to 10 March 2032 there are 1827 days (29 February of 2028 and of 2032); a
/// count of 1825 days would end on 8 March, three days before the record may go.
#[test]
fn calendar_years_are_not_days() {
    assert_eq!(of_period("P5Y", "2027-03-10"), day("2032-03-10"));
    assert_eq!((day("2032-03-10") - day("2027-03-10")).num_days(), 1827);
    assert_eq!(day("2027-03-10") + chrono::Days::new(1825), day("2032-03-08"));
    // Over 2100, which is no leap year: 1 March 2097 and seven years have one 29 February, in 2104.
    assert_eq!((of_period("P7Y", "2097-03-01") - day("2097-03-01")).num_days(), 2556);
}

/// The end of the fourth year after the year of the event, whichever day of it that was.
#[test]
fn calendar_from_the_end_of_the_year() {
    for event in ["2027-01-01", "2027-09-30", "2027-12-31"] {
        assert_eq!(last("cbam-7", event, "UTC"), day("2031-12-31"), "{event}");
    }
    assert_eq!(last("cbam-7", "2028-02-29", "UTC"), day("2032-12-31"));
}

/// 00:30 on 1 March in Helsinki (UTC+2) is 22:30 on 28 February in UTC. The day is that of Helsinki:
/// 1 March 2026 to 1 March 2031. The 2nd begins there at 22:00 UTC on the 1st.
#[test]
fn calendar_half_past_midnight_in_helsinki() {
    let end = |event| Expiry::of(&rule("eudr-4-3"), on(event), zone("Europe/Helsinki")).unwrap();
    let moment = end("2026-03-01T00:30:00+02:00");
    assert_eq!(moment.event_day, day("2026-03-01"));
    assert_eq!(moment.last_protected_day, day("2031-03-01"));
    assert_eq!(moment.deletable_from, at("2031-03-01T22:00:00Z"));
    assert_eq!(moment, end("2026-02-28T22:30:00Z"));
    assert_eq!(moment, end("2026-03-01"));
    // In UTC it would have been a day less.
    assert_eq!(last("eudr-4-3", "2026-03-01T00:30:00+02:00", "UTC"), day("2031-02-28"));
    // A year can hang on half an hour: 1 January 2028 in Helsinki, 31 December 2027 in UTC.
    assert_eq!(last("cbam-7", "2028-01-01T00:30:00+02:00", "Europe/Helsinki"), day("2032-12-31"));
    assert_eq!(last("cbam-7", "2028-01-01T00:30:00+02:00", "UTC"), day("2031-12-31"));
}

/// The zone of the rule counts before the place of the record: 22:00 on 15 March in New York (UTC-4)
/// is 02:00 on the 16th in UTC and 03:00 in Berlin. 16 March 2034 begins in New York at 04:00 UTC.
#[test]
fn calendar_the_zone_of_the_rule_counts() {
    let event = on("2027-03-15T22:00:00-04:00");
    let end = Expiry::of(&rule("us-sox-2-06"), event, zone("Europe/Berlin")).unwrap();
    assert_eq!((end.event_day, end.last_protected_day), (day("2027-03-15"), day("2034-03-15")));
    assert_eq!(end.deletable_from, at("2034-03-16T04:00:00Z"));
}

/// 1 March 2026 is a Sunday; 1826 days later, 260 weeks and six days, 1 March 2031 is a Saturday.
/// Article 3(4) lets such a period end with the next working day, if the rule asks for that.
#[test]
fn calendar_working_days_only_where_a_rule_says_so() {
    let mut rule = rule("eudr-4-3");
    let end = |rule: &Rule, event| Expiry::of(rule, on(event), Zone::UTC).unwrap();
    assert_eq!(end(&rule, "2026-03-01").last_protected_day, day("2031-03-01"));
    rule.last_day = LastDay::WorkingDay;
    assert_eq!(end(&rule, "2026-03-01").last_protected_day, day("2031-03-03"));
    assert_eq!(end(&rule, "2026-03-01").deletable_from, at("2031-03-04T00:00:00Z"));
    rule.holidays = vec![day("2031-03-03"), day("2031-03-04")];
    assert_eq!(end(&rule, "2026-03-01").last_protected_day, day("2031-03-05"));
    // A Friday stays.
    assert_eq!(end(&rule, "2026-02-28").last_protected_day, day("2031-02-28"));
}

/// 2557 days were asked for, and seven calendar years: from 1 March 2028 to 1 March 2035 there is
/// one 29 February (2032), so 2556 days; the 2557th is 2 March. From 1 March 2029 there are two.
#[test]
fn calendar_figures_in_days_are_kept_too() {
    assert_eq!(last("platform-csrd", "2028-03-01", "UTC"), day("2035-03-02"));
    assert_eq!(last("platform-csrd", "2029-03-01", "UTC"), day("2036-03-01"));
    // 1825 days are always less than five years, 365 never more than one.
    assert_eq!(last("platform-cbam", "2026-01-20", "UTC"), day("2031-01-20"));
    assert_eq!(last("platform-custom", "2026-01-20", "UTC"), day("2027-01-20"));
}

#[test]
fn calendar_the_last_day_is_protected_whole() {
    let record = record("2027-04-01T10:00:00Z", &["eudr-4-3"])
        .since(Trigger::StatementSubmitted, on("2027-03-10"))
        .unwrap();
    assert!(!free(&record, "2032-03-10T00:00:00Z"));
    assert!(!free(&record, "2032-03-10T23:59:59.999999999Z"));
    assert!(free(&record, "2032-03-11T00:00:00Z"));
}

#[test]
fn calendar_periods_are_read_strictly() {
    for (text, months) in [("P7Y", 84), ("P18M", 18), ("P1Y6M", 18), ("P100Y", 1200), ("P0Y", 0)] {
        assert_eq!(text.parse::<Span>().unwrap().total_months(), months, "{text}");
    }
    assert_eq!("P18M".parse::<Span>().unwrap().to_string(), "P1Y6M");
    assert_eq!("P0M".parse::<Span>().unwrap().to_string(), "P0Y");
    for wrong in [
        "",
        "P",
        "7",
        "7Y",
        "p7y",
        "P7",
        "P7Y6",
        "P6M7Y",
        "P7YM",
        "PY",
        "P+7Y",
        "P-7Y",
        " P7Y",
        "P7Y ",
        "P1825D",
        "P52W",
        "PT1H",
        "P101Y",
        "P1201M",
        "P99999999999Y",
        "P4294967295Y",
        "P7.5Y",
        "P٧Y",
    ] {
        let error = wrong.parse::<Span>().unwrap_err();
        assert_eq!(error.code(), "retention.period_invalid", "{wrong}");
    }
}
