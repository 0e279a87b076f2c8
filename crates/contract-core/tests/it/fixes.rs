//! Remedies: whatever the layout, they mend what they promise and leave the rest alone.

use contract_core::guardrails::GUARDRAILS;
use contract_core::{Document, Finding, Policy, check, fix};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::guardrails::{examples, shown};

fn policy() -> Policy {
    let owners = ["app-team", "database-team"].map(str::to_owned).into();
    Policy { owners, ..Policy::default() }
}

fn ask(text: &str) -> Vec<Finding> {
    check(Document { path: None, bytes: text.as_bytes() }, &policy(), |_| ()).0
}

/// All that `findings` say about what cannot be read.
fn broken(findings: &[Finding]) -> String {
    findings.iter().filter(|it| !it.rule.is_negotiable()).map(shown).collect()
}

#[test]
fn each_remedy_on_a_page_mends_its_finding() {
    let mut mended = 0;
    for guardrail in GUARDRAILS {
        for example in examples(guardrail.rule).iter().filter(|example| example.is_caught) {
            let text = example.text();
            for finding in example.findings_in(&text).iter().filter(|it| it.fix.is_some()) {
                let (after, count) = fix::apply(&text, std::slice::from_ref(finding));
                assert_eq!(count, 1, "{}", shown(finding));
                let left = example.findings_in(&after);
                let all: String = left.iter().map(shown).collect();
                let gone = !left
                    .iter()
                    .any(|it| (it.rule.code, &it.field) == (finding.rule.code, &finding.field));
                assert!(gone && broken(&left).is_empty(), "{}{after}\n{all}", shown(finding));
                mended += 1;
            }
        }
    }
    assert!(mended > 15, "only {mended} examples have a remedy");
}

#[test]
fn a_contract_that_is_wrong_in_many_ways_is_mended() {
    let text = "\
# Receipts.
apiVersion: goldenpath.io/v1
kind: S3BucketRequest
id: S3-0001
environment: prod     # since May
owner: ap-team
application: payments-api
requester: daniel-deans
spec:
  # The name is derived.
  bucketName: goldenpath-prod-payments-uploads  # see the wiki
  purpose: { type: uploads, description: Receipts that users upload }
  storageClas: standard-ia
  encryption:
    type: sse-s3   # for now
  versioning: \"true\"
  retentionPolicy:
    type: time-bounded
    rationale: Receipts are kept for seven years
  lifecycle:
    transitionToIaDays: 60
    # Seven years.
    expireDays: 2555
  costAlertGb: 100
  tags:
    costCenter: 0123
";
    let (mended, count, left) = fix::until_mended(text, ask);
    let left: String = left.iter().map(shown).collect();
    insta::assert_snapshot!(format!("{mended}\n{count} remedies\n{left}"));
}

/// A field as it will be written.
#[derive(Clone, Debug)]
struct Line {
    key: &'static str,
    value: String,
}

/// How a contract is laid out.
#[derive(Clone, Debug)]
struct Layout {
    indent: usize,
    crlf: bool,
    ends_with_line_break: bool,
    /// Per section: block style, braces on one line, or braces over several.
    sections: Vec<u8>,
    /// Per field: plain, quoted one way or the other, or as a block.
    quotes: Vec<u8>,
    /// Per line: whether a comment stands behind it, above it, or a blank line does.
    comments: Vec<u8>,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let numbers = |most: u8| proptest::collection::vec(0..most, 12..13);
    (1usize..5, any::<bool>(), any::<bool>(), numbers(6), numbers(12), numbers(8)).prop_map(
        |(indent, crlf, ends_with_line_break, sections, quotes, comments)| Layout {
            indent,
            crlf,
            ends_with_line_break,
            sections,
            quotes,
            comments,
        },
    )
}

/// Perhaps a field with one of `values`.
fn field(
    key: &'static str,
    values: &'static [&'static str],
) -> impl Strategy<Value = Option<Line>> {
    let value = select(values).prop_map(move |value| Line { key, value: value.to_owned() });
    prop_oneof![1 => Just(None), 4 => value.prop_map(Some)]
}

