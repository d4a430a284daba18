//! How a step is tried again.

use std::time::Duration;

use compasso_types::error_names::is_error_like;
use serde::Deserialize;

use crate::Failure;

/// What scripts ask for another attempt by, and what they want none by.
const AGAIN: &str = "Exit.75";
const NEVER: &str = "Exit.78";

/// `retry` of a step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// Attempts after the first one.
    max: u32,
    /// The first wait.
    delay_ms: u64,
    /// How much longer each wait is.
    backoff: f64,
    /// The longest wait.
    max_delay_ms: u64,
    /// Whether all of the wait is drawn.
    jitter: bool,
    /// Only these errors; all if there are none.
    #[serde(default)]
    on: Vec<String>,
    /// Not these errors.
    #[serde(default)]
    except: Vec<String>,
    /// No attempt begins later than this after the first one.
    #[serde(default)]
    window_ms: Option<u64>,
}

/// How far the attempts of a step have come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tried {
    /// Attempts after the first one.
    pub(crate) again: u32,
    /// Time since the first one began.
    pub(crate) for_so_long: Duration,
}

impl Retry {
    /// Returns how long to wait before the next attempt after `failure`; `None` if there is none.
    /// `drawn` is a number between 0 and 1.
    pub(crate) fn wait(&self, failure: &Failure, tried: Tried, drawn: f64) -> Option<Duration> {
        let is_among =
            |names: &[String]| names.iter().any(|name| is_error_like(&failure.error, name));
        let is_meant = failure.error == AGAIN
            || if self.on.is_empty() {
                is_error_like(&failure.error, "*")
            } else {
                is_among(&self.on)
            };
        let is_excepted = failure.error == NEVER || is_among(&self.except);
        if tried.again >= self.max || !is_meant || is_excepted {
            return None;
        }
        let longer = self.backoff.powi(i32::try_from(tried.again).unwrap_or(i32::MAX));
        let millis = (self.delay_ms as f64 * longer).min(self.max_delay_ms as f64);
        let millis = if self.jitter { millis * drawn } else { millis };
        let wait = Duration::from_millis(millis as u64);
        // Who is asked to wait longer does.
        let wait = failure.retry_after.map_or(wait, |asked| asked.max(wait));
        let window = self.window_ms.map(Duration::from_millis);
        let is_late = window.is_some_and(|window| tried.for_so_long + wait > window);
        (!is_late).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(text: &str) -> Retry {
        serde_json::from_str(text).unwrap()
    }

    fn wait(retry: &Retry, error: &str, again: u32) -> Option<u64> {
        let tried = Tried { again, for_so_long: Duration::from_secs(u64::from(again)) };
        retry.wait(&Failure::new(error, ""), tried, 0.5).map(|wait| wait.as_millis() as u64)
    }

    #[test]
    fn waits_grow_up_to_their_bound_and_end_with_the_attempts() {
        let retry =
            retry(r#"{"max":3,"delay_ms":100,"backoff":2,"max_delay_ms":300,"jitter":false}"#);
        let waits: Vec<_> = (0..4).map(|again| wait(&retry, "Exit.1", again)).collect();
        assert_eq!(waits, [Some(100), Some(200), Some(300), None]);
        assert_eq!(wait(&retry, "Exit.78", 0), None);
        assert_eq!(wait(&retry, "Skipped", 0), None);
    }

    #[test]
    fn only_the_errors_that_are_meant_are_tried_again() {
        let retry = retry(
            r#"{"max":3,"delay_ms":100,"backoff":1,"max_delay_ms":100,"jitter":true,
                "on":["Http5xx"],"except":["Http501"],"window_ms":1200}"#,
        );
        assert_eq!(wait(&retry, "Http503", 0), Some(50));
        assert_eq!(wait(&retry, "Http501", 0), None);
        assert_eq!(wait(&retry, "Exit.1", 0), None);
        assert_eq!(wait(&retry, "Exit.75", 0), Some(50));
        assert_eq!(wait(&retry, "Http503", 2), None);
    }
}
