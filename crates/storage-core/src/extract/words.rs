//! Words as they come in, with a bound.

use super::Text;

/// Collects text: runs of blanks become one, control characters go, and after the limit nothing more is
/// kept.
pub(super) struct Words {
    text: String,
    limit: usize,
    /// What stands between the last word and the next one.
    gap: Option<char>,
    whole: bool,
    full: bool,
}

impl Words {
    pub(super) fn new(limit: usize) -> Self {
        Self { text: String::new(), limit, gap: None, whole: true, full: false }
    }

    /// Adds text right behind what is there.
    pub(super) fn add(&mut self, text: &str) {
        for character in text.chars() {
            if self.full {
                return;
            }
            match character {
                '\n' | '\r' => self.gap('\n'),
                _ if character.is_whitespace() => self.gap(' '),
                // A soft hyphen and marks of order divide a word that is one.
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
                _ if character.is_control() => self.gap(' '),
                _ => self.push(character),
            }
        }
    }

    /// What comes next is another word, after `gap`, which is a blank or a line break.
    pub(super) fn gap(&mut self, gap: char) {
        if !self.text.is_empty() && self.gap != Some('\n') {
            self.gap = Some(gap);
        }
    }

    /// Something could not be read.
    pub(super) fn lacks_a_part(&mut self) {
        self.whole = false;
    }

    /// Whether nothing more is kept.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn into_text(self) -> Text {
        Text { words: self.text, whole: self.whole }
    }

    fn push(&mut self, character: char) {
        let gap = self.gap.take();
        let more = gap.map_or(0, char::len_utf8) + character.len_utf8();
        if self.text.len() + more > self.limit {
            self.full = true;
            self.whole = false;
            return;
        }
        self.text.extend(gap);
        self.text.push(character);
    }
}
