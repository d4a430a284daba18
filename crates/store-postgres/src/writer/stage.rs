//! Transactions that end together: none of them does before everything of all of them is written. So what the
//! database refuses of one leaves nothing of the others either.

use std::sync::Arc;

use compasso_store::large;
use futures::future::join_all;

use super::logs::Lines;
use super::rows;
use super::transaction::{Part, Written, begin, bounded, finish, roll_back};
use super::undone::Undone;
use crate::link::{Link, Live};

const LOST: &str = "a connection to the database was lost";

/// A transaction that is written but for its end.
struct Stage<'a> {
    link: &'a Link,
    live: Arc<Live>,
    written: Written,
}

/// Writes parts of a batch over a connection each, and output of tasks with the first of them.
pub(super) async fn commit<'a>(
    links: impl Iterator<Item = &'a Link>,
    parts: &[Part<'_>],
    values: &large::Values,
    lines: Option<&Lines>,
) -> Result<Vec<Written>, Undone> {
    let lines = std::iter::once(lines).chain(std::iter::repeat(None));
    let works = links.zip(parts).zip(lines);
    let works = works.map(|((link, part), lines)| Stage::write(link, part, values, lines));
    let mut stages = Vec::with_capacity(parts.len());
    let mut failure = None;
    for written in join_all(works).await {
        match written {
            Ok(stage) => stages.push(stage),
            Err(Undone::Fenced) => failure = Some(Undone::Fenced),
            Err(undone) => failure = failure.or(Some(undone)),
        }
    }
    // The database gives up one that waits too long for the others.
    if stages.iter().any(|stage| stage.live.client.is_closed()) {
        failure = failure.or(Some(Undone::Surely(LOST.to_owned())));
    }
    if let Some(undone) = failure {
        join_all(stages.iter().map(Stage::undo)).await;
        return Err(undone);
    }
    whole(join_all(stages.into_iter().map(Stage::end)).await)
}

/// Returns how transactions ended together: if some were written and others were not, nobody knows before they
/// look.
fn whole(ends: Vec<Result<Written, Undone>>) -> Result<Vec<Written>, Undone> {
    let is_doubtful =
        ends.iter().any(|end| end.as_ref().map_or_else(Undone::is_doubtful, |_| true));
    let ends: Result<Vec<_>, _> = ends.into_iter().collect();
    ends.map_err(|undone| match undone {
        Undone::Retry(reason) | Undone::Surely(reason) if is_doubtful => Undone::Perhaps(reason),
        undone => undone,
    })
}

impl<'a> Stage<'a> {
    /// Writes a part. What fails leaves nothing.
    async fn write(
        link: &'a Link,
        part: &Part<'_>,
        values: &large::Values,
        lines: Option<&Lines>,
    ) -> Result<Self, Undone> {
        let live = link.live().await.map_err(|error| Undone::Surely(error.to_string()))?;
        let written = Box::pin(bounded(async {
            let (plan, passed) = begin(&live, part, values, lines).await?;
            rows::write(&live, &plan).await?;
            Ok(Written { conflicts: plan.conflicts, ..passed })
        }));
        match written.await {
            Ok(written) => Ok(Self { link, live, written }),
            Err(undone) => {
                roll_back(link, &live).await;
                Err(undone)
            }
        }
    }

    async fn end(self) -> Result<Written, Undone> {
        finish(self.link, &self.live).await?;
        Ok(self.written)
    }

    async fn undo(&self) {
        roll_back(self.link, &self.live).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry() -> Result<Written, Undone> {
        Err(Undone::Retry("in the way".to_owned()))
    }

    fn perhaps() -> Result<Written, Undone> {
        Err(Undone::Perhaps("silent".to_owned()))
    }

    #[test]
    fn what_is_written_in_part_may_have_been_written() {
        let written = || Ok(Written::default());
        assert_eq!(whole(vec![written(), written()]).unwrap().len(), 2);
        for ends in [[written(), retry()], [retry(), written()], [retry(), perhaps()]] {
            let undone = whole(ends.into()).unwrap_err();
            assert!(matches!(undone, Undone::Perhaps(_)), "{undone:?}");
        }
    }

    #[test]
    fn what_is_not_written_in_any_part_is_tried_again() {
        let undone = whole(vec![retry(), retry()]).unwrap_err();
        assert!(matches!(undone, Undone::Retry(_)), "{undone:?}");
    }
}
