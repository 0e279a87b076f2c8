//! What this crate promises, tested from outside.

#[cfg(test)]
mod it {
    mod conformance;
    mod killed;
    mod local;
    mod numbered;
    mod weak;
}
