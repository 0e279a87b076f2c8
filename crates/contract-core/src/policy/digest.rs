//! What a policy means, as a digest.

use serde::Serialize;
use storage_core::Digest;

use super::Policy;

/// The first line of what is hashed, so that no other document can have the same digest.
const DOMAIN: &str = "strongroom policy v1\n";

#[derive(Serialize)]
struct Meaning<'p> {
    alarm_name: &'p str,
    approval_labels: Vec<&'p str>,
    cors_origins: Vec<&'p str>,
    environments: Vec<(&'p str, bool)>,
    levels: Vec<(&'p str, &'static str)>,
    owners: Vec<&'p str>,
    partition: &'p str,
    paths: [&'p str; 6],
    prefix: &'p str,
    required_tags: Vec<&'p str>,
    verdicts: Vec<(&'p str, &'static str)>,
    waiver_max_days: u32,
    waiver_notice_days: u32,
}

impl Policy {
    /// The digest of what the policy means: comments, layout, the order of lists and defaults
    /// that are written out make no difference; any other edit does.
    ///
    /// ```
    /// use contract_core::Policy;
    ///
    /// let spoken = Policy::parse("kind: Policy\napiVersion: strongroom/v1\nprefix: goldenpath\n")?;
    /// assert_eq!(spoken.digest(), Policy::default().digest());
    /// # Ok::<(), contract_core::PolicyError>(())
    /// ```
    pub fn digest(&self) -> Digest {
        let paths = &self.paths;
        let meaning = Meaning {
            alarm_name: &self.alarm_name,
            approval_labels: sorted(self.approval_labels.iter().map(String::as_str)),
            cors_origins: sorted(self.cors_origins.iter().map(String::as_str)),
            environments: sorted(self.environments.iter().map(|it| (&*it.name, it.protected))),
            levels: self.levels.iter().map(|(rule, level)| (&**rule, level.word())).collect(),
            owners: self.owners.iter().map(String::as_str).collect(),
            partition: &self.partition,
            paths: [
                &paths.contracts,
                &paths.catalog,
                &paths.audit,
                &paths.output,
                &paths.waivers,
                &paths.ids,
            ],
            prefix: &self.prefix,
            required_tags: self.required_tags.iter().map(String::as_str).collect(),
            verdicts: self.verdicts.iter().map(|(rule, it)| (&**rule, it.word())).collect(),
            waiver_max_days: self.waiver_max_days,
            waiver_notice_days: self.waiver_notice_days,
        };
        let json = serde_json::to_string(&meaning).expect("texts and numbers are JSON");
        Digest::of(format!("{DOMAIN}{json}").as_bytes())
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.sort();
    items
}
