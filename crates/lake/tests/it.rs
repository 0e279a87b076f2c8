//! The lake, from outside.

#[cfg(test)]
mod it {
    mod bronze;
    mod catalog;
    mod commits;
    mod compact;
    mod gold;
    mod making;
    mod silver;
}
