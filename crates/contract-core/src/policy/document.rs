//! `strongroom.yaml` as it is written.
//!
//! The structs here follow the document; what it means is decided next door, in `checks`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_saphyr::Spanned;

/// The one version of the document.
pub(super) const API_VERSION: &str = "strongroom/v1";
/// The kind of the document.
pub(super) const KIND: &str = "Policy";

pub(super) type Text = Spanned<String>;
pub(super) type Texts = Spanned<Vec<Text>>;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) api_version: Text,
    pub(super) kind: Text,
    #[serde(default, deserialize_with = "given")]
    pub(super) prefix: Option<Text>,
    #[serde(default, deserialize_with = "given")]
    pub(super) environments: Option<Spanned<Vec<Spanned<EnvironmentEntry>>>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) owners: Option<Texts>,
    #[serde(default, deserialize_with = "given")]
    pub(super) paths: Option<PathsEntry>,
    #[serde(default, deserialize_with = "given")]
    pub(super) approval: Option<ApprovalEntry>,
    #[serde(default, deserialize_with = "given")]
    pub(super) rules: Option<Spanned<Pairs>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) changes: Option<Spanned<Pairs>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) required_tags: Option<Texts>,
    #[serde(default, deserialize_with = "given")]
    pub(super) cors: Option<CorsEntry>,
    #[serde(default, deserialize_with = "given")]
    pub(super) waivers: Option<WaiversEntry>,
    #[serde(default, deserialize_with = "given")]
    pub(super) alarm: Option<AlarmEntry>,
    #[serde(default, deserialize_with = "given")]
    pub(super) partition: Option<Text>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvironmentEntry {
    pub(super) name: Text,
    pub(super) protected: Truth,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PathsEntry {
    #[serde(default, deserialize_with = "given")]
    pub(super) contracts: Option<Text>,
    #[serde(default, deserialize_with = "given")]
    pub(super) catalog: Option<Text>,
    #[serde(default, deserialize_with = "given")]
    pub(super) audit: Option<Text>,
    #[serde(default, deserialize_with = "given")]
    pub(super) output: Option<Text>,
    #[serde(default, deserialize_with = "given")]
    pub(super) waivers: Option<Text>,
    #[serde(default, deserialize_with = "given")]
    pub(super) ids: Option<Text>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalEntry {
    pub(super) labels: Texts,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CorsEntry {
    pub(super) origins: Texts,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct WaiversEntry {
    #[serde(default, deserialize_with = "given")]
    pub(super) max_days: Option<Spanned<Days>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) notice_days: Option<Spanned<Days>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlarmEntry {
    pub(super) name: Text,
}

/// `true` or `false` without quotes.
pub(super) struct Truth(pub(super) bool);

impl<'de> Deserialize<'de> for Truth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Truth;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true` or `false` without quotes")
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Truth, E> {
                Ok(Truth(truth))
            }
        }
        // Asked for a boolean, the reader would take a quoted one as well.
        deserializer.deserialize_any(Word)
    }
}

/// A whole number of days without quotes.
pub(super) struct Days(pub(super) u32);

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Days;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of days without quotes")
            }

            fn visit_u64<E>(self, days: u64) -> Result<Days, E> {
                // Whatever does not fit is refused as too long.
                Ok(Days(u32::try_from(days).unwrap_or(u32::MAX)))
            }

            fn visit_i64<E: serde::de::Error>(self, days: i64) -> Result<Days, E> {
                let days = u64::try_from(days);
                days.map_err(|_| E::custom("days cannot be negative"))
                    .and_then(|it| self.visit_u64(it))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// A mapping in the order of the text, each key with its place.
pub(super) struct Pairs(pub(super) Vec<(Text, Text)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of names to words")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Reads a key that is there. Unlike `Option` alone, an empty value is not taken for a missing
/// key: `labels:` with nothing behind it is a slip that must not quietly bring the default back.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
