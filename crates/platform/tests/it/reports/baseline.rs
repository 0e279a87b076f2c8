//! What the class that came before got wrong, one test each (named after the rows of that list).

use chrono::Datelike as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use platform::reports::{Archive, NewFile, Options, Query, Reports};
use platform::store::{BucketState, Memory, Store, StoreErrorKind};
use proptest::prelude::*;
use storage_core::reports::{ReportId, ReportKey, ReportType, TenantId};
use storage_core::retention::{Trigger, Until};

use super::*;

#[tokio::test]
async fn row_36_only_the_whole_id_finds_a_report() {
    let (reports, _, _) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let tenant: TenantId = "acme".parse().unwrap();
    for part in
        ["", "2026", "-", "4", &made.report.id.as_str()[..35], &made.report.id.as_str()[1..]]
    {
        assert!(part.parse::<ReportId>().is_err(), "{part}");
    }
    let mut other = made.report.id.as_str().to_owned();
    other.replace_range(35.., if other.ends_with('0') { "1" } else { "0" });
    let error =
        reports.get(ReportType::Custom, &tenant, &other.parse().unwrap()).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.no_report", 3));
    let found = reports.get(ReportType::Custom, &tenant, &made.report.id).await.unwrap();
    assert_eq!(found, made.state);
}

#[tokio::test]
async fn row_37_every_one_of_600_reports_is_found() {
    let (reports, store, _) = archive().await;
    let made: Vec<_> = stream::iter(0..600)
        .map(|n| {
            let request = Archive::new(ReportType::Custom, "acme".parse().unwrap())
                .of_period("2026".parse().unwrap())
                .with_file(NewFile::new(
                    "report.pdf".parse().unwrap(),
                    "application/pdf".parse().unwrap(),
                    format!("report {n}").into_bytes(),
                ));
            let reports = reports.clone();
            async move { reports.archive(request).await.unwrap().report }
        })
        .buffered(4)
        .collect()
        .await;
    reports.archive(request("acme-eu")).await.unwrap();
    let tenant: TenantId = "acme".parse().unwrap();
    for (n, report) in made.iter().enumerate() {
        let state = reports.get(ReportType::Custom, &tenant, &report.id).await.unwrap();
        let body = reports.read(&state, "report.pdf").await.unwrap();
        assert_eq!(body, format!("report {n}").into_bytes());
    }
    let found = reports.find_all(&Query::of(tenant.clone())).await.unwrap();
    let mut keys: Vec<_> = found.into_iter().map(|it| it.report).collect();
    let mut expected = made.clone();
    expected.sort();
    assert_eq!(keys, expected, "in order, each once, and nobody else's");
    // Page by page, seven at a time.
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = reports.list(&Query::of(tenant.clone()), cursor.as_deref(), 7).await.unwrap();
        assert!(page.entries.len() <= 7);
        paged.extend(page.entries);
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(paged, expected);
    // Without the shortcut it takes longer, and finds the same.
    let notes = store.at("reports").at("_strongroom/reports");
    let all: Vec<_> = notes.versions_all("").try_collect().await.unwrap();
    for it in all {
        notes.delete_version(it.key.as_str(), &it.version, false).await.unwrap();
    }
    let last = keys.pop().unwrap();
    assert_eq!(reports.get(ReportType::Custom, &tenant, &last.id).await.unwrap().report(), &last);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn row_38_no_tenant_reaches_into_another(text in r"[a-z0-9./&=+%_ -]{0,70}|\PC{0,20}") {
        match text.parse::<TenantId>() {
            Ok(tenant) => {
                let id = "6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de".parse().unwrap();
                let period = "2026".parse().unwrap();
                let report = ReportKey { report_type: ReportType::Csrd, tenant, period, id };
                let manifest = report.manifest();
                prop_assert_eq!(manifest.split('/').count(), 5);
                prop_assert_eq!(manifest.split('/').nth(1), Some(text.as_str()));
                prop_assert_eq!(ReportKey::of_manifest(&manifest), Some(report));
                prop_assert!(text != ".." && text != "." && !text.is_empty());
            }
            Err(error) => prop_assert_eq!(error.code(), "reports.tenant_invalid"),
        }
    }
}

