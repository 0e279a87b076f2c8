//! What exactly an approval agrees to, as a digest.

use std::collections::BTreeMap;

use storage_core::Digest;

use super::Change;
use crate::policy::Policy;

/// The digest that [`super::Decision::digest`] describes.
pub(super) fn of(changes: &[Change<'_>], policy: &Policy, waivers: Option<&[u8]>) -> Digest {
    let mut paths: BTreeMap<&str, (Option<Digest>, Option<Digest>)> = BTreeMap::new();
    for change in changes.iter().filter(|change| !change.pair.is_unchanged()) {
        if let Some(old) = change.pair.old {
            paths.entry(&old.path).or_default().0 = Some(old.digest);
        }
        if let Some(new) = change.pair.new {
            paths.entry(&new.path).or_default().1 = Some(new.digest);
        }
    }
    let word = |digest: Option<Digest>, none: &str| {
        digest.map_or_else(|| none.to_owned(), |digest| digest.to_string())
    };
    let mut text = format!(
        "strongroom approval v1\npolicy {}\nwaivers {}\n",
        policy.digest(),
        word(waivers.map(Digest::of), "none"),
    );
    for (path, (before, now)) in paths {
        // As a JSON string, so that a path with a line feed cannot look like two lines.
        let path = serde_json::Value::from(path);
        text.push_str(&format!("{path} {} {}\n", word(before, "absent"), word(now, "deleted")));
    }
    Digest::of(text.as_bytes())
}
