//! How many items there are, found out before the children have come to the last of them.
//!
//! A source is read as fast as children run, so its end is known late. Once it is ahead of them, it is
//! read a second time, and its items are only counted.

use compasso_items::Stores;

use crate::children::Items;
use crate::limits;
use crate::progress::Total;
use crate::run::Run;

/// Tells how many items there are, if that is known from the beginning; returns whether it is.
pub(crate) fn foresee(run: &Run) -> bool {
    let Some(items) = &run.job.offer.items else { return false };
    let members = items.as_object().map_or(0, |members| members.len());
    let count = items.as_array().map_or(members, compasso_types::Array::len);
    run.tally().set_total(children_of(run, count as u64));
    true
}

/// Counts the items of a run, and tells how far it is. Whatever goes wrong the children meet as well.
pub(crate) async fn take(run: &Run, stores: &Stores) {
    let Ok(mut items) = Items::of(&run.job.offer, stores) else { return };
    let mut count = 0;
    loop {
        match items.next().await {
            Ok(Some(_)) => count += 1,
            Ok(None) => break,
            Err(_) => return,
        }
        if count % limits::ITEMS_PER_CENSUS_REPORT == 0 {
            run.tally().know(children_of(run, count));
        }
    }
    run.tally().set_total(children_of(run, count));
}

/// Returns how many children so many items have; fewer than there will be if bytes bound their batches.
fn children_of(run: &Run, items: u64) -> Total {
    let children = match &run.job.offer.run.batch {
        None => items,
        Some(batch) => items.div_ceil(batch.max_items.unwrap_or(u64::MAX)),
    };
    Total { items, children }
}
