//! Records that nothing else removes: kept results, updates of assets, closed approvals, dismissals.

use compasso_store::{Document, DocumentChange, ExecutionKey, Expected};
use compasso_types::Timestamp;

use super::{Retention, Swept, plan};
use crate::approvals::closed_run;
use crate::jobs::{JOB, JOB_PART, is_over_since};
use crate::records::Record as _;
use crate::runs::DismissalRecord;
use crate::shelf::interpret;
use crate::{Error, Service};

/// Documents read at once.
const PAGE: usize = 100;

impl Service {
    /// Removes records that are of no use any more.
    pub(super) async fn sweep_documents(
        &self,
        retention: &Retention,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let now = self.now();
        let old = retention.runs.and_then(|kept| plan::before(now, kept));
        let kept_result = |document: &Document| compasso_dispatch::is_stale(document, now, old);
        swept.documents += self.expire(compasso_dispatch::KEPT_RESULT, "", kept_result).await?;
        let update = |document: &Document| compasso_triggers::is_stale(document, now, old);
        swept.documents += self.expire(compasso_triggers::ASSET_UPDATE, "", update).await?;
        swept.documents += self.expire_approvals(old).await?;
        swept.documents += self.expire_jobs(old).await?;
        swept.documents += self.expire_dismissals(old).await?;
        swept.documents += self.sweep_audit(retention.audit, retention.audit_records).await?;
        Ok(())
    }

    /// Removes the closed approvals of runs that are gone.
    async fn expire_approvals(&self, old: Option<Timestamp>) -> Result<u64, Error> {
        let kind = crate::approvals::ApprovalRecord::KIND;
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let prefix = crate::approvals::CLOSED;
            let page = self.runtime.store().documents(kind, prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = Some(last.key.clone());
            for document in page {
                let Some((run, place)) = closed_run(&document, old) else { continue };
                if self.runtime.describe(&ExecutionKey(run)).await?.is_none() {
                    if let Some(place) = place {
                        interpret(self.runtime.write(vec![place]).await)?;
                    }
                    self.delete_all(kind, vec![document]).await?;
                    count += 1;
                }
            }
        }
    }

    /// Removes the dismissals of failures of runs that are gone.
    async fn expire_dismissals(&self, old: Option<Timestamp>) -> Result<u64, Error> {
        let kind = DismissalRecord::KIND;
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let page = self.runtime.store().documents(kind, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = Some(last.key.clone());
            for document in page {
                if self.is_dismissal_stale(&document, old).await? {
                    self.delete_all(kind, vec![document]).await?;
                    count += 1;
                }
            }
        }
    }

    /// Removes the jobs that were over before `old`, and what became of their runs.
    async fn expire_jobs(&self, old: Option<Timestamp>) -> Result<u64, Error> {
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let page = self.runtime.store().documents(JOB, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = Some(last.key.clone());
            for document in page.into_iter().filter(|it| is_over_since(it, old)) {
                // Its runs go first, so that a crash leaves the job to be found again.
                let runs = format!("{}/", document.key);
                count += 1 + self.expire(JOB_PART, &runs, |_| true).await?;
                self.delete_all(JOB, vec![document]).await?;
            }
        }
    }

    /// Removes those documents of a kind that are stale; returns how many.
    pub(super) async fn expire(
        &self,
        kind: &'static str,
        prefix: &str,
        is_stale: impl Fn(&Document) -> bool,
    ) -> Result<u64, Error> {
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let page = self.runtime.store().documents(kind, prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = Some(last.key.clone());
            let stale: Vec<Document> = page.into_iter().filter(|it| is_stale(it)).collect();
            count += stale.len() as u64;
            self.delete_all(kind, stale).await?;
        }
    }

    /// Deletes documents, but for those that were written since they were read.
    async fn delete_all(&self, kind: &'static str, documents: Vec<Document>) -> Result<(), Error> {
        for Document { key, revision, .. } in documents {
            let expected = Expected::Revision(revision);
            let change = DocumentChange { kind, key, expected, body: None };
            interpret(self.runtime.write(vec![change]).await)?;
        }
        Ok(())
    }
}
