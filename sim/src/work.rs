//! Those who do the work: what runs tasks on a node, and workers that poll for them.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{TaskError, TaskId, TaskToken};
use compasso_runtime::{
    ActivityTask, Job, MapRunJob, MapRunner, ReportError, Reporter, RuntimeError, TaskEnd,
    TaskRunner,
};
use compasso_store::{DocumentChange, ExecutionKey};
use compasso_types::Payload;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, PATIENCE};
use crate::dice::Dice;
use crate::ledger::{Delivery, Ledger, Report, Told};
use crate::library::ACTIVITY;

/// The longest that a task takes.
const WORK_MAX: Duration = Duration::from_secs(4);
/// How often a task fails, in cases of a thousand.
const FAILURES: u16 = 150;
/// How long a worker waits for a task.
const POLL: Duration = Duration::from_secs(5);

/// Runs tasks on a node. How one ends follows from its name, whoever runs it and how often.
pub(crate) struct Runner {
    pub(crate) seed: u64,
    pub(crate) ledger: Arc<Ledger>,
}

impl TaskRunner for Runner {
    fn run(&self, job: Job, _reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let (execution, task) = (job.execution.0, job.offer.task);
        let mut dice = Dice::new(self.seed ^ number(&job.idempotency_key));
        let key = job.idempotency_key;
        self.ledger.open().deliveries.push(Delivery { execution, task, key });
        let (takes, fails) = (dice.up_to(WORK_MAX), dice.says(FAILURES));
        async move {
            sleep(takes).await;
            let failure = || Err(TaskError::new("Unlucky", "by chance"));
            TaskEnd::Finished(if fails { failure() } else { Ok(result(task, "runner")) })
        }
        .boxed()
    }
}

/// Returns what a task gives: it names its attempt.
fn result(task: TaskId, by: &str) -> Payload {
    let TaskId { entry, attempt } = task;
    let text = format!(r#"{{"entry":{entry},"attempt":{attempt},"by":"{by}"}}"#);
    Payload::parse(text).expect("it is JSON")
}

/// FNV-1a, by which a name becomes a number.
fn number(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |number, byte| {
        (number ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// Takes tasks and reports their results, sometimes late, twice, or to another node.
pub(crate) async fn worker(cluster: Arc<Cluster>, name: usize, mut dice: Dice) {
    for task_number in 0.. {
        let Some(node) = cluster.some_node(&mut dice) else {
            sleep(dice.up_to(Duration::from_secs(1))).await;
            continue;
        };
        let poll = node.runtime.poll_activity(ACTIVITY, Some("worker".into()), POLL);
        let polled = tokio::select! {
            biased;
            polled = timeout(POLL * 2, poll) => polled.ok().and_then(Result::ok).flatten(),
            () = node.link.died() => None,
        };
        match polled {
            Some(task) => work(&cluster, &task, &format!("{name}.{task_number}"), &mut dice).await,
            None => sleep(dice.up_to(Duration::from_secs(1))).await,
        }
    }
}

async fn work(cluster: &Arc<Cluster>, task: &ActivityTask, by: &str, dice: &mut Dice) {
    let token = TaskToken::parse(&task.token).expect("the runtime makes tokens");
    let output = result(token.task, by);
    let most = if dice.says(200) { Duration::from_secs(30) } else { WORK_MAX };
    sleep(dice.up_to(most)).await;
    let copies = if dice.says(150) { 2 } else { 1 };
    let mut told = Told::TooLate;
    for copy in 0..copies {
        let copied = report(cluster, &task.token, &output, dice).await;
        told = if copy == 0 { copied } else { first_of(told, copied) };
    }
    let report = Report { execution: token.execution, output, told };
    cluster.ledger.open().reports.push(report);
}

/// Joins what somebody was told who asked twice for the same.
fn first_of(first: Told, second: Told) -> Told {
    match (first, second) {
        (Told::Done, _) | (_, Told::Done) => Told::Done,
        (Told::Nothing, _) | (_, Told::Nothing) => Told::Nothing,
        _ => first,
    }
}

/// Reports until somebody answers.
async fn report(cluster: &Cluster, token: &str, output: &Payload, dice: &mut Dice) -> Told {
    let mut has_doubt = false;
    for _ in 0..20 {
        let Some(node) = cluster.some_node(dice) else {
            sleep(dice.up_to(Duration::from_secs(1))).await;
            continue;
        };
        let reported = tokio::select! {
            biased;
            reported = timeout(PATIENCE, node.runtime.report(token, Ok(output.clone()))) => reported,
            () = node.link.died() => { has_doubt = true; continue }
        };
        match reported {
            Ok(Ok(())) => return Told::Done,
            Ok(Err(ReportError::TaskOver | ReportError::NoTask)) if has_doubt => {
                return Told::Nothing;
            }
            Ok(Err(ReportError::TaskOver | ReportError::NoTask)) => return Told::TooLate,
            Ok(Err(ReportError::InvalidToken)) => return Told::Refused,
            Ok(Err(ReportError::Runtime(RuntimeError::Rejected(_)))) => {}
            Ok(Err(_)) | Err(_) => has_doubt = true,
        }
        sleep(dice.up_to(Duration::from_millis(500))).await;
    }
    Told::Nothing
}

/// No definition here has a distributed Map.
pub(crate) struct NoMapRuns;

impl MapRunner for NoMapRuns {
    fn opening(&self, _job: &MapRunJob) -> Vec<DocumentChange> {
        Vec::new()
    }

    fn start(&self, _job: MapRunJob) {}

    fn cancel(&self, _execution: &ExecutionKey, _task: TaskId) {}

    fn recover(&self) {}
}
