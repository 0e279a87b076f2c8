//! Clocks that cannot be believed.

use super::*;

fn expired() -> Retention {
    // One year and the last day: free from 21 January 2027 on.
    record("2026-01-20T09:00:00Z", &["platform-custom"])
}

/// The clock of the machine is set ten years ahead; store and ledger know better.
#[test]
fn clock_1_a_clock_set_ahead_frees_nothing() {
    let record = expired();
    let real = at("2026-06-01T12:00:00Z");
    let false_now = at("2036-06-01T12:00:00Z");
    let guard = ClockGuard::default().past("ledger", at("2026-06-01T11:00:00Z"));
    let with_store = guard.clone().present("store", real);
    for guard in [&guard, &with_store, &ClockGuard::default()] {
        let answer = eligible(&record, false_now, guard);
        assert!(!answer.is_eligible());
        assert!(matches!(answer.reasons(), [Obstacle::Clock { .. }]), "{answer:?}");
    }
    assert!(matches!(with_store.check(false_now), Err(ClockProblem::Ahead { .. })));
    assert!(matches!(guard.check(false_now), Err(ClockProblem::Unvouched { .. })));
    assert!(matches!(ClockGuard::default().check(real), Err(ClockProblem::Alone { .. })));
    // With the right clock it is simply not over yet.
    assert!(matches!(eligible(&record, real, &with_store).reasons(), [Obstacle::Duty { .. }]));
}

/// A clock that jumps back, and one that jumps while a governance lock is to be shortened.
#[test]
fn clock_2_no_shortening_while_the_clock_is_not_believed() {
    let mut record = Retention::new(
        LockMode::Governance,
        at("2026-01-20T09:00:00Z"),
        Zone::UTC,
        [rule("platform-custom")],
    )
    .unwrap();
    let until = at("2030-01-01T00:00:00Z");
    record.apply(&change("2026-02-01T00:00:00Z", Act::Extend { until })).unwrap();
    let shorten =
        |moment| change(moment, Act::Shorten { until: at("2028-01-01T00:00:00Z") }).with_bypass();
    let guard = ClockGuard::default().present("store", at("2026-06-01T12:00:00Z"));
    for jumped in ["2036-06-01T12:00:00Z", "2026-05-31T11:59:59Z"] {
        let error = record.weigh(&shorten(jumped), &guard).unwrap_err();
        assert_eq!(error.code(), "retention.clock", "{jumped}");
        assert!(error.hint().is_some());
    }
    assert!(record.weigh(&shorten("2026-06-01T12:00:00Z"), &guard).unwrap().shortens());
    // Extending needs no clock.
    let extend = Act::Extend { until: at("2031-01-01T00:00:00Z") };
    record.weigh(&change("2036-06-01T12:00:00Z", extend), &guard).unwrap();

    let back = ClockGuard::default().past("ledger", at("2028-01-01T00:00:00Z"));
    assert!(matches!(back.check(at("2027-12-30T23:59:59Z")), Err(ClockProblem::Behind { .. })));
}

/// A day of drift is allowed, to the second; the later of the moments frees nothing.
#[test]
fn clock_3_the_drift_to_the_second() {
    let guard = trusted("2027-01-20T12:00:00Z");
    assert!(guard.check(at("2027-01-21T12:00:00Z")).is_ok());
    assert!(guard.check(at("2027-01-21T12:00:01Z")).is_err());
    assert!(guard.check(at("2027-01-19T12:00:00Z")).is_ok());
    assert!(guard.check(at("2027-01-19T11:59:59Z")).is_err());
    // Half a day ahead: allowed, but the store says that it is still the last protected day.
    assert!(!eligible(&expired(), at("2027-01-21T00:00:00Z"), &guard).is_eligible());
    assert!(free(&expired(), "2027-01-21T00:00:00Z"));
    let strict = ClockGuard::with_drift(chrono::TimeDelta::minutes(-5));
    assert!(
        strict
            .clone()
            .present("store", at("2027-01-20T12:00:00Z"))
            .check(at("2027-01-20T12:00:01Z"))
            .is_err()
    );
}

/// A ledger that was quiet for a week says nothing about now, unless a store says the same; one
/// store that disagrees is enough to stop.
#[test]
fn clock_4_a_quiet_ledger_needs_a_store() {
    let now = at("2027-02-01T00:00:00Z");
    let quiet = ClockGuard::default().past("ledger", at("2027-01-25T00:00:00Z"));
    assert!(quiet.check(now).is_err());
    assert!(ClockGuard::default().past("ledger", at("2027-01-31T06:00:00Z")).check(now).is_ok());
    let seen = quiet.present("store", now);
    assert_eq!(seen.check(now), Ok(now));
    assert!(seen.present("other store", at("2027-01-28T00:00:00Z")).check(now).is_err());
}
