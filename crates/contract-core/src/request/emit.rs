//! The document of a request, as `contract new` writes it.

use super::S3BucketRequest;
use crate::words;
use crate::yaml;

impl S3BucketRequest {
    /// The request as a document: always the same layout, free text always in quotes, so that
    /// whatever a person typed stays data.
    ///
    /// ```
    /// # use contract_core::{check, Document, Policy, S3BucketRequest};
    /// # let document = Document { path: None, bytes: include_bytes!("../../tests/it/contracts/uploads.yaml") };
    /// # let policy = Policy::default();
    /// # let request = check(document, &policy, S3BucketRequest::from_contract).1.flatten().unwrap();
    /// let mut request: S3BucketRequest = request;
    /// request.spec.purpose.description = "say \"hi\"\n${{ secrets.TOKEN }}".to_owned();
    /// let line = "    description: \"say \\\"hi\\\"\\n${{ secrets.TOKEN }}\"\n";
    /// assert!(request.to_yaml().contains(line));
    /// ```
    pub fn to_yaml(&self) -> String {
        let mut out = Lines(String::with_capacity(1024));
        out.word(0, "apiVersion", &self.api_version);
        out.word(0, "kind", &self.kind);
        out.word(0, "id", &self.id);
        out.word(0, "environment", &self.environment);
        out.word(0, "owner", &self.owner);
        out.word(0, "application", &self.application);
        out.word(0, "requester", &self.requester);
        if let Some(metadata) = &self.metadata {
            let fields = [
                ("title", &metadata.title),
                ("description", &metadata.description),
                ("created", &metadata.created),
            ];
            if fields.iter().any(|(_, text)| text.is_some()) {
                out.gap();
                out.section(0, "metadata");
            }
            for (key, text) in fields {
                if let Some(text) = text {
                    out.prose(1, key, text);
                }
            }
        }
        out.gap();
        out.section(0, "spec");
        self.spec(&mut out);
        out.0
    }

    fn spec(&self, out: &mut Lines) {
        let spec = &self.spec;
        out.word(1, "bucketName", &spec.bucket_name);
        out.gap();
        out.section(1, "purpose");
        out.word(2, "type", spec.purpose.kind.word());
        out.prose(2, "description", &spec.purpose.description);
        out.gap();
        out.word(1, "storageClass", words::storage_class_word(spec.storage_class));
        out.gap();
        out.section(1, "encryption");
        out.word(2, "type", spec.encryption.kind.word());
        if let Some(alias) = &spec.encryption.kms_key_alias {
            out.word(2, "kmsKeyAlias", alias);
        }
        out.gap();
        out.plain(1, "versioning", spec.versioning);
        out.word(1, "publicAccess", spec.public_access.word());
        out.gap();
        out.section(1, "retentionPolicy");
        out.word(2, "type", spec.retention_policy.kind.word());
        out.prose(2, "rationale", &spec.retention_policy.rationale);
        if let Some(lifecycle) = &spec.lifecycle {
            let fields = [
                ("expireDays", lifecycle.expire_days),
                ("transitionToIaDays", lifecycle.transition_to_ia_days),
                ("transitionToGlacierDays", lifecycle.transition_to_glacier_days),
            ];
            out.gap();
            match fields.iter().any(|(_, days)| days.is_some()) {
                true => out.section(1, "lifecycle"),
                false => out.plain(1, "lifecycle", "{}"),
            }
            for (key, days) in fields {
                if let Some(days) = days {
                    out.plain(2, key, days);
                }
            }
        }
        out.gap();
        out.section(1, "accessLogging");
        out.plain(2, "enabled", spec.access_logging.enabled);
        if let Some(bucket) = &spec.access_logging.target_bucket {
            out.word(2, "targetBucket", bucket);
        }
        out.gap();
        out.plain(1, "costAlertGb", spec.cost_alert_gb);
        out.plain(1, "corsEnabled", spec.cors_enabled);
        out.gap();
        if spec.tags.is_empty() {
            out.plain(1, "tags", "{}");
        } else {
            out.section(1, "tags");
        }
        // The one tag that every contract has comes first.
        let (own, others): (Vec<_>, Vec<_>) =
            spec.tags.iter().partition(|(key, _)| key.as_str() == "costCenter");
        for (key, value) in own.into_iter().chain(others) {
            out.word(2, key, value);
        }
    }
}

/// A document that grows line by line.
struct Lines(String);

impl Lines {
    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn key(&mut self, depth: usize, key: &str) {
        (0..depth).for_each(|_| self.0.push_str("  "));
        match yaml::needs_quotes(key) {
            true => self.0.push_str(&yaml::quoted(key)),
            false => self.0.push_str(key),
        }
        self.0.push(':');
    }

    fn section(&mut self, depth: usize, key: &str) {
        self.key(depth, key);
        self.0.push('\n');
    }

    /// A value of ours that needs no thought.
    fn plain(&mut self, depth: usize, key: &str, value: impl std::fmt::Display) {
        self.key(depth, key);
        self.0.push_str(&format!(" {value}\n"));
    }

    /// A name, without quotes if everybody reads it as text.
    fn word(&mut self, depth: usize, key: &str, text: &str) {
        match yaml::needs_quotes(text) {
            true => self.prose(depth, key, text),
            false => self.plain(depth, key, text),
        }
    }

    /// Free text, always in quotes.
    fn prose(&mut self, depth: usize, key: &str, text: &str) {
        self.plain(depth, key, yaml::quoted(text));
    }
}
