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
fn the_digest_is_of_what_is_said_and_not_of_how() {
    let one = Document::parse(ACTIVITY).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&one.canonical()).unwrap();
    assert_eq!(json["columns"][3]["minimum"], "0");
    let spaced =
        ACTIVITY.replace("# One row", "# A row").replace("winner: first", "winner:   'first'");
    assert_eq!(Document::parse(&spaced).unwrap().digest(), one.digest());
    let other = ACTIVITY.replace("minimum: 0", "minimum: 1");
    assert_ne!(Document::parse(&other).unwrap().digest(), one.digest());
}

/// What is said of the shipped document with one thing changed.
fn said(from: &str, to: &str) -> Vec<String> {
    let text = ACTIVITY.replace(from, to);
    assert_ne!(text, ACTIVITY, "`{from}` is not in the document");
    match Document::parse(&text) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.iter().map(|it| format!("{}: {}", it.line, it.message)).collect(),
    }
}

#[test]
fn findings_say_where_and_what() {
    for (from, to, expected) in [
        ("lake/1", "lake/2", "2: `lake/2` is no schema that is known here"),
        ("entity: emissions", "entity: Emissions", "3: `Emissions` is no name for an entity"),
        ("version: 1", "version: 0", "4: versions begin at 1"),
        ("type: double", "type: float", "9: `float` is no type"),
        ("minimum: 0", "minimum: much", "9: `much` is no limit of a double"),
        ("minimum: 0", "minimum: 2, maximum: 1", "9: no value is between `2` and `1`"),
        (
            "required: true, minimum: 0",
            "default: '-1', minimum: 0",
            "9: the default `-1` would be refused, as `below_minimum`",
        ),
        ("{id: 2,", "{id: 1,", "7: two columns have the id 1"),
        ("one_of: units", "one_of: things", "11: `one_of` is a list of texts or the table `units`"),
        (
            "'[a-z0-9][a-z0-9-]{0,62}'",
            "'[a-'",
            "6: the pattern cannot be read: unclosed character class",
        ),
        ("winner: first", "winner: best", "17: there is no such winner"),
        ("winner: first", "winner: {greatest: size}", "17: there is no column `size`"),
        (
            "key: [tenant_id, ",
            "key: [source, tenant_id, ",
            "15: `source` is part of the key and may have no value",
        ),
        (
            "activity_id, timestamp]",
            "activity_id]",
            "18: `timestamp` makes a partition and is not part of the key",
        ),
        (
            "{month: timestamp}",
            "{month: unit}",
            "18: `unit` is a string, no partition can be made of it this way",
        ),
        (
            "type: timestamp,",
            "type: timestamp, pattern: x,",
            "13: `pattern` is a rule for a string, this is a timestamp",
        ),
        ("winner: first", "winners: first", "17: there is no key `winners` here"),
        ("version: 1", "version: 1\nversion: 1", "5: `version` is given twice"),
    ] {
        let findings = said(from, to);
        assert!(
            findings.iter().any(|it| it == expected),
            "`{expected}` is not among {findings:#?}"
        );
    }
    assert!(Document::parse("").is_err());
    assert!(Document::parse("[]").is_err());
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

#[test]
fn a_name_that_a_column_of_files_had_goes_to_no_other() {
    let parse = |text: &str| Document::parse(text).unwrap();
    let newer = |from: &str, to: &str, added: &str| {
        let added = format!("  - {{id: 8, name: {added}, type: string}}\nkey: ");
        let text = ACTIVITY.replace("version: 1", "version: 2").replace(from, to);
        parse(&text.replace("key: ", &added)).cannot_follow(&parse(ACTIVITY))
    };
    let none: [&str; 0] = [];
    assert_eq!(newer("name: source,", "name: origin,", "site"), none);
    assert_eq!(
        newer("name: source,", "name: origin,", "source"),
        ["`source` would be the column with id 8, and is the column with id 7 in older files"]
    );
    assert_eq!(
        newer("name: quantity,", "name: amount,", "quantity_text"),
        ["`quantity_text` would be the column with id 8, and is the text beside the column with \
             id 4 in older files"]
    );
}

#[test]
fn where_rows_are_written_again_what_was_kept_of_them_stays() {
    let parse = |text: &str| Document::parse(text).unwrap();
    let newer = ACTIVITY.replace("version: 1", "version: 2\nunknown_columns: reject");
    for (winner, reasons) in [("first", 0), ("reject", 0), ("last", 1), ("{greatest: quantity}", 1)]
    {
        let of = |text: &str| parse(&text.replace("winner: first", &format!("winner: {winner}")));
        assert_eq!(of(&newer).cannot_follow(&of(ACTIVITY)).len(), reasons, "{winner}");
    }
    // The column that decides who wins is told by its id, too.
    let greatest = ACTIVITY.replace("winner: first", "winner: {greatest: quantity}");
    let renamed = greatest.replace("version: 1", "version: 2").replace("quantity", "amount");
    let none: [&str; 0] = [];
    assert_eq!(parse(&renamed).cannot_follow(&parse(&greatest)), none);
    let other = greatest
        .replace("version: 1", "version: 2")
        .replace("greatest: quantity", "greatest: source");
    assert_eq!(parse(&other).cannot_follow(&parse(&greatest)), ["another row would win"]);
}
