//! Bags: written whole, verified against every kind of damage.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use platform::Kind;
use platform::bags::{BagWriter, Fault, verify, write};
use storage_core::bagit::BagInfo;
use tempfile::TempDir;

/// Names that are easily written wrong, with their contents.
const NAMES: [(&str, &[u8]); 6] = [
    ("a%0Ab", b"percent"),
    ("a\nb", b"line break"),
    ("a\r\nb%", b"both"),
    ("100%25.csv", b""),
    ("deep/down/\u{fc}ber.xhtml", b"<html/>"),
    (" blank ", b"x"),
];

fn bag() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bag");
    let mut info = BagInfo::default();
    info.add("Source-Organization", "Example Ltd").unwrap();
    info.add("payload-oxum", "1.1").unwrap();
    let receipt = write(&target, &info, NAMES).unwrap();
    assert_eq!(receipt.oxum.to_string(), "29.6");
    (folder, target)
}

fn faults(target: &Path) -> Vec<(String, Fault)> {
    let findings = verify(target).unwrap().findings;
    findings.into_iter().map(|it| (it.name, it.fault)).collect()
}

#[test]
fn strange_names_are_kept_and_encoded() {
    let (folder, target) = bag();
    let manifest = fs::read_to_string(target.join("manifest-sha256.txt")).unwrap();
    assert!(manifest.contains("  data/a%250Ab\n"), "{manifest}");
    assert!(manifest.contains("  data/a%0Ab\n"), "{manifest}");
    assert!(manifest.contains("  data/a%0D%0Ab%25\n"), "{manifest}");
    assert!(manifest.contains("  data/100%2525.csv\n"), "{manifest}");
    assert_eq!(fs::read(target.join("data/a%0Ab")).unwrap(), b"percent");
    assert_eq!(fs::read(target.join("data/a\nb")).unwrap(), b"line break");
    let info = fs::read_to_string(target.join("bag-info.txt")).unwrap();
    assert_eq!(info, "Source-Organization: Example Ltd\nPayload-Oxum: 29.6\n");
    let verdict = verify(&target).unwrap();
    assert!(verdict.is_valid(), "{verdict:?}");
    assert_eq!(verdict.findings, []);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn every_damage_is_found() {
    type Deed = fn(&Path) -> io::Result<()>;
    let deeds: [(&str, Deed, &str, Fault); 8] = [
        (
            "altered",
            |bag| fs::write(bag.join("data/a\nb"), "line freak"),
            "data/a%0Ab",
            Fault::Altered,
        ),
        (
            "removed",
            |bag| fs::remove_file(bag.join("data/100%25.csv")),
            "data/100%2525.csv",
            Fault::Missing,
        ),
        ("added", |bag| fs::write(bag.join("data/new"), ""), "data/new", Fault::Unlisted),
        (
            "swapped",
            |bag| {
                fs::rename(bag.join("data/a\nb"), bag.join("data/x"))?;
                fs::rename(bag.join("data/a%0Ab"), bag.join("data/a\nb"))?;
                fs::rename(bag.join("data/x"), bag.join("data/a%0Ab"))
            },
            "data/a%0Ab",
            Fault::Altered,
        ),
        (
            "label",
            |bag| fs::write(bag.join("bag-info.txt"), "Payload-Oxum: 29.6\n"),
            "bag-info.txt",
            Fault::Altered,
        ),
        (
            "manifest",
            |bag| {
                let path = bag.join("manifest-sha256.txt");
                let text = fs::read_to_string(&path)?;
                fs::write(
                    path,
                    text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>(),
                )
            },
            "manifest-sha256.txt",
            Fault::Altered,
        ),
        (
            "count",
            |bag| {
                fs::remove_file(bag.join("tagmanifest-sha256.txt"))?;
                fs::write(bag.join("bag-info.txt"), "Payload-Oxum: 30.6\n")
            },
            "bag-info.txt",
            Fault::OxumWrong { there: storage_core::bagit::Oxum { bytes: 29, files: 6 } },
        ),
        (
            "link",
            |bag| {
                fs::remove_file(bag.join("data/a\nb"))?;
                std::os::unix::fs::symlink("a%0Ab", bag.join("data/a\nb"))
            },
            "data/a%0Ab",
            Fault::NotAFile,
        ),
    ];
    for (what, deed, name, fault) in deeds {
        let (_folder, target) = bag();
        deed(&target).unwrap();
        assert!(!verify(&target).unwrap().is_valid(), "{what}");
        let found = faults(&target);
        assert!(found.contains(&(name.to_owned(), fault)), "{what}: {found:?}");
    }
}

#[test]
fn a_manifest_that_leads_out_of_the_bag_is_refused() {
    for way in ["../secret", "data/../../secret", "/etc/hostname", "~/x", "data\\..\\..\\x"] {
        let (folder, target) = bag();
        fs::write(folder.path().join("secret"), "x").unwrap();
        let line = format!("{}  {way}\n", "0".repeat(64));
        fs::write(target.join("manifest-sha256.txt"), line).unwrap();
        let error = verify(&target).unwrap_err();
        assert_eq!(error.code(), "bagit.name_invalid", "{way}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_bag_whose_percents_are_not_encoded_is_told_from_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bag");
    write(&target, &BagInfo::default(), [("a%0Ab", &b"x"[..])]).unwrap();
    let path = target.join("manifest-sha256.txt");
    let text = fs::read_to_string(&path).unwrap().replace("%25", "%");
    fs::write(path, text).unwrap();
    fs::remove_file(target.join("tagmanifest-sha256.txt")).unwrap();
    assert_eq!(faults(&target), [("data/a%250Ab".to_owned(), Fault::NotEncoded)]);
}

#[test]
fn a_bag_is_there_whole_or_not_at_all() {
    /// Breaks off after one byte.
    struct Breaks(bool);
    impl io::Read for Breaks {
        fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::Error::other("gone"));
            }
            piece[0] = b'x';
            Ok(1)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bag");
    let error = write(&target, &BagInfo::default(), [("a", Breaks(false))]).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("bags.source", Kind::Unavailable));
    for names in [&["a", "../x"][..], &["a", "a"], &["/a"], &["a", "b/../a"], &["a", "a/b"]] {
        let files = names.iter().map(|name| (name, &b""[..]));
        assert!(write(&target, &BagInfo::default(), files).is_err(), "{names:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");

    fs::create_dir(&target).unwrap();
    let error = BagWriter::begin(&target).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("bags.already_there", Kind::Conflict));
    fs::remove_dir(&target).unwrap();
    let late = BagWriter::begin(&target).unwrap();
    fs::create_dir(&target).unwrap();
    assert_eq!(late.finish(&BagInfo::default()).unwrap_err().code(), "bags.already_there");
}

