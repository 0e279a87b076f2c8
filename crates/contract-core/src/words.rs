//! The words that a contract chooses between.

use std::fmt;

pub use storage_core::StorageClass;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        ///
        /// Deliberately exhaustive: a new word has to be thought about everywhere.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every choice, in the order of the table of fields.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in a contract.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The choice that `word` stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// What a bucket is for.
    Purpose {
        /// Application and audit logs.
        Logs = "logs",
        /// Files that users upload.
        Uploads = "uploads",
        /// Backups of databases and configuration.
        Backups = "backups",
        /// Data for analytics.
        DataLake = "data-lake",
        /// Files of a website, usually behind a CDN.
        StaticAssets = "static-assets",
    }
}

words! {
    /// Who encrypts objects at rest.
    Encryption {
        /// S3 with its own keys.
        SseS3 = "sse-s3",
        /// S3 with a key of ours in KMS.
        SseKms = "sse-kms",
    }
}

words! {
    /// Whether the world is kept out.
    PublicAccess {
        /// It is.
        Blocked = "blocked",
        /// It is not, and somebody agreed to that.
        ExceptionApproved = "exception-approved",
    }
}

words! {
    /// How long objects are kept.
    Retention {
        /// For good.
        Indefinite = "indefinite",
        /// For a time.
        TimeBounded = "time-bounded",
        /// As a rule of law or of the organisation demands.
        ComplianceDriven = "compliance-driven",
    }
}

/// The storage class that `word` stands for in a contract.
pub fn storage_class(word: &str) -> Option<StorageClass> {
    match word {
        "standard" => Some(StorageClass::Standard),
        "intelligent-tiering" => Some(StorageClass::IntelligentTiering),
        "standard-ia" => Some(StorageClass::StandardIa),
        "glacier" => Some(StorageClass::Glacier),
        _ => None,
    }
}

/// The word in a contract for a storage class.
pub fn storage_class_word(class: StorageClass) -> &'static str {
    match class {
        StorageClass::Standard => "standard",
        StorageClass::IntelligentTiering => "intelligent-tiering",
        StorageClass::StandardIa => "standard-ia",
        StorageClass::Glacier => "glacier",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{Shape, find};
    use crate::slot::Slot;

    /// The table of fields and these types name the same words in the same order.
    #[test]
    fn the_words_are_those_of_the_table() {
        fn check<T: Copy>(slot: Slot, all: &[T], word: fn(T) -> &'static str) {
            let words: Vec<_> = all.iter().map(|choice| word(*choice)).collect();
            assert_eq!(find(slot).shape, Shape::Choice(words.leak()));
        }
        check(Slot::PurposeType, Purpose::ALL, Purpose::word);
        check(Slot::EncryptionType, Encryption::ALL, Encryption::word);
        check(Slot::PublicAccess, PublicAccess::ALL, PublicAccess::word);
        check(Slot::RetentionType, Retention::ALL, Retention::word);
        let Shape::Choice(classes) = find(Slot::StorageClass).shape else { panic!("a choice") };
        for word in classes {
            assert_eq!(storage_class(word).map(storage_class_word), Some(*word));
        }
    }
}
