//! Rows that belong to no execution, for those who look for damage.

use compasso_store::stray::{self, Belongings, Stray};

use crate::fence::{self, Flaw};
use crate::link::Live;
use crate::value::ReadFailure;

/// What belongs to an execution, and may be left when that is gone.
const BELONGINGS: [Belongings; 5] = [
    Belongings { table: "journal", rows: "rows of the journal", go_with_removals: true },
    Belongings { table: "pack", rows: "packs of the journal", go_with_removals: true },
    Belongings { table: "large_value", rows: "large values", go_with_removals: true },
    Belongings { table: "log_chunk", rows: "chunks of the log", go_with_removals: true },
    Belongings { table: "attribute", rows: "search attributes", go_with_removals: false },
];

/// Lists what is wrong, at most 100 problems of one kind.
pub(crate) async fn problems(live: &Live) -> Result<Vec<String>, ReadFailure> {
    let mut problems: Vec<_> = fence::flaw(&live.client).await?.iter().map(Flaw::told).collect();
    for of in BELONGINGS {
        for row in live.client.query(&of.query(), &[]).await? {
            let (execution, count) = (row.try_get(0)?, row.try_get(1)?);
            problems.push(Stray { of, execution, count }.to_string());
        }
    }
    for row in live.client.query(stray::RESTLESS, &[]).await? {
        problems.push(stray::restless(row.try_get(0)?));
    }
    for row in live.client.query(stray::HALF_REMOVED, &[]).await? {
        problems.push(stray::half_removed(row.try_get(0)?, row.try_get(1)?));
    }
    Ok(problems)
}
