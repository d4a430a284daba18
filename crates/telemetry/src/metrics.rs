//! What CloudWatch counts under `AWS/States`, in the text form of Prometheus.
//!
//! A metric is called as in CloudWatch, in Prometheus' spelling: `ExecutionsStarted` is
//! `aws_states_executions_started_total`, and its dimension `StateMachineArn` the label
//! `state_machine_arn`. Times are histograms in seconds.

mod family;
mod histogram;
mod task_times;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use compasso_engine::EventKind;
use compasso_ir::ExecutionType;
use compasso_runtime::News;
use compasso_types::billing::billed_duration;

use self::family::{Count, Subject, Time};
use self::histogram::Histogram;
use self::task_times::TaskTimes;
use crate::exposition::Exposition;

/// Different resources that are told apart; what comes later is counted under `other`.
const SUBJECTS_MAX: usize = 10_000;
/// The label of resources beyond [`SUBJECTS_MAX`].
const OTHER: &str = "other";

/// All metrics.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Numbers>);

#[derive(Default)]
struct Numbers {
    subjects: Subjects,
    task_times: TaskTimes,
}

/// The figures of all resources.
#[derive(Clone, Default)]
struct Subjects(BTreeMap<(Subject, Arc<str>), Figures>);

/// The figures of one resource.
#[derive(Clone, Default)]
struct Figures {
    counts: BTreeMap<Count, u64>,
    times: BTreeMap<Time, Histogram>,
}

impl Metrics {
    /// Counts what happened.
    pub(crate) fn count(&self, news: &News) {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in &news.events {
            numbers.count_task(news, event);
            numbers.count_execution(news, event);
        }
    }

    /// Writes everything, with how much each outlet dropped.
    pub(crate) fn text(&self, dropped: &[(&'static str, u64)]) -> String {
        // Executions wait for this lock: it is held for a copy, not for all the text.
        let mut subjects = self.0.lock().unwrap_or_else(PoisonError::into_inner).subjects.clone();
        // So the counts of executions are there before the first one.
        subjects.figures(Subject::StateMachine, &OTHER.into());
        let mut text = Exposition::default();
        for count in Count::ALL {
            subjects.write_counts(&mut text, *count);
        }
        for time in Time::ALL {
            subjects.write_times(&mut text, *time);
        }
        let name = "compasso_telemetry_dropped_total";
        if !dropped.is_empty() {
            text.family(name, "counter", "Records an outlet could not deliver.");
        }
        for (outlet, number) in dropped {
            text.sample(name, &[("outlet", outlet)], number);
        }
        text.into_text()
    }
}

impl Numbers {
    fn count_execution(&mut self, news: &News, event: &compasso_engine::Event) {
        let count = match &event.kind {
            EventKind::ExecutionStarted { .. } => Count::ExecutionsStarted,
            EventKind::ExecutionSucceeded { .. } => Count::ExecutionsSucceeded,
            EventKind::ExecutionFailed { .. } => Count::ExecutionsFailed,
            EventKind::ExecutionAborted { .. } => Count::ExecutionsAborted,
            EventKind::ExecutionTimedOut { .. } => Count::ExecutionsTimedOut,
            _ => return,
        };
        let figures = self.subjects.figures(Subject::StateMachine, &news.record.start.workflow);
        figures.add(count);
        if count == Count::ExecutionsStarted {
            return;
        }
        let time = event.at.since(news.started);
        figures.times.entry(Time::Execution).or_default().add(time);
        if news.kind == ExecutionType::Express {
            figures
                .times
                .entry(Time::ExpressExecutionBilled)
                .or_default()
                .add(billed_duration(time));
        }
        self.task_times.forget(&news.record.start.id);
    }

    fn count_task(&mut self, news: &News, event: &compasso_engine::Event) {
        let Some((subject, resource, step)) = family::step(&event.kind) else { return };
        let figures = self.subjects.figures(subject, resource);
        if let Some(count) = family::count(subject, step) {
            figures.add(count);
        }
        let times = self.task_times.step(&news.record.start.id, event, step);
        let figures = self.subjects.figures(subject, resource);
        for (time, taken) in family::times(subject, times) {
            figures.times.entry(time).or_default().add(taken);
        }
    }
}

impl Subjects {
    fn figures(&mut self, subject: Subject, resource: &Arc<str>) -> &mut Figures {
        let key = (subject, resource.clone());
        if self.0.len() >= SUBJECTS_MAX && !self.0.contains_key(&key) {
            return self.0.entry((subject, OTHER.into())).or_default();
        }
        self.0.entry(key).or_default()
    }

    fn write_counts(&self, text: &mut Exposition, count: Count) {
        let name = format!("aws_states_{}_total", count.name());
        let mut is_first = true;
        let is_counted = |subject| family::counts(subject).contains(&count);
        for ((subject, resource), figures) in self.0.iter().filter(|((it, _), _)| is_counted(*it)) {
            // Also what has not happened yet: the first time would else be no change.
            let number = figures.counts.get(&count).copied().unwrap_or_default();
            if std::mem::take(&mut is_first) {
                text.family(&name, "counter", &of_aws(count.cloudwatch_name()));
            }
            text.sample(&name, &[(subject.label(), resource)], number);
        }
    }

    fn write_times(&self, text: &mut Exposition, time: Time) {
        let name = format!("aws_states_{}_seconds", time.name());
        let mut is_first = true;
        for ((subject, resource), figures) in &self.0 {
            let Some(histogram) = figures.times.get(&time) else { continue };
            if std::mem::take(&mut is_first) {
                text.family(&name, "histogram", &of_aws(time.cloudwatch_name()));
            }
            let label = (subject.label(), &**resource);
            for (bound, number) in histogram.buckets() {
                let labels = [label, ("le", &*bound)];
                text.sample(&format!("{name}_bucket"), &labels, number);
            }
            text.sample(&format!("{name}_sum"), &[label], histogram.seconds());
            text.sample(&format!("{name}_count"), &[label], histogram.count());
        }
    }
}

impl Figures {
    fn add(&mut self, count: Count) {
        *self.counts.entry(count).or_default() += 1;
    }
}

fn of_aws(cloudwatch_name: &str) -> String {
    format!("{cloudwatch_name} of AWS/States.")
}
