//! Any text as a number, a cell, a unit and a rate: what is read prints itself again, sums and
//! products are exact, never a panic. The first line is a number, the second another, the third a
//! unit; whatever is missing is empty.
#![no_main]

use storage_core::units::{Dialect, Rate, Unit};
use storage_core::{Cell, Decimal, Ratio};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (first, second, third) = (next(), next(), next());
    let _ = Cell::read(first);
    if let Ok(a) = first.parse::<Decimal>() {
        assert_eq!(a.to_string(), first);
        assert_eq!(Ratio::from(&a).exact().as_ref(), Some(&a));
        if let Ok(b) = second.parse::<Decimal>() {
            assert_eq!(&(&a + &b) - &b, a);
            assert!((&a * &b).same_text(&(&b * &a)));
            assert_eq!((&a * &b).places(), a.places() + b.places());
        }
    }
    for dialect in [Dialect::None, Dialect::Us, Dialect::Uk] {
        if let Ok(unit) = Unit::parse(third, dialect) {
            // What it calls itself needs no dialect, and means the same.
            let again: Unit = unit.to_string().parse().expect("its own name");
            assert_eq!(again, unit);
            assert_eq!(unit.to(&again), Ok(Ratio::one()));
        }
        let _ = Rate::parse(third, dialect);
    }
});
