//! What this crate promises, tested from outside.

mod it {
    mod conformance;
    mod numbered;
    mod weak;
}
