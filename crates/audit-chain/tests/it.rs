//! What the formats promise, tested from outside.

mod it {
    mod merkle;
    mod note;
    mod verify;
}