#[tokio::test]
async fn row_38_a_tenant_gets_only_its_own() {
    let (reports, _, _) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    for other in ["acm", "acme-", "acme.", "acme0", "me"] {
        let tenant: TenantId = other.parse().unwrap();
        let error = reports.get(ReportType::Custom, &tenant, &made.report.id).await.unwrap_err();
        assert_eq!(error.code(), "reports.no_report", "{other}");
        assert!(reports.find_all(&Query::of(tenant)).await.unwrap().is_empty(), "{other}");
    }
}

#[tokio::test]
async fn row_39_a_tenant_may_be_called_like_a_manifest() {
    let (reports, _, _) = archive().await;
    for name in ["manifest.json", "metadata.json-team"] {
        let made = reports.archive(request(name)).await.unwrap();
        let tenant: TenantId = name.parse().unwrap();
        assert!(reports.get(ReportType::Custom, &tenant, &made.report.id).await.is_ok());
        let found = reports.find_all(&Query::of(tenant)).await.unwrap();
        assert_eq!(found.len(), 1);
    }
}

#[tokio::test]
async fn row_40_nothing_a_tenant_says_becomes_a_tag() {
    // No tags are sent at all, and what could split one cannot be a tenant.
    for wrong in ["a&b=c", "x&compliance=false", "a+b", "50%"] {
        assert!(wrong.parse::<TenantId>().is_err(), "{wrong}");
    }
    let (reports, store, _) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let object = store.at("reports").head(format!("{}/report.pdf", made.report)).await.unwrap();
    assert!(object.metadata.is_empty());
}

#[tokio::test]
async fn row_41_what_is_archived_is_locked_and_a_store_that_cannot_is_refused() {
    let (reports, store, _) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let until = made.state.retention.until().unwrap().moment().unwrap();
    let store = store.at("reports");
    for name in [
        "report.pdf",
        "figures.csv",
        "metadata.json",
        "manifest.json",
        "_events/00000000000000000000",
    ] {
        let object = store.head(format!("{}/{name}", made.report)).await.unwrap();
        assert_eq!(
            object.lock.map(|it| (it.mode, it.until)),
            Some((LockMode::Compliance, until)),
            "{name}"
        );
        let version = object.version.unwrap();
        let error = store.delete_version(format!("{}/{name}", made.report), &version, true).await;
        assert_eq!(error.unwrap_err().kind, StoreErrorKind::Protected, "{name}");
    }

    let clock = Arc::new(SetClock::at(at(START)));
    let plain = Store::new(Arc::new(Memory::new(BucketState::plain(), clock.clone()).unwrap()), "");
    let ledger = ledger(&plain, &clock).await;
    let error = Reports::open(&plain, ledger, options(&clock)).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.unfit", 2));
}

