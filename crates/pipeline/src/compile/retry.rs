//! How attempts follow one another.

use std::sync::Arc;

use compasso_ir::{ErrorPattern, Jitter, Retrier};

use crate::tree::{self, Retry};

/// The errors of exit codes: as pipelines call all of them or one, and as processes fail with them.
const EXIT: &str = "Exit";
const PROCESS_EXIT: &str = "Process.ExitCode";

/// Compiles `retry`.
pub(super) fn retriers(retry: &Retry) -> Vec<Retrier> {
    if retry.max == 0 {
        return Vec::new();
    }
    let errors = if retry.on.is_empty() {
        vec![ErrorPattern::Like("*".into())]
    } else {
        retry.on.iter().map(pattern).collect()
    };
    vec![Retrier {
        errors,
        except: retry.except.iter().map(pattern).collect(),
        interval: retry.delay,
        max_attempts: retry.max,
        backoff_rate: retry.backoff,
        max_delay: Some(retry.max_delay),
        jitter: match retry.jitter {
            tree::Jitter::Full => Jitter::Full,
            tree::Jitter::None => Jitter::None,
        },
        window: retry.window,
    }]
}

fn pattern(name: &Arc<str>) -> ErrorPattern {
    ErrorPattern::Like(match name.strip_prefix(EXIT) {
        Some("") => format!("{PROCESS_EXIT}.*").into(),
        Some(code) if code.starts_with('.') => format!("{PROCESS_EXIT}{code}").into(),
        _ => name.clone(),
    })
}
