//! The log of an execution: `GET /api/v1/executions/{arn}/logs` and `GET /api/v1/runs/{id}/logs`, as
//! lines of JSON, as a stream of events, or as a text to keep.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use compasso_service::{Error, FoundLines, LogFilter, LogLine, LogStream, Service};
use futures::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use crate::errors::Failure;
use crate::reader::{refuse, respond};
use crate::{Edge, identity};

/// How often a followed log is looked at: the store does not announce lines.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(250);

/// The last event that somebody has who connects again.
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// Which lines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// Only those after this number.
    after: u64,
    /// Only those among so many at the end.
    tail: Option<u64>,
    /// No more than so many.
    limit: Option<NonZeroUsize>,
    /// Whether to wait for more until the execution is closed.
    follow: bool,
    /// Only those of this task.
    task: Option<String>,
    /// Only those with this text in them.
    q: Option<String>,
    /// Only those of `stdout` or `stderr`.
    stream: Option<String>,
    /// Whether they are wanted as a file.
    download: bool,
}

impl Wanted {
    /// Returns which lines are meant, wherever they are.
    fn filter(&self) -> Result<LogFilter, Failure> {
        let stream = match self.stream.as_deref() {
            None => None,
            Some("stdout") => Some(LogStream::Stdout),
            Some("stderr") => Some(LogStream::Stderr),
            Some(_) => {
                let message = "stream must be stdout or stderr";
                return Err(Failure::new("ValidationException", message));
            }
        };
        Ok(LogFilter { task: self.task.clone(), text: self.q.clone(), stream })
    }
}

/// How lines are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A JSON object a line.
    Json,
    /// Events of a stream, with the numbers of lines as their ids.
    Events,
    /// Text as people read it.
    Text,
}

impl Form {
    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-ndjson",
            Self::Events => "text/event-stream",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
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
    let parts = request.into_parts().0;
    let viewer = identity::reader(&edge, &parts, "The log of an execution").await;
    let admitted = viewer.and_then(|viewer| Ok(viewer.check("GetExecutionHistory", &arn)?));
    let begun = match admitted {
        Ok(()) => begin(&edge, arn, wanted, Form::Json, None).await,
        Err(failure) => Err(failure),
    };
    match begun {
        Ok(body) => respond(StatusCode::OK, Form::Json.media_type(), body),
        Err(failure) => refuse(&failure),
    }
}

/// Answers with lines of a run to somebody who was let in; who asks for events, or goes on after
/// the one with the id `last`, gets events.
pub(crate) async fn of_run(
    edge: &Edge,
    headers: &HeaderMap,
    arn: String,
    mut wanted: Wanted,
) -> Result<Response, Failure> {
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let form = match () {
        () if wanted.download => Form::Text,
        () if accepts.contains(Form::Events.media_type()) => Form::Events,
        () => Form::Json,
    };
    if let Some(last) = headers.get(LAST_EVENT).and_then(|last| last.to_str().ok()?.parse().ok()) {
        wanted.after = last;
    }
    let place = wanted.follow.then(|| edge.streams.clone().try_acquire_owned());
    let place = place.transpose().map_err(|_| Failure::from(Error::Throttled))?;
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    let body = begin(edge, arn, wanted, form, place).await?;
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    if form == Form::Text {
        let disposition = format!("attachment; filename=\"{name}.log\"");
        headers.extend(HeaderValue::from_str(&disposition).ok().map(|d| (CONTENT_DISPOSITION, d)));
    }
    Ok(response)
}

/// Says where in the log of a run lines are, to somebody who was let in.
pub(crate) async fn find(edge: &Edge, arn: &str, wanted: Wanted) -> Result<FoundLines, Failure> {
    Ok(edge.service.search_log(arn, wanted.after, &wanted.filter()?).await?)
}

async fn begin(
    edge: &Edge,
    arn: String,
    wanted: Wanted,
    form: Form,
    place: Option<OwnedSemaphorePermit>,
) -> Result<Body, Failure> {
    let filter = wanted.filter()?;
    // Reading the first lines at once tells an unknown execution from one without lines.
    let (service, stage) = (edge.service.clone(), Stage::Open);
    let (follow, left) = (wanted.follow, wanted.limit.map(NonZeroUsize::get));
    let after = match wanted.tail {
        Some(most) => wanted.after.max(service.log_tail(&arn, most).await?),
        None => wanted.after,
    };
    let mut follower = Follower {
        service,
        arn,
        after,
        left,
        follow,
        filter,
        form,
        stage,
        has_more: false,
        _place: place,
    };
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
    /// The number of the last line that was looked at.
    after: u64,
    /// How many more lines are wanted; absent: all.
    left: Option<usize>,
    follow: bool,
    filter: LogFilter,
    form: Form,
    stage: Stage,
    has_more: bool,
    _place: Option<OwnedSemaphorePermit>,
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
        let mut chunk = self.service.execution_log(&self.arn, self.after, &self.filter).await?;
        if let Some(left) = &mut self.left {
            chunk.lines.truncate(*left);
            *left -= chunk.lines.len();
        }
        let mut text = Vec::new();
        for (number, line) in &chunk.lines {
            self.form.write(*number, line, &mut text);
        }
        self.after = chunk.last;
        self.has_more = chunk.has_more;
        self.stage = match self.stage {
            _ if self.left == Some(0) => Stage::Over,
            _ if chunk.has_more => Stage::Open,
            _ if !self.follow => Stage::Over,
            Stage::Open if chunk.is_closed => Stage::Ending,
            Stage::Open => Stage::Open,
            Stage::Ending | Stage::Over => Stage::Over,
        };
        Ok(text.into())
    }
}

impl Form {
    fn write(self, number: u64, line: &LogLine, text: &mut Vec<u8>) {
        let written = WrittenLine::of(number, line);
        match self {
            Self::Json => json(&written, text),
            Self::Events => {
                text.extend_from_slice(format!("id: {number}\ndata: ").as_bytes());
                json(&written, text);
            }
            Self::Text => {
                let WrittenLine { at, state, stream, text: line, .. } = written;
                let mark = if stream == "stderr" { "!" } else { "|" };
                text.extend_from_slice(format!("{at} {state} {mark} {line}").as_bytes());
            }
        }
        text.push(b'\n');
        if self == Self::Events {
            text.push(b'\n');
        }
    }
}

fn json(line: &WrittenLine<'_>, text: &mut Vec<u8>) {
    serde_json::to_writer(text, line).expect("a line is plain data");
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
            attempt: line.attempt + 1,
            stream: match line.stream {
                LogStream::Stdout => "stdout",
                LogStream::Stderr => "stderr",
            },
            text: &line.text,
        }
    }
}
