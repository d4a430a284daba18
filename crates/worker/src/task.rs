//! One task: its script, its log, and the report of its end.

use std::sync::Arc;
use std::time::Duration;

use compasso_executor::{Attempt, Executor, Failure, Held, Work};
use compasso_types::Json;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{sleep, timeout};

use crate::backoff::Backoff;
use crate::log::LogBatches;
use crate::outside::Remote;
use crate::protocol::{Delivery, Done, Failed};
use crate::running::{Known, Running, Wanted};
use crate::server::{CallError, Server};

/// How long the last lines of a task that was given up may take to be sent once it is gone.
const LAST_WORDS_MAX: Duration = Duration::from_secs(10);

/// Runs a task to its end and reports it, or gives it up when it is not wanted any more. `held` is let
/// go when its last process is gone and the server has heard of its end: it gives no more tasks than
/// it believes there are places.
pub(crate) async fn run(
    server: Server,
    executor: Executor,
    delivery: Delivery,
    held: Arc<(OwnedSemaphorePermit, Arc<Known>)>,
    (running, mut wanted): (&Running, Wanted),
) {
    let (lease, task, run) = (&delivery.lease, &delivery.task, &delivery.run);
    tracing::info!(task, run, attempt = delivery.attempt, "task begun");
    let outside = Arc::new(Remote {
        server: server.clone(),
        lease: lease.clone(),
        log: LogBatches::default(),
    });
    // Nothing is sent: it closes when nothing of the work is left.
    let (at_work, mut gone) = oneshot::channel::<()>();
    let working = async {
        let held = Box::new((held.clone(), at_work));
        let working = work(&executor, &delivery, &server, outside.clone(), held);
        let result = within(delivery.timeout_ms, working, &mut gone).await;
        running.work_is_over(lease);
        outside.log.close();
        Ok(result)
    };
    // When its lines are refused the work is dropped, and with it its processes.
    let ended = tokio::select! {
        ended = async { tokio::try_join!(working, outside.log.send(&server, lease)) } => ended,
        () = wanted.no_more() => Err(CallError::LeaseLost),
    };
    let reported = match ended {
        Ok((result, ())) => tokio::select! {
            reported = report(&server, lease, result) => reported,
            () = wanted.no_more() => Err(CallError::LeaseLost),
        },
        Err(error) => {
            last_words(&outside, gone).await;
            Err(error)
        }
    };
    match reported {
        Ok(()) => tracing::info!(task, run, "task ended"),
        Err(error) => tracing::warn!(task, run, %error, "task given up"),
    }
}

/// Sends what a task that was given up still writes, until nothing of it is left.
async fn last_words(outside: &Remote, gone: oneshot::Receiver<()>) {
    let late = async {
        let _ = gone.await;
        outside.log.close();
        sleep(LAST_WORDS_MAX).await;
    };
    tokio::select! {
        sent = outside.log.send(&outside.server, &outside.lease) => {
            if let Err(error) = sent {
                tracing::debug!(%error, "the last lines of a task are not taken");
            }
        }
        () = late => {}
    }
    outside.log.forget();
}

/// Ends work that takes too long, and waits until it is gone. The server does so as well, but may not
/// be able to say it.
async fn within(
    timeout_ms: Option<u64>,
    working: impl Future<Output = Result<Json, Failure>>,
    gone: &mut oneshot::Receiver<()>,
) -> Result<Json, Failure> {
    let Some(millis) = timeout_ms else { return working.await };
    let ended = timeout(Duration::from_millis(millis), working).await;
    if let Ok(result) = ended {
        return result;
    }
    let _ = gone.await;
    Err(Failure::new("Timeout", format!("no end after {millis} ms")))
}

async fn work(
    executor: &Executor,
    delivery: &Delivery,
    server: &Server,
    outside: Arc<Remote>,
    seat: Held,
) -> Result<Json, Failure> {
    let Delivery { run, pipeline, task, key, attempt, idempotency_key, .. } = delivery.clone();
    let Some(order) = delivery.work.clone().filter(|_| delivery.kind == "script") else {
        let cause = format!("this worker runs scripts only, and this is a {}", delivery.kind);
        return Err(Failure::new("NotStarted", cause));
    };
    let attempt = Attempt {
        run,
        pipeline,
        task,
        key,
        attempt,
        idempotency_key,
        traceparent: delivery.traceparent.clone(),
        url: Some(delivery.url.clone().unwrap_or_else(|| server.url().to_owned())),
        token: delivery.token.clone().or_else(|| Some(delivery.lease.clone())),
        masks: delivery.masks.clone(),
        output_bytes_max: delivery.output_bytes_max,
    };
    executor.run(Work { order, attempt, held: Some(seat) }, outside).await
}

/// Reports the end, as often as it takes until the server has heard it.
async fn report(
    server: &Server,
    lease: &str,
    result: Result<Json, Failure>,
) -> Result<(), CallError> {
    let mut backoff = Backoff::new();
    let mut result = result;
    loop {
        let sent = match &result {
            Ok(output) => server.post(&["leases", lease, "done"], &Done { output }).await,
            Err(failure) => {
                let retry_after = failure.retry_after.as_ref().map(Duration::as_millis);
                let failed = Failed {
                    error: &failure.error,
                    cause: &failure.cause,
                    retry_after_ms: retry_after.map(|millis| millis as u64),
                };
                server.post(&["leases", lease, "failed"], &failed).await
            }
        };
        match sent.map(|_: serde_json::Value| ()) {
            Err(CallError::Away(why)) => {
                tracing::debug!(why, "the end of a task waits for the server");
                backoff.pause().await;
            }
            // The server must hear of an end, even if it is not the one that there was.
            Err(CallError::Refused(why)) if result.is_ok() => {
                result = Err(Failure::new("BadOutput", why));
            }
            ended => return ended,
        }
    }
}
