//! What servers are known not to do.

/// Server, bucket (`*`: any), check, and why. A point that is none any more fails the test.
pub(crate) const POINTS: &[(&str, &str, &str, &str)] = &[];

/// The reason why `server` may fail `check`.
pub(crate) fn known(server: &str, bucket: &str, check: &str) -> Option<&'static str> {
    let mut points = POINTS.iter();
    points
        .find(|point| {
            point.0 == server && (point.1 == "*" || point.1 == bucket) && point.2 == check
        })
        .map(|point| point.3)
}
