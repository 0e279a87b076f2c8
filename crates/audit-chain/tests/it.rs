//! What the formats promise, tested from outside.

mod it {
    mod legacy;
    mod merkle;
    mod note;
    mod verify;
}
