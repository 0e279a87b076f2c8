//! Lists of records in JSON, with every number as it is written.
//!
//! A reader that makes binary floats of numbers would lose what a publisher wrote, so scalars are kept as
//! texts, and members of members as `gases.co2e`.

use std::collections::BTreeMap;

use super::Error;

/// One record of a list.
pub(super) struct Record {
    /// Where it begins.
    pub(super) line: u64,
    /// Scalars by their path.
    pub(super) fields: BTreeMap<String, String>,
}

/// How deep values may lie in each other.
const DEEPEST: usize = 32;

/// The most scalars that are looked at.
const SCALARS: usize = 5_000_000;

/// The records of the list at `path` (`data.factors`), or of the document itself.
pub(super) fn records(text: &str, path: Option<&str>) -> Result<Vec<Record>, Error> {
    let mut reader =
        Reader { bytes: text.as_bytes(), at: 0, line: 1, scalars: 0, records: Vec::new() };
    let path: Vec<&str> = path.into_iter().flat_map(|it| it.split('.')).collect();
    let found = reader.find(&path, DEEPEST)?;
    reader.space();
    if reader.at < reader.bytes.len() {
        return Err(reader.broken("something follows the document"));
    }
    if !found {
        let name = if path.is_empty() { "of records".to_owned() } else { path.join(".") };
        return Err(Error::Missing { what: "list", name });
    }
    Ok(reader.records)
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u64,
    scalars: usize,
    records: Vec<Record>,
}

