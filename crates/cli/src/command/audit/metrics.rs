//! Figures for Prometheus, in a file that its node exporter reads.

use std::path::{Path, PathBuf};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use platform::files;

use crate::output;
use crate::status::{Error, Result};

/// How often the file is written.
const EVERY: Duration = Duration::from_secs(10);

/// Upper ends of the buckets for what takes time: from a write to a local disk to a store that
/// fails and is tried again.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Collects what the libraries count, and writes it down.
#[derive(Clone)]
pub(super) struct Metrics {
    figures: PrometheusHandle,
    path: PathBuf,
}

impl Metrics {
    /// Collects from now on. A file that cannot be written is noticed here and not after an hour.
    pub(super) fn collect(path: &Path) -> Result<Self> {
        let suffix = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &SECONDS);
        let figures = builder.and_then(PrometheusBuilder::install_recorder);
        let figures = figures.map_err(|error| Error::System {
            act: "collect figures",
            source: std::io::Error::other(error),
        })?;
        let metrics = Self { figures, path: path.to_owned() };
        metrics.write()?;
        Ok(metrics)
    }

    /// Writes the file every ten seconds, as long as the runtime lives.
    pub(super) fn keep_writing(&self) {
        let metrics = self.clone();
        tokio::spawn(async move {
            let mut due = tokio::time::interval(EVERY);
            let mut failed = false;
            loop {
                due.tick().await;
                metrics.figures.run_upkeep();
                // Events are recorded all the same; it is said once.
                if let Err(error) = metrics.write()
                    && !std::mem::replace(&mut failed, true)
                {
                    output::complain(&error);
                }
            }
        });
    }

    /// Writes the file, whole or not at all.
    pub(super) fn write(&self) -> Result<()> {
        files::replace(&self.path, &self.figures.render())?;
        Ok(())
    }
}
