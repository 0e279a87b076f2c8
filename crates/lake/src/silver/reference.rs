//! Tables of what is known: sites, suppliers, products.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use std::collections::HashMap;
use storage_core::Digest;
use unicode_normalization::UnicodeNormalization as _;

use super::Error;

/// A table of entities that names in a column lead to.
///
/// A CSV file with a column `id`; `name` and `aliases` (several, with `|` between them) are names that
/// lead there, all other columns are attributes that a rule may take over.
///
/// ```
/// use lake::silver::{Match, Reference};
///
/// let file = "id,name,aliases,country\nS1,Werk Köln,Cologne|Koeln,DE\nS2,Lyon,,FR\n";
/// let sites = Reference::csv("sites", file.as_bytes())?;
/// assert_eq!(sites.find("S1")?.map(|it| it.how), Some(Match::Exact));
/// assert_eq!(sites.find("  WERK  KÖLN ")?.map(|it| it.how), Some(Match::Normalised));
/// assert_eq!(sites.find("cologne")?.map(|it| it.how), Some(Match::Alias));
/// // What is only similar is never taken, only suggested.
/// assert!(sites.find("Werk Köl")?.is_none());
/// assert_eq!(sites.suggestions("Werk Köl")[0].id, "S1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Reference {
    name: String,
    digest: Digest,
    file: Bytes,
    entities: Vec<Entity>,
    attributes: Vec<String>,
    exact: HashMap<String, Names>,
    normalised: HashMap<String, Names>,
    aliases: HashMap<String, Names>,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) id: String,
    name: String,
    attributes: Vec<String>,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    One(u32),
    Several,
}

/// How a name led to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Match {
    /// It is the id or the name, letter by letter.
    Exact,
    /// It is the id or the name but for case, spaces and compatible spellings of Unicode (NFKC).
    Normalised,
    /// It is one of the aliases, compared in the same way.
    Alias,
}

/// An entity, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<'r> {
    /// Its id.
    pub id: &'r str,
    /// How it was found.
    pub how: Match,
    pub(super) number: u32,
}

/// Several entities have the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("several entities have that name")]
pub struct Ambiguous;

/// An entity whose name is similar: for a person to decide.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// The name that is similar.
    pub name: String,
    /// How similar: 1 is equal (normalised Damerau-Levenshtein).
    pub similarity: f64,
}

/// Names that are less similar are not suggested.
const SIMILAR: f64 = 0.75;

/// How many are suggested.
const SUGGESTIONS: usize = 3;

