//! Records in CloudWatch Logs: a log stream for each state machine and run of the server, named as
//! AWS names them: `states/⟨state machine⟩/⟨minute⟩/⟨digits⟩`.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::{Json, Timestamp};

use super::Record;
use crate::TelemetrySettings;
use crate::aws::Operation;
use crate::history_log::group_files::group_name;
use crate::outlet::{Delivery, Lane, Stuck};

/// Most bytes of one call, and what each record counts beside its text.
const CALL_BYTES_MAX: usize = 1_048_576;
const RECORD_BYTES: usize = 26;

pub(super) struct CloudWatch {
    put: Operation,
    create_stream: Operation,
    /// Tells the streams of this run from those of others.
    run: Option<String>,
    /// Those that exist.
    streams: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl CloudWatch {
    /// Returns it if it is wanted: asked for, or given an endpoint.
    pub(super) fn of(settings: &TelemetrySettings) -> Result<Option<Self>, String> {
        let put = Operation::of(settings, "cloudwatchlogs", "putLogEvents")?;
        let given = put.has_given_endpoint(settings);
        if !settings.history_log.cloudwatch.unwrap_or(given) {
            return Ok(None);
        }
        let create_stream = Operation::of(settings, "cloudwatchlogs", "createLogStream")?;
        Ok(Some(Self { put, create_stream, run: None, streams: BTreeSet::new() }))
    }

    /// Puts records of one state machine, sorted by time, into its stream.
    async fn put(&mut self, records: &[Record]) -> Result<(), Stuck> {
        let [first, ..] = records else { return Ok(()) };
        let (group, region) = (group_name(&first.group), region(&first.group));
        let run = self.run.get_or_insert_with(|| run(first)).clone();
        let stream = format!("states/{}/{run}", first.machine);
        self.make_stream(first, &stream).await?;
        let mut delivered = 0;
        for part in parts(records) {
            let events = part.iter().map(|record| {
                Json::object([
                    ("Message", Json::from(Arc::clone(&record.text))),
                    ("Timestamp", Json::from(record.at)),
                ])
            });
            let parameters = Json::object([
                ("LogGroupName", Json::from(group)),
                ("LogStreamName", Json::from(&*stream)),
                ("LogEvents", Json::array(events)),
            ]);
            if let Err(refused) = self.put.call(region, &parameters).await {
                if refused.error.contains("ResourceNotFound") {
                    // Somebody deleted it; it is made again with the next try.
                    self.streams.remove(&(first.group.clone(), first.machine.clone()));
                }
                return Err(Stuck { delivered, why: refused.why });
            }
            delivered += part.len();
        }
        Ok(())
    }

    async fn make_stream(&mut self, record: &Record, stream: &str) -> Result<(), String> {
        let key = (record.group.clone(), record.machine.clone());
        if self.streams.contains(&key) {
            return Ok(());
        }
        let parameters = Json::object([
            ("LogGroupName", Json::from(group_name(&record.group))),
            ("LogStreamName", Json::from(stream)),
        ]);
        match self.create_stream.call(region(&record.group), &parameters).await {
            Err(refused) if !refused.error.contains("ResourceAlreadyExists") => Err(refused.why),
            _ => {
                self.streams.insert(key);
                Ok(())
            }
        }
    }
}

impl Delivery for CloudWatch {
    type Parcel = Record;

    fn lane(record: &Record) -> Lane {
        Some(record.group.clone())
    }

    async fn deliver(&mut self, batch: &mut [Record]) -> Result<(), Stuck> {
        batch.sort_by(|one, other| (&one.machine, one.at).cmp(&(&other.machine, other.at)));
        let mut delivered = 0;
        for records in batch.chunk_by(|one, other| one.machine == other.machine) {
            let put = self.put(records).await;
            put.map_err(|stuck| Stuck { delivered: delivered + stuck.delivered, ..stuck })?;
            delivered += records.len();
        }
        Ok(())
    }
}

/// Splits records into parts that fit into one call each.
fn parts(records: &[Record]) -> Vec<&[Record]> {
    let (mut parts, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (index, record) in records.iter().enumerate() {
        let more = record.text.len() + RECORD_BYTES;
        if bytes + more > CALL_BYTES_MAX && index > begin {
            parts.push(&records[begin..index]);
            (begin, bytes) = (index, 0);
        }
        bytes += more;
    }
    parts.push(&records[begin..]);
    parts
}

/// Names a run of the server after the first record it delivers.
fn run(first: &Record) -> String {
    let text = Timestamp(first.at).to_string();
    let minute: String =
        text.chars().take(16).map(|c| if "T:".contains(c) { '-' } else { c }).collect();
    format!("{minute}/{:08x}", first.at.rem_euclid(1 << 32))
}

fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bytes: usize) -> Record {
        Record { group: "g".into(), machine: "m".into(), at: 0, text: "x".repeat(bytes).into() }
    }

    #[test]
    fn records_are_split_at_the_size_of_a_call() {
        let (small, large) = (record(10), record(CALL_BYTES_MAX - RECORD_BYTES));
        let records = [small.clone(), small.clone(), large, small];
        let sizes: Vec<_> = parts(&records).iter().map(|part| part.len()).collect();
        assert_eq!(sizes, [2, 1, 1]);
    }

    #[test]
    fn a_run_is_named_after_its_first_minute() {
        let at = "2026-01-31T12:34:56.789Z".parse::<Timestamp>().unwrap().0;
        let named = run(&Record { at, ..record(1) });
        assert_eq!(named, format!("2026-01-31-12-34/{:08x}", at.rem_euclid(1 << 32)));
    }
}
