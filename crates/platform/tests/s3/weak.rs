//! What servers are known not to do.

/// Server, bucket (`*`: any), check, and why. A point that is none any more fails the test.
pub(crate) const POINTS: &[(&str, &str, &str, &str)] = &[
    ("ministack", "lock", "past-lock", "takes a retention that has ended"),
    ("ministack", "governed", "past-lock", "takes a retention that has ended"),
    ("ministack", "*", "wrong-secret", "accepts any signature"),
    ("ministack", "*", "unknown-key", "accepts any access key"),
    ("versity", "*", "put-if-absent", "keeps objects as files: `a` and `a/` are one"),
    ("versity", "*", "metadata", "keeps what was said about an overwritten object"),
    ("versity", "*", "groups", "keeps what was said about an overwritten object"),
    ("versity", "*", "odd-keys", "keeps objects as files: `a//b` is no path"),
    ("versity", "*", "order", "keeps objects as files: `a` and `a/b` cannot both be there"),
    ("versity", "versioned", "versions", "refuses to delete a version that it did not name"),
    ("versity", "versioned", "delete-markers", "a key under a delete marker counts as taken"),
    ("versity", "lock", "delete-markers", "a key under a delete marker counts as taken"),
    ("versity", "plain", "no-lock", "refuses the lock and keeps the object"),
    ("versity", "versioned", "no-lock", "refuses the lock and keeps the object"),
    ("versity", "governed", "default-lock", "does not tell of a lock by default"),
    ("versity", "lock", "lock-hides-nothing", "does not tell of the lock of a version below"),
    ("versity", "governed", "lock-hides-nothing", "does not tell of the lock of a version below"),
    ("ceph", "versioned", "put-if-absent", "16 ignores conditions where versions are kept"),
    ("ceph", "lock", "put-if-absent", "16 ignores conditions where versions are kept"),
    ("ceph", "governed", "put-if-absent", "16 ignores conditions where versions are kept"),
    ("ceph", "versioned", "one-winner", "16 ignores conditions where versions are kept"),
    ("ceph", "lock", "one-winner", "16 ignores conditions where versions are kept"),
    ("ceph", "governed", "one-winner", "16 ignores conditions where versions are kept"),
    ("versity", "lock", "reports", "does not tell of the lock of a version below"),
    ("ceph", "*", "presign-digest", "16 takes any bytes for an address that names their SHA-256"),
    ("ceph", "*", "upload-if-absent", "16 knows no condition at the end of an upload"),
];

/// The reason why `server` may fail `check`.
pub(crate) fn known(server: &str, bucket: &str, check: &str) -> Option<&'static str> {
    let mut points = POINTS.iter();
    points
        .find(|point| {
            point.0 == server && (point.1 == "*" || point.1 == bucket) && point.2 == check
        })
        .map(|point| point.3)
}