impl Reference {
    /// Reads a table from a CSV file with a header.
    ///
    /// # Errors
    ///
    /// [`Error::ReferenceInvalid`] for a file that is none, has no column `id`, or has an id twice.
    pub fn csv(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let invalid = |line: u64, broken: String| Error::ReferenceInvalid {
            name: name.to_owned(),
            line,
            broken,
        };
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader.headers().map_err(|error| invalid(1, error.to_string()))?.clone();
        let at = |wanted: &str| header.iter().position(|it| it.trim() == wanted);
        let id_at = at("id").ok_or_else(|| invalid(1, "there is no column `id`".to_owned()))?;
        let (name_at, aliases_at) = (at("name"), at("aliases"));
        let named = [Some(id_at), name_at, aliases_at];
        let others: Vec<usize> =
            (0..header.len()).filter(|nth| !named.contains(&Some(*nth))).collect();
        let mut table = Self {
            name: name.to_owned(),
            digest: Digest::of(bytes),
            file: Bytes::copy_from_slice(bytes),
            entities: Vec::new(),
            attributes: others.iter().map(|nth| header[*nth].trim().to_owned()).collect(),
            exact: HashMap::new(),
            normalised: HashMap::new(),
            aliases: HashMap::new(),
        };
        let mut ids = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                invalid(error.position().map_or(0, csv::Position::line), error.to_string())
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |nth: usize| record.get(nth).unwrap_or_default().trim().to_owned();
            let id = cell(id_at);
            if id.is_empty() {
                return Err(invalid(line, "the id is empty".to_owned()));
            }
            if let Some(before) = ids.insert(id.clone(), line) {
                return Err(invalid(
                    line,
                    format!("the id `{id}` stands in line {before} already"),
                ));
            }
            let aliases = aliases_at.map(cell).unwrap_or_default();
            let attributes = others.iter().map(|nth| cell(*nth)).collect();
            let entity = Entity { id, name: name_at.map(cell).unwrap_or_default(), attributes };
            table.add(entity, &aliases);
        }
        Ok(table)
    }

    fn add(&mut self, entity: Entity, aliases: &str) {
        let number = self.entities.len() as u32;
        let enter = |names: &mut HashMap<String, Names>, name: String| {
            let there = names.entry(name).or_insert(Names::One(number));
            if *there != Names::One(number) {
                *there = Names::Several;
            }
        };
        for name in [&entity.id, &entity.name].into_iter().filter(|it| !it.is_empty()) {
            enter(&mut self.exact, name.clone());
            enter(&mut self.normalised, normalised(name));
        }
        for alias in aliases.split('|').map(normalised).filter(|it| !it.is_empty()) {
            enter(&mut self.aliases, alias);
        }
        self.entities.push(entity);
    }

    /// The entity that `name` leads to: exactly, else normalised, else by an alias.
    ///
    /// # Errors
    ///
    /// [`Ambiguous`] when the first of these that knows the name knows several entities.
    pub fn find(&self, name: &str) -> Result<Option<Resolved<'_>>, Ambiguous> {
        let plain = normalised(name);
        let tables = [
            (self.exact.get(name), Match::Exact),
            (self.normalised.get(&plain), Match::Normalised),
            (self.aliases.get(&plain), Match::Alias),
        ];
        for (found, how) in tables {
            match found {
                Some(Names::One(number)) => {
                    let id = &self.entities[*number as usize].id;
                    return Ok(Some(Resolved { id, how, number: *number }));
                }
                Some(Names::Several) => return Err(Ambiguous),
                None => {}
            }
        }
        Ok(None)
    }

    /// Entities with similar names, the most similar first. Nothing is ever resolved by them.
    pub fn suggestions(&self, name: &str) -> Vec<Suggestion> {
        let plain = normalised(name);
        let mut found = Vec::new();
        for entity in &self.entities {
            let names = [&entity.name, &entity.id].into_iter().filter(|it| !it.is_empty());
            let similar = names.map(|it| {
                (strsim::normalized_damerau_levenshtein(&plain, &normalised(it)), it.clone())
            });
            let best = similar.max_by(|a, b| a.0.total_cmp(&b.0));
            let Some((similarity, name)) = best.filter(|it| it.0 >= SIMILAR) else { continue };
            found.push(Suggestion { id: entity.id.clone(), name, similarity });
        }
        found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id)));
        found.truncate(SUGGESTIONS);
        found
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that it was read from: for others who are to have the same table.
    pub(crate) fn file(&self) -> &Bytes {
        &self.file
    }

    /// The digest of the file it was read from.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The columns that are attributes.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// An attribute of an entity; an empty cell is none.
    pub(super) fn attribute(&self, number: u32, nth: usize) -> Option<&str> {
        let text = self.entities.get(number as usize)?.attributes.get(nth)?;
        Some(text.as_str()).filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, digest) = (&self.name, &self.digest);
        f.debug_struct("Reference")
            .field("name", name)
            .field("digest", digest)
            .finish_non_exhaustive()
    }
}

/// A name without what people do not see: compatible letters are made equal (NFKC), case and the
/// number of spaces do not count.
fn normalised(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_people_see_them() {
        let sites =
            Reference::csv("sites", "id,name\n1,Ｗｅｒｋ Straße\n2,STRASSE\n".as_bytes()).unwrap();
        assert_eq!(sites.find("werk  straße").unwrap().unwrap().id, "1");
        assert_eq!(sites.find("Werk\u{a0}Stra\u{df}e").unwrap().unwrap().how, Match::Normalised);
        // `ß` and `ss` are different letters: nothing is guessed.
        assert!(sites.find("straße").unwrap().is_none());
    }

    #[test]
    fn two_entities_with_one_name_are_never_chosen_between() {
        let file = "id,name,aliases\n1,North,a|both\n2,north,both\n3,Both,\n";
        let sites = Reference::csv("sites", file.as_bytes()).unwrap();
        assert_eq!(sites.find("North").unwrap().unwrap().id, "1", "letter by letter there is one");
        assert_eq!(sites.find("NORTH"), Err(Ambiguous));
        assert_eq!(sites.find("both").unwrap().unwrap().id, "3", "a name goes before an alias");
    }

    #[test]
    fn a_table_that_is_wrong_says_where() {
        for (file, line, broken) in [
            ("name\nx\n", 1, "there is no column `id`"),
            ("id\na\na\n", 3, "the id `a` stands in line 2 already"),
            ("id,name\n ,x\n", 2, "the id is empty"),
        ] {
            match Reference::csv("t", file.as_bytes()).unwrap_err() {
                Error::ReferenceInvalid { line: at, broken: what, .. } => {
                    assert_eq!((at, what.as_str()), (line, broken));
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(Reference::csv("t", b"id,name\n1,x,too,many\n").is_err());
    }
}
