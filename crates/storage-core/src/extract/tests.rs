//! Texts are found in documents that are as they should be, and in those that are not.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use strum::IntoEnumIterator as _;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// A PDF with these objects, numbered from 1, of which the first is the catalogue.
fn pdf(objects: &[String]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        write!(bytes, "{} 0 obj\n{object}\nendobj\n", at + 1).unwrap();
    }
    let table = bytes.len();
    write!(bytes, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(bytes, "{place:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(bytes, "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").unwrap();
    bytes
}

fn stream(entries: &str, content: &str) -> String {
    format!("<<{entries}/Length {}>>\nstream\n{content}\nendstream", content.len())
}

/// One page that shows `content`, with a font `F` and a form `X` that shows `form`.
fn page(content: &str, form: &str) -> Vec<u8> {
    pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>"
            .to_owned(),
        stream("", content),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        stream("/Type/XObject/Subtype/Form", form),
    ])
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn workbook(rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let rels = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"rId1\" Type=\"{LINKS}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    zipped(&[
        ("_rels/.rels", &rels("officeDocument", "xl/workbook.xml")),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets>\
                 <sheet name=\"Scope 1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        ("xl/_rels/workbook.xml.rels", &rels("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/worksheets/sheet1.xml",
            &format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ])
}

fn text(format: Format, bytes: &[u8]) -> Text {
    extract(format, bytes, Limits::default()).unwrap()
}

#[test]
fn a_pdf_shows_lines_pieces_and_forms() {
    let content = "BT /F 12 Tf 72 700 Td (Gross) Tj 30 0 Td (Scope 1) Tj 0 -14 Td [(emis) -20 (sions) -300 \
                   (\\374ber)] TJ T* (all) Tj (next) ' ET /X Do";
    let found = text(Format::Pdf, &page(content, "BT /F 9 Tf (in a form) Tj ET"));
    assert_eq!(found.words, "Gross Scope 1\nemissions \u{fc}ber\nall\nnext\nin a form");
    assert!(found.whole);
}

#[test]
fn a_form_that_shows_itself_ends() {
    let form = "BT /F 9 Tf (again) Tj ET /X Do /X Do";
    let found = text(Format::Pdf, &page("/X Do", form));
    // At most 2^8 forms lie in each other.
    assert!(found.words.matches("again").count() < 512);
    let limits = Limits { unpacked_bytes: 200, ..Limits::default() };
    let found = extract(Format::Pdf, &page("/X Do", form), limits).unwrap();
    assert!(!found.whole);
}

#[test]
fn markup_is_read_without_what_is_for_machines() {
    let page = "<?xml version=\"1.0\"?><html><head><title>Report &amp; more</title><style>p{}</style>\
        <script>if (1<2) hide</script></head><body><ix:header><ix:references>ref</ix:references>\
        <ix:hidden><ix:nonNumeric name=\"x\">Example plc</ix:nonNumeric></ix:hidden><ix:resources>\
        <xbrli:context>c1</xbrli:context></ix:resources></ix:header><table><tr><td>12</td><td>\
        <ix:nonFraction>3</ix:nonFraction>4</td></tr></table><!-- note --><![CDATA[a < b]]></body></html>";
    let found = text(Format::Markup, page.as_bytes());
    assert_eq!(found.words, "Report & more\nExample plc\n12 34\na < b");
    // An empty `script` of XML does not swallow the page.
    let found = text(Format::Markup, b"<html><script src='x'/><title/><p>seen</p></html>");
    assert_eq!(found.words, "seen");
}

#[test]
fn a_workbook_is_read_cell_by_cell() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Diesel</t></is></c><c r=\"B1\"><v>2.5</v></c>\
                </row><row r=\"1048576\"><c r=\"XFD1048576\" t=\"str\"><v>far away</v></c></row>";
    let found = text(Format::Xlsx, &workbook(rows));
    assert_eq!(found.words, "Scope 1\nDiesel 2.5\nfar away");
    assert!(found.whole);
}

