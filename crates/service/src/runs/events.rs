//! The events of a run, page by page.

use compasso_engine::Event;

use super::Viewer;
use crate::arns::execution;
use crate::constraints::Constraints;
use crate::paging::page_items;
use crate::{Error, Service};

/// Most events on a page.
const EVENTS_MAX: i64 = 1_000;

/// Some events of a run.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// The run's region.
    pub region: String,
    /// The events.
    pub events: Vec<Event>,
    /// The number of the event that follows, if one does.
    pub next: Option<u64>,
}

impl Service {
    /// Reads events of a run from number `first` on; downwards from it, or from the end, if
    /// `newest_first`.
    ///
    /// # Errors
    /// There is no such Standard execution, or it belongs to another account.
    pub async fn run_events(
        &self,
        viewer: &Viewer,
        id: &str,
        first: Option<u64>,
        limit: Option<i64>,
        newest_first: bool,
    ) -> Result<EventPage, Error> {
        Constraints::default().number_if("limit", limit, 1..=EVENTS_MAX).check()?;
        viewer.check("GetExecutionHistory", id)?;
        let arn = execution("id", id)?;
        let first = first.unwrap_or(u64::from(!newest_first));
        let (events, next) =
            self.read_history(&arn, first, page_items(limit), newest_first).await?;
        Ok(EventPage { region: arn.region().to_owned(), events, next })
    }
}
