//! One record under each law, and the figure it would have had in days after archiving.

use super::*;

/// What was deleted on time by the count of days: the first moment, as a day.
fn by_days(archived: &str, days: u64) -> NaiveDate {
    day(archived) + chrono::Days::new(days)
}

/// Imports of 2026 are declared by 30 September 2027. The fourth year after 2027 is 2031.
#[test]
fn cbam_1_to_the_end_of_the_fourth_year_after_submission() {
    assert_eq!(last("cbam-7", "2027-09-28", "Europe/Brussels"), day("2031-12-31"));
}

/// Where none was submitted, the year in which it should have been: 2027 again.
#[test]
fn cbam_2_a_declaration_that_was_never_submitted_counts_from_when_it_was_due() {
    assert_eq!(last("cbam-7", "2027-09-30", "Europe/Brussels"), day("2031-12-31"));
}

/// Submitted late, in January 2028: the fourth year after 2028 is 2032.
#[test]
fn cbam_3_a_late_submission_counts_from_its_own_year() {
    assert_eq!(last("cbam-7", "2028-01-10", "Europe/Brussels"), day("2032-12-31"));
}

/// A supporting record archived on 20 January 2026: 1825 days end on 19 January 2031. The law ends
/// with 31 December 2031. From the 19th, 12 days of January are left, then 334 days to the end of
/// the year, and 1 January 2032 is the first free day: 12 + 334 + 1 = 347.
#[test]
fn cbam_4_no_submission_yet_means_held() {
    let mut record = record("2026-01-20T09:00:00Z", &["cbam-7", "platform-cbam"]);
    assert_eq!(record.until().unwrap(), Until::Indefinite);
    assert_eq!(record.waits_for(), [Trigger::DeclarationSubmitted]);
    assert!(!free(&record, "2099-01-01T00:00:00Z"), "held for as long as nobody knows");
    assert_eq!(
        why(&record, "2099-01-01T00:00:00Z"),
        ["`cbam-7` protects until `declaration_submitted` is known"]
    );
    // What is known already is locked already: five years, to the end of 20 January 2031.
    let protection = record.protection().unwrap();
    assert!(protection.needs_hold());
    assert_eq!(protection.lock().unwrap().until, at("2031-01-21T00:00:00Z"));

    let submitted =
        Act::SetTrigger { trigger: Trigger::DeclarationSubmitted, on: on("2027-09-28") };
    let effect = record.apply(&change("2027-09-29T08:00:00Z", submitted)).unwrap();
    assert!(!effect.shortens() && effect.changes() && !effect.after.needs_hold());
    assert_eq!(record.governing().unwrap().last_protected_day(), Some(day("2031-12-31")));
    assert!(!free(&record, "2031-12-31T23:59:59Z") && free(&record, "2032-01-01T00:00:00Z"));

    let seed = by_days("2026-01-20", 1825);
    assert_eq!(seed, day("2031-01-19"));
    assert_eq!((day("2032-01-01") - seed).num_days(), 347);
}

/// The quarterly reports of 2023 to 2025 have no article on keeping; the word of the platform does.
#[test]
fn cbam_5_quarterly_reports_are_kept_by_policy() {
    let rules = RuleTable::builtin().select(&Question::new(Regime::Cbam)).unwrap();
    let ids: Vec<_> = rules.decided().unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(ids, ["platform-cbam"]);
}

/// Submitted on 10 March 2027, to the end of 10 March 2032.
#[test]
fn eudr_1_five_years_from_the_statement() {
    assert_eq!(last("eudr-4-3", "2027-03-10", "UTC"), day("2032-03-10"));
}

/// Placed on the market on 29 February 2028; 2033 has no such day.
#[test]
fn eudr_2_from_a_leap_day() {
    assert_eq!(last("eudr-9", "2028-02-29", "UTC"), day("2033-02-28"));
}

/// Archived and submitted on 10 March 2027: 1825 days end on 8 March 2032, the law on the 10th, and
/// the 11th is the first free day. Where one 29 February lies between, it is two days.
#[test]
fn eudr_3_days_fall_short() {
    assert_eq!((day("2032-03-11") - by_days("2027-03-10", 1825)).num_days(), 3);
    assert_eq!(last("eudr-4-3", "2026-03-10", "UTC"), day("2031-03-10"));
    assert_eq!((day("2031-03-11") - by_days("2026-03-10", 1825)).num_days(), 2);
}

#[test]
fn eudr_4_traders_count_from_making_available() {
    assert_eq!(last("eudr-5", "2027-07-01", "UTC"), day("2032-07-01"));
}

/// Submitted at 00:30 on 1 January 2027 in Helsinki, 22:30 on 31 December in UTC.
#[test]
fn eudr_5_the_day_is_the_local_one() {
    assert_eq!(last("eudr-4-3", "2026-12-31T22:30:00Z", "Europe/Helsinki"), day("2032-01-01"));
}

