//! Documents that are in order, and documents that are not.

use super::*;

#[test]
fn the_shipped_document_is_in_order() {
    let document = Document::parse(ACTIVITY).unwrap();
    let names: Vec<_> =
        document.file_schema().fields().iter().map(|it| it.name().clone()).collect();
    assert_eq!(
        names,
        [
            "activity_id",
            "emission_factor_id",
            "quantity",
            "unit",
            "timestamp",
            "source",
            "quantity_text",
            "_extra",
            "_file",
            "_line",
        ]
    );
    assert_eq!(document.winner(), &Winner::First);
}

#[test]
fn what_a_document_says_is_a_document_that_says_the_same() {
    let text = "schema: lake/1\nentity: x\nversion: 3\ncolumns:\n\
        - {id: 1, name: tenant_id, type: string, required: true, one_of: [b, a], max_length: 9}\n\
        - {id: 2, name: at, type: timestamp, required: true, offset: '-05:30'}\n\
        - {id: 3, name: name, type: string, mask: {token: people}, null_values: ['', 'NULL']}\n\
        - {id: 4, name: mail, type: string, mask: drop, pattern: '.*@.*'}\n\
        - {id: 5, name: amount, type: 'decimal(38,12)', default: '0', minimum: -1, accept_text: true}\n\
        - {id: 6, name: unit, type: string, one_of: units}\n\
        key: [tenant_id, at]\nwinner: {greatest: amount}\nunknown_columns: reject\n\
        partitions: [tenant_id, {year: at}, {month: at}, {day: at}]\n";
    let document = Document::parse(text).unwrap();
    let canonical = String::from_utf8(document.canonical()).unwrap();
    let again = Document::parse(&canonical).unwrap();
    assert_eq!((again.digest(), &again), (document.digest(), &document), "{canonical}");
}

#[test]
fn a_document_may_add_widen_and_rename_and_nothing_else() {
    let text = "schema: lake/1\nentity: x\nversion: 1\ncolumns:\n\
        - {id: 1, name: tenant_id, type: string, required: true, max_length: 9}\n\
        - {id: 2, name: at, type: timestamp, required: true}\n\
        - {id: 3, name: count, type: integer}\n\
        - {id: 4, name: amount, type: 'decimal(10,2)', minimum: 0}\n\
        key: [tenant_id, at]\npartitions: [tenant_id, {year: at}]\n";
    let before = Document::parse(text).unwrap();
    let refused = |from: &str, to: &str| {
        let text = text.replace("version: 1", "version: 2").replace(from, to);
        Document::parse(&text).unwrap_or_else(|it| panic!("{to}: {it:?}")).cannot_follow(&before)
    };
    let none: [&str; 0] = [];
    for (from, to) in [
        ("max_length: 9", "max_length: 10"),
        (", max_length: 9", ""),
        ("type: integer", "type: 'decimal(19,0)'"),
        ("decimal(10,2)", "decimal(12,4)"),
        ("name: count", "name: many"),
        ("name: at,", "name: instant,"),
        ("minimum: 0", "minimum: -5, null_values: ['-']"),
        ("key:", "- {id: 5, name: site, type: string}\nkey:"),
        ("key:", "- {id: 5, name: site, type: string, required: true, default: '-'}\nkey:"),
    ] {
        let mut to = to.to_owned();
        let mut from = from.to_owned();
        if from == "name: at," {
            // With its place in the key and the partitions.
            let rest = text.split_once("name: at,").unwrap().1;
            from = format!("name: at,{rest}");
            to += &rest
                .replace("[tenant_id, at]", "[tenant_id, instant]")
                .replace(": at}", ": instant}");
        }
        assert_eq!(refused(&from, &to), none, "{to}");
    }
    for (from, to, reason) in [
        ("max_length: 9", "max_length: 8", "`tenant_id` may have had more characters"),
        ("type: integer", "type: double", "`count` was integer and would be double"),
        ("type: integer", "type: 'decimal(20,2)'", "`count` was integer"),
        ("decimal(10,2)", "decimal(11,4)", "`amount` was decimal(10,2) and would be"),
        (
            "name: count, type: integer",
            "name: count, type: integer, required: true",
            "would be required",
        ),
        (
            "name: count, type: integer",
            "name: count, type: integer, mask: drop",
            "masked in another way",
        ),
        ("id: 3, name: count", "id: 7, name: count", "`count` (id 3) is left out"),
        (
            "key:",
            "- {id: 5, name: site, type: string, required: true}\nkey:",
            "`site` is added and required",
        ),
        ("{year: at}]", "{year: at}, {month: at}]", "the partitions are other ones"),
        ("key: [tenant_id, at]", "winner: last\nkey: [tenant_id, at]", "another row would win"),
        ("version: 2", "version: 1", "its version is 1, and 1 was there before"),
    ] {
        let to = if to == "version: 1" { "version: 1\nunknown_columns: ignore" } else { to };
        let reasons = refused(from, to);
        assert!(reasons.len() == 1 && reasons[0].contains(reason), "{to}: {reasons:?}");
    }
}
