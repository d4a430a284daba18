//! Whether the clock that everything goes by was set: what waits is due too early then, or stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use compasso_runtime::Runtime;
use compasso_telemetry::Exposition;
use compasso_types::Timestamp;
use tracing::{info, warn};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(2);
/// The least difference that is a jump, milliseconds.
const JUMP_MS_MIN: i64 = 2_000;

/// How long what waits still stands still, milliseconds; `clone` is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behind(Arc<AtomicU64>);

impl Behind {
    /// Returns it in the text form of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let (mut text, name) = (Exposition::default(), "compasso_clock_behind_seconds");
        let help = "How long what waits stands still, as the clock was set back.";
        text.family(name, "gauge", help);
        text.sample(name, &[], self.0.load(Ordering::Relaxed).div_ceil(1_000));
        text.into_text()
    }
}

/// Looks again and again, until the runtime stops, and logs each jump.
pub(crate) fn watch(runtime: Runtime) -> Behind {
    let behind = Behind::default();
    let told = behind.clone();
    let mut seen = Seen::new(runtime.clock().now(), Instant::now());
    tokio::spawn(async move {
        while !runtime.is_stopped() {
            tokio::time::sleep(EVERY).await;
            let news = seen.look(runtime.clock().now(), Instant::now());
            tell(news);
            told.0.store(seen.behind_ms(), Ordering::Relaxed);
        }
    });
    behind
}

fn tell(news: Option<News>) {
    match news {
        Some(News::Back { seconds }) => {
            warn!(
                seconds,
                "the clock was set back: what waits stands still until it has caught up"
            );
        }
        Some(News::Forward { seconds }) => {
            warn!(
                seconds,
                "the clock was set forward, or the machine slept: what would have been due meanwhile is \
                 due now"
            );
        }
        Some(News::CaughtUp) => info!("the clock has caught up: what waits goes on"),
        None => {}
    }
}

/// What became of the clock between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Back { seconds: i64 },
    Forward { seconds: i64 },
    CaughtUp,
}

/// What the last look saw.
struct Seen {
    time: Timestamp,
    at: Instant,
    /// The latest time that the clock has shown, and when it did.
    latest: (Timestamp, Instant),
    /// Whether it was set back and has not caught up.
    is_back: bool,
}

impl Seen {
    fn new(time: Timestamp, at: Instant) -> Self {
        Self { time, at, latest: (time, at), is_back: false }
    }

    /// Compares what the clock shows with the time that has passed.
    fn look(&mut self, time: Timestamp, at: Instant) -> Option<News> {
        let jump = jump_ms((self.time, self.at), (time, at));
        let ahead = jump_ms(self.latest, (time, at));
        (self.time, self.at) = (time, at);
        if time >= self.latest.0 {
            self.latest = (time, at);
        }
        if jump <= -JUMP_MS_MIN {
            self.is_back = true;
            return Some(News::Back { seconds: -jump / 1_000 });
        }
        if self.behind_ms() > 0 {
            return None;
        }
        let was_back = std::mem::take(&mut self.is_back);
        if ahead >= JUMP_MS_MIN {
            return Some(News::Forward { seconds: ahead / 1_000 });
        }
        was_back.then_some(News::CaughtUp)
    }

    fn behind_ms(&self) -> u64 {
        u64::try_from(self.latest.0.0.saturating_sub(self.time.0)).unwrap_or_default()
    }
}

/// Returns how much more the clock went on from one look to another than time passed.
fn jump_ms(from: (Timestamp, Instant), to: (Timestamp, Instant)) -> i64 {
    let passed = i64::try_from(to.1.duration_since(from.1).as_millis()).unwrap_or(i64::MAX);
    to.0.0.saturating_sub(from.0.0).saturating_sub(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_from_one_that_goes() {
        let begun = Instant::now();
        let mut seen = Seen::new(Timestamp(100_000), begun);
        let mut look = |shown, passed| {
            let news = seen.look(Timestamp(shown), begun + Duration::from_secs(passed));
            (news, seen.behind_ms())
        };
        assert_eq!(look(102_100, 2), (None, 0), "it goes a little fast");
        assert_eq!(look(164_000, 64), (None, 0), "nobody looked for a minute");
        assert_eq!(look(106_000, 66), (Some(News::Back { seconds: 60 }), 58_000));
        assert_eq!(look(146_000, 106), (None, 18_000));
        assert_eq!(look(164_500, 125), (Some(News::CaughtUp), 0));
        assert_eq!(look(464_500, 127), (Some(News::Forward { seconds: 298 }), 0));
        assert_eq!(look(466_500, 129), (None, 0));
        assert_eq!(look(465_600, 131), (Some(News::Back { seconds: 2 }), 900));
        assert_eq!(look(470_500, 133), (Some(News::CaughtUp), 0), "it is set right");
        assert_eq!(look(471_800, 135), (None, 0), "it goes a little slow");
    }
}