/// Three duties on one file: archived 1 April 2027 (five years: 1 April 2032), statement 10 March
/// 2027 (10 March 2032), placed on the market 1 June 2027 (1 June 2032). The last one governs.
#[test]
fn eudr_6_of_several_duties_the_longest_governs_and_is_named() {
    let record = record("2027-04-01T10:00:00Z", &["platform-eudr", "eudr-4-3", "eudr-9"])
        .since(Trigger::StatementSubmitted, on("2027-03-10"))
        .unwrap()
        .since(Trigger::PlacedOnMarket, on("2027-06-01"))
        .unwrap();
    let governing = record.governing().unwrap();
    assert_eq!(
        governing.to_string(),
        "`eudr-9` version 1 (Regulation (EU) 2023/1115, Article 9(1)) protects to the end of \
         2032-06-01 in UTC, reckoned from 2027-06-01; longer than `platform-eudr` (2032-04-01), \
         `eudr-4-3` (2032-03-10)"
    );
    assert_eq!(record.until().unwrap(), Until::At(at("2032-06-02T00:00:00Z")));
    // On 1 April two duties are left, on 2 April one.
    assert_eq!(
        why(&record, "2032-04-01T12:00:00Z"),
        [
            "`eudr-9` version 1 protects to the end of 2032-06-01 in UTC, until 2032-06-02T00:00:00Z",
            "`platform-eudr` version 1 protects to the end of 2032-04-01 in UTC, until 2032-04-02T00:00:00Z",
        ]
    );
    assert_eq!(why(&record, "2032-04-02T00:00:00Z").len(), 1);
}

/// A downstream operator files no statement (Regulation (EU) 2025/2650): asked, it says so, and only
/// the market date counts. Not asked, nothing is assumed.
#[test]
fn eudr_7_downstream_operators_file_no_statement() {
    let table = RuleTable::builtin();
    let question = Question::new(Regime::Eudr).within("NL".parse().unwrap());
    let undecided = table.select(&question).unwrap().decided().unwrap_err();
    assert_eq!(undecided.code(), "retention.undecided");
    assert!(undecided.to_string().contains("files_statement, makes_available, places_on_market"));
    let downstream = question
        .clone()
        .given("files_statement", false)
        .given("makes_available", false)
        .given("places_on_market", true);
    let ids = |rules: Vec<Rule>| rules.into_iter().map(|it| it.id).collect::<Vec<_>>();
    let rules = table.select(&downstream).unwrap().decided().unwrap();
    assert_eq!(ids(rules), ["eudr-9", "platform-eudr"]);
    // Whoever cannot ask takes them all, and the record is held.
    let all = table.select(&question).unwrap().cautious().unwrap();
    assert_eq!(ids(all), ["eudr-4-3", "eudr-5", "eudr-9", "platform-eudr"]);
}

/// One known event of two protects nothing from the other.
#[test]
fn eudr_8_one_missing_event_holds_although_others_are_known() {
    let mut record = record("2027-04-01T10:00:00Z", &["eudr-4-3", "eudr-9", "platform-eudr"])
        .since(Trigger::StatementSubmitted, on("2027-03-10"))
        .unwrap();
    assert_eq!(record.until().unwrap(), Until::Indefinite);
    assert_eq!(
        record.governing().unwrap().to_string(),
        "held: `eudr-9` waits for `placed_on_market`"
    );
    assert_eq!(why(&record, "2060-01-01T00:00:00Z").len(), 1);
    let placed = Act::SetTrigger { trigger: Trigger::PlacedOnMarket, on: on("2027-03-01") };
    record.apply(&change("2027-05-01T00:00:00Z", placed)).unwrap();
    // 1 March and 10 March 2032 are over before 1 April 2032.
    assert_eq!(record.governing().unwrap().rule(), Some("platform-eudr"));
    assert_eq!(record.until().unwrap(), Until::At(at("2032-04-02T00:00:00Z")));
}

/// Concluded on 15 March 2027; seven years to the end of 15 March 2034 in New York.
#[test]
fn sox_1_seven_years_from_the_conclusion_of_the_audit() {
    assert_eq!(last("us-sox-2-06", "2027-03-15", "UTC"), day("2034-03-15"));
}

/// Written on 30 June 2026, concluded nine months later: seven years from writing end on 30 June
/// 2033, eight and a half months too early.
#[test]
fn sox_2_the_clock_does_not_start_with_writing() {
    let record = record("2026-06-30T12:00:00Z", &["platform-sox", "us-sox-2-06"])
        .since(Trigger::AuditConcluded, on("2027-03-15"))
        .unwrap();
    assert_eq!(last("platform-sox", "2026-06-30", "UTC"), day("2033-06-30"));
    assert_eq!(record.governing().unwrap().last_protected_day(), Some(day("2034-03-15")));
}

/// An audit that was concluded long before: seven years from writing are longer, and were promised.
#[test]
fn sox_3_the_longer_promise_governs() {
    let record = record("2026-06-30T12:00:00Z", &["platform-sox", "us-sox-2-06"])
        .since(Trigger::AuditConcluded, on("2025-03-15"))
        .unwrap();
    assert_eq!(record.governing().unwrap().rule(), Some("platform-sox"));
    assert_eq!(record.governing().unwrap().last_protected_day(), Some(day("2033-06-30")));
}

