//! When updates of assets are a run. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_pipeline::tree::{AssetTrigger, Assets};

use super::Pending;

/// Takes those updates out of `pending` that make runs, a list for each run.
pub(super) fn due(trigger: &AssetTrigger, pending: &mut Vec<Pending>) -> Vec<Vec<Pending>> {
    if !trigger.same_partition {
        return runs(trigger, pending);
    }
    let mut parts: BTreeMap<Option<Arc<str>>, Vec<Pending>> = BTreeMap::new();
    for update in pending.drain(..) {
        parts.entry(update.update.partition.clone()).or_default().push(update);
    }
    let mut all = Vec::new();
    for mut part in parts.into_values() {
        all.extend(runs(trigger, &mut part));
        pending.extend(part);
    }
    pending.sort_by_key(|update| update.number);
    all
}

fn runs(trigger: &AssetTrigger, pending: &mut Vec<Pending>) -> Vec<Vec<Pending>> {
    let mut runs = Vec::new();
    loop {
        let there = pending.iter().map(|update| &*update.update.asset).collect();
        let mut used = BTreeSet::new();
        if !holds(&trigger.assets, &there, &mut used) {
            return runs;
        }
        if trigger.coalesce {
            runs.push(std::mem::take(pending));
            return runs;
        }
        // The oldest of each asset that counts; the others are for the next run.
        let used: BTreeSet<String> = used.into_iter().map(str::to_owned).collect();
        let mut run = Vec::new();
        for asset in used {
            let at = pending.iter().position(|update| *update.update.asset == *asset);
            run.extend(at.map(|at| pending.remove(at)));
        }
        run.sort_by_key(|update: &Pending| update.number);
        runs.push(run);
    }
}

/// Whether an expression holds of the assets that are there; those that count are `used`.
fn holds<'a>(assets: &'a Assets, there: &BTreeSet<&str>, used: &mut BTreeSet<&'a str>) -> bool {
    match assets {
        Assets::One(asset) if there.contains(&**asset) => {
            used.insert(asset);
            true
        }
        Assets::One(_) => false,
        Assets::All(parts) => {
            let mut of_parts = BTreeSet::new();
            let all = parts.iter().all(|part| holds(part, there, &mut of_parts));
            if all {
                used.extend(of_parts);
            }
            all
        }
        Assets::Any(parts) => parts.iter().any(|part| holds(part, there, used)),
    }
}

#[cfg(test)]
mod tests {
    use compasso_types::Json;

    use super::super::AssetUpdate;
    use super::*;
    use crate::record::EventNumber;

    fn one(name: &str) -> Assets {
        Assets::One(name.into())
    }

    /// Gives updates `asset@partition` one after the other; returns the runs, and what is left.
    fn check(assets: Assets, same_partition: bool, coalesce: bool, updates: &str) -> String {
        let trigger = AssetTrigger { assets, same_partition, coalesce };
        let (mut pending, mut told) = (Vec::new(), Vec::new());
        let names = |updates: &[Pending]| {
            let names = updates.iter().map(|it| match &it.update.partition {
                Some(partition) => format!("{}@{partition}", it.update.asset),
                None => it.update.asset.to_string(),
            });
            names.collect::<Vec<_>>().join("+")
        };
        for (number, text) in updates.split(' ').enumerate() {
            let (asset, partition) = match text.split_once('@') {
                Some((asset, partition)) => (asset, Some(partition.into())),
                None => (text, None),
            };
            let update =
                AssetUpdate { asset: asset.into(), partition, run: None, metadata: Json::Null };
            pending.push(Pending { number: EventNumber(number as u64), update });
            told.extend(due(&trigger, &mut pending).iter().map(|run| names(run)));
        }
        format!("{} | {}", told.join(" "), names(&pending))
    }

    #[test]
    fn all_assets_must_be_newer_than_the_last_run() {
        let all = || Assets::All(vec![one("a"), one("b")]);
        assert_eq!(check(all(), false, true, "a b"), "a+b | ");
        assert_eq!(check(all(), false, true, "a a b a b"), "a+a+b a+b | ");
        assert_eq!(check(all(), false, true, "a a"), " | a+a");
        assert_eq!(check(all(), false, false, "a a b b"), "a+b a+b | ");
    }

    #[test]
    fn any_asset_is_enough_and_lists_alternate() {
        let any = Assets::Any(vec![one("a"), Assets::All(vec![one("b"), one("c")])]);
        assert_eq!(check(any.clone(), false, true, "b a c b c"), "b+a c+b | c");
        assert_eq!(check(any, false, false, "a b c"), "a b+c | ");
    }

    #[test]
    fn partitions_wait_for_their_own() {
        let all = Assets::All(vec![one("a"), one("b")]);
        let updates = "a@1 b@2 a@2 b@1 b";
        assert_eq!(check(all, true, true, updates), "b@2+a@2 a@1+b@1 | b");
    }
}
