//! Holds, dates, corrections and destruction.

use audit_chain::note::Signer;
use audit_chain::record::Event;
use platform::reports::{Query, Reports};
use platform::store::StoreErrorKind;
use storage_core::reports::{ReportType, Status};
use storage_core::retention::{Act, Change, Trigger};

use super::*;

/// Something is recorded, so that somebody vouches for the time.
pub(super) async fn tick(reports: &Reports, clock: &SetClock, now: &str) {
    clock.set(at(now));
    let details = audit_chain::json::Value::Object(Vec::new());
    reports
        .ledger()
        .append(Event::new("test.tick", "clock", "now", "tick", details))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unknown_date_is_a_hold_until_it_is_known() {
    let (reports, store, clock) = archive().await;
    let request = Archive::new(ReportType::Cbam, "acme".parse().unwrap())
        .of_period("2026".parse().unwrap())
        .with_file(file("d.xml", "application/xml", "<x/>"))
        .under("FI".parse().unwrap());
    let made = reports.archive(request).await.unwrap();
    let key = format!("{}/d.xml", made.report);
    let head = async || store.at("reports").head(&key).await.unwrap();
    // The platform's own rule has a date from the beginning, the law has none.
    let known = head().await.lock.map(|it| it.until);
    assert_eq!((head().await.legal_hold, known), (true, Some(at("2031-03-02T00:00:00Z"))));
    assert_eq!(made.state.status(at("2099-01-01T00:00:00Z")), Status::Held);

    clock.set(at("2027-09-29T08:00:00Z"));
    let on = "2027-09-28".parse().unwrap();
    let state = reports
        .set_trigger(&made.report, Trigger::DeclarationSubmitted, on, "receipt 17")
        .await
        .unwrap();
    let until = state.retention.until().unwrap().moment().unwrap();
    assert!(until >= at("2032-01-01T00:00:00Z"));
    assert_eq!(
        (head().await.legal_hold, head().await.lock.map(|it| it.until)),
        (false, Some(until))
    );
    // The date was set, and then the hold was lifted.
    let plan = reports.store().get(made.report.event(1)).await.unwrap().body;
    let plan = String::from_utf8(plan.to_vec()).unwrap();
    assert!(plan.find("\"do\":\"retain\"").unwrap() < plan.find("\"on\":false").unwrap());
}

#[tokio::test]
async fn many_holds_are_one_flag_until_the_last_is_lifted() {
    let (reports, store, _) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let key = format!("{}/report.pdf", made.report);
    let flag = async || store.at("reports").head(&key).await.unwrap().legal_hold;
    assert!(!flag().await);
    reports.hold(&made.report, "case 1", "a letter of counsel").await.unwrap();
    assert!(flag().await);
    let error = reports.hold(&made.report, "case 1", "again").await.unwrap_err();
    assert_eq!(error.code(), "retention.hold_exists");
    reports.hold(&made.report, "audit", "announced").await.unwrap();
    reports.release(&made.report, "case 1", "settled").await.unwrap();
    assert!(flag().await, "another hold is in force");
    let state = reports.release(&made.report, "audit", "over").await.unwrap();
    assert!(!flag().await);
    assert_eq!(state.retention.holds().iter().count(), 2, "both are on record");
    let error = reports.release(&made.report, "audit", "twice").await.unwrap_err();
    assert_eq!(error.code(), "retention.hold_unknown");
}

#[tokio::test]
async fn a_protection_is_extended_and_never_shortened() {
    let (reports, store, _) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let later = at("2050-01-01T00:00:00Z");
    let state = reports.extend(&made.report, later, "a contract").await.unwrap();
    for name in [
        "report.pdf",
        "manifest.json",
        "_events/00000000000000000000",
        "_events/00000000000000000001",
    ] {
        let object = store.at("reports").head(format!("{}/{name}", made.report)).await.unwrap();
        assert_eq!(object.lock.map(|it| it.until), Some(later), "{name}");
    }
    let error = reports.extend(&made.report, at("2040-01-01T00:00:00Z"), "less").await.unwrap_err();
    assert_eq!(error.code(), "retention.shortens");
    let act = Act::Shorten { until: at("2040-01-01T00:00:00Z") };
    let change = Change::new("ana", "please", at(START), act).with_bypass();
    assert_eq!(
        reports.change(&made.report, &change).await.unwrap_err().code(),
        "retention.compliance"
    );
    assert_eq!(reports.state(&made.report).await.unwrap(), state);
}

#[tokio::test]
async fn in_governance_mode_an_extension_is_taken_back_with_a_bypass() {
    let (reports, store, _) = archive().await;
    let mut request = request("acme");
    request.mode = Some(LockMode::Governance);
    let made = reports.archive(request).await.unwrap();
    reports.extend(&made.report, at("2060-01-01T00:00:00Z"), "a slip").await.unwrap();
    let act = Act::Shorten { until: at("2050-01-01T00:00:00Z") };
    let change = Change::new("ana", "as it was", at(START), act).with_bypass();
    reports.change(&made.report, &change).await.unwrap();
    let object = store.at("reports").head(format!("{}/report.pdf", made.report)).await.unwrap();
    assert_eq!(object.lock.map(|it| it.until), Some(at("2050-01-01T00:00:00Z")));
}

#[tokio::test]
async fn a_correction_links_both_ways_and_the_original_stays() {
    let (reports, _, _) = archive().await;
    let first = reports.archive(request("acme")).await.unwrap();
    let second = reports.archive(request("acme").amending(first.report.clone())).await.unwrap();
    let original = reports.state(&first.report).await.unwrap();
    assert_eq!(original.amended_by.iter().collect::<Vec<_>>(), [&second.report.id]);
    assert_eq!(second.state.manifest.amends, Some(first.report.clone()));
    assert_eq!(reports.read(&original, "figures.csv").await.unwrap(), b"a,b\n1,2\n");
    // Nobody corrects the report of another.
    let error = reports.archive(request("other").amending(first.report)).await.unwrap_err();
    assert_eq!(error.code(), "reports.request_invalid");
}

#[tokio::test]
async fn destruction_takes_two_people_and_leaves_a_certificate() {
    let (store, clock) = locking();
    let ledger = ledger(&store, &clock).await;
    let signer = Arc::new(Signer::from_seed("example.com/archive", &[7; 32]).unwrap());
    let mut options = options(&clock);
    options.signer = Some(signer.clone());
    let reports = Reports::open(&store.at("reports"), ledger, options).await.unwrap();
    let made = reports.archive(request("acme")).await.unwrap();
    let held = reports.archive(request("acme").with_key("held")).await.unwrap();
    reports.hold(&held.report, "case", "pending").await.unwrap();

    assert!(reports.eligible(&Query::default()).await.unwrap().reports.is_empty(), "too early");
    let until = made.state.retention.until().unwrap().moment().unwrap();
    let last = until - chrono::TimeDelta::seconds(1);
    tick(&reports, &clock, &last.to_rfc3339()).await;
    assert!(reports.eligible(&Query::default()).await.unwrap().reports.is_empty(), "the last day");

    tick(&reports, &clock, &until.to_rfc3339()).await;
    let list = reports.eligible(&Query::default()).await.unwrap();
    assert_eq!(list.reports.iter().map(|it| &it.report).collect::<Vec<_>>(), [&made.report]);
    let digest = list.digest().unwrap();
    assert_eq!(reports.destroy(&digest).await.unwrap_err().code(), "reports.not_approved");
    assert_eq!(reports.approve(&list, "ana").await.unwrap_err().code(), "reports.approval_invalid");
    reports.approve(&list, "ben").await.unwrap();

    let destroyed = reports.destroy(&digest).await.unwrap();
    let certificate = destroyed[0].outcome.as_ref().unwrap();
    assert_eq!((certificate.listed_by.as_str(), certificate.approved_by.as_str()), ("ana", "ben"));
    let state = reports.state(&made.report).await.unwrap();
    assert_eq!(state.status(until), Status::Disposed);
    let gone = reports.read(&state, "report.pdf").await.unwrap_err();
    assert_eq!((gone.code(), gone.exit_status()), ("reports.gone", 3));
    let error = store.at("reports").get(format!("{}/report.pdf", made.report)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);

    let keys = [signer.verifier_key()];
    let checked = reports.check_certificate(&made.report, &keys).await.unwrap();
    assert_eq!(&checked.certificate, certificate);
    assert_eq!(checked.signed_by, ["example.com/archive"]);
    let stranger = Signer::from_seed("example.com/archive", &[8; 32]).unwrap();
    let error = reports.check_certificate(&made.report, &[stranger.verifier_key()]).await;
    assert_eq!(error.unwrap_err().code(), "reports.certificate_invalid");
    // Nothing more can be done to it, and the same call is no second destruction.
    let error = reports.hold(&made.report, "late", "too late").await.unwrap_err();
    assert_eq!(error.code(), "reports.gone");
    assert_eq!(reports.destroy(&digest).await.unwrap()[0].outcome.as_ref().unwrap(), certificate);
    assert!(reports.state(&held.report).await.unwrap().there().is_ok());
}

#[tokio::test]
async fn what_was_done_since_the_list_voids_the_approval() {
    let (reports, _, clock) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let until = made.state.retention.until().unwrap().moment().unwrap();
    tick(&reports, &clock, &until.to_rfc3339()).await;
    let list = reports.eligible(&Query::default()).await.unwrap();
    let digest = reports.approve(&list, "ben").await.unwrap();
    // A look at it changes nothing; a hold does, even when it is lifted again.
    reports.verify(&made.report).await.unwrap();
    reports.hold(&made.report, "case", "new").await.unwrap();
    let outcome = reports.destroy(&digest).await.unwrap().remove(0).outcome.unwrap_err();
    assert_eq!((outcome.code(), outcome.exit_status()), ("reports.protected", 5));
    reports.release(&made.report, "case", "settled").await.unwrap();
    let outcome = reports.destroy(&digest).await.unwrap().remove(0).outcome.unwrap_err();
    assert_eq!(outcome.code(), "reports.approval_invalid");
    let state = reports.state(&made.report).await.unwrap();
    assert_eq!(reports.read(&state, "report.pdf").await.unwrap(), b"%PDF-1.7 figures");
}

#[tokio::test]
async fn an_idempotency_key_means_one_report() {
    let (reports, _, _) = archive().await;
    let first = reports.archive(request("acme").with_key("k")).await.unwrap();
    let again = reports.archive(request("acme").with_key("k")).await.unwrap();
    assert_eq!((&again.report, again.repeated), (&first.report, true));
    let other = request("acme").with_key("k").with_file(file("more.txt", "text/plain", "x"));
    assert_eq!(reports.archive(other).await.unwrap_err().code(), "reports.key_taken");
    let mut forged = request("acme").with_key("k");
    forged.files[0].content = "%PDF-1.7 Figures".into();
    assert_eq!(reports.archive(forged).await.unwrap_err().code(), "reports.content_differs");
    assert_ne!(
        reports.archive(request("other").with_key("k")).await.unwrap().report.id,
        first.report.id
    );
    assert!(reports.unfinished(ReportType::Custom, &first.report.tenant).await.unwrap().is_empty());
}

/// Acts are awaited on any thread, by the bindings too.
#[test]
fn every_flow_can_be_sent_to_another_thread() {
    fn sent(_: impl Send) {}
    fn all(reports: &Reports, report: &storage_core::reports::ReportKey, query: &Query) {
        sent(reports.state(report));
        sent(reports.heal());
        sent(reports.list(query, None, 1));
        sent(reports.archive(request("acme")));
        sent(reports.hold(report, "case", "x"));
        sent(reports.verify(report));
        sent(reports.find(query, None, 1));
        sent(reports.eligible(query));
        sent(reports.check_certificate(report, &[]));
    }
    let _ = all;
}