#[test]
fn a_package_is_read_by_the_names_in_it() {
    let package = zipped(&[
        ("r/reports/b.xhtml", "<html><p>second</p></html>"),
        ("r/reports/a.json", "{\"first\": 1}"),
        ("r/photo.jpg", "no words"),
        ("r/inner.zip", "PK"),
    ]);
    assert_eq!(text(Format::Package, &package).words, "{\"first\": 1}\nsecond");
}

#[test]
fn text_has_an_encoding() {
    assert_eq!(text(Format::Plain, "\u{fc};a".as_bytes()).words, "\u{fc};a");
    assert_eq!(text(Format::Plain, b"\xfc;a").words, "\u{fc};a");
    assert_eq!(text(Format::Plain, b"\xff\xfe\xfc\0;\0").words, "\u{fc};");
    assert_eq!(text(Format::Plain, b"a\0b \x1b[1m\t\r\n\r\n c").words, "a b [1m\nc");
}

#[test]
fn what_is_too_much_is_refused_or_cut() {
    let limits = Limits { input_bytes: 10, unpacked_bytes: 1000, text_bytes: 6 };
    let error = extract(Format::Plain, &[b'x'; 11], limits).unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 10 });
    let found = extract(Format::Plain, "ab cd \u{fc}f".as_bytes(), limits).unwrap();
    assert_eq!(found, Text { words: "ab cd".to_owned(), whole: false });
    let found = extract(Format::Plain, b"ab cde   ", limits).unwrap();
    assert_eq!(found, Text { words: "ab cde".to_owned(), whole: true });
    assert!(!extract(Format::Plain, b"ab cde f", limits).unwrap().whole);

    let limits = Limits { unpacked_bytes: 1000, ..Limits::default() };
    let bomb = zipped(&[("a.txt", &"x".repeat(400)), ("b.bin", &"x".repeat(601))]);
    for format in [Format::Package, Format::Xlsx] {
        assert_eq!(extract(format, &bomb, limits), Err(Error::TooLarge { limit: 1000 }));
    }
    assert!(extract(Format::Package, &zipped(&[("a.txt", &"x".repeat(1000))]), limits).is_ok());
}

#[test]
fn a_damaged_document_is_an_error() {
    for format in [Format::Pdf, Format::Xlsx, Format::Package] {
        for bytes in [&b""[..], b"PK\x03\x04", b"%PDF-1.7\n%%EOF", b"<html>"] {
            let error = extract(format, bytes, Limits::default()).unwrap_err();
            assert_eq!(error.code(), "extract.unreadable", "{format:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0..4usize) {
        let heads: [&[u8]; 4] = [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<a "];
        let bytes = [heads[head], &bytes].concat();
        for format in Format::iter() {
            let limits = Limits { text_bytes: 64, ..Limits::default() };
            if let Ok(text) = extract(format, &bytes, limits) {
                prop_assert!(text.words.len() <= 64);
                prop_assert!(!text.words.contains(|it: char| it.is_control() && it != '\n'));
            }
        }
    }

    #[test]
    fn nothing_panics_over_almost_right_documents(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let rows = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Diesel</t></is></c></row>";
        let documents = [
            (Format::Pdf, page("BT /F 12 Tf (Gross) Tj ET /X Do", "BT /F 9 Tf [(x) 3 (y)] TJ ET")),
            (Format::Xlsx, workbook(rows)),
            (Format::Package, zipped(&[("a.xhtml", "<p>x</p>"), ("b.pdf", "%PDF-")])),
            (Format::Markup, b"<html><script>x</script><p a='b'>&amp;<![CDATA[x]]></p>".to_vec()),
        ];
        for (format, mut bytes) in documents {
            for (place, byte) in &places {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            let _ = extract(format, &bytes, Limits::default());
        }
    }
}
