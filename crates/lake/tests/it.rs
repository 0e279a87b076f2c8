//! The lake, from outside.

#[cfg(test)]
mod it {
    mod commits;
}
