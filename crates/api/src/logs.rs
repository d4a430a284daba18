//! The log of an execution, as lines of JSON: `GET /api/v1/executions/{arn}/logs`.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use compasso_service::{LogLine, LogStream, Service};
use futures::stream;
use serde::{Deserialize, Serialize};

use crate::errors::Failure;
use crate::reader::{refuse, respond};
use crate::{Edge, signature};

/// How often a followed log is looked at: the store does not announce lines.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(250);

/// Which lines.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// Only those after this number.
    after: u64,
    /// Whether to wait for more until the execution is closed.
    follow: bool,
}

/// Answers with lines.
pub(crate) async fn answer(
    State(edge): State<Edge>,
    arn: Result<Path<String>, PathRejection>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    request: Request,
) -> Response {
    let (arn, wanted) = match (arn, wanted) {
        (Ok(Path(arn)), Ok(Query(wanted))) => (arn, wanted),
        (Err(error), _) => return refuse(&Failure::serialization(error.body_text())),
        (_, Err(error)) => return refuse(&Failure::serialization(error.body_text())),
    };
    match begin(&edge, arn, wanted, request).await {
        Ok(body) => respond(StatusCode::OK, "application/x-ndjson", body),
        Err(failure) => refuse(&failure),
    }
}

async fn begin(
    edge: &Edge,
    arn: String,
    wanted: Wanted,
    request: Request,
) -> Result<Body, Failure> {
    let parts = request.into_parts().0;
    signature::admit_reader(&edge.settings, &parts, edge.service.now(), &arn)?;
    // Reading the first lines at once tells an unknown execution from one without lines.
    let (service, stage) = (edge.service.clone(), Stage::Open);
    let mut follower = Follower { service, arn, wanted, stage, has_more: false };
    let first = follower.read().await?;
    let rest = stream::unfold(follower, |mut follower| async {
        let lines = follower.next().await?;
        Some((Ok::<_, Infallible>(lines), follower))
    });
    let first = stream::iter([Ok(first)]);
    Ok(Body::from_stream(futures::StreamExt::chain(first, rest)))
}

/// Reads a log to its end.
struct Follower {
    service: Service,
    arn: String,
    wanted: Wanted,
    stage: Stage,
    has_more: bool,
}

/// How far a log is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// More may come.
    Open,
    /// The execution is closed; its last lines may still be on their way to the store.
    Ending,
    /// There is nothing more to read.
    Over,
}

impl Follower {
    /// Returns the next lines; `None` after the last.
    async fn next(&mut self) -> Option<Bytes> {
        while self.stage != Stage::Over {
            if !self.has_more {
                tokio::time::sleep(FOLLOW_INTERVAL).await;
            }
            // Whoever reads sees an early end; what is wrong is in the server's own log.
            let lines = self.read().await.ok()?;
            if !lines.is_empty() {
                return Some(lines);
            }
        }
        None
    }

    async fn read(&mut self) -> Result<Bytes, Failure> {
        let chunk = self.service.execution_log(&self.arn, self.wanted.after).await?;
        let mut text = Vec::new();
        for (number, line) in &chunk.lines {
            self.wanted.after = *number;
            serde_json::to_writer(&mut text, &WrittenLine::of(*number, line))
                .expect("a line is plain data");
            text.push(b'\n');
        }
        self.has_more = chunk.has_more;
        self.stage = match self.stage {
            _ if chunk.has_more => Stage::Open,
            _ if !self.wanted.follow => Stage::Over,
            Stage::Open if chunk.is_closed => Stage::Ending,
            Stage::Open => Stage::Open,
            Stage::Ending | Stage::Over => Stage::Over,
        };
        Ok(text.into())
    }
}

#[derive(Serialize)]
struct WrittenLine<'a> {
    line: u64,
    at: String,
    state: &'a str,
    entry: u64,
    attempt: u32,
    stream: &'static str,
    text: &'a str,
}

impl<'a> WrittenLine<'a> {
    fn of(number: u64, line: &'a LogLine) -> Self {
        Self {
            line: number,
            at: line.at.to_string(),
            state: &line.state,
            entry: line.entry,
            attempt: line.attempt,
            stream: match line.stream {
                LogStream::Stdout => "stdout",
                LogStream::Stderr => "stderr",
            },
            text: &line.text,
        }
    }
}
