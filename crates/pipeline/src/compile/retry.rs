//! How attempts follow one another.

use std::time::Duration;

use compasso_ir::{ErrorPattern, Jitter, Retrier};

use crate::tree::{self, Retry};

/// What an attempt fails with whose worker is gone.
const LOST: &str = "Lost";
/// The exit code by which a script asks for another attempt, and the one by which it wants none.
const AGAIN: &str = "Exit.75";
const NEVER: &str = "Exit.78";
/// The waits before attempts that follow a lost one.
const LOST_DELAY: Duration = Duration::from_secs(1);
const LOST_DELAY_MAX: Duration = Duration::from_secs(60);

/// Compiles `retry`. Lost attempts have a retrier of their own in front.
pub(super) fn retriers(retry: &Retry) -> Vec<Retrier> {
    let like = |name: &str| ErrorPattern::Like(name.into());
    let mut errors: Vec<ErrorPattern> = retry.on.iter().map(|name| like(name)).collect();
    if errors.is_empty() {
        errors.push(like("*"));
    } else {
        errors.push(like(AGAIN));
    }
    let mut except: Vec<ErrorPattern> = retry.except.iter().map(|name| like(name)).collect();
    except.push(like(NEVER));
    let takes_lost = retry.on.is_empty() || retry.on.iter().any(|name| names_lost(name));
    let general = Retrier {
        errors,
        except,
        interval: retry.delay,
        max_attempts: retry.max,
        backoff_rate: retry.backoff,
        max_delay: Some(retry.max_delay),
        jitter: match retry.jitter {
            tree::Jitter::Full => Jitter::Full,
            tree::Jitter::None => Jitter::None,
        },
        window: retry.window,
    };
    let lost = Retrier {
        errors: vec![like(LOST)],
        interval: LOST_DELAY,
        max_attempts: retry.lost + if takes_lost { retry.max } else { 0 },
        backoff_rate: 2.0,
        max_delay: Some(LOST_DELAY_MAX),
        ..general.clone()
    };
    [lost, general].into_iter().filter(|retrier| retrier.max_attempts > 0).collect()
}

fn names_lost(pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => LOST.starts_with(beginning),
        None => matches!(pattern, LOST | "States.ALL" | "States.TaskFailed"),
    }
}
