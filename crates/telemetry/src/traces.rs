//! Traces: a span for each execution and each attempt at a task, sent to a collector of OpenTelemetry.
//!
//! A span is sent when it ends. Tasks that are out when the server is restarted get none: what is
//! stored of the execution has it all.

mod collector;
mod span;
mod under_way;

use std::sync::{Mutex, PoisonError};

use compasso_engine::EventKind;
use compasso_runtime::{News, Trace};
use tokio::task::JoinHandle;

use self::collector::Collector;
use self::span::Span;
use self::under_way::UnderWay;
use crate::TelemetrySettings;
use crate::outlet::Outlet;

/// Where spans go.
pub(crate) struct Traces {
    outlet: Outlet<Span>,
    under_way: Mutex<UnderWay>,
    /// The part of executions that is told of, of 2^64.
    share: u64,
}

impl Traces {
    /// Opens the outlet, if traces are wanted.
    pub(crate) fn open(
        settings: &TelemetrySettings,
        deliveries: &mut Vec<JoinHandle<()>>,
    ) -> Result<Option<Self>, String> {
        let settings = &settings.traces;
        let Some(endpoint) = &settings.endpoint else { return Ok(None) };
        let share = settings.share.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("share of [traces] is {share}: it is a number from 0 to 1"));
        }
        let collector = Collector::new(endpoint, settings.headers.as_deref())?;
        let (outlet, delivery) = Outlet::open("traces", collector);
        deliveries.push(delivery);
        // Numbers of traces are spread evenly over all there are.
        let share = (share * u64::MAX as f64) as u64;
        Ok(Some(Self { outlet, under_way: Mutex::default(), share }))
    }

    /// Sends the spans that end with what happened.
    pub(crate) fn put(&self, news: &News) {
        let redrives = news.redrive.as_ref().map_or(0, |redrive| redrive.count);
        let trace = Trace::of_execution(&news.record, redrives);
        if !trace.is_sampled || !self.is_chosen(&trace) {
            return;
        }
        let mut spans = Vec::new();
        {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            for event in &news.events {
                spans.extend(under_way.step(&news.record, event));
            }
        }
        let end = news.events.iter().rev().find(|event| is_end(&event.kind));
        spans.extend(end.map(|end| Span::of_execution(news, &trace, end)));
        for span in spans {
            self.outlet.put(span);
        }
    }

    pub(crate) fn dropped(&self) -> (&'static str, u64) {
        self.outlet.dropped()
    }

    fn is_chosen(&self, trace: &Trace) -> bool {
        let (_, last) = trace.id.split_last_chunk::<8>().expect("a number has 16 bytes");
        u64::from_be_bytes(*last) <= self.share
    }
}

fn is_end(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::ExecutionSucceeded { .. }
            | EventKind::ExecutionFailed { .. }
            | EventKind::ExecutionAborted { .. }
            | EventKind::ExecutionTimedOut { .. }
    )
}
