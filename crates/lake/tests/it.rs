//! The lake, from outside.

#[cfg(test)]
mod it {
    mod catalog;
    mod commits;
    mod compact;
    mod making;
    mod silver;
}