#[test]
fn row_42_an_unknown_type_is_refused() {
    for wrong in ["CSRD", "csrd ", "crsd", "esrs", "", "Custom"] {
        assert_eq!(
            wrong.parse::<ReportType>().unwrap_err().code(),
            "reports.type_unknown",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn row_43_years_are_calendar_years() {
    let (reports, _, _) = archive().await;
    let request = Archive::new(ReportType::Eudr, "acme".parse().unwrap())
        .with_file(file("s.pdf", "application/pdf", "x"))
        .under("IE".parse().unwrap())
        .given("files_statement", true)
        .given("places_on_market", true)
        .given("makes_available", false)
        .since(Trigger::StatementSubmitted, "2026-02-27".parse().unwrap())
        .since(Trigger::PlacedOnMarket, "2026-02-27".parse().unwrap());
    let made = reports.archive(request).await.unwrap();
    let Until::At(until) = made.state.retention.until().unwrap() else {
        panic!("all dates are known")
    };
    // All of the last day is protected: never less than five calendar years.
    assert!(until >= at("2031-02-28T00:00:00Z"), "{until}");
}

#[tokio::test]
async fn row_45_everything_is_checked_before_the_first_byte() {
    let (reports, store, _) = archive().await;
    let before = world(&store).await;
    let base = || request("acme");
    for (wrong, code) in [
        (base().with_metadata("{\"a\": NaN}"), "reports.request_invalid"),
        (base().with_metadata("[]"), "reports.request_invalid"),
        (base().with_file(file("REPORT.pdf", "application/pdf", "")), "reports.request_invalid"),
        (base().with_file(file("x.pdf", "text/html", "")), "reports.extension_differs"),
        (base().with_key(""), "reports.request_invalid"),
        (base().given("no-such", true), "retention.circumstance_unknown"),
        (Archive::new(ReportType::Custom, "acme".parse().unwrap()), "reports.request_invalid"),
    ] {
        let error = reports.archive(wrong).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    assert_eq!(world(&store).await, before, "nothing was stored");
}

#[tokio::test]
async fn row_46_there_is_one_moment() {
    let (store, clock) = locking();
    clock.set(at("2026-12-31T23:59:59.999Z"));
    let reports = open(&store, &clock).await;
    let mut request = request("acme").with_key("annual");
    request.period = None;
    let tick = clock.clone();
    // While the files are stored, the year turns.
    request.on_progress =
        Some(Arc::new(move |_| tick.advance(std::time::Duration::from_millis(1))));
    let made = reports.archive(request).await.unwrap();
    assert_eq!(made.report.period.as_str(), "2026");
    assert_eq!(made.state.manifest.archived_at, at("2026-12-31T23:59:59.999Z"));
    assert_eq!(made.state.manifest.archived_at.year(), made.report.period.year());
    assert_eq!(made.state.events[0].at, made.state.manifest.archived_at);
    // And the same call in the new year is the same report.
    let mut again = super::request("acme").with_key("annual");
    again.period = None;
    let again = reports.archive(again).await.unwrap();
    assert_eq!((again.report, again.repeated), (made.report, true));
}

#[tokio::test]
async fn row_47_types_metadata_and_content_come_back() {
    let (reports, store, _) = archive().await;
    let types = [
        ("r.pdf", "application/pdf"),
        ("r.html", "Text/HTML; charset=UTF-8"),
        ("r.xhtml", "application/xhtml+xml"),
        ("r.zip", "application/zip"),
        ("r.xbri", "application/zip"),
        ("r.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("r.xml", "application/xml"),
        ("r.csv", "text/csv;header=present"),
        ("r.json", "application/json"),
        ("a%0Ab.p7s", "application/pkcs7-signature"),
    ];
    let mut request = request("acme");
    for (name, media_type) in types {
        request = request.with_file(file(name, media_type, "content"));
    }
    let text = request.metadata.clone();
    let made = reports.archive(request).await.unwrap();
    assert_eq!(reports.metadata(&made.state).await.unwrap(), text, "letter by letter");
    for (name, media_type) in types {
        let entry = made.state.manifest.file(name).unwrap();
        let said: storage_core::reports::MediaType = media_type.parse().unwrap();
        assert_eq!(entry.media_type, said);
        let object = store.at("reports").head(format!("{}/{name}", made.report)).await.unwrap();
        assert_eq!(object.content_type.as_deref(), Some(said.as_str()), "{name}");
        assert_eq!(reports.read(&made.state, name).await.unwrap(), b"content");
    }
}

/// Where nothing is locked, content can be exchanged; it is not handed out.
#[tokio::test]
async fn row_47_forged_content_is_noticed() {
    let store = Store::memory();
    let clock = Arc::new(SetClock::at(at(START)));
    let mut options: Options = options(&clock);
    options.protection = Protection::RulesAlone;
    let ledger = ledger(&store, &clock).await;
    let reports = Reports::open(&store.at("reports"), ledger, options).await.unwrap();
    let made = reports.archive(request("acme")).await.unwrap();
    let key = format!("{}/report.pdf", made.report);
    let put = platform::store::Put::default();
    store.at("reports").put(&key, "%PDF-1.7 Figures", &put).await.unwrap();
    let error = reports.read(&made.state, "report.pdf").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.altered", 7));
    let fixity = reports.verify(&made.report).await.unwrap();
    assert_eq!(fixity.failed.len(), 1);
    assert_eq!(fixity.failed[0].file, "report.pdf");
    let state = reports.state(&made.report).await.unwrap();
    assert_eq!(state.fixity.unwrap().1, fixity, "it is on record");
}
