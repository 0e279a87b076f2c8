//! A schema document as it is written.
//!
//! The structs here follow the document; what it means is decided next door, in `checks`.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// The one version of the document.
pub(super) const SCHEMA: &str = "lake/1";

pub(super) type Text = Spanned<String>;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenDocument {
    pub(super) schema: Text,
    pub(super) entity: Text,
    pub(super) version: Spanned<u32>,
    pub(super) columns: Spanned<Vec<Spanned<WrittenColumn>>>,
    #[serde(default)]
    pub(super) key: Option<Spanned<Vec<Text>>>,
    #[serde(default)]
    pub(super) winner: Option<Spanned<Choice>>,
    #[serde(default)]
    pub(super) partitions: Option<Spanned<Vec<Spanned<Choice>>>>,
    #[serde(default)]
    pub(super) unknown_columns: Option<Text>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenColumn {
    pub(super) id: Spanned<u32>,
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) default: Option<Text>,
    #[serde(default)]
    pub(super) null_values: Option<Spanned<Vec<Text>>>,
    #[serde(default)]
    pub(super) accept_text: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) minimum: Option<Text>,
    #[serde(default)]
    pub(super) maximum: Option<Text>,
    #[serde(default)]
    pub(super) one_of: Option<Spanned<Choice>>,
    #[serde(default)]
    pub(super) pattern: Option<Text>,
    #[serde(default)]
    pub(super) max_length: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) mask: Option<Spanned<Choice>>,
    #[serde(default)]
    pub(super) offset: Option<Text>,
}

/// A word, a word with an argument, or a list of words: `first`, `{greatest: version}`, `[a, b]`.
#[derive(Debug)]
pub(super) enum Choice {
    Word(String),
    With(String, String),
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Choice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word, `{word: column}` or a list")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Choice, E> {
                Ok(Choice::Word(word.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choice, A::Error> {
                let Some((word, argument)) = map.next_entry::<String, String>()? else {
                    return Err(de::Error::invalid_length(0, &"one key"));
                };
                if map.next_key::<String>()?.is_some() {
                    return Err(de::Error::invalid_length(2, &"one key"));
                }
                Ok(Choice::With(word, argument))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Choice, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element()? {
                    words.push(word);
                }
                Ok(Choice::List(words))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
