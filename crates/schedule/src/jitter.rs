//! A delay that looks random and is the same each time it is asked for.

use std::time::Duration;

use compasso_types::Timestamp;

/// Returns how long the tick of a schedule at `at` is put off: less than `jitter`, and the same
/// after a restart.
pub fn jitter(schedule: &str, at: Timestamp, jitter: Duration) -> Duration {
    let millis = u64::try_from(jitter.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return Duration::ZERO;
    }
    Duration::from_millis(hash(&[schedule.as_bytes(), &at.0.to_be_bytes()]) % millis)
}

/// Draws a number that follows from some texts.
pub fn hash_of(texts: &[&str]) -> u64 {
    hash(&texts.iter().map(|text| text.as_bytes()).collect::<Vec<_>>())
}

/// Draws a number that follows from some texts.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let bytes = hasher.finalize();
    u64::from_be_bytes(bytes.as_bytes()[..8].try_into().expect("a digest has 32 bytes"))
}
