//! The life of a map run: its children are offered to those who run them, and what they came to is
//! stored and told.

use compasso_engine::{TaskError, TaskResult};
use compasso_items::Stores;
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::children::{Child, Children};
use crate::crew::{Crew, Finish};
use crate::launch::Launches;
use crate::record::{Progress, Status};
use crate::run::Run;
use crate::{limits, results, rows};

/// Carries a map run out, tells its execution, and returns. Dropped while the runtime stops.
pub(crate) async fn drive(run: &Run, launches: &Launches, stores: &Stores) {
    let record = run.record().await;
    if let Some(result) = record.result {
        // A restart came between the end of the run and its execution's hearing of it.
        tell(run, result).await;
        return;
    }
    let finish = run_children(run, launches, stores).await;
    let result = match finish {
        Finish::Complete => results::collect(run, stores).await,
        Finish::Failed(error) => {
            // What is written of a run that failed is worth having, but does not change why.
            if let Err(error) = results::export_if_asked(run, stores).await {
                warn!(map_run = %run.job.offer.run.arn, ?error, "results were not written");
            }
            Err(error)
        }
        Finish::Cancelled => {
            close(run, Status::Aborted, None).await;
            return;
        }
    };
    let status = if result.is_ok() { Status::Succeeded } else { Status::Failed };
    close(run, status, Some(result.clone())).await;
    tell(run, result).await;
}

async fn tell(run: &Run, result: TaskResult) {
    run.runtime.map_run_ended(&run.job.execution, run.job.offer.task, result).await;
}

/// Stores how the run ended.
async fn close(run: &Run, status: Status, result: Option<TaskResult>) {
    let stopped = run.runtime.clock().now();
    let progress = final_progress(run, status).await;
    loop {
        let result = result.clone();
        let stored = run.store(|record| {
            record.status = status;
            record.stopped = Some(stopped.max(record.started));
            record.progress = progress;
            record.result = result;
        });
        match stored.await {
            Ok(()) => break,
            Err(error) => warn!(map_run = %run.job.offer.run.arn, %error, "trying again"),
        }
        tokio::time::sleep(limits::RETRY_FIRST).await;
    }
    info!(map_run = %run.job.offer.run.arn, status = status.name(), "map run ended");
}

/// Counts the children of a run that is over. One that was redriven and ended early did not look at all
/// of those that had ended before.
async fn final_progress(run: &Run, status: Status) -> Progress {
    let (items, executions) = run.tally().final_counts();
    if status == Status::Succeeded || run.redriven_at().is_none() {
        return Progress { children: executions.ended(), items, executions };
    }
    let (arn, is_batched) = (&run.job.offer.run.arn, run.job.offer.run.batch.is_some());
    loop {
        match rows::count(&run.runtime, arn, is_batched).await {
            Ok(mut progress) => {
                progress.items.results_written = items.results_written;
                progress.executions.results_written = executions.results_written;
                return progress;
            }
            Err(error) => warn!(map_run = %arn, %error, "counting again"),
        }
        tokio::time::sleep(limits::RETRY_FIRST).await;
    }
}

/// What the source of children says.
pub(crate) enum Offered {
    Child(Child),
    /// There are no more, for this reason.
    End(Result<(), TaskError>),
}

async fn run_children(run: &Run, launches: &Launches, stores: &Stores) -> Finish {
    let (sender, mut offered) = mpsc::channel(limits::CHILDREN_AHEAD_MAX);
    let source = offer_children(run, stores, sender);
    let work = async {
        let mut crew = Crew::new(run, launches, stores);
        crew.work(&mut offered).await
    };
    tokio::pin!(source, work);
    let mut is_exhausted = false;
    loop {
        tokio::select! {
            biased;
            finish = &mut work => return finish,
            () = &mut source, if !is_exhausted => is_exhausted = true,
        }
    }
}

/// Makes children ahead of those that run, from the first that a restart has to look at.
async fn offer_children(run: &Run, stores: &Stores, sender: mpsc::Sender<Offered>) {
    let first = run.tally().durable().children;
    let end = match Children::new(&run.job.offer, stores) {
        Err(error) => Err(error),
        Ok(mut children) => loop {
            match children.next().await {
                Ok(Some(child)) if child.index < first => {}
                Ok(Some(child)) => {
                    // Whoever takes them may have seen enough.
                    if sender.send(Offered::Child(child)).await.is_err() {
                        return;
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        },
    };
    // Whoever takes it may have seen enough.
    let _ = sender.send(Offered::End(end)).await;
}
