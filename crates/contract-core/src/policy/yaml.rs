//! A policy written out as the document that it could have come from.

use super::document::{API_VERSION, KIND};
use super::{Environment, Policy};
use crate::yaml::{needs_quotes, quoted};

impl Policy {
    /// The document that says everything this policy decides, with defaults written out:
    /// [`Policy::parse`] reads the same policy from it.
    pub fn to_yaml(&self) -> String {
        let mut out = Writer(format!("apiVersion: {API_VERSION}\nkind: {KIND}\n"));
        out.value("prefix", &self.prefix);
        out.line("environments:");
        for Environment { name, protected } in &self.environments {
            out.line(&format!("  - name: {}\n    protected: {protected}", scalar(name)));
        }
        out.list("", "owners", self.owners.iter());
        let paths = &self.paths;
        out.line("paths:");
        out.value("  contracts", &paths.contracts);
        out.value("  catalog", &paths.catalog);
        out.value("  audit", &paths.audit);
        out.value("  output", &paths.output);
        out.value("  waivers", &paths.waivers);
        out.value("  ids", &paths.ids);
        out.line("approval:");
        out.list("  ", "labels", self.approval_labels.iter());
        let levels = self.levels.iter().map(|(rule, level)| (rule, level.word()));
        out.pairs("rules", levels);
        let verdicts = self.verdicts.iter().map(|(rule, verdict)| (rule, verdict.word()));
        out.pairs("changes", verdicts);
        out.list("", "requiredTags", self.required_tags.iter());
        if !self.cors_origins.is_empty() {
            out.line("cors:");
            out.list("  ", "origins", self.cors_origins.iter());
        }
        out.line("waivers:");
        out.line(&format!("  maxDays: {}", self.waiver_max_days));
        out.line(&format!("  noticeDays: {}", self.waiver_notice_days));
        out.line("alarm:");
        out.value("  name", &self.alarm_name);
        out.value("partition", &self.partition);
        out.0
    }
}

struct Writer(String);

impl Writer {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn value(&mut self, key: &str, value: &str) {
        self.line(&format!("{key}: {}", scalar(value)));
    }

    /// Nothing at all for an empty list, which the reader would refuse.
    fn list<'s>(&mut self, indent: &str, key: &str, mut items: impl Iterator<Item = &'s String>) {
        let Some(first) = items.next() else { return };
        self.line(&format!("{indent}{key}:"));
        for item in [first].into_iter().chain(items) {
            self.line(&format!("{indent}  - {}", scalar(item)));
        }
    }

    fn pairs<'s>(
        &mut self,
        key: &str,
        mut pairs: impl Iterator<Item = (&'s String, &'static str)>,
    ) {
        let Some(first) = pairs.next() else { return };
        self.line(&format!("{key}:"));
        for (name, word) in [first].into_iter().chain(pairs) {
            // `off` without quotes is a boolean to readers of YAML 1.1.
            self.line(&format!("  {name}: {}", scalar(word)));
        }
    }
}

fn scalar(text: &str) -> String {
    if needs_quotes(text) { quoted(text) } else { text.to_owned() }
}
