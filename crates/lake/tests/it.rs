//! The lake, from outside.

#[cfg(test)]
mod it {
    mod bronze;
    mod catalog;
    mod commits;
    mod compact;
    mod making;
    mod silver;
}
