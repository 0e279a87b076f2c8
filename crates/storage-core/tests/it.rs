//! What this crate promises, tested from outside, over figures that were really published.

#[cfg(test)]
mod it {
    mod calculation;
    mod import;
}
