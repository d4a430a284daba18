//! Who bears a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use compasso_types::Timestamp;

use super::Role;
use super::tokens::TokenRecord;

/// A use is written so long after the one that was written before.
const WRITTEN_EVERY: Duration = Duration::from_secs(60);
/// No instant: it was never used.
const NEVER: i64 = i64::MIN;

/// What a token says of whoever bears it.
#[derive(Debug)]
pub struct Bearer {
    pub(super) record: TokenRecord,
    used: AtomicI64,
    written: AtomicI64,
}

impl Bearer {
    pub(super) fn new(record: TokenRecord) -> Self {
        let used = record.used.map_or(NEVER, |at| at.0);
        Self { record, used: AtomicI64::new(used), written: AtomicI64::new(used) }
    }

    /// Returns the name of the token.
    pub fn token(&self) -> &Arc<str> {
        &self.record.name
    }

    /// Returns what its bearer is called: as the token says, or else as the token is.
    pub fn name(&self) -> &Arc<str> {
        self.record.user.as_ref().unwrap_or(&self.record.name)
    }

    /// Returns what its bearer belongs to.
    pub fn groups(&self) -> &[String] {
        &self.record.groups
    }

    /// Returns what its bearer may do.
    pub fn role(&self) -> Role {
        self.record.role
    }

    /// Returns the account that its bearer works in.
    pub fn account(&self) -> &Arc<str> {
        &self.record.account
    }

    /// Returns a part of its digest, which tells it from every other token.
    pub fn id(&self) -> &str {
        &self.record.digest[..ID_CHARS]
    }

    /// Returns how long it is good from `now` on, at most `most`.
    pub fn good_for(&self, now: Timestamp, most: Duration) -> Duration {
        self.record.expires.map_or(most, |expires| expires.since(now).min(most))
    }

    /// Says whether its bearer can make tokens for good.
    pub(super) fn is_lasting_admin(&self) -> bool {
        self.role() == Role::Admin && self.record.expires.is_none()
    }

    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.record.expires.is_none_or(|expires| now < expires)
    }

    pub(super) fn used(&self) -> Option<Timestamp> {
        Some(self.used.load(Ordering::Relaxed)).filter(|at| *at != NEVER).map(Timestamp)
    }

    /// Takes note of a use; returns whether it is to be written, which one use in a while is.
    pub(super) fn note_use(&self, now: Timestamp) -> bool {
        self.used.fetch_max(now.0, Ordering::Relaxed);
        let written = self.written.load(Ordering::Relaxed);
        let is_due = written == NEVER || now.since(Timestamp(written)) >= WRITTEN_EVERY;
        let replaced = |old| {
            self.written.compare_exchange(old, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        is_due && replaced(written)
    }
}

/// Digits of a digest that tell a token from every other.
const ID_CHARS: usize = 16;