impl Reader<'_> {
    fn broken(&self, broken: &'static str) -> Error {
        Error::NotJson { line: self.line, broken }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += u64::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// Passes over a sign, if it is the next one.
    fn sign(&mut self, sign: u8) -> bool {
        self.space();
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    /// Reads a value and keeps the records of the list at `path` in it.
    fn find(&mut self, path: &[&str], depth: usize) -> Result<bool, Error> {
        self.space();
        match (path, self.peek()) {
            ([], Some(b'[')) => {
                self.list(depth)?;
                Ok(true)
            }
            ([name, rest @ ..], Some(b'{')) => {
                let mut found = false;
                self.members(depth, |reader, key, depth| {
                    if key == *name && !found {
                        found = reader.find(rest, depth)?;
                        return Ok(());
                    }
                    reader.value("", &mut None, depth)
                })?;
                Ok(found)
            }
            _ => {
                self.value("", &mut None, depth)?;
                Ok(false)
            }
        }
    }

    /// Reads a list of records.
    fn list(&mut self, depth: usize) -> Result<(), Error> {
        self.elements(depth, |reader, depth| {
            reader.space();
            let line = reader.line;
            let mut fields = Some(BTreeMap::new());
            if reader.peek() != Some(b'{') {
                return Err(reader.broken("an element of the list is no object"));
            }
            reader.value("", &mut fields, depth)?;
            let fields = fields.unwrap_or_default();
            reader.records.push(Record { line, fields });
            Ok(())
        })
    }

    /// Reads any value; keeps its scalars if somebody wants them.
    fn value(
        &mut self,
        path: &str,
        fields: &mut Option<BTreeMap<String, String>>,
        depth: usize,
    ) -> Result<(), Error> {
        self.space();
        let below =
            |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match self.peek() {
            Some(b'{') => self.members(depth, |reader, key, depth| {
                let key = if fields.is_some() { below(&key) } else { String::new() };
                reader.value(&key, fields, depth)
            }),
            Some(b'[') => {
                let mut at = 0;
                self.elements(depth, |reader, depth| {
                    let key = if fields.is_some() { below(&at.to_string()) } else { String::new() };
                    at += 1;
                    reader.value(&key, fields, depth)
                })
            }
            _ => {
                let text = self.scalar()?;
                self.scalars += 1;
                if self.scalars > SCALARS {
                    return Err(Error::TooLarge { what: "values", most: SCALARS as u64 });
                }
                if let Some(fields) = fields
                    && fields.insert(path.to_owned(), text).is_some()
                {
                    return Err(self.broken("a member stands twice in an object"));
                }
                Ok(())
            }
        }
    }

    fn members(
        &mut self,
        depth: usize,
        mut each: impl FnMut(&mut Self, String, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(depth) = depth.checked_sub(1) else { return Err(self.broken("it is too deep")) };
        self.at += 1;
        if self.sign(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.broken("a name in quotes is missing"));
            }
            let key = self.scalar()?;
            if !self.sign(b':') {
                return Err(self.broken("a colon is missing"));
            }
            each(self, key, depth)?;
            if self.sign(b'}') {
                return Ok(());
            }
            if !self.sign(b',') {
                return Err(self.broken("a comma or the end of an object is missing"));
            }
        }
    }

    fn elements(
        &mut self,
        depth: usize,
        mut each: impl FnMut(&mut Self, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(depth) = depth.checked_sub(1) else { return Err(self.broken("it is too deep")) };
        self.at += 1;
        if self.sign(b']') {
            return Ok(());
        }
        loop {
            each(self, depth)?;
            if self.sign(b']') {
                return Ok(());
            }
            if !self.sign(b',') {
                return Err(self.broken("a comma or the end of a list is missing"));
            }
        }
    }

    /// A text without its quotes, a number or a word as written, and nothing for `null`.
    fn scalar(&mut self) -> Result<String, Error> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            self.at += 1;
            while let Some(byte) = self.peek() {
                self.at += 1;
                match byte {
                    b'"' => {
                        let text = &self.bytes[start..self.at];
                        return serde_json::from_slice(text)
                            .map_err(|_| self.broken("a text has a sign that none may have"));
                    }
                    b'\\' => self.at += 1,
                    _ => {}
                }
            }
            return Err(self.broken("a text does not end"));
        }
        let is_part = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'-' | b'.');
        let length = self.bytes[start..].iter().take_while(|it| is_part(it)).count();
        self.at += length;
        let word = &self.bytes[start..self.at];
        // That it is JSON, while its spelling is kept.
        match serde_json::from_slice::<serde_json::Value>(word) {
            Ok(serde_json::Value::Null) => Ok(String::new()),
            Ok(_) => Ok(String::from_utf8_lossy(word).into_owned()),
            Err(_) => Err(self.broken("a value is missing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_spelling() {
        let text = r#"{"about": 1, "data": {"factors": [
            {"id": "a", "gases": {"co2e": 2.5000000000000000001}, "tags": ["x", null]},
            {"id": "b\n", "gases": {"co2e": 1e3}}
        ]}}"#;
        let records = records(text, Some("data.factors")).unwrap();
        assert_eq!(records[0].fields["gases.co2e"], "2.5000000000000000001");
        assert_eq!((records[0].fields["tags.0"].as_str(), records[0].line), ("x", 2));
        assert_eq!(records[1].fields["gases.co2e"], "1e3");
        assert_eq!(records[1].fields["id"], "b\n");
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_line() {
        for (text, line) in [
            ("[{\"a\": 1},\n{\"a\": }]", 2),
            ("[{\"a\": 01}]", 1),
            ("[{\"a\": NaN}]", 1),
            ("[{\"a\": 1}", 1),
            ("[{\"a\": \"x", 1),
            ("[1]", 1),
            ("[{\"a\": 1, \"a\": 2}]", 1),
            ("[] x", 1),
            (&"[".repeat(10_000), 1),
            (&"{\"a\":".repeat(10_000), 1),
        ] {
            match records(text, None) {
                Err(Error::NotJson { line: found, .. }) => assert_eq!(found, line, "{text:.40}"),
                other => panic!("{text:.40}: {:?}", other.map(|it| it.len())),
            }
        }
        assert!(matches!(records("{\"a\": []}", Some("b")), Err(Error::Missing { .. })));
    }
}
