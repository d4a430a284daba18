//! Histories as AWS logs them: a record for each event, into the log group that the state
//! machine's `loggingConfiguration` names.

mod cloudwatch;
mod group_files;
mod record;
mod standard_output;

use std::sync::Arc;

use compasso_runtime::News;
use tokio::task::JoinHandle;

use self::cloudwatch::CloudWatch;
use self::group_files::GroupFiles;
use self::standard_output::StandardOutput;
use crate::TelemetrySettings;
use crate::outlet::{Outlet, Parcel};

/// The directory with the files of log groups, in the data directory.
const DIRECTORY: &str = "log-groups";

/// A record and where it belongs.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The ARN of the log group.
    pub(crate) group: Arc<str>,
    /// The state machine's name.
    pub(crate) machine: Arc<str>,
    /// Milliseconds since the epoch.
    pub(crate) at: i64,
    /// JSON.
    pub(crate) text: Arc<str>,
}

impl Parcel for Record {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len()
    }
}

/// All places that records go to.
pub(crate) struct HistoryLog {
    outlets: Vec<Outlet<Record>>,
}

impl HistoryLog {
    pub(crate) fn open(
        settings: &TelemetrySettings,
        deliveries: &mut Vec<JoinHandle<()>>,
    ) -> Result<Self, String> {
        let mut outlets = Vec::new();
        let mut add = |(outlet, delivery)| {
            outlets.push(outlet);
            deliveries.push(delivery);
        };
        let directory = settings.history_log.directory.clone();
        let directory = directory.unwrap_or_else(|| settings.directory.join(DIRECTORY));
        add(Outlet::open("log-files", GroupFiles::new(directory)));
        if settings.history_log.stdout {
            add(Outlet::open("standard-output", StandardOutput));
        }
        if let Some(cloudwatch) = CloudWatch::of(settings)? {
            add(Outlet::open("cloudwatch-logs", cloudwatch));
        }
        Ok(Self { outlets })
    }

    /// Logs what happened, if it is to be logged.
    pub(crate) fn put(&self, news: &News) {
        for record in record::of(news) {
            for outlet in &self.outlets {
                outlet.put(record.clone());
            }
        }
    }

    /// Returns how much each outlet dropped.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.outlets.iter().map(Outlet::dropped)
    }
}
