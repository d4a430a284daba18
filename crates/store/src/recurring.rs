//! Trouble that comes again and again, such as a store that does not answer: it is told when it begins and once a
//! minute while it lasts, not each time. Pure: time is an argument.

use std::time::{Duration, Instant};

/// How long nothing is told of trouble that lasts.
const QUIET: Duration = Duration::from_secs(60);

/// Trouble that may have begun.
#[derive(Debug, Default)]
pub struct Recurring {
    told: Option<Instant>,
    untold: u64,
}

impl Recurring {
    /// Notes that it came at `now`. If that is to be told, returns how often it came since it was last told.
    pub fn comes(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        if self.told.is_some_and(|told| now.saturating_duration_since(told) < QUIET) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }

    /// Notes that all is well; returns whether that is news.
    pub fn is_over(&mut self) -> bool {
        std::mem::take(self).told.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_when_it_begins_and_once_a_minute_with_its_count() {
        let begin = Instant::now();
        let mut trouble = Recurring::default();
        assert!(!trouble.is_over());
        let told: Vec<_> =
            (0..=120).map(|second| trouble.comes(begin + Duration::from_secs(second))).collect();
        assert_eq!((told[0], told[60], told[120]), (Some(1), Some(60), Some(60)));
        assert_eq!(told.iter().flatten().count(), 3);
        assert!(trouble.is_over() && !trouble.is_over());
        assert_eq!(trouble.comes(begin + Duration::from_secs(121)), Some(1));
    }
}
