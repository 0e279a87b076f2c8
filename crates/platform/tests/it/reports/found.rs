//! Reports are found by what they say, through an index that comes from the archive alone.

use platform::reports::SealedText;
use platform::search::{Index, Query as Asked};
use storage_core::Digest;
use storage_core::reports::Status;

use super::sealed::sealing;
use super::*;

const PAGE: &str = "<html><body><h1>Gross Scope 1 emissions</h1><p>Zement</p></body></html>";

fn paged(tenant: &str) -> Archive {
    Archive::new(ReportType::Custom, tenant.parse().unwrap())
        .of_period("2026".parse().unwrap())
        .with_file(file("report.html", "text/html", PAGE))
        .with_file(file("figures.csv", "text/csv", "lot,tonnes\nKakao,12\n"))
        .with_metadata(r#"{"auditor": {"name": "Beta"}, "tonnes": 12, "final": true}"#)
}

async fn hits(reports: &Reports, index: &Index, query: &Asked) -> Vec<String> {
    let hits = index.find(query).unwrap();
    let found = reports.look_up(query.tenant(), hits).await;
    found.into_iter().map(|it| it.state.unwrap().report().to_string()).collect()
}

#[tokio::test]
async fn a_report_is_found_by_words_metadata_and_digests_of_its_own_tenant_alone() {
    let (reports, _, _) = archive().await;
    let made = reports.archive(paged("acme")).await.unwrap();
    let other = reports.archive(paged("acme2")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports.idx");
    let mut index = Index::rebuild(&path, []).unwrap();
    let mut told = 0;
    let indexed = reports.index(&mut index, SealedText::LeftAway, || told += 1).await.unwrap();
    assert_eq!((indexed.put, told, indexed.unreadable.len()), (2, 2, 0));
    let name = made.report.to_string();
    let entry = made.state.manifest.file("figures.csv").unwrap();
    for (what, query) in [
        ("words", Asked::of("acme").words("scope zement")),
        ("a table", Asked::of("acme").words("kakao")),
        ("metadata", Asked::of("acme").metadata("auditor.name", "Beta")),
        ("a number", Asked::of("acme").metadata("tonnes", "12").metadata("final", "true")),
        ("type", Asked::of("acme").report_type("custom").period("2026")),
        ("a digest", Asked::of("acme").sha256(entry.sha256)),
    ] {
        assert_eq!(hits(&reports, &index, &query).await, std::slice::from_ref(&name), "{what}");
    }
    for (what, query) in [
        ("another word", Asked::of("acme").words("beton")),
        ("half a tenant", Asked::of("acm").words("scope")),
        ("all tenants", Asked::of("%").words("scope")),
        ("another value", Asked::of("acme").metadata("auditor.name", "beta")),
        ("another type", Asked::of("acme").report_type("csrd")),
    ] {
        assert!(hits(&reports, &index, &query).await.is_empty(), "{what}");
    }
    // An index that says otherwise is not believed.
    let of_other = index.find(&Asked::of("acme2")).unwrap();
    assert_eq!(of_other.len(), 1);
    assert!(reports.look_up("acme", of_other).await.is_empty());
    assert_ne!(other.report, made.report);
}

#[tokio::test]
async fn an_index_follows_the_archive_and_is_made_again_to_the_same() {
    let (reports, _, clock) = archive().await;
    let made = reports.archive(paged("acme")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports.idx");
    let mut index = Index::rebuild(&path, []).unwrap();
    reports.index(&mut index, SealedText::LeftAway, || ()).await.unwrap();
    reports.archive(paged("acme").with_key("2")).await.unwrap();
    reports.verify(&made.report).await.unwrap();
    let again = reports.index(&mut index, SealedText::LeftAway, || ()).await.unwrap();
    assert_eq!((again.put, again.unchanged), (1, 1), "a look at a report changes nothing");
    reports.hold(&made.report, "case", "x").await.unwrap();
    let again = reports.index(&mut index, SealedText::LeftAway, || ()).await.unwrap();
    assert_eq!((again.put, again.unchanged, again.removed), (1, 1, 0));
    let held = Asked::of("acme").status("held");
    assert_eq!(hits(&reports, &index, &held).await, [made.report.to_string()]);

    let other = folder.path().join("other.idx");
    let mut anew = Index::rebuild(&other, []).unwrap();
    reports.index(&mut anew, SealedText::LeftAway, || ()).await.unwrap();
    assert_eq!(anew.digest().unwrap(), index.digest().unwrap());
    let index = anew.replace(&path).unwrap();
    assert!(!other.exists());
    index.check().unwrap();

    // What time does to a report is asked of the report.
    let until = made.state.retention.until().unwrap().moment().unwrap();
    clock.set(until);
    let found = reports.look_up("acme", index.find(&Asked::of("acme")).unwrap()).await;
    let mut status: Vec<_> =
        found.iter().map(|it| it.state.as_ref().unwrap().status(until)).collect();
    status.sort();
    assert_eq!(status, [Status::Held, Status::Expired]);
}

#[tokio::test]
async fn what_does_not_verify_leaves_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::at(at(START)));
    let store = Store::local(folder.path());
    let mut options = options(&clock);
    options.protection = Protection::RulesAlone;
    let ledger = ledger(&store, &clock).await;
    let reports = Reports::open(&store.at("reports"), ledger, options).await.unwrap();
    let made = reports.archive(paged("acme")).await.unwrap();
    let mut index = Index::rebuild(&folder.path().join("reports.idx"), []).unwrap();
    reports.index(&mut index, SealedText::LeftAway, || ()).await.unwrap();
    assert_eq!(index.len().unwrap(), 1);
    let place = folder.path().join("reports").join(made.report.to_string());
    std::fs::write(place.join("report.html"), PAGE.replace("Gross", "Small")).unwrap();
    reports.hold(&made.report, "case", "x").await.unwrap();
    let indexed = reports.index(&mut index, SealedText::LeftAway, || ()).await.unwrap();
    assert_eq!((indexed.unreadable.len(), indexed.removed), (1, 1));
    assert_eq!(indexed.unreadable[0].1.exit_status(), 7);
    assert_eq!(index.len().unwrap(), 0);
}

#[tokio::test]
async fn the_text_of_sealed_reports_is_there_only_if_it_is_asked_for() {
    let (reports, _, _, _) = sealing().await;
    let made = reports.archive(paged("acme").sealed()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports.idx");
    let mut index = Index::rebuild(&path, []).unwrap();
    let indexed = reports.index(&mut index, SealedText::LeftAway, || ()).await.unwrap();
    assert_eq!(indexed.left_away, 1);
    assert_eq!(index.incomplete("acme").unwrap(), 1);
    let name = [made.report.to_string()];
    let words = Asked::of("acme").words("scope");
    let metadata = Asked::of("acme").metadata("auditor.name", "Beta");
    assert!(hits(&reports, &index, &words).await.is_empty());
    assert!(hits(&reports, &index, &metadata).await.is_empty());
    let on_disk = std::fs::read(&path).unwrap();
    for secret in ["Zement", "zement", "Beta", "Kakao"] {
        assert!(!on_disk.windows(secret.len()).any(|it| it == secret.as_bytes()), "{secret}");
    }
    // By what was handed in, and by what is stored.
    let entry = made.state.manifest.file("report.html").unwrap();
    for digest in [Digest::of(PAGE.as_bytes()), entry.sha256] {
        assert_eq!(hits(&reports, &index, &Asked::of("acme").sha256(digest)).await, name);
    }
    let indexed = reports.index(&mut index, SealedText::InClear, || ()).await.unwrap();
    assert_eq!((indexed.put, indexed.left_away), (1, 0), "it is read once more");
    assert_eq!(hits(&reports, &index, &words).await, name);
    assert_eq!(hits(&reports, &index, &metadata).await, name);
}
