//! Whether a catalogue knows a table as it is, and what is to be done if not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Definition, create_table};

/// The parameter of a table in a catalogue that says in which lake it lies: who made it.
pub const MARK: &str = "strongroom.lake";

/// Parameters that belong to a projection: those that are not wanted any more go.
const PROJECTION: [&str; 2] = ["projection.", "storage.location.template"];

/// What a catalogue says about a table, as far as we write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The database.
    pub database: String,
    /// The table.
    pub name: String,
    /// What sort of table it is.
    pub table_type: String,
    /// Names and types of the columns in the files.
    pub columns: Vec<(String, String)>,
    /// Names and types of the columns in the names of folders.
    pub partition_keys: Vec<(String, String)>,
    /// Where the files lie.
    pub location: String,
    /// How engines read them, by the names of Hive: input, output, and what decodes rows.
    pub formats: [String; 3],
    /// What the decoder is told.
    pub decoding: BTreeMap<String, String>,
    /// What else is said about it.
    pub parameters: BTreeMap<String, String>,
}

/// What is to be done about a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is not there.
    Create(Entry),
    /// It is there, and says something else; this is what it shall say.
    Update(Entry),
    /// It is there as it shall be.
    Unchanged,
    /// It is there, and somebody else made it: this is what was found.
    Foreign(String),
}

impl Entry {
    /// What a catalogue shall say about a table of the lake at `lake`; the name of its database begins with
    /// `prefix`.
    pub fn of(definition: &Definition, prefix: &str, lake: &str) -> Self {
        let input = create_table(definition);
        let table = &input["TableInput"];
        let storage = &table["StorageDescriptor"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let columns = |list: &Value| {
            let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().map(|it| (text(&it["Name"]), text(&it["Type"]))).collect()
        };
        let map = |value: &Value| -> BTreeMap<String, String> {
            let pairs = value.as_object().into_iter().flatten();
            pairs.map(|(name, value)| (name.clone(), text(value))).collect()
        };
        let mut parameters = map(&table["Parameters"]);
        parameters.insert(MARK.to_owned(), lake.to_owned());
        Self {
            database: format!("{prefix}{}", definition.database),
            name: definition.name.clone(),
            table_type: text(&table["TableType"]),
            columns: columns(&storage["Columns"]),
            partition_keys: columns(&table["PartitionKeys"]),
            location: text(&storage["Location"]),
            formats: [
                text(&storage["InputFormat"]),
                text(&storage["OutputFormat"]),
                text(&storage["SerdeInfo"]["SerializationLibrary"]),
            ],
            decoding: map(&storage["SerdeInfo"]["Parameters"]),
            parameters,
        }
    }

    /// What is to be done so that a catalogue says this, which says `there` now. What others noted about the
    /// table stays. One that is not marked as ours is left alone, unless it is to be adopted.
    ///
    /// ```
    /// use lake::catalog::{Definition, Entry, Step};
    ///
    /// let table = Definition::new("bronze", "x", vec![], vec![], "s3://lake/bronze/x/");
    /// let wanted = Entry::of(&table, "acme_", "s3://lake");
    /// assert_eq!(wanted.database, "acme_bronze");
    /// assert_eq!(wanted.step(None, false), Step::Create(wanted.clone()));
    /// assert_eq!(wanted.step(Some(&wanted), false), Step::Unchanged);
    /// let mut other = wanted.clone();
    /// other.parameters.clear();
    /// assert!(matches!(wanted.step(Some(&other), false), Step::Foreign(_)));
    /// ```
    pub fn step(&self, there: Option<&Self>, adopt: bool) -> Step {
        let Some(there) = there else { return Step::Create(self.clone()) };
        let mark = there.parameters.get(MARK);
        if mark != self.parameters.get(MARK) && !adopt {
            return Step::Foreign(match mark {
                Some(lake) => format!("it is a table of the lake at `{lake}`"),
                None => format!("it lies at `{}`, and something else made it", there.location),
            });
        }
        let ours = |name: &String| PROJECTION.iter().any(|it| name.starts_with(it));
        let mut parameters = there.parameters.clone();
        parameters.retain(|name, _| !ours(name));
        parameters.extend(self.parameters.clone());
        let mut decoding = there.decoding.clone();
        decoding.extend(self.decoding.clone());
        let wanted = Self { parameters, decoding, ..self.clone() };
        if wanted == *there { Step::Unchanged } else { Step::Update(wanted) }
    }

    /// The names of what differs, for people.
    pub fn differences(&self, there: &Self) -> BTreeSet<&'static str> {
        [
            ("columns", self.columns != there.columns),
            ("partition keys", self.partition_keys != there.partition_keys),
            ("location", self.location != there.location),
            ("format", self.formats != there.formats || self.decoding != there.decoding),
            ("parameters", self.parameters != there.parameters),
            ("type", self.table_type != there.table_type),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, ColumnType, PartitionColumn, Projection};

    fn definition() -> Definition {
        let year = Projection::range(2020, 2030);
        let year =
            PartitionColumn { name: "year".to_owned(), kind: ColumnType::Int, projection: year };
        let columns = vec![Column::new("a", ColumnType::String)];
        Definition::new("gold", "emissions_summary", columns, vec![year], "s3://b/l/gold/x/")
    }

    #[test]
    fn what_others_noted_stays_and_what_no_projection_needs_goes() {
        let wanted = Entry::of(&definition(), "", "s3://b/l");
        assert_eq!(wanted.parameters["projection.year.range"], "2020,2030");
        let mut there = wanted.clone();
        let noted = [("owner.team", "esg"), ("transient_lastDdlTime", "1700000000")];
        let noted = noted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        there.parameters.extend(noted.clone());
        assert_eq!(wanted.step(Some(&there), false), Step::Unchanged);
        there.parameters.insert("projection.day.type".to_owned(), "integer".to_owned());
        there.columns.push(("old".to_owned(), "string".to_owned()));
        let Step::Update(next) = wanted.step(Some(&there), false) else { panic!() };
        assert!(noted.iter().all(|(name, value)| next.parameters.get(name) == Some(value)));
        assert!(!next.parameters.contains_key("projection.day.type"));
        assert_eq!(next.differences(&there), ["columns", "parameters"].into());
        // It says what it shall then.
        assert_eq!(wanted.step(Some(&next), false), Step::Unchanged);
    }

    #[test]
    fn tables_of_others_are_left_alone_unless_they_are_adopted() {
        let wanted = Entry::of(&definition(), "", "s3://b/l");
        let mut other = wanted.clone();
        other.parameters.insert(MARK.to_owned(), "s3://elsewhere".to_owned());
        let Step::Foreign(found) = wanted.step(Some(&other), false) else { panic!() };
        assert_eq!(found, "it is a table of the lake at `s3://elsewhere`");
        assert_eq!(wanted.step(Some(&other), true), Step::Update(wanted.clone()));
        other.parameters.remove(MARK);
        other.location = "s3://hand/made/".to_owned();
        let Step::Foreign(found) = wanted.step(Some(&other), false) else { panic!() };
        assert_eq!(found, "it lies at `s3://hand/made/`, and something else made it");
        assert_eq!(wanted.step(Some(&other), true), Step::Update(wanted.clone()));
    }
}
