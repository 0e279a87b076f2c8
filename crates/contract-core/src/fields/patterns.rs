//! The formats that text fields follow.
//!
//! Each format has a regular expression, for the documents that other tools read, and a function
//! that asks the same question quickly. A test compares the two on random text.

/// A format of a text field.
#[derive(Debug)]
pub struct Pattern {
    /// The format as a regular expression for the whole text, in the part of the syntax that
    /// JSON Schema, RE2 and Python understand alike.
    pub regex: &'static str,
    /// The same question.
    pub matches: fn(&str) -> bool,
    /// The format in words, to follow "must be".
    pub words: &'static str,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex == other.regex
    }
}

pub(super) static ID: Pattern = Pattern {
    regex: "^S3-[0-9]{4}$",
    matches: |text| {
        text.strip_prefix("S3-")
            .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
    },
    words: "`S3-` and four digits",
};

pub(super) static APPLICATION: Pattern = Pattern {
    regex: "^[a-z][a-z0-9-]*[a-z0-9]$",
    matches: |text| {
        let bytes = text.as_bytes();
        bytes.len() >= 2
            && bytes[0].is_ascii_lowercase()
            && bytes[bytes.len() - 1] != b'-'
            && bytes.iter().all(name_byte)
    },
    words: "lower case letters, digits and hyphens, beginning with a letter",
};

pub(super) static NAME: Pattern = Pattern {
    regex: "^[a-z0-9-]+$",
    matches: |text| !text.is_empty() && text.bytes().all(|b| name_byte(&b)),
    words: "lower case letters, digits and hyphens",
};

pub(super) static BUCKET: Pattern = Pattern {
    regex: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
    matches: |text| {
        let bytes = text.as_bytes();
        !bytes.is_empty()
            && bytes[0] != b'-'
            && bytes[bytes.len() - 1] != b'-'
            && bytes.iter().all(name_byte)
    },
    words: "lower case letters, digits and hyphens, a hyphen neither first nor last",
};

pub(super) static ALIAS: Pattern = Pattern {
    regex: "^alias/[a-z0-9-]+$",
    matches: |text| text.strip_prefix("alias/").is_some_and(NAME.matches),
    words: "`alias/` and lower case letters, digits and hyphens",
};

pub(super) static DATE: Pattern = Pattern {
    regex: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    matches: |text| {
        let bytes = text.as_bytes();
        bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    },
    words: "a date such as `2026-01-17`",
};

fn name_byte(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static ALL: [&Pattern; 6] = [&ID, &APPLICATION, &NAME, &BUCKET, &ALIAS, &DATE];

    fn agree(text: &str) -> Result<(), TestCaseError> {
        for pattern in ALL {
            // `\z` instead of `$`: the whole text, without a line break after it.
            let whole = pattern.regex.replace('$', r"\z");
            let expected = regex::Regex::new(&whole).expect("the formats compile").is_match(text);
            prop_assert_eq!((pattern.matches)(text), expected, "{} {:?}", pattern.regex, text);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn both_spellings_of_a_format_agree(
            text in "(S3-|alias/)?[a-zA-Z0-9-]{0,6}[0-9ä\n.-]{0,5}|S3-[0-9]{3,5}|[a-z][a-z0-9-]{0,9}|[0-9]{4}-[0-9]{1,2}-[0-9]{2}"
        ) {
            agree(&text)?;
        }
    }

    #[test]
    fn each_format_knows_its_own() {
        let own = ["S3-0042", "a-1", "0-", "a-0", "alias/x-0", "2026-01-17"];
        for (pattern, text) in ALL.iter().zip(own) {
            assert!((pattern.matches)(text), "{text}");
            assert!(!(pattern.matches)(&format!("{text}\n")), "{text} and a line break");
        }
    }
}
