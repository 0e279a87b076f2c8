//! The words of a contract say something.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G131",
    name: "hollow-words",
    group: Group::Guardrail,
    severity: Severity::Advice,
    summary: "Do the words say something?",
    page: include_str!("hollow_words.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

/// What people write when they have to write something. `lorem ipsum` is in it word by word.
const HOLLOW: &[&str] = &[
    "tbd", "tba", "tbc", "todo", "fixme", "n", "a", "na", "none", "test", "tests", "testing",
    "temp", "tmp", "dummy", "placeholder", "example", "foo", "bar", "baz", "asdf", "qwerty",
    "xxx", "lorem", "ipsum", "dolor", "sit", "amet", "description", "rationale", "here", "unknown",
];

/// Words that promise others: what follows their colon is not there yet.
const PROMISES: &[&str] = &["tbd:", "tba:", "tbc:", "todo:", "fixme:", "lorem ipsum"];

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    for (slot, field, hint) in [
        (Slot::Description, "metadata.description", "say what the request is for"),
        (Slot::PurposeDescription, "spec.purpose.description", "say what is stored, and for whom"),
        (Slot::RetentionRationale, "spec.retentionPolicy.rationale", "say why objects are kept so long"),
    ] {
        let Some(text) = question.contract.text_in(slot) else { continue };
        if is_hollow(text.value) {
            let message = format!("`{field}` says nothing yet");
            findings.push(Finding::new(&RULE, field, text.span, message).hint(hint));
        }
    }
}

fn is_hollow(text: &str) -> bool {
    let text = text.trim();
    let begins_with =
        |start: &&str| text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    if PROMISES.iter().any(begins_with) {
        return true;
    }
    let mut characters = text.chars().filter(|c| !c.is_whitespace());
    let first = characters.next();
    if characters.all(|c| Some(c) == first) {
        return true;
    }
    let is_hollow = |word: &str| HOLLOW.iter().any(|it| it.eq_ignore_ascii_case(word));
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).all(is_hollow)
}

#[cfg(test)]
mod tests {
    use super::is_hollow;

    #[test]
    fn words_that_stand_for_others_are_hollow() {
        for text in [
            "tbd tbd tbd", "TODO: say something", "n/a n/a n/a", "xxxxxxxxxxxx", "x x x x x x",
            "test test test", "Lorem ipsum dolor sit amet", "..........", "- - - - - -", "",
            "lorem ipsum consectetur",
        ] {
            assert!(is_hollow(text), "{text}");
        }
        for text in [
            "Todo lists of our users", "Test reports of the payments API", "logs",
            "A placeholder image for each product", "Größenmaße für Karten", "数据湖",
        ] {
            assert!(!is_hollow(text), "{text}");
        }
    }
}
