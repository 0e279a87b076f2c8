//! The text of HTML and XML: what stands outside of tags.
//!
//! Only the tokenizer of the HTML standard is used. A tree would cost memory, and depth, that somebody
//! else decides about.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::plain;
use super::words::Words;

/// How much is handed to the tokenizer at once, in bytes.
const PIECE: usize = 64 * 1024;

pub(super) fn read(bytes: &[u8], words: &mut Words) {
    let text = plain::decode(bytes);
    let sink = Sink(RefCell::new(State { words, hidden: None }));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut rest = &*text;
    while !rest.is_empty() && !tokenizer.sink.0.borrow().words.is_full() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        rest = after;
        queue.push_back(StrTendril::from_slice(piece));
        let _ = tokenizer.feed(&queue);
    }
    if rest.is_empty() {
        tokenizer.end();
    } else {
        words.lacks_a_part();
    }
}

struct Sink<'w>(RefCell<State<'w>>);

struct State<'w> {
    words: &'w mut Words,
    /// The element whose content is for machines, and how often it was opened inside of itself.
    hidden: Option<(String, usize)>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) if state.hidden.is_none() => state.words.add(&text),
            Token::TagToken(tag) => return state.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    // So that what a CDATA section holds is text, as it is in XML.
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        true
    }
}

impl State<'_> {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let opens = tag.kind == TagKind::StartTag && !tag.self_closing;
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                match tag.kind {
                    TagKind::StartTag if opens => *depth += 1,
                    TagKind::StartTag => {}
                    TagKind::EndTag if *depth > 0 => *depth -= 1,
                    TagKind::EndTag => self.hidden = None,
                }
            }
            return TokenSinkResult::Continue;
        }
        if !is_inside_words(name) {
            self.words.gap(if is_cell(name) { ' ' } else { '\n' });
        }
        if opens
            && matches!(name, "script" | "style" | "template" | "ix:resources" | "ix:references")
        {
            self.hidden = Some((name.to_owned(), 0));
        }
        match name {
            "script" if opens => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" if opens => TokenSinkResult::RawData(RawKind::Rawtext),
            "textarea" | "title" if opens => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}

/// Whether a word may go on behind the tag: `<b>4</b>2` is one number. Tags of inline XBRL are such.
fn is_inside_words(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "big"
            | "cite"
            | "code"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "tt"
            | "u"
            | "wbr"
            | "ix:nonfraction"
            | "ix:nonnumeric"
            | "ix:fraction"
            | "ix:numerator"
            | "ix:denominator"
            | "ix:continuation"
            | "ix:exclude"
            | "ix:footnote"
    )
}

fn is_cell(name: &str) -> bool {
    matches!(name, "td" | "th" | "img" | "input" | "label" | "button" | "option")
}
