//! The cases of the law, with dates reckoned by hand.
