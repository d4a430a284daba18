//! `Retry` and `Catch`.

use std::time::Duration;

use compasso_ir::{Catcher, ErrorPattern, Jitter, Retrier};
use compasso_types::limits::SECONDS_MAX;
use compasso_types::suggestion;

use crate::Code;
use crate::cursor::Cursor;
use crate::expressions::Readable;
use crate::fields;
use crate::report::Problem;
use crate::schema::{self, CATCHER, RETRIER, Shape};
use crate::state::StateCompiler;

/// The name that matches every error that can be caught.
const ALL: &str = "States.ALL";
const MAX_DELAY_SECONDS_MAX: i64 = 31_622_400;
const MAX_ATTEMPTS_DEFAULT: u32 = 3;
const BACKOFF_RATE_DEFAULT: f64 = 2.0;

/// The error names that begin with `States.`; those of HTTP status codes come on top.
const RESERVED_NAMES: [&str; 17] = [
    ALL,
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

impl StateCompiler<'_, '_> {
    /// Reads `Retry`.
    pub(crate) fn retry(&mut self) -> Vec<Retrier> {
        self.handlers("Retry", &RETRIER, Self::retrier)
    }

    /// Reads `Catch`.
    pub(crate) fn catch(&mut self) -> Vec<Catcher> {
        self.handlers("Catch", &CATCHER, Self::catcher)
    }

    fn handlers<T>(
        &mut self,
        name: &str,
        shape: &Shape,
        read: impl Fn(&mut Self, &Cursor<'_>) -> Option<T>,
    ) -> Vec<T> {
        let owner = self.at;
        let Some(at) = owner.field(name) else {
            return Vec::new();
        };
        if fields::array(self.report, &at).is_none() {
            return Vec::new();
        }
        let last = at.items().len().saturating_sub(1);
        let mut handlers = Vec::new();
        for (index, element) in at.items().enumerate() {
            if schema::check(self.report, &element, shape, self.language) {
                fields::comment(self.report, &element);
                self.check_position_of_all(&element, index == last);
                handlers.extend(read(self, &element));
            }
        }
        handlers
    }

    fn retrier(&mut self, at: &Cursor<'_>) -> Option<Retrier> {
        let mut integer =
            |name, bounds| at.field(name).and_then(|at| fields::integer(self.report, &at, bounds));
        let interval = integer("IntervalSeconds", fields::SECONDS).unwrap_or(1);
        let attempts = integer("MaxAttempts", 0..=SECONDS_MAX);
        let max_delay = integer("MaxDelaySeconds", 1..=MAX_DELAY_SECONDS_MAX);
        let backoff_rate = at.field("BackoffRate").and_then(|at| self.backoff_rate(&at));
        let jitter = at.field("JitterStrategy").and_then(|at| self.jitter(&at));
        Some(Retrier {
            errors: self.error_names(at)?,
            interval: seconds(interval),
            max_attempts: attempts.map_or(MAX_ATTEMPTS_DEFAULT, |attempts| attempts as u32),
            backoff_rate: backoff_rate.unwrap_or(BACKOFF_RATE_DEFAULT),
            max_delay: max_delay.map(seconds),
            jitter: jitter.unwrap_or(Jitter::None),
            except: Vec::new(),
            window: None,
        })
    }

    fn backoff_rate(&mut self, at: &Cursor<'_>) -> Option<f64> {
        let rate = fields::number(self.report, at)?.as_f64();
        if rate < 1.0 {
            self.report.schema(at, fields::minimum(1));
        }
        Some(rate)
    }

    fn jitter(&mut self, at: &Cursor<'_>) -> Option<Jitter> {
        match fields::one_of(self.report, at, &["NONE", "FULL"])? {
            "FULL" => Some(Jitter::Full),
            _ => Some(Jitter::None),
        }
    }

    fn catcher(&mut self, at: &Cursor<'_>) -> Option<Catcher> {
        let next = self.next_of(at);
        let speaks =
            |name: &str| CATCHER.fields.iter().any(|f| f.name == name && f.speaks(self.language));
        let result_path = at.field("ResultPath").filter(|_| speaks("ResultPath"));
        let output = at.field("Output").filter(|_| speaks("Output"));
        let result_path = result_path.and_then(|at| self.result_path(&at));
        let output = output.and_then(|at| self.query(&at, Readable::ErrorOutput));
        let assign = at.field("Assign").and_then(|at| self.assign(&at, Readable::ErrorOutput));
        Some(Catcher {
            errors: self.error_names(at)?,
            next: next?,
            result_path: result_path.unwrap_or_default(),
            output,
            assign,
        })
    }

    fn error_names(&mut self, owner: &Cursor<'_>) -> Option<Vec<ErrorPattern>> {
        let at = owner.field("ErrorEquals")?;
        fields::non_empty_array(self.report, &at)?;
        let mut names = Vec::new();
        for item in at.items() {
            if let Some(name) = fields::text(self.report, &item) {
                self.warn_of_unknown_name(&item, &name);
                names.push(ErrorPattern::Equals(name));
            }
        }
        Some(names)
    }

    fn warn_of_unknown_name(&mut self, at: &Cursor<'_>, name: &str) {
        let is_known =
            RESERVED_NAMES.contains(&name) || name.starts_with("States.Http.StatusCode.");
        if name.starts_with("States.") && !is_known {
            let message = format!(
                "The error name '{name}' is never raised: names that begin with 'States.' are reserved"
            );
            let hint = self.report.search(|| suggestion::nearest(name, RESERVED_NAMES.into_iter()));
            let problem = Problem::warning(Code::SchemaValidationFailed, message).hint(hint);
            self.report.problem(at, problem);
        }
    }

    /// Checks that `States.ALL` is the only name of the last element.
    fn check_position_of_all(&mut self, element: &Cursor<'_>, is_last: bool) {
        let Some(names) = element.field("ErrorEquals") else {
            return;
        };
        let Some(all) = names.items().find(|name| name.node.as_str() == Some(ALL)) else {
            return;
        };
        if names.items().len() > 1 || !is_last {
            let message = format!("{ALL} must appear alone and at end of list");
            self.report.schema_at(&all, &names, message);
        }
    }
}

/// Converts checked seconds.
fn seconds(value: i64) -> Duration {
    Duration::from_secs(value.unsigned_abs())
}
