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