#[test]
fn what_is_no_bag_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(verify(&folder.path().join("x")).unwrap_err().kind(), Kind::NotFound);
    assert_eq!(verify(folder.path()).unwrap_err().code(), "bags.not_a_bag");
    fs::write(folder.path().join("bagit.txt"), storage_core::bagit::DECLARATION).unwrap();
    let error = verify(folder.path()).unwrap_err();
    assert!(error.to_string().contains("`manifest-sha256.txt`"), "{error}");
}

/// The bags that Python reads in its tests, made without any of our code.
#[test]
fn a_bag_is_the_same_whoever_writes_it() {
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/reports/bags");
    let plain: [(&str, &[u8]); 2] =
        [("tables/scope 1.csv", b"t;12\n"), ("report.xhtml", b"<html>2026</html>\n")];
    let percent: [(&str, &[u8]); 2] = [("a%0Ab", b"percent\n"), ("100%25.csv", b"x\n")];
    for (name, files) in [("plain", plain), ("percent", percent)] {
        let (folder, mut info) = (tempfile::tempdir().unwrap(), BagInfo::default());
        info.add("Source-Organization", "Example Ltd").unwrap();
        let target = folder.path().join("bag");
        write(&target, &info, files).unwrap();
        let tags = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"];
        for tag in tags {
            let (ours, theirs) = (fs::read(target.join(tag)), fs::read(known.join(name).join(tag)));
            assert_eq!(ours.unwrap(), theirs.unwrap(), "{name}/{tag}");
        }
        assert!(verify(&known.join(name)).unwrap().is_valid(), "{name}");
    }
}
