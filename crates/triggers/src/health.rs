//! Whether a trigger does its work.

use std::time::Duration;

use compasso_types::Timestamp;

use crate::limits::{RETRY, RETRY_MAX};

/// Whether a trigger does its work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What is wrong; `None` while all is well.
    pub trouble: Option<Trouble>,
    /// When it looked outside last.
    pub looked: Option<Timestamp>,
    /// Whether what is wrong is that a secret is not there.
    pub(crate) lacks_secret: bool,
}

/// What is wrong with a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The last error.
    pub error: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried in vain.
    pub failures: u32,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

impl Health {
    /// Returns that of a trigger that cannot work as it is written.
    pub(crate) fn broken(error: String, since: Timestamp) -> Self {
        let trouble = Some(Trouble { error, since, failures: 1, next: None });
        Self { trouble, ..Self::default() }
    }

    /// Takes note that it works.
    pub(crate) fn is_well(&mut self, now: Timestamp) {
        *self = Self { looked: Some(now), ..Self::default() };
    }

    /// Takes note that a secret is not there. It works again once the secret is set, so nothing is tried
    /// until then.
    pub(crate) fn lacks(&mut self, secret: &str, now: Timestamp) {
        let error =
            format!("there is no secret '{secret}': 'compasso secrets set {secret}' keeps one");
        let since = self.trouble.as_ref().map_or(now, |trouble| trouble.since);
        *self = Self { lacks_secret: true, looked: self.looked, ..Self::broken(error, since) };
    }

    /// Takes note of a failure; returns when to try again.
    pub(crate) fn is_ill(&mut self, error: String, now: Timestamp) -> Timestamp {
        let before = self.trouble.as_ref();
        let failures = before.map_or(0, |trouble| trouble.failures).saturating_add(1);
        let next = now.after(pause(failures));
        let since = before.map_or(now, |trouble| trouble.since);
        self.trouble = Some(Trouble { error, since, failures, next: Some(next) });
        self.lacks_secret = false;
        next
    }
}

/// Returns the pause after so many failures in a row.
fn pause(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    RETRY.saturating_mul(1 << doublings).min(RETRY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_begin_anew_after_a_success() {
        let mut health = Health::default();
        let now = Timestamp(0);
        let pauses: Vec<i64> = (0..12).map(|_| health.is_ill("down".into(), now).0).collect();
        assert_eq!(pauses[..4], [500, 1_000, 2_000, 4_000]);
        assert_eq!(pauses[11], 300_000);
        health.is_well(now);
        assert_eq!(health.is_ill("down".into(), now).0, 500);
    }
}
