//! What this crate promises, tested from outside.

mod it {
    mod numbered;
    mod weak;
}
