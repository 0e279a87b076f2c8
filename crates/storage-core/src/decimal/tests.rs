//! Laws and odd texts of decimals.

use proptest::prelude::*;

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_number_has_one_spelling() {
    let wrong = [
        "", "-", ".", "-.5", ".5", "5.", "+5", "--5", "05", "00", "-0", "-0.00", "1.2.3", "1e3",
        "1E-5", "NaN", "inf", "-inf", "1,234", "1_000", " 1", "1 ", "１", "٣", "0x1", "1.0f",
    ];
    for text in wrong {
        let error = text.parse::<Decimal>().unwrap_err();
        assert_eq!(error.code(), "storage.decimal_invalid", "{text}");
    }
    for text in
        ["0", "0.0", "0.10", "-0.10", "100", "123456789012345678", "1234567890123456789012345.50"]
    {
        assert_eq!(decimal(text).to_string(), text);
    }
}

#[test]
fn a_long_number_is_refused_at_its_length() {
    let longest = "9".repeat(Decimal::DIGITS);
    assert_eq!(decimal(&longest).digits(), 128);
    assert_eq!(decimal(&format!("-{}.{}", &longest[..1], &longest[1..])).places(), 127);
    assert!(format!("{longest}9").parse::<Decimal>().is_err());
    assert!(format!("0.{longest}").parse::<Decimal>().is_err());
}

#[test]
fn in_json_a_number_is_text() {
    let read: Decimal = serde_json::from_str("\"2.50\"").unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), "\"2.50\"");
    let error = serde_json::from_str::<Decimal>("2.5").unwrap_err().to_string();
    assert!(error.contains("expected a decimal number as text"), "{error}");
}

/// T24: what was published comes back letter by letter.
#[test]
fn t24_seventeen_digits_come_back_as_they_were() {
    assert_eq!(decimal("2.5200000000000005").to_string(), "2.5200000000000005");
    assert_eq!(Decimal::shortest(2.5200000000000005).unwrap().to_string(), "2.5200000000000005");
}

/// T23: the ways of not giving a number are kept apart, and what may be misread is refused.
#[test]
fn t23_absence_is_typed_and_doubt_is_refused() {
    use Absence::{Below, Blank, NotAvailable, NotSupplied};
    for (text, absence) in [
        ("NA", NotAvailable),
        ("", Blank),
        ("not-supplied", NotSupplied),
        ("< 1", Below(decimal("1"))),
    ] {
        assert_eq!(Cell::read(text), Ok(Cell::Absent(absence)), "{text}");
    }
    for text in ["NaN", "1e3", "1,234", "inf", "#N/A", "< x"] {
        assert_eq!(Cell::read(text).unwrap_err().code(), "storage.decimal_invalid", "{text}");
    }
    assert_eq!(Cell::read(" 0 "), Ok(Cell::Number(Decimal::zero())));
}

#[test]
fn a_published_cell_times_a_long_quantity_is_exact() {
    // 17 digits times 15: the product is Python's.
    let product = &decimal("3033.3806711409397") * &decimal("1234567890.12345");
    assert_eq!(product.to_string(), "3744914375111.724661898582005965");
    assert_eq!(product.digits(), 31);
}

#[test]
fn significant_digits_are_counted_from_the_first_that_is_not_zero() {
    for (numerator, denominator, digits, text) in [
        (1, 3, 3, "0.333"),
        (2, 3, 3, "0.667"),
        (1000, 3, 3, "333"),
        (10000, 3, 3, "3333"),
        (1, 3000, 3, "0.000333"),
        (999_999, 1000, 3, "1000"),
        (-1, 7, 5, "-0.14286"),
        (0, 7, 5, "0.00000"),
    ] {
        let ratio = Ratio::new(numerator, denominator).unwrap();
        assert_eq!(ratio.significant(digits).to_string(), text, "{ratio}");
    }
}

#[test]
fn one_is_no_special_factor() {
    assert_eq!((decimal("1") * decimal("1000")).to_string(), "1000");
    assert_eq!((decimal("1.0") * decimal("2.50")).to_string(), "2.500");
    assert_eq!((decimal("0.00") + decimal("1")).to_string(), "1.00");
    assert_eq!((decimal("1000.0") - decimal("0")).trimmed().to_string(), "1000");
}

proptest! {
    #[test]
    fn no_text_makes_a_panic(text in ".{0,200}") {
        let _ = text.parse::<Decimal>();
        let _ = Cell::read(&text);
    }

    #[test]
    fn what_is_read_is_printed_again(text in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?") {
        if let Ok(number) = text.parse::<Decimal>() {
            prop_assert_eq!(number.to_string(), text);
        } else {
            prop_assert!(text.starts_with('-') && !text.bytes().any(|b| (b'1'..=b'9').contains(&b)));
        }
    }

    #[test]
    fn the_order_of_a_sum_does_not_matter(mut cells in prop::collection::vec((any::<i64>(), 0_u32..18), 0..50)) {
        let number = |&(digits, places): &(i64, u32)| Decimal::of(digits.into(), places);
        let forward: Decimal = cells.iter().map(number).sum();
        let backward: Decimal = cells.iter().rev().map(number).sum();
        cells.sort_unstable();
        let sorted: Decimal = cells.iter().map(number).sum();
        prop_assert!(forward.same_text(&backward) && forward.same_text(&sorted));
    }

    #[test]
    fn a_product_has_the_places_of_both(a in -1000_i64..1000, b in -1000_i64..1000, p in 0_u32..9, q in 0_u32..9) {
        let product = &Decimal::of(a.into(), p) * &Decimal::of(b.into(), q);
        prop_assert!(product.same_text(&Decimal::of((a * b).into(), p + q)));
        prop_assert_eq!(product.to_string().parse::<Decimal>().unwrap().places(), p + q);
    }

    #[test]
    fn rounding_agrees_with_whole_numbers(digits in any::<i64>(), places in 0_u32..19) {
        // Half-even over i128, written differently from both implementations.
        let power = 10_i128.pow(places);
        let (floor, rest) = (i128::from(digits).div_euclid(power), i128::from(digits).rem_euclid(power));
        let up = 2 * rest > power || 2 * rest == power && floor % 2 != 0;
        let expected = (floor + i128::from(up)).to_string();
        let number = Decimal::of(digits.into(), places);
        prop_assert_eq!(number.rounded(0).to_string(), expected.clone());
        prop_assert_eq!(Ratio::from(&number).rounded(0).to_string(), expected);
    }

    #[test]
    fn a_decimal_survives_as_a_quotient(digits in any::<i64>(), places in 0_u32..40) {
        let number = Decimal::of(digits.into(), places);
        prop_assert_eq!(Ratio::from(&number).exact(), Some(number));
    }

    #[test]
    fn equal_values_have_equal_hashes(digits in any::<i32>(), places in 0_u32..10, zeros in 0_u32..10) {
        use std::hash::{BuildHasher, RandomState};
        let short = Decimal::of(digits.into(), places);
        let long = short.rounded(places + zeros);
        let state = RandomState::new();
        prop_assert_eq!(state.hash_one(&short), state.hash_one(&long));
        prop_assert_eq!(short.same_text(&long), zeros == 0);
    }
}