prop_compose! {
    /// Sections of `spec` with their fields; a field by itself has no section.
    fn specs()(
        bucket in field("bucketName", &["goldenpath-prod-payments-api-uploads", "goldenpath-prod-orders-x", "goldenpath-prod-logs", "goldenpath-dev-a"]),
        class in field("storageClass", &["standard", "glacier", "Standard-IA", "intelligent-tiering"]),
        versioning in field("versioning", &["true", "no", "'false'"]),
        encryption in (field("type", &["sse-s3", "sse-kms", "SSE-S3"]), field("kmsKeyAlias", &["alias/goldenpath-prod-s3", "alias/goldenpath-dev-s3", "alias/payments"])),
        logging in (field("enabled", &["true", "false", "off"]), field("targetBucket", &["goldenpath-prod-logs", "goldenpath-dev-logs", "goldenpath-prod-payments-api-uploads"])),
        lifecycle in (field("expireDays", &["365", "1_000"]), field("transitionToIaDays", &["30", "90"]), field("transitionToGlacierDays", &["90", "180"])),
        retention in field("type", &["indefinite", "time-bounded", "time bounded"]),
        turn in any::<Index>(),
    ) -> Vec<(Option<&'static str>, Vec<Line>)> {
        let alone = [bucket, class, versioning].into_iter().flatten();
        let mut spec: Vec<_> = alone.map(|line| (None, vec![line])).collect();
        let rationale = Line { key: "rationale", value: "kept as long as the account".to_owned() };
        for (key, lines) in [
            ("encryption", vec![encryption.0, encryption.1]),
            ("accessLogging", vec![logging.0, logging.1]),
            ("lifecycle", vec![lifecycle.0, lifecycle.1, lifecycle.2]),
            ("retentionPolicy", vec![retention, Some(rationale)]),
        ] {
            let lines: Vec<Line> = lines.into_iter().flatten().collect();
            if !lines.is_empty() {
                spec.push((Some(key), lines));
            }
        }
        let turn = turn.index(spec.len());
        spec.rotate_left(turn);
        spec
    }
}

/// Writes a contract down.
struct Writer<'l> {
    layout: &'l Layout,
    text: String,
    lines: usize,
    fields: usize,
}

impl Writer<'_> {
    fn line(&mut self, indent: usize, content: &str, may_have_comment: bool) {
        let number = self.lines;
        let comment = self.layout.comments[number % self.layout.comments.len()];
        self.lines += 1;
        if comment == 1 {
            self.text.push_str(&format!("{:indent$}# above {number}\n", ""));
        }
        if comment == 2 {
            self.text.push('\n');
        }
        let behind = if comment == 3 && may_have_comment {
            format!("  # behind {number}")
        } else {
            String::new()
        };
        self.text.push_str(&format!("{:indent$}{content}{behind}\n", ""));
    }

    fn scalar(&mut self, value: &str) -> String {
        let style = self.layout.quotes[self.fields % self.layout.quotes.len()];
        self.fields += 1;
        let is_text = value.contains('-') || value.contains('/');
        match style {
            0 if is_text => format!("\"{value}\""),
            1 if is_text => format!("'{value}'"),
            _ => value.to_owned(),
        }
    }

    fn field(&mut self, indent: usize, line: &Line) {
        let style = self.layout.quotes[self.fields % self.layout.quotes.len()];
        if style == 2 && !line.value.starts_with('\'') {
            self.fields += 1;
            self.line(indent, &format!("{}: >-", line.key), false);
            self.text.push_str(&format!("{:1$}{2}\n", "", indent + 2, line.value));
            return;
        }
        let value = self.scalar(&line.value);
        self.line(indent, &format!("{}: {value}", line.key), true);
    }

    fn section(&mut self, indent: usize, key: &str, lines: &[Line], style: u8) {
        match style {
            0 => {
                let fields: Vec<String> = lines
                    .iter()
                    .map(|line| format!("{}: {}", line.key, self.scalar(&line.value)))
                    .collect();
                self.line(indent, &format!("{key}: {{ {} }}", fields.join(", ")), true);
            }
            1 => {
                self.line(indent, &format!("{key}: {{"), false);
                for (at, line) in lines.iter().enumerate() {
                    let comma = if at + 1 < lines.len() { "," } else { "" };
                    let value = self.scalar(&line.value);
                    let content = format!("{}: {value}{comma}", line.key);
                    self.line(indent + self.layout.indent, &content, true);
                }
                self.line(indent, "}", true);
            }
            _ => {
                self.line(indent, &format!("{key}:"), true);
                for line in lines {
                    self.field(indent + self.layout.indent, line);
                }
            }
        }
    }
}

