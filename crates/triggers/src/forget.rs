//! What is deleted when a pipeline goes.

use std::sync::Arc;

use compasso_store::Document;

use crate::Triggers;
use crate::asset::AssetState;
use crate::inbox::Later;
use crate::limits::PAGE;
use crate::record::{self, ASSETS, DELIVERY, EVENT, EventNumber, KEY, PAYLOAD, Remembered, SEEN};

impl Triggers {
    /// Forgets a pipeline that was deleted, with all that is stored of its triggers.
    pub fn forget(&self, arn: &Arc<str>) {
        let Some(followed) = self.registry().remove(arn) else { return };
        for slot in followed.slots.values() {
            slot.stop();
        }
        // Another pipeline of this name may come at once: what is its own stays.
        let (triggers, prefix, cut) = (self.clone(), format!("{arn}/"), self.next_number());
        self.inner.runtime.spawn(async move {
            for kind in [EVENT, DELIVERY, PAYLOAD, KEY, SEEN, ASSETS] {
                if let Err(error) = triggers.delete_before(kind, &prefix, cut).await {
                    tracing::warn!(prefix, kind, %error, "old records are not deleted");
                }
            }
        });
    }

    async fn delete_before(
        &self,
        kind: &'static str,
        prefix: &str,
        cut: EventNumber,
    ) -> Result<(), Later> {
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(kind, prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let old = page.into_iter().filter(|document| is_before(kind, document, cut));
            self.write(old.map(|document| record::delete(kind, document.key)).collect()).await?;
        }
    }
}

/// Whether a document is older than an event. What was seen may go in any case: it is found again,
/// and known by its key.
fn is_before(kind: &'static str, document: &Document, cut: EventNumber) -> bool {
    let number = || document.key.rsplit('/').next()?.parse::<EventNumber>().ok();
    match kind {
        EVENT => number().is_none_or(|number| number < cut),
        DELIVERY | PAYLOAD => number().is_none_or(|inverse| u64::MAX - inverse.0 < cut.0),
        KEY => record::read::<Remembered>(document).is_ok_and(|found| found.since < cut.at()),
        ASSETS => record::read::<AssetState>(document).is_ok_and(|found| found.is_before(cut)),
        _ => true,
    }
}
