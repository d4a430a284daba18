//! The output of an execution's tasks.

use compasso_engine::Chosen;
use compasso_store::{ExecutionKey, LogLine, LogStream};
use serde::Serialize;

use crate::arns::execution;
use crate::{Error, Service};

/// Lines read at once.
const LINES_MAX: usize = 500;
/// Lines looked at at once by a reader who wants only some of them.
const SEARCHED_MAX: usize = 10_000;
/// Lines looked at for one answer to a search.
const SEARCH_LINES_MAX: u64 = 200_000;

/// Which lines of a log are wanted; without anything, all.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Those of a task, and of what is inside of it.
    pub task: Option<String>,
    /// Those with this text in them, in letters of either case.
    pub text: Option<String>,
    /// Those of one stream.
    pub stream: Option<LogStream>,
}

/// A part of an execution's log.
#[derive(Clone, Debug)]
pub struct LogChunk {
    /// Lines with their numbers.
    pub lines: Vec<(u64, LogLine)>,
    /// The number of the last line that was looked at.
    pub last: u64,
    /// Whether there are more lines already.
    pub has_more: bool,
    /// Whether the execution was closed before the lines were read.
    pub is_closed: bool,
}

/// Where in a log the lines are that are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundLines {
    /// The numbers of the lines, in their order: those from the first to the second of each pair.
    pub lines: Vec<(u64, u64)>,
    /// How many they are.
    pub count: u64,
    /// The number of the last line that was looked at.
    pub last: u64,
    /// How many lines the whole log has.
    pub total: u64,
    /// Whether there are lines that were not looked at: they are asked for after `last`.
    pub has_more: bool,
    /// Whether the execution was closed before the lines were looked at.
    pub is_closed: bool,
}

impl FoundLines {
    /// Adds the lines from one to another, which follow those that are there.
    fn add(&mut self, from: u64, to: u64) {
        self.count += to + 1 - from;
        match self.lines.last_mut() {
            Some((_, last)) if *last + 1 == from => *last = to,
            _ => self.lines.push((from, to)),
        }
    }
}

impl LogFilter {
    fn is_empty(&self) -> bool {
        self.task.is_none() && self.text.is_none() && self.stream.is_none()
    }

    /// `text` is that of the filter in small letters.
    fn takes(&self, line: &LogLine, text: Option<&str>) -> bool {
        self.task.as_ref().is_none_or(|task| is_of(&line.state, task))
            && self.stream.is_none_or(|stream| line.stream == stream)
            && text.is_none_or(|text| line.text.to_lowercase().contains(text))
    }
}

/// Says whether a state is that of a task, or inside of it. Keys that are not named do not matter.
fn is_of(state: &str, task: &str) -> bool {
    let rest = state.strip_prefix(task);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', ' '])) {
        return true;
    }
    if !state.contains('[') {
        return false;
    }
    // What a state does for its task stands behind its name.
    let doing = state.strip_suffix(')').and_then(|state| state.rsplit_once(" ("));
    let wrote = Chosen::parse(doing.map_or(state, |(name, _)| name));
    let wanted = Chosen::parse(task);
    wrote.path.starts_with(&wanted.path)
        && (0..wanted.path.len())
            .all(|at| wanted.key_at(at).is_none_or(|key| wrote.key_at(at) == Some(key)))
}

