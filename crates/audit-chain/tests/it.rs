//! What the formats promise, tested from outside.

mod it {
    mod canonical;
    mod legacy;
    mod merkle;
    mod note;
    mod segment;
    mod verify;
}
