//! Deleting.

use super::S3;
use super::failure::answer;
use super::protect::or_protected;
use crate::store::{Deleted, Key, StoreError, Version};

pub(super) async fn delete(
    s3: &S3,
    key: &Key,
    version: Option<&Version>,
    bypass: bool,
) -> Result<Deleted, StoreError> {
    // To delete a version twice does no harm; to delete what is current twice adds two markers.
    let client = if version.is_some() { &s3.patient } else { &s3.once };
    let result = client
        .delete_object()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_version_id(version.map(|version| version.0.clone()))
        .set_bypass_governance_retention(bypass.then_some(true))
        .send()
        .await;
    match result {
        // For a version this says that the version was a marker.
        Ok(answer) if version.is_none() && answer.delete_marker == Some(true) => {
            Ok(match answer.version_id {
                Some(id) => Deleted::Marked(Version(id)),
                None => Deleted::Removed,
            })
        }
        Ok(_) => Ok(Deleted::Removed),
        Err(error)
            if answer(&error).is_some_and(|it| it.status == 404 && it.code != "NoSuchBucket") =>
        {
            Ok(Deleted::Removed)
        }
        Err(error) => or_protected(s3, key, version, "delete", error).await,
    }
}
