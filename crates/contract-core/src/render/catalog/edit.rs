//! Edits of a catalogue, as bytes to be replaced.

use super::CatalogError;
use super::body::Body;
use super::entry::{self, Field, Section, Value};
use crate::yaml::{Entry, Kind, NodeId, Style};

/// Replacements in the text of a body.
pub(super) struct Edits<'b, 't> {
    body: &'b Body<'t>,
    text: &'t str,
    line_break: &'static str,
    /// From, to, and what stands there afterwards. Of two at the same place the first comes first.
    edits: Vec<(usize, usize, String)>,
}

impl<'b, 't> Edits<'b, 't> {
    pub(super) fn of(body: &'b Body<'t>) -> Self {
        let line_break = if body.whole.contains("\r\n") { "\r\n" } else { "\n" };
        Self { body, text: body.text(), line_break, edits: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The whole file with all replacements.
    pub(super) fn apply(mut self) -> String {
        self.edits.sort_by_key(|(from, ..)| *from);
        let mut out = self.body.whole[..self.body.start].to_owned();
        let mut at = 0;
        for (from, to, new) in self.edits {
            out.push_str(&self.text[at..from]);
            out.push_str(&new);
            at = to;
        }
        out + &self.text[at..]
    }

    /// Writes the day of the change.
    pub(super) fn set_last_updated(&mut self, date: &str) -> Result<(), CatalogError> {
        let value = Value::Text(date.to_owned());
        if let Some(entry) = self.body.entry(0, "last_updated") {
            return self.set_value(entry, &value);
        }
        let Some(buckets) = self.body.entry(0, "buckets") else { return Ok(()) };
        let (start, indent) = self.line_of(buckets)?;
        let line = format!("{:indent$}last_updated: {}{}", "", value.written(), self.line_break);
        self.edits.push((start, start, line));
        Ok(())
    }

    /// Adds an entry where it belongs by name.
    pub(super) fn insert_bucket(
        &mut self,
        name: &str,
        sections: &[Section],
    ) -> Result<(), CatalogError> {
        let body = self.body;
        let Some(buckets) = body.entry(0, "buckets") else { return Ok(()) };
        let (_, outer) = self.line_of(buckets)?;
        if body.is_empty(buckets.value) {
            let lines = entry::lines(name, sections, outer + 2, 2);
            return self.open_section(buckets, &lines);
        }
        self.block(buckets)?;
        let entries: Vec<_> = body.tree.entries(buckets.value).collect();
        let (_, indent) = self.line_of(entries[0])?;
        let step = indent.saturating_sub(outer).max(1);
        let lines = entry::lines(name, sections, indent, step);
        let next = entries.iter().position(|entry| entry.key.as_ref() > name);
        // Where entries stand apart from each other, so does the new one.
        let apart = entries.len() > 1 && {
            let start = self.line_of(entries[1])?.0;
            self.text[..self.above_comments(start)].ends_with(&self.line_break.repeat(2))
        };
        let gap = if apart { self.line_break } else { "" };
        let Some(next) = next else {
            let last = entries[entries.len() - 1];
            let mut new = self.joined(&lines);
            new.insert_str(0, gap);
            return self.insert_behind(last.value, last, new);
        };
        let start = self.line_of(entries[next])?.0;
        let start = self.above_comments(start);
        self.edits.push((start, start, self.joined(&lines) + gap));
        Ok(())
    }

    /// Takes an entry out, from its key to its last line.
    pub(super) fn remove_bucket(&mut self, entry: &Entry<'t>) -> Result<(), CatalogError> {
        let body = self.body;
        let Some(buckets) = body.entry(0, "buckets") else { return Ok(()) };
        self.block(buckets)?;
        let start = self.line_of(entry)?.0;
        let end = self.end_of_lines(entry.value, entry);
        self.edits.push((start, end, String::new()));
        if body.tree.entries(buckets.value).count() == 1 {
            let colon = self.behind_colon(buckets)?;
            self.edits.push((colon, colon, " {}".to_owned()));
        }
        Ok(())
    }

    /// Gives an entry the values that it lacks or has otherwise.
    pub(super) fn set_sections(
        &mut self,
        bucket: &Entry<'t>,
        sections: &[Section],
    ) -> Result<(), CatalogError> {
        // A value that is added to the last section stands before a section that is added.
        let (there, new): (Vec<_>, Vec<_>) = sections
            .iter()
            .partition(|section| self.body.entry(bucket.value, section.key).is_some());
        there.into_iter().chain(new).try_for_each(|section| self.set_section(bucket, section))
    }

    /// Gives a section of an entry the values that it lacks or has otherwise.
    fn set_section(&mut self, bucket: &Entry<'t>, section: &Section) -> Result<(), CatalogError> {
        let body = self.body;
        let (_, outer) = self.line_of(bucket)?;
        let Some(found) = body.entry(bucket.value, section.key) else {
            if body.is_empty(bucket.value) {
                return Err(body.refuse(bucket.key_span.start, "this entry is empty"));
            }
            self.block(bucket)?;
            let indent = self.indent_within(bucket.value)?;
            let step = indent.saturating_sub(outer).max(1);
            let lines = self.joined(&entry::section_lines(section, indent, step));
            return self.insert_behind(bucket.value, bucket, lines);
        };
        for field in &section.fields {
            match body.entry(found.value, field.key) {
                Some(value) if field.first_wins && !body.is_empty(value.value) => {}
                Some(value) => self.set_value(value, &field.value)?,
                None => self.add_field(found, field)?,
            }
        }
        Ok(())
    }

    fn add_field(&mut self, section: &Entry<'t>, field: &Field) -> Result<(), CatalogError> {
        if self.body.is_empty(section.value) {
            return Err(self.body.refuse(section.key_span.start, "this section is empty"));
        }
        self.block(section)?;
        let indent = self.indent_within(section.value)?;
        let line = self.joined(&[entry::field_line(field, indent)]);
        self.insert_behind(section.value, section, line)
    }

    /// Replaces a single value unless it says the same already.
    fn set_value(&mut self, at: &Entry<'t>, value: &Value) -> Result<(), CatalogError> {
        let node = self.body.tree.node(at.value);
        if value.is_in(node) {
            return Ok(());
        }
        match &node.kind {
            Kind::Scalar(_, Style::Plain) if node.span.start == node.span.end => {
                let colon = self.behind_colon(at)?;
                self.edits.push((colon, colon, format!(" {}", value.written())));
                Ok(())
            }
            Kind::Scalar(_, Style::Plain | Style::Quoted) => {
                let new = value.written_over(node, node.span.of(self.text));
                self.edits.push((node.span.start as usize, node.span.end as usize, new));
                Ok(())
            }
            Kind::Scalar(_, Style::Block) => {
                Err(self.body.refuse(node.span.start, "this value is a block of text"))
            }
            _ => Err(self.body.refuse(node.span.start, "this should be a single value")),
        }
    }

    /// Replaces the nothing behind a key by deeper lines.
    fn open_section(&mut self, at: &Entry<'t>, lines: &[String]) -> Result<(), CatalogError> {
        let node = self.body.tree.node(at.value);
        let colon = self.behind_colon(at)?;
        let source = node.span.of(self.text);
        let simple = source.is_empty() || matches!(source, "{}" | "~" | "null");
        let between = self.text.get(colon..node.span.start as usize).unwrap_or_default();
        if !simple || (!source.is_empty() && !between.trim_matches(' ').is_empty()) {
            return Err(self.body.refuse(at.key_span.start, "this should be `{}` or nothing"));
        }
        if !source.is_empty() {
            self.edits.push((colon, node.span.end as usize, String::new()));
        }
        let (end, broken) = self.line_end(colon);
        let new = self.joined(lines);
        let new = if broken { new } else { format!("{}{new}", self.line_break) };
        self.edits.push((end, end, new));
        Ok(())
    }

    /// Inserts lines behind the last line of `node`, which is the value of `of`.
    fn insert_behind(
        &mut self,
        node: NodeId,
        of: &Entry<'t>,
        new: String,
    ) -> Result<(), CatalogError> {
        let end = self.end_of_lines(node, of);
        let broken = self.text[..end].ends_with('\n');
        let new = if broken { new } else { format!("{}{new}", self.line_break) };
        self.edits.push((end, end, new));
        Ok(())
    }

    /// The byte behind the last line of a value.
    fn end_of_lines(&self, node: NodeId, of: &Entry<'t>) -> usize {
        // An empty value has a place of its own somewhere behind its key.
        let end = self.last_byte(node).max(of.key_span.end) as usize;
        // A block of text ends where the next line begins to be something else.
        let before = self.text[..end].trim_end_matches(' ');
        if before.ends_with('\n') { before.len() } else { self.line_end(end).0 }
    }

    /// The end of the last thing in `node` that has a width.
    fn last_byte(&self, node: NodeId) -> u32 {
        let tree = &self.body.tree;
        let within =
            tree.entries(node).map(|entry| self.last_byte(entry.value).max(entry.key_span.end));
        let own = tree.node(node).span;
        let flow = matches!(own.of(self.text).as_bytes().first(), Some(b'{' | b'['));
        match &tree.node(node).kind {
            Kind::Scalar(_, Style::Plain) if own.start == own.end => 0,
            Kind::Mapping | Kind::Sequence if !flow => within.max().unwrap_or(0),
            _ => own.end,
        }
    }

    /// The byte behind the line that holds `at`, and whether a line break ends it.
    fn line_end(&self, at: usize) -> (usize, bool) {
        match self.text[at..].find('\n') {
            Some(found) => (at + found + 1, true),
            None => (self.text.len(), false),
        }
    }

    /// Where the line of a key begins, and how many spaces stand before the key.
    fn line_of(&self, entry: &Entry<'t>) -> Result<(usize, usize), CatalogError> {
        let key = entry.key_span.start as usize;
        let start = self.text[..key].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[start..key];
        if before.bytes().all(|byte| byte == b' ') {
            Ok((start, before.len()))
        } else {
            Err(self.body.refuse(entry.key_span.start, "this key does not begin its line"))
        }
    }

    fn indent_within(&self, mapping: NodeId) -> Result<usize, CatalogError> {
        let first = self.body.tree.entries(mapping).next();
        first.map_or(Ok(0), |entry| self.line_of(entry).map(|(_, indent)| indent))
    }

    /// Refuses a value that is no mapping in block style.
    fn block(&self, entry: &Entry<'t>) -> Result<(), CatalogError> {
        let node = self.body.tree.node(entry.value);
        let flow = node.span.of(self.text).starts_with('{');
        if node.kind == Kind::Mapping && !flow {
            return Ok(());
        }
        Err(self.body.refuse(entry.key_span.start, "this should be a mapping on deeper lines"))
    }

    /// The byte behind the colon of a key.
    fn behind_colon(&self, entry: &Entry<'t>) -> Result<usize, CatalogError> {
        let end = entry.key_span.end as usize;
        let spaces = self.text[end..].bytes().take_while(|byte| *byte == b' ').count();
        if self.text[end + spaces..].starts_with(':') {
            Ok(end + spaces + 1)
        } else {
            Err(self.body.refuse(entry.key_span.start, "no colon follows this key"))
        }
    }

    /// The beginning of the comment lines right above the line that begins at `start`.
    fn above_comments(&self, mut start: usize) -> usize {
        while let Some(above) = self.text[..start].strip_suffix('\n') {
            let line = above.rfind('\n').map_or(0, |at| at + 1);
            if !above[line..].trim_start().starts_with('#') {
                break;
            }
            start = line;
        }
        start
    }

    fn joined(&self, lines: &[String]) -> String {
        lines.iter().map(|line| format!("{line}{}", self.line_break)).collect()
    }
}
