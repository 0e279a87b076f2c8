//! What an entry of the catalogue says.

use crate::bucket_spec::BucketSpec;
use crate::words::{PublicAccess, StorageClass};
use crate::yaml::{self, Kind, Node, Reading, Style};

/// What the catalogue says about a bucket beyond the bucket itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The AWS region, such as `eu-central-1`.
    pub region: &'a str,
    /// The state of the bucket, such as `active`.
    pub status: &'a str,
    /// The day of the change, `YYYY-MM-DD`.
    pub date: &'a str,
}

/// A value of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Boolean(bool),
    Number(u32),
    Nothing,
}

/// One value and its key.
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) value: Value,
    /// Whether a value that is there already stays.
    pub(super) first_wins: bool,
}

/// A part of an entry.
pub(super) struct Section {
    pub(super) key: &'static str,
    pub(super) fields: Vec<Field>,
}

impl Value {
    /// The value as it is written anew.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Text(text) if yaml::needs_quotes(text) => yaml::quoted(text),
            Self::Text(text) => text.clone(),
            Self::Boolean(boolean) => boolean.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Nothing => "null".to_owned(),
        }
    }

    /// The value in the place of `old`, which is `source` in the text: in the same quotes if they
    /// can hold it, and a date stays the kind of date it was.
    pub(super) fn written_over(&self, old: &Node<'_>, source: &str) -> String {
        let Self::Text(new) = self else { return self.written() };
        let plain_date = |text: &str| Reading::yaml_1_1(text) == Reading::Date;
        match &old.kind {
            Kind::Scalar(text, Style::Plain) if plain_date(text) && plain_date(new) => new.clone(),
            Kind::Scalar(_, Style::Quoted) if source.starts_with('\'') => {
                let simple = new.chars().all(|c| (' '..='~').contains(&c) && c != '\'');
                if simple { format!("'{new}'") } else { yaml::quoted(new) }
            }
            Kind::Scalar(_, Style::Quoted) => yaml::quoted(new),
            _ => self.written(),
        }
    }

    /// Whether `node` says the same.
    pub(super) fn is_in(&self, node: &Node<'_>) -> bool {
        let Kind::Scalar(text, style) = &node.kind else { return false };
        let reading = Reading::yaml_1_1(text);
        match (self, style) {
            (Self::Text(wanted), Style::Plain) => {
                wanted == text && matches!(reading, Reading::Text | Reading::Date)
            }
            (Self::Text(wanted), _) => wanted == text,
            (Self::Boolean(wanted), Style::Plain) => reading == Reading::Bool(*wanted),
            (Self::Number(wanted), Style::Plain) => {
                reading == Reading::Integer(Some(i64::from(*wanted)))
            }
            (Self::Nothing, Style::Plain) => reading == Reading::Null,
            _ => false,
        }
    }
}

fn text(key: &'static str, text: impl Into<String>) -> Field {
    Field { key, value: Value::Text(text.into()), first_wins: false }
}

fn boolean(key: &'static str, boolean: bool) -> Field {
    Field { key, value: Value::Boolean(boolean), first_wins: false }
}

fn number(key: &'static str, number: Option<u32>) -> Field {
    Field { key, value: number.map_or(Value::Nothing, Value::Number), first_wins: false }
}

/// All that an entry says, in the order of the catalogues so far.
pub(super) fn sections(spec: &BucketSpec, entry: &Entry<'_>) -> [Section; 5] {
    let created = spec.created.as_deref().unwrap_or(entry.date);
    let moves_to = |class| {
        let rules = spec.lifecycle.iter().filter(|rule| rule.id != "default-storage-class");
        let mut moves = rules.filter_map(|rule| rule.transition);
        moves.find(|to| to.storage_class == class).map(|to| to.days)
    };
    let metadata = vec![
        text("id", &spec.id),
        text("owner", &spec.owner),
        text("application", &spec.application),
        text("requested_by", &spec.requester),
        text("purpose", spec.purpose.word()),
        text("environment", &spec.environment),
        text("status", entry.status),
        Field { first_wins: true, ..text("created_date", created) },
    ];
    let aws = vec![
        text("bucket_name", &spec.bucket),
        text("region", entry.region),
        text("arn", format!("arn:{}:s3:::{}", partition(entry.region), spec.bucket)),
    ];
    let governance = vec![
        boolean("versioning", spec.versioning),
        text("encryption", spec.encryption.word()),
        boolean("public_access_block", spec.public_access == PublicAccess::Blocked),
        boolean("access_logging", spec.log_target.is_some()),
    ];
    let retention = vec![
        text("type", spec.retention.word()),
        number("expire_days", spec.lifecycle.iter().find_map(|rule| rule.expire_days)),
        number("transition_to_ia_days", moves_to(StorageClass::StandardIa)),
        number("transition_to_glacier_days", moves_to(StorageClass::Glacier)),
    ];
    let cost_center = spec.tags.get("CostCenter").map(String::as_str).unwrap_or_default();
    let cost = vec![
        text("cost_center", cost_center),
        number("alert_threshold_gb", Some(spec.alarm.threshold_gb)),
    ];
    [
        Section { key: "metadata", fields: metadata },
        Section { key: "aws", fields: aws },
        Section { key: "governance", fields: governance },
        Section { key: "retention", fields: retention },
        Section { key: "cost", fields: cost },
    ]
}

/// The part of an entry that says in which state the bucket is.
pub(super) fn status(status: &str) -> Section {
    Section { key: "metadata", fields: vec![text("status", status)] }
}

/// The AWS partition of a region. Source: `partitions.json` of botocore.
fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

/// A key as it is written.
pub(super) fn written_key(key: &str) -> String {
    if yaml::needs_quotes(key) { yaml::quoted(key) } else { key.to_owned() }
}

/// A whole entry, with `indent` spaces before its key and `step` more for each level.
pub(super) fn lines(bucket: &str, sections: &[Section], indent: usize, step: usize) -> Vec<String> {
    let mut lines = vec![format!("{:indent$}{}:", "", written_key(bucket))];
    for section in sections {
        lines.extend(section_lines(section, indent + step, step));
    }
    lines
}

/// One section.
pub(super) fn section_lines(section: &Section, indent: usize, step: usize) -> Vec<String> {
    let mut lines = vec![format!("{:indent$}{}:", "", section.key)];
    lines.extend(section.fields.iter().map(|field| field_line(field, indent + step)));
    lines
}

/// One value.
pub(super) fn field_line(field: &Field, indent: usize) -> String {
    format!("{:indent$}{}: {}", "", field.key, field.value.written())
}

/// A catalogue with one bucket.
pub(super) fn new_file(spec: &BucketSpec, entry: &Entry<'_>) -> String {
    let updated = Value::Text(entry.date.to_owned()).written();
    let head = format!(
        "---\nid: s3-catalog\ntitle: \"S3 catalog\"\ntype: catalog\n---\nversion: \"1.0\"\n\
         domain: storage\nowner: platform-team\nlast_updated: {updated}\nmanaged_by: strongroom\n\
         buckets:\n"
    );
    let lines = lines(&spec.bucket, &sections(spec, entry), 2, 2);
    head + &lines.join("\n") + "\n"
}
