//! Reports are found by their tenant and by nobody else, in an index that is never believed.

use std::fs;
use std::path::{Path, PathBuf};

use platform::Kind;
use platform::search::{Document, Error, Index, Query};
use proptest::prelude::*;
use storage_core::Digest;
use tempfile::TempDir;

fn document(tenant: &str, number: usize, text: &str) -> Document {
    let (report_type, year) = [("csrd", 2025), ("cbam", 2026)][number % 2];
    let key = format!("{report_type}/{tenant}/{year}/{number:04}");
    let mut document = Document::new(tenant, &key, report_type, &year.to_string(), "archived");
    document.metadata.insert("auditor".to_owned(), format!("Auditor {}", number % 3));
    document.add_file("report.html", format!("<h1>{text}</h1><p>Report {number}</p>").as_bytes());
    document
}

fn documents() -> Vec<Document> {
    let texts = ["Gross Scope 1 emissions", "Überprüfung der Treibhausgase", "steel and aluminium"];
    let all = ["acme", "acme2", "other"]
        .iter()
        .flat_map(|tenant| (0..6).map(|number| document(tenant, number, texts[number % 3])));
    all.collect()
}

fn index() -> (TempDir, PathBuf, Index) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports.idx");
    let index = Index::rebuild(&path, documents().into_iter().map(Ok)).unwrap();
    (folder, path, index)
}

fn keys(index: &Index, query: &Query) -> Vec<String> {
    index.find(query).unwrap().into_iter().map(|hit| hit.report).collect()
}

#[test]
fn every_condition_narrows_and_words_are_found() {
    let (_folder, _path, index) = index();
    let acme = || Query::of("acme");
    assert_eq!(index.len().unwrap(), 18);
    assert_eq!(keys(&index, &acme()).len(), 6);
    assert_eq!(keys(&index, &acme().report_type("cbam")).len(), 3);
    assert_eq!(
        keys(&index, &acme().period("2025").metadata("auditor", "Auditor 0")),
        ["csrd/acme/2025/0000"]
    );
    assert!(keys(&index, &acme().metadata("auditor", "Auditor")).is_empty(), "exactly");
    assert!(keys(&index, &acme().status("disposed")).is_empty());
    let digest = document("acme", 3, "Gross Scope 1 emissions").sha256.into_iter().next().unwrap();
    assert_eq!(keys(&index, &acme().sha256(digest)), ["cbam/acme/2026/0003"]);
    assert!(keys(&index, &acme().sha256(Digest::of(b"x"))).is_empty());

    let found = index.find(&acme().words("SCOPE gross")).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].line.as_deref(), Some("Gross Scope 1 emissions"));
    assert_eq!(keys(&index, &acme().words("uberprufung")).len(), 2, "accents do not count");
    assert_eq!(keys(&index, &acme().words("alumin*")).len(), 2);
    assert!(keys(&index, &acme().words("alumin")).is_empty());
    assert_eq!(keys(&index, &acme().words("\"scope 1\"")).len(), 2);
    assert!(keys(&index, &acme().words("\"1 scope\"")).is_empty());
    assert!(keys(&index, &acme().words("scope steel")).is_empty(), "all of them");
    let error = index.find(&acme().words(" \"\" * -- ")).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("search.no_words", Kind::Invalid));

    let mut pages = Vec::new();
    loop {
        let after = pages.last().cloned().unwrap_or_default();
        let page = keys(&index, &acme().after(after).limit(4));
        if page.is_empty() {
            break;
        }
        pages.extend(page);
    }
    assert_eq!(pages, keys(&index, &acme()));
}

#[test]
fn one_tenant_never_finds_what_is_another_ones() {
    let (_folder, _path, index) = index();
    let theirs = document("other", 3, "Gross Scope 1 emissions");
    let tries = [
        Query::of("acme").words("tenant:other"),
        Query::of("acme").words("scope OR other"),
        Query::of("acme").words("\"scope\" OR \"report\" NOT \"acme"),
        Query::of("acme").words("x\" OR d.tenant = 'other' --"),
        Query::of("acme").after("' OR '1' = '1"),
        Query::of("acme").metadata("auditor' OR 1 --", "x"),
        Query::of("acme").sha256(*theirs.sha256.first().unwrap()),
        Query::of("acm"),
        Query::of("acme%"),
        Query::of("*"),
        Query::of(""),
        Query::of("ACME"),
    ];
    for query in tries {
        for key in keys(&index, &query) {
            assert!(key.contains("/acme/"), "{query:?}: {key}");
        }
    }
    assert!(keys(&index, &Query::of("acm")).is_empty());
    assert!(keys(&index, &Query::of("")).is_empty());
    assert_eq!(index.get("acme", &theirs.report).unwrap(), None);
    assert_eq!(index.get("other", &theirs.report).unwrap(), Some(theirs));
}

