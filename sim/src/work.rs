//! Those who do the work: what runs tasks on a node, and workers that poll for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_engine::{TaskError, TaskId, TaskToken};
use compasso_runtime::{
    ActivityTask, Job, ReportError, Reporter, RuntimeError, TaskEnd, TaskRunner,
};
use compasso_types::Payload;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::ledger::{Delivery, Ledger, Report, Told};
use crate::library::{ACTIVITY, place_of};
use crate::link::Link;

/// The longest that a task takes.
const WORK_MAX: Duration = Duration::from_secs(4);
/// How often a task fails, in cases of a thousand.
const FAILURES: u16 = 150;
/// How long a worker waits for a task.
const POLL: Duration = Duration::from_secs(5);

/// Who gave a result that a node itself came to.
pub(crate) const RUNNER: &str = "runner";

/// Runs tasks on a node. How one ends follows from its name, whoever runs it and how often.
pub(crate) struct Runner {
    seed: u64,
    ledger: Arc<Ledger>,
    /// The link of the node.
    link: Arc<Link>,
    /// How many tasks are under way that want a place, by what they want.
    in_use: Arc<Mutex<BTreeMap<&'static str, u32>>>,
}

impl Runner {
    pub(crate) fn new(seed: u64, ledger: Arc<Ledger>, link: Arc<Link>) -> Self {
        Self { seed, ledger, link, in_use: Arc::default() }
    }

    /// Takes note that a task takes what it wants, and when it is over. A node that has lost the store and
    /// does not know it yet may read what is written meanwhile, and begin again what was out at different
    /// times: of that nothing is stored.
    fn occupy(&self, job: &Job) -> Option<Occupied> {
        let (name, room) = place_of(&job.offer)?;
        let count = {
            let mut in_use = lock(&self.in_use);
            let count = in_use.entry(name).or_default();
            *count += 1;
            *count
        };
        if count > room && self.link.has_store() {
            self.ledger
                .open()
                .problems
                .push(format!("{count} tasks of a node have {name} at once"));
        }
        Some(Occupied { name, in_use: self.in_use.clone() })
    }
}

/// A place in use, until it is dropped.
struct Occupied {
    name: &'static str,
    in_use: Arc<Mutex<BTreeMap<&'static str, u32>>>,
}

impl Drop for Occupied {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.in_use).get_mut(self.name) {
            *count -= 1;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under the lock is a failed simulation already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TaskRunner for Runner {
    fn run(&self, job: Job, _reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let occupied = self.occupy(&job);
        let (execution, task) = (job.execution.0, job.offer.task);
        let mut dice = Dice::new(self.seed ^ number(&job.idempotency_key));
        let key = job.idempotency_key;
        self.ledger.open().deliveries.push(Delivery { execution, task, key });
        let (takes, fails) = (dice.up_to(WORK_MAX), dice.says(FAILURES));
        async move {
            sleep(takes).await;
            drop(occupied);
            let failure = || Err(TaskError::new("Unlucky", "by chance"));
            TaskEnd::Finished(if fails { failure() } else { Ok(result(task, RUNNER)) })
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
        let polled = node.ask(poll).await.and_then(Result::ok);
        match polled.flatten() {
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
        match node.ask(node.runtime.report(token, Ok(output.clone()))).await {
            Some(Ok(())) => return Told::Done,
            Some(Err(ReportError::TaskOver | ReportError::NoTask)) if has_doubt => {
                return Told::Nothing;
            }
            Some(Err(ReportError::TaskOver | ReportError::NoTask)) => return Told::TooLate,
            Some(Err(ReportError::InvalidToken)) => return Told::Refused,
            Some(Err(ReportError::Runtime(RuntimeError::Rejected(_)))) => {}
            Some(Err(_)) | None => has_doubt = true,
        }
        sleep(dice.up_to(Duration::from_millis(500))).await;
    }
    Told::Nothing
}
