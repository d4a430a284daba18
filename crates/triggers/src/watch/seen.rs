//! What was seen, and what differs from it now. Pure.

use std::collections::BTreeMap;

/// How things looked, by their names.
pub(super) type Seen = BTreeMap<String, String>;

/// What has become of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// It was not there.
    New,
    /// It looks otherwise.
    Changed,
    /// It is not there any more.
    Gone,
}

/// Compares what there is now with what was seen, in the order of the names.
pub(super) fn differences<'a>(
    seen: &'a Seen,
    now: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, Difference)> {
    let mut found: Vec<_> = now
        .iter()
        .filter_map(|(name, look)| match seen.get(name) {
            None => Some((name.as_str(), Difference::New)),
            Some(before) if before != look => Some((name.as_str(), Difference::Changed)),
            Some(_) => None,
        })
        .collect();
    let gone = seen.keys().filter(|name| !now.contains_key(*name));
    found.extend(gone.map(|name| (name.as_str(), Difference::Gone)));
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, look)| ((*name).to_owned(), (*look).to_owned())).collect()
    }

    #[test]
    fn what_is_new_changed_or_gone_is_found() {
        let (seen, now) = (
            map(&[("a", "1"), ("b", "1"), ("c", "1")]),
            map(&[("b", "2"), ("c", "1"), ("d", "1")]),
        );
        let found = differences(&seen, &now);
        assert_eq!(
            found,
            [("a", Difference::Gone), ("b", Difference::Changed), ("d", Difference::New)]
        );
    }
}