#[test]
fn however_it_came_to_be_the_same_reports_are_the_same_index() {
    let (_folder, path, index) = index();
    let folder = tempfile::tempdir().unwrap();
    let mut grown = Index::rebuild(&folder.path().join("x"), []).unwrap();
    assert!(grown.is_empty().unwrap());
    for document in documents().into_iter().rev() {
        let mut older = document.clone();
        older.status = "held".to_owned();
        older.text = "words that are gone".to_owned();
        grown.put(&older).unwrap();
        grown.put(&document).unwrap();
    }
    grown.put(&document("acme", 77, "passing by")).unwrap();
    assert_ne!(grown.digest().unwrap(), index.digest().unwrap());
    assert!(grown.remove("acme", "cbam/acme/2026/0077").unwrap());
    assert!(!grown.remove("acme", "cbam/acme/2026/0077").unwrap());
    assert_eq!(grown.digest().unwrap(), index.digest().unwrap());
    assert!(keys(&grown, &Query::of("acme").words("gone")).is_empty());
    grown.check().unwrap();
    for words in ["scope", "report", "aluminium"] {
        let query = Query::of("acme2").words(words);
        assert_eq!(grown.find(&query).unwrap(), index.find(&query).unwrap(), "{words}");
    }
    drop(index);
    assert_eq!(Index::open(&path).unwrap().digest().unwrap(), grown.digest().unwrap());
}

#[test]
fn a_rebuild_that_breaks_off_leaves_what_was_there() {
    let (folder, path, index) = index();
    let before = index.digest().unwrap();
    drop(index);
    let broken = || Error::Source { report: "x".to_owned(), source: "gone".into() };
    let documents = [Ok(document("acme", 9, "new")), Err(broken())];
    assert_eq!(Index::rebuild(&path, documents).unwrap_err().code(), "search.source");
    let twice = [Ok(document("acme", 9, "new")), Ok(document("acme", 9, "other"))];
    assert_eq!(Index::rebuild(&path, twice).unwrap_err().code(), "search.report_twice");
    assert_eq!(Index::open(&path).unwrap().digest().unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

/// Opens it as somebody who has the store would, and says why it was made anew.
fn reopened(path: &Path) -> (Index, Option<&'static str>) {
    let opened = Index::open_or_rebuild(path, || documents().into_iter().map(Ok));
    let (index, why) = opened.unwrap();
    (index, why.map(|why| why.code()))
}

#[test]
fn a_damaged_index_is_made_anew() {
    let (_folder, path, index) = index();
    let right = index.digest().unwrap();
    drop(index);
    assert_eq!(reopened(&path).1, None);
    let whole = fs::read(&path).unwrap();
    let sql = |statement: &str| {
        rusqlite::Connection::open(&path).unwrap().execute_batch(statement).unwrap();
    };
    type Deed<'d> = (&'d str, Box<dyn Fn() + 'd>);
    let deeds: [Deed<'_>; 10] = [
        ("cut off", Box::new(|| fs::write(&path, &whole[..whole.len() / 2]).unwrap())),
        ("empty", Box::new(|| fs::write(&path, b"").unwrap())),
        ("something else", Box::new(|| fs::write(&path, b"not a database at all").unwrap())),
        ("another text", Box::new(|| sql("UPDATE documents SET text = 'x' WHERE id = 3"))),
        ("another tenant", Box::new(|| sql("UPDATE documents SET tenant = 'acme3' WHERE id = 3"))),
        (
            "lost",
            Box::new(|| {
                sql(
                    "INSERT INTO words (words, rowid, text) SELECT 'delete', id, text FROM documents \
                 WHERE id = 3; DELETE FROM documents WHERE id = 3;",
                );
            }),
        ),
        ("lost metadata", Box::new(|| sql("DELETE FROM metadata WHERE id = 3"))),
        ("lost words", Box::new(|| sql("INSERT INTO words (words) VALUES ('delete-all')"))),
        ("lost table", Box::new(|| sql("DROP TABLE files"))),
        ("another program's", Box::new(|| sql("PRAGMA application_id = 1"))),
    ];
    for (what, deed) in deeds {
        fs::write(&path, &whole).unwrap();
        deed();
        let error = Index::open(&path).unwrap_err();
        assert_eq!(error.code(), "search.damaged", "{what}: {error}");
        assert!(error.hint().is_some());
        let (index, why) = reopened(&path);
        assert_eq!(why, Some("search.damaged"), "{what}");
        assert_eq!(index.digest().unwrap(), right, "{what}");
        assert_eq!(reopened(&path).1, None, "{what}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(reopened(&path).1, Some("search.missing"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_index_that_opens_after_damage_gives_the_right_answers(
        places in prop::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 1..4),
    ) {
        let (_folder, path, index) = index();
        let query = Query::of("acme").words("report");
        let (right, answers) = (index.digest().unwrap(), index.find(&query).unwrap());
        drop(index);
        let mut bytes = fs::read(&path).unwrap();
        for (place, change) in places {
            let at = place.index(bytes.len());
            bytes[at] ^= change;
        }
        fs::write(&path, bytes).unwrap();
        let (index, _) = reopened(&path);
        prop_assert_eq!(index.digest().unwrap(), right);
        prop_assert_eq!(index.find(&query).unwrap(), answers);
    }

    #[test]
    fn whatever_is_typed_is_words(words in "(?s).{0,30}", tenant in "(acme|other|.{0,9})") {
        let folder = tempfile::tempdir().unwrap();
        let both = [document("acme", 1, &words), document("other", 1, &words)];
        let index = Index::rebuild(&folder.path().join("x"), both.map(Ok)).unwrap();
        match index.find(&Query::of(&tenant).words(&words)) {
            Ok(hits) => {
                for hit in hits {
                    let place = format!("/{tenant}/");
                    prop_assert!(hit.report.contains(&place));
                }
            }
            Err(error) => prop_assert_eq!(error.code(), "search.no_words"),
        }
    }
}