impl Service {
    /// Reads task output after line number `after`; 0 stands for the beginning.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn execution_log(
        &self,
        arn: &str,
        after: u64,
        filter: &LogFilter,
    ) -> Result<LogChunk, Error> {
        let arn = execution("executionArn", arn)?;
        let is_closed = self.description(&arn).await?.stopped.is_some();
        let key = ExecutionKey(arn.as_str().into());
        let most = if filter.is_empty() { LINES_MAX } else { SEARCHED_MAX };
        let mut lines = self.runtime.store().log(&key, after, most).await?;
        let has_more = lines.len() == most;
        let last = lines.last().map_or(after, |(number, _)| *number);
        if !filter.is_empty() {
            let text = filter.text.as_ref().map(|text| text.to_lowercase());
            lines.retain(|(_, line)| filter.takes(line, text.as_deref()));
        }
        Ok(LogChunk { lines, last, has_more, is_closed })
    }

    /// Finds lines of task output after line number `after`, without their texts.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn search_log(
        &self,
        arn: &str,
        after: u64,
        filter: &LogFilter,
    ) -> Result<FoundLines, Error> {
        let arn = execution("executionArn", arn)?;
        let is_closed = self.description(&arn).await?.stopped.is_some();
        let key = ExecutionKey(arn.as_str().into());
        let total = self.runtime.store().log_end(&key).await?;
        let mut found = FoundLines { last: after, total, is_closed, ..FoundLines::default() };
        if filter.is_empty() {
            if total > after {
                found.add(after + 1, total);
                found.last = total;
            }
            return Ok(found);
        }
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        let end = total.min(after.saturating_add(SEARCH_LINES_MAX));
        while found.last < end {
            let most = SEARCHED_MAX.min(usize::try_from(end - found.last).unwrap_or(SEARCHED_MAX));
            let lines = self.runtime.store().log(&key, found.last, most).await?;
            let Some(&(last, _)) = lines.last() else { break };
            for (number, line) in &lines {
                if filter.takes(line, text.as_deref()) {
                    found.add(*number, *number);
                }
            }
            found.last = last;
        }
        found.has_more = end < total;
        Ok(found)
    }

    /// Returns after which line the last `most` lines of an execution's output begin.
    ///
    /// # Errors
    /// It is no execution's ARN, or the store does not answer.
    pub async fn log_tail(&self, arn: &str, most: u64) -> Result<u64, Error> {
        let arn = execution("executionArn", arn)?;
        let key = ExecutionKey(arn.as_str().into());
        Ok(self.runtime.store().log_end(&key).await?.saturating_sub(most))
    }
}

#[cfg(test)]
mod tests {
    use compasso_types::Timestamp;

    use super::*;

    #[test]
    fn a_task_has_the_lines_of_what_is_inside_of_it() {
        let takes = |filter: &LogFilter, state: &str| {
            let line = LogLine {
                at: Timestamp(0),
                entry: 1,
                attempt: 0,
                state: state.into(),
                stream: LogStream::Stderr,
                text: "No Space left".into(),
            };
            filter.takes(&line, filter.text.as_deref())
        };
        let of_load = LogFilter { task: Some("load".to_owned()), ..LogFilter::default() };
        for (state, is_taken) in [
            ("load", true),
            ("load[]", true),
            ("load.inner", true),
            ("loader", false),
            ("a", false),
        ] {
            assert_eq!(takes(&of_load, state), is_taken, "{state}");
        }
        let errors = LogFilter {
            stream: Some(LogStream::Stderr),
            text: Some("no space".to_owned()),
            ..of_load.clone()
        };
        assert!(takes(&errors, "load"));
        assert!(!takes(&LogFilter { stream: Some(LogStream::Stdout), ..errors.clone() }, "load"));
        assert!(!takes(&LogFilter { text: Some("memory".to_owned()), ..errors }, "load"));
    }

    #[test]
    fn a_task_is_named_with_the_keys_that_matter() {
        for (state, task, is_meant) in [
            ("load", "load", true),
            ("loads", "load", false),
            ("load (fallback)", "load", true),
            ("load[b]", "load", true),
            ("load[b]", "load[a]", false),
            ("r[us].in[0].z", "r", true),
            ("r[us].in[0].z", "r.in", true),
            ("r[us].in[0].z", "r.in.z", true),
            ("r[us].in[0].z", "r[us].in", true),
            ("r[us].in[0].z", "r[eu].in", false),
            ("r[us].in[0].z", "r.in[0]", true),
            ("r[us].in[1].z (look)", "r.in[0].z", false),
            ("r[us].in[1].z (look)", "r[us].in[1].z", true),
        ] {
            assert_eq!(is_of(state, task), is_meant, "{state} {task}");
        }
    }
}
