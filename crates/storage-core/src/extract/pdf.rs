//! The text of a PDF: what its pages show, in the order in which they show it.
//!
//! The operators are those of ISO 32000-1, 9.4.

use std::collections::BTreeMap;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Encoding, LoadOptions, Object, ObjectId, Stream};

use super::words::Words;
use super::{Error, Format, Limits};

/// How deep forms may lie in forms.
const DEEPEST: usize = 8;

/// How many pages and forms are read in all; a form may be shown many times.
const MOST_STREAMS: usize = 100_000;

/// The most that one stream may unpack to, in bytes, whatever the limit for all of them.
const LARGEST_STREAM: usize = 64 << 20;

/// Moving back by more than this between two pieces of a line, in thousandths of the size of the font,
/// leaves a gap as wide as a blank.
const BLANK: f32 = -200.0;

pub(super) fn read(bytes: &[u8], limits: Limits, words: &mut Words) -> Result<(), Error> {
    let unreadable = |error: lopdf::Error| Error::unreadable(Format::Pdf, error);
    let most = limits.unpacked_bytes.min(LARGEST_STREAM);
    let options = LoadOptions { max_decompressed_size: Some(most), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(unreadable)?;
    if document.is_encrypted() {
        return Err(Error::Encrypted);
    }
    let mut reader = Reader {
        document: &document,
        words,
        left: limits.unpacked_bytes,
        streams: MOST_STREAMS,
        most,
    };
    for page in document.page_iter() {
        if reader.words.is_full() || reader.page(page).is_none() {
            reader.words.lacks_a_part();
        }
        reader.words.gap('\n');
        if reader.words.is_full() || reader.streams == 0 {
            break;
        }
    }
    Ok(())
}

struct Reader<'d, 'w> {
    document: &'d Document,
    words: &'w mut Words,
    /// How many bytes may still be unpacked.
    left: usize,
    /// How many streams may still be read.
    streams: usize,
    most: usize,
}

impl<'d> Reader<'d, '_> {
    /// `None` if something could not be read.
    fn page(&mut self, page: ObjectId) -> Option<()> {
        let content =
            self.document.get_page_content_with_limit(page, self.left.min(self.most)).ok()?;
        let (own, others) = self.document.get_page_resources(page).ok()?;
        let others = others.into_iter().filter_map(|id| self.document.get_dictionary(id).ok());
        let resources: Vec<_> = own.into_iter().chain(others).collect();
        self.show(&content, &resources, 0)
    }

    fn show(&mut self, content: &[u8], resources: &[&'d Dictionary], depth: usize) -> Option<()> {
        self.left = self.left.saturating_sub(content.len());
        self.streams = self.streams.checked_sub(1)?;
        let operations = Content::decode(content).ok()?.operations;
        let mut fonts: BTreeMap<&[u8], Option<Encoding<'d>>> = BTreeMap::new();
        let mut font: Option<&[u8]> = None;
        let mut whole = Some(());
        for operation in &operations {
            if self.words.is_full() {
                return None;
            }
            let operands = &operation.operands;
            let number = |at: usize| operands.get(at).and_then(|it| it.as_float().ok());
            match operation.operator.as_str() {
                "Tf" => {
                    font = operands.first().and_then(|it| it.as_name().ok());
                    if let Some(name) = font {
                        let most = self.left.min(self.most);
                        fonts.entry(name).or_insert_with(|| self.encoding(name, resources, most));
                    }
                }
                "Td" | "TD" => self.words.gap(if number(1) == Some(0.0) { ' ' } else { '\n' }),
                "Tm" | "T*" | "BT" => self.words.gap('\n'),
                "ET" => self.words.gap(' '),
                "Tj" | "TJ" | "'" | "\"" => {
                    if matches!(operation.operator.as_str(), "'" | "\"") {
                        self.words.gap('\n');
                    }
                    match font.and_then(|name| fonts.get(name)?.as_ref()) {
                        Some(encoding) => self.text(encoding, operands),
                        None => whole = None,
                    }
                }
                "Do" if depth < DEEPEST => {
                    let name = operands.first().and_then(|it| it.as_name().ok());
                    if name.is_some_and(|name| self.form(name, resources, depth).is_none()) {
                        whole = None;
                    }
                }
                _ => {}
            }
        }
        whole
    }

    /// Shows a form; what is an image or nothing is passed over.
    fn form(&mut self, name: &[u8], resources: &[&'d Dictionary], depth: usize) -> Option<()> {
        let Some(Object::Stream(form)) = self.resource(resources, b"XObject", name) else {
            return Some(());
        };
        if !form.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|it| it == b"Form") {
            return Some(());
        }
        let content = plain_content(form, self.left.min(self.most))?;
        // A form without resources of its own uses those of the page.
        match self.document.get_dict_in_dict(&form.dict, b"Resources") {
            Ok(own) => self.show(&content, &[own], depth + 1),
            Err(_) => self.show(&content, resources, depth + 1),
        }
    }

    fn text(&mut self, encoding: &Encoding<'_>, operands: &[Object]) {
        for operand in operands {
            match operand {
                Object::String(bytes, _) => match Document::decode_text(encoding, bytes) {
                    Ok(text) => self.words.add(&text),
                    Err(_) => self.words.lacks_a_part(),
                },
                // One level: an array of an array shows nothing.
                Object::Array(pieces) => {
                    for piece in pieces {
                        match piece {
                            Object::String(..) => self.text(encoding, std::slice::from_ref(piece)),
                            move_by if move_by.as_float().is_ok_and(|by| by < BLANK) => {
                                self.words.gap(' ');
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn encoding(
        &self,
        name: &[u8],
        resources: &[&'d Dictionary],
        most: usize,
    ) -> Option<Encoding<'d>> {
        let font = self.resource(resources, b"Font", name)?.as_dict().ok()?;
        font.get_font_encoding_with_limit(self.document, most).ok()
    }

    fn resource(
        &self,
        resources: &[&'d Dictionary],
        kind: &[u8],
        name: &[u8],
    ) -> Option<&'d Object> {
        let found = resources
            .iter()
            .find_map(|it| self.document.get_dict_in_dict(it, kind).ok()?.get(name).ok())?;
        Some(self.document.dereference(found).ok()?.1)
    }
}

fn plain_content(stream: &Stream, most: usize) -> Option<Vec<u8>> {
    stream.get_plain_content_with_limit(most).ok()
}
