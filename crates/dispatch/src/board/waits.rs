//! How long tasks waited before they went out, over the last day: counted by sizes, so that it takes
//! the same little room however many they are. A restart forgets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

const HOUR_MS: i64 = 3_600_000;
/// How far back it goes, hours.
const HOURS: i64 = 24;
/// Sizes between a number and its double: what is told is at most a fifth too low.
const PARTS_BITS: u32 = 2;
const PARTS: u64 = 1 << PARTS_BITS;
/// No longer wait is told apart: 24 days.
const LONGEST_MS: u64 = (1 << 31) - 1;
const SIZES: usize = 120;

/// How long tasks waited, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskWaits {
    /// Half of them waited no longer.
    pub p50_ms: u64,
    /// 95 of a hundred waited no longer.
    pub p95_ms: u64,
}

/// How long those tasks waited that went out within an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HourOfWaits {
    /// Its beginning.
    pub at: String,
    /// Absent if none went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations: Option<TaskWaits>,
}

/// The waits of each account by the hour in which they ended.
#[derive(Default)]
pub(super) struct Waits(BTreeMap<Arc<str>, BTreeMap<i64, [u32; SIZES]>>);

impl Waits {
    /// Notes that a task waited since then.
    pub(super) fn note(&mut self, account: &Arc<str>, since: Timestamp, now: Timestamp) {
        let hour = now.0.div_euclid(HOUR_MS);
        let hours = self.0.entry(account.clone()).or_default();
        hours.retain(|at, _| *at > hour - HOURS);
        let waited = u64::try_from(now.0 - since.0).unwrap_or(0);
        let counts = hours.entry(hour).or_insert([0; SIZES]);
        if let Some(count) = counts.get_mut(size_of(waited)) {
            *count = count.saturating_add(1);
        }
    }

    /// Tells how long the tasks of an account waited, or those of all; `None` if none did.
    pub(super) fn told(&self, account: Option<&str>, now: Timestamp) -> Option<TaskWaits> {
        let last = now.0.div_euclid(HOUR_MS);
        self.told_within(account, (last - HOURS + 1, last))
    }

    /// Tells the same of each hour up to now, the earliest first.
    pub(super) fn by_hour(&self, account: Option<&str>, now: Timestamp) -> Vec<HourOfWaits> {
        let last = now.0.div_euclid(HOUR_MS);
        let hour = |hour: i64| HourOfWaits {
            at: Timestamp(hour * HOUR_MS).to_string(),
            durations: self.told_within(account, (hour, hour)),
        };
        (last - HOURS + 1..=last).map(hour).collect()
    }

    /// Tells the same of those hours from `first` to `last`.
    fn told_within(&self, account: Option<&str>, (first, last): (i64, i64)) -> Option<TaskWaits> {
        let accounts =
            self.0.iter().filter(|(it, _)| account.is_none_or(|wanted| ***it == *wanted));
        let hours = accounts.flat_map(|(_, all)| all.range(first..=last).map(|(_, it)| it));
        let mut counts = [0_u64; SIZES];
        for hour in hours {
            for (sum, count) in counts.iter_mut().zip(hour) {
                *sum += u64::from(*count);
            }
        }
        let total: u64 = counts.iter().sum();
        let at = |percent: u64| {
            let place = (total * percent / 100).min(total.saturating_sub(1));
            let mut below = 0;
            let size = counts.iter().position(|count| {
                below += count;
                below > place
            });
            size.map(least_of)
        };
        Some(TaskWaits { p50_ms: at(50)?, p95_ms: at(95)? })
    }
}

/// Returns the size that a wait has.
fn size_of(waited_ms: u64) -> usize {
    let waited = waited_ms.min(LONGEST_MS);
    let place = match waited.checked_ilog2() {
        Some(power) if power >= PARTS_BITS => {
            let part = (waited >> (power - PARTS_BITS)) % PARTS;
            u64::from(power - PARTS_BITS + 1) * PARTS + part
        }
        Some(_) | None => waited,
    };
    usize::try_from(place).unwrap_or(SIZES - 1)
}

/// Returns the shortest wait of a size.
fn least_of(size: usize) -> u64 {
    let size = size as u64;
    match size / PARTS {
        0 => size,
        power => (PARTS + size % PARTS) << (power - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_has_a_size_that_is_at_most_a_fifth_below_it() {
        for waited in (0..5_000).chain([86_400_000, LONGEST_MS]) {
            let size = size_of(waited);
            assert!(size < SIZES, "{waited}");
            let told = least_of(size);
            assert!(told <= waited && waited * 4 <= told * 5, "{waited} is told as {told}");
        }
        assert_eq!(size_of(u64::MAX), SIZES - 1);
    }

    #[test]
    fn what_is_a_day_old_and_what_is_of_others_does_not_count() {
        let mut waits = Waits::default();
        let (mine, other) = (Arc::from("1"), Arc::from("2"));
        let told = |waits: &Waits, account, hours: i64| {
            let told = waits.told(account, Timestamp(hours * HOUR_MS));
            told.map(|told| (told.p50_ms, told.p95_ms))
        };
        assert_eq!(told(&waits, None, 100), None);
        let now = Timestamp(100 * HOUR_MS);
        for waited in [1, 2, 3, 1_024] {
            waits.note(&mine, Timestamp(now.0 - waited), now);
        }
        waits.note(&other, Timestamp(now.0 - 4_096), now);
        assert_eq!(told(&waits, Some("1"), 100), Some((3, 1_024)));
        assert_eq!(told(&waits, Some("2"), 100), Some((4_096, 4_096)));
        assert_eq!(told(&waits, None, 123), Some((3, 4_096)));
        assert_eq!(told(&waits, None, 124), None);
        waits.note(&mine, Timestamp(102 * HOUR_MS - 8), Timestamp(102 * HOUR_MS));
        let hours = waits.by_hour(Some("1"), Timestamp(102 * HOUR_MS + 1));
        let p50 = |hour: &HourOfWaits| hour.durations.map(|told| told.p50_ms);
        assert_eq!(hours.len(), 24);
        assert_eq!(hours[21..].iter().map(p50).collect::<Vec<_>>(), [Some(3), None, Some(8)]);
        assert_eq!(hours[23].at, Timestamp(102 * HOUR_MS).to_string());
    }
}
