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