fn written(
    layout: &Layout,
    owner: &str,
    environment: &str,
    spec: &[(Option<&'static str>, Vec<Line>)],
) -> String {
    let mut writer = Writer { layout, text: String::new(), lines: 0, fields: 0 };
    for (key, value) in [
        ("apiVersion", "goldenpath.io/v1"),
        ("kind", "S3BucketRequest"),
        ("id", "S3-0001"),
        ("environment", environment),
        ("owner", owner),
        ("application", "payments-api"),
        ("requester", "daniel-deans"),
    ] {
        writer.field(0, &Line { key, value: value.to_owned() });
    }
    writer.line(0, "spec:", true);
    let indent = layout.indent;
    let line = |key, value: &str| Line { key, value: value.to_owned() };
    let purpose = [line("type", "uploads"), line("description", "Receipts that users upload")];
    writer.section(indent, "purpose", &purpose, 2);
    for (at, (key, lines)) in spec.iter().enumerate() {
        match key {
            Some(key) => {
                let style = layout.sections[at % layout.sections.len()];
                writer.section(indent, key, lines, style);
            }
            None => writer.field(indent, &lines[0]),
        }
    }
    writer.section(indent, "tags", &[line("costCenter", "payments-123")], 2);
    writer.field(indent, &line("costAlertGb", "100"));
    let mut text = writer.text;
    if !layout.ends_with_line_break {
        text.pop();
    }
    if layout.crlf { text.replace('\n', "\r\n") } else { text }
}

/// The comments of a text, in order.
fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end())).collect()
}

/// An edit stays within a line, takes a whole one, or adds whole ones behind one.
fn touches_one_line(text: &str, finding: &Finding) -> bool {
    finding.fix.iter().flat_map(|fix| &fix.edits).all(|edit| {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let old = &text[start..end];
        let after = &text[end..];
        let at_end = after.is_empty() || after.starts_with('\n') || after.starts_with("\r\n");
        let begins_line = start == 0 || text[..start].ends_with('\n');
        if old.is_empty() {
            at_end && edit.text.starts_with(['\n', '\r'])
        } else if old.contains('\n') {
            let breaks = old.matches('\n').count();
            let whole = begins_line && old.ends_with('\n')
                || after.is_empty() && old.starts_with(['\n', '\r']);
            edit.text.is_empty() && breaks == 1 && whole
        } else {
            !edit.text.contains('\n')
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn remedies_mend_and_leave_the_rest_alone(
        layout in layouts(),
        owner in select(&["app-team", "ap-team", "databaseteam"]),
        environment in select(&["prod", "dev", "prd"]),
        spec in specs(),
    ) {
        let text = written(&layout, owner, environment, &spec);
        let findings = ask(&text);
        let before = broken(&findings);
        prop_assert!(!before.contains(" Y001 "), "the test writes YAML\n{text}\n{before}");
        for finding in findings.iter().filter(|it| it.fix.is_some()) {
            prop_assert!(touches_one_line(&text, finding), "{}\n{text}", shown(finding));
            let (after, count) = fix::apply(&text, std::slice::from_ref(finding));
            prop_assert_eq!(count, 1);
            let left = ask(&after);
            let same = |it: &&Finding| {
                (it.rule.code, &it.field, &it.message) == (finding.rule.code, &finding.field, &finding.message)
            };
            prop_assert!(left.iter().find(same).is_none(), "{}\n{text}\n{after}", shown(finding));
            prop_assert_eq!(comments(&text), comments(&after), "{}\n{}\n{}", shown(finding), text, after);
            prop_assert_eq!(text.contains("\r\n"), after.contains("\r\n"));
            prop_assert_eq!(text.replace("\r\n", "").contains('\n'), after.replace("\r\n", "").contains('\n'));
            let broken_now = left.iter().filter(|it| !it.rule.is_negotiable()).count();
            let broken_then = findings.iter().filter(|it| !it.rule.is_negotiable()).count();
            prop_assert!(broken_now <= broken_then, "{}\n{text}\n{after}\n{}", shown(finding), broken(&left));
        }
        let (mended, _, left) = fix::until_mended(&text, ask);
        prop_assert_eq!(comments(&text), comments(&mended));
        prop_assert!(left.iter().all(|it| it.fix.is_none()), "{text}\n{mended}\n{}", left.iter().map(shown).collect::<String>());
        prop_assert_eq!(fix::until_mended(&mended, ask).1, 0, "mending again changes nothing");
        let whole: Result<serde_json::Value, _> = serde_saphyr::from_str(&mended);
        prop_assert!(whole.is_ok(), "{mended}");
    }
}
