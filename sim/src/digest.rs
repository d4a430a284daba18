//! What a simulation came to, as one number: the same seed gives the same.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::time::Instant;

use crate::database::Database;
use crate::ledger::Ledger;

/// Returns a digest of what was written and of what everybody was told, each in its order and at its time.
pub(crate) fn of(database: &Database, ledger: &Ledger) -> u64 {
    let mut digest = DefaultHasher::new();
    for written in &*database.written() {
        (&written.execution, &written.events, written.at).hash(&mut digest);
    }
    let since = |at: Instant| at.duration_since(database.began());
    let pages = ledger.open();
    for start in &pages.starts {
        (&start.execution, start.input.text(), start.told, since(start.at)).hash(&mut digest);
    }
    for look in &pages.looks {
        let events = look.events.as_ref().map(Vec::len);
        (&look.execution, events, since(look.at)).hash(&mut digest);
    }
    for report in &pages.reports {
        (&report.execution, report.output.text(), report.told).hash(&mut digest);
    }
    for delivery in &pages.deliveries {
        (&delivery.execution, delivery.task, &delivery.key).hash(&mut digest);
    }
    for reign in &pages.reigns {
        (reign.node, since(reign.from), since(reign.until)).hash(&mut digest);
    }
    let ends = pages.ends.iter().map(|(execution, _)| execution);
    for ended in pages.stops.iter().chain(ends) {
        ended.hash(&mut digest);
    }
    digest.finish()
}
