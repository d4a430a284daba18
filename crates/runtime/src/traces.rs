//! Where executions and their tasks stand in a trace, so that what others do for a task is found with it.
//!
//! Nothing of it is stored: the numbers follow from the execution, so whoever tells of a span and
//! whoever is called within it agree, even after a crash. A caller's trace (`X-Amzn-Trace-Id`) goes on.

use compasso_types::hex;
use std::sync::Arc;

use compasso_engine::TaskId;

use crate::StartRecord;

/// How a trace header of AWS names the trace.
const ROOT: &str = "Root=1-";
/// Hexadecimal digits of the time in a trace's number, as AWS writes it.
const TIME_DIGITS: usize = 8;

/// A place in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The trace's number.
    pub id: [u8; 16],
    /// The span.
    pub span: [u8; 8],
    /// The span that it is part of, if it is known.
    pub parent: Option<[u8; 8]>,
    /// Whether anybody wants to know of it.
    pub is_sampled: bool,
}

impl Trace {
    /// Returns the span of an execution that was redriven `redrives` times; later courses are part of the
    /// first.
    pub fn of_execution(record: &StartRecord, redrives: u32) -> Self {
        let execution = &record.start.id;
        let known = record.trace_header.as_deref().and_then(read);
        let first = span(execution, &[0]);
        match known {
            Some(caller) if redrives == 0 => Self { span: first, ..caller },
            known => {
                let id = known.as_ref().map_or_else(|| number(execution), |caller| caller.id);
                let is_sampled = known.is_none_or(|caller| caller.is_sampled);
                let parent = (redrives > 0).then_some(first);
                let span =
                    if redrives == 0 { first } else { span(execution, &redrives.to_le_bytes()) };
                Self { id, span, parent, is_sampled }
            }
        }
    }

    /// Returns the span of an attempt at a task of the execution.
    pub fn of_task(record: &StartRecord, task: TaskId) -> Self {
        let whole = Self::of_execution(record, 0);
        let mut place = task.entry.to_le_bytes().to_vec();
        place.extend_from_slice(&task.attempt.to_le_bytes());
        Self { span: span(&record.start.id, &place), parent: Some(whole.span), ..whole }
    }

    /// Returns it as the header `traceparent` of W3C has it.
    pub fn traceparent(&self) -> Arc<str> {
        let flags = u8::from(self.is_sampled);
        format!("00-{}-{}-{flags:02x}", hex(&self.id), hex(&self.span)).into()
    }

    /// Returns it as the header `X-Amzn-Trace-Id` of AWS has it.
    pub fn trace_header(&self) -> Arc<str> {
        let id = hex(&self.id);
        let (time, rest) = id.split_at(TIME_DIGITS);
        let sampled = u8::from(self.is_sampled);
        format!("{ROOT}{time}-{rest};Parent={};Sampled={sampled}", hex(&self.span)).into()
    }
}

/// Reads a caller's trace header; its span is the parent of what begins.
fn read(header: &str) -> Option<Trace> {
    let part = |name: &str| {
        header.split(';').find_map(|part| part.trim().strip_prefix(name).map(str::trim))
    };
    let root: String = part(ROOT)?.split('-').collect();
    let id = digits(&root)?;
    let parent = part("Parent=").and_then(digits);
    Some(Trace { id, span: [0; 8], parent, is_sampled: part("Sampled=") != Some("0") })
}

fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

fn number(execution: &str) -> [u8; 16] {
    *blake3::hash(execution.as_bytes()).as_bytes().first_chunk().expect("a hash has 32 bytes")
}

fn span(execution: &str, place: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(execution.as_bytes()).update(place);
    *hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes")
}

#[cfg(test)]
mod tests {
    use compasso_engine::Start;
    use compasso_types::{Payload, limits};

    use super::*;
    use crate::DefinitionRef;

    fn record(trace_header: Option<&str>) -> StartRecord {
        let start = Start {
            id: "arn:aws:states:us-east-1:123456789012:execution:m:e".into(),
            name: "e".into(),
            workflow: "m".into(),
            workflow_name: "m".into(),
            role: "r".into(),
            input: Payload::default(),
            seed: [7; 16],
            version: None,
            alias: None,
            payload_bytes_max: limits::PAYLOAD_BYTES_MAX,
            events_max: limits::EXECUTION_EVENTS_MAX,
            mocks: None,
            origin: None,
            is_held: false,
            is_unbegun: false,
            rules: 0,
        };
        StartRecord {
            start: Arc::new(start),
            definition: DefinitionRef("d".into()),
            trace_header: trace_header.map(Into::into),
            parent: None,
            log: None,
            map_run: None,
        }
    }

    #[test]
    fn a_caller_s_trace_goes_on_and_reaches_tasks() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let record = record(Some(header));
        let whole = Trace::of_execution(&record, 0);
        assert_eq!(hex(&whole.id), "5759e988bd862e3fe1be46a994272793");
        assert_eq!(hex(&whole.parent.unwrap()), "53995c3f42cd8ad8");
        let task = Trace::of_task(&record, TaskId { entry: 2, attempt: 0 });
        assert_eq!((task.id, task.parent), (whole.id, Some(whole.span)));
        let begins = "00-5759e988bd862e3fe1be46a994272793-";
        assert!(task.traceparent().starts_with(begins) && task.traceparent().ends_with("-01"));
        // What the task starts stands below it.
        let child = Trace::of_execution(
            &StartRecord { trace_header: Some(task.trace_header()), ..record },
            0,
        );
        assert_eq!((child.id, child.parent), (whole.id, Some(task.span)));
    }

    #[test]
    fn without_a_caller_each_execution_has_a_trace_of_its_own() {
        let whole = Trace::of_execution(&record(None), 0);
        assert_eq!((whole.parent, whole.is_sampled), (None, true));
        let again = Trace::of_execution(&record(None), 1);
        assert_eq!((again.id, again.parent), (whole.id, Some(whole.span)));
        let attempts =
            [0, 1].map(|attempt| Trace::of_task(&record(None), TaskId { entry: 2, attempt }));
        assert_ne!(attempts[0].span, attempts[1].span);
    }

    #[test]
    fn what_is_no_trace_header_counts_as_none_and_a_caller_may_want_nothing() {
        for header in ["", "Root=1-5759e988", "Root=1-5759e988-xx862e3fe1be46a994272793", "é=;"] {
            assert_eq!(
                Trace::of_execution(&record(Some(header)), 0),
                Trace::of_execution(&record(None), 0)
            );
        }
        let unwanted = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0";
        let trace = Trace::of_execution(&record(Some(unwanted)), 0);
        assert!(!trace.is_sampled && trace.traceparent().ends_with("-00"));
    }
}