/// While the audit goes on, nothing goes; even after the seven years from writing.
#[test]
fn sox_4_an_audit_that_is_not_concluded_holds() {
    let record = record("2026-06-30T12:00:00Z", &["platform-sox", "us-sox-2-06"]);
    assert!(!free(&record, "2033-07-01T00:00:00Z"));
    assert!(!free(&record, "2050-01-01T00:00:00Z"));
    let protection = record.protection().unwrap();
    assert_eq!((protection.until, protection.needs_hold()), (Until::Indefinite, true));
}

/// A German report archived and drawn up on 10 April 2026: 2557 days end on 10 April 2033. HGB: from
/// the end of 2026, ten years, to the end of 2036. From 10 April 2033 to 10 April 2036 there are
/// 365 + 365 + 366 days, to 1 January 2037 another 20 + 245 + 1: 1362.
#[test]
fn csrd_1_germany() {
    let record = Retention::new(
        LockMode::Compliance,
        at("2026-04-10T10:00:00Z"),
        zone("Europe/Berlin"),
        [rule("de-hgb-257"), rule("platform-csrd")],
    )
    .unwrap()
    .since(Trigger::DrawnUp, on("2026-04-10"))
    .unwrap();
    let governing = record.governing().unwrap();
    assert_eq!(governing.rule(), Some("de-hgb-257"));
    assert_eq!(governing.last_protected_day(), Some(day("2036-12-31")));
    // Midnight in Berlin in winter.
    assert_eq!(record.until().unwrap(), Until::At(at("2036-12-31T23:00:00Z")));
    assert_eq!(by_days("2026-04-10", 2557), day("2033-04-10"));
    assert_eq!((day("2037-01-01") - by_days("2026-04-10", 2557)).num_days(), 1362);
}

/// The financial year 2025 in four countries, each from its own event.
#[test]
fn csrd_2_other_countries() {
    assert_eq!(last("fr-commerce-l123-22", "2025-12-31", "UTC"), day("2035-12-31"));
    assert_eq!(last("it-codice-civile-2220", "2026-02-28", "UTC"), day("2036-02-28"));
    assert_eq!(last("nl-bw-2-394", "2026-04-30", "UTC"), day("2033-04-30"));
    assert_eq!(last("dk-bogforing-12", "2025-06-30", "UTC"), day("2030-06-30"));
}

/// Denmark asks for five years; the platform promised seven, and the word binds: archived on 1 April
/// 2026, 2557 days and seven years both end on 1 April 2033 (29 February of 2028 and of 2032).
#[test]
fn csrd_3_the_promise_of_the_platform_outlasts_a_shorter_law() {
    let record = record("2026-04-01T10:00:00Z", &["dk-bogforing-12", "platform-csrd"])
        .since(Trigger::FinancialYearEnd, on("2025-12-31"))
        .unwrap();
    let governing = record.governing().unwrap();
    assert_eq!(governing.rule(), Some("platform-csrd"));
    assert_eq!(governing.last_protected_day(), Some(day("2033-04-01")));
}

/// Published on 30 April 2026, public to the end of 30 April 2036; in Denmark that governs.
#[test]
fn csrd_4_listed_companies_keep_reports_public_for_ten_years() {
    let table = RuleTable::builtin();
    let question = Question::new(Regime::Csrd).within("DK".parse().unwrap()).given("listed", true);
    let rules = table.select(&question).unwrap().decided().unwrap();
    let record = Retention::new(LockMode::Compliance, at("2026-05-02T08:00:00Z"), Zone::UTC, rules)
        .unwrap()
        .since(Trigger::FinancialYearEnd, on("2025-12-31"))
        .unwrap()
        .since(Trigger::Publication, on("2026-04-30"))
        .unwrap();
    assert_eq!(record.governing().unwrap().rule(), Some("eu-transparency-4"));
    assert_eq!(record.governing().unwrap().last_protected_day(), Some(day("2036-04-30")));
}

/// Consent: three years from the end of processing, held until then. Processing records may go the
/// day after; what is kept longer would be a breach of its own.
#[test]
fn gdpr_1_duration_and_three_years() {
    let record = record("2026-01-01T00:00:00Z", &["platform-gdpr-consent"]);
    assert_eq!(record.until().unwrap(), Until::Indefinite);
    assert_eq!(last("platform-gdpr-consent", "2027-05-31", "UTC"), day("2030-05-31"));
    assert_eq!(last("platform-gdpr-processing", "2027-05-31", "UTC"), day("2027-05-31"));
}

/// Of two duties that end on the same day the law is named, not the policy.
#[test]
fn a_law_is_named_before_a_policy() {
    let record = record("2027-03-10T10:00:00Z", &["eudr-4-3", "platform-eudr"])
        .since(Trigger::StatementSubmitted, on("2027-03-10"))
        .unwrap();
    assert_eq!(record.governing().unwrap().rule(), Some("eudr-4-3"));
}
