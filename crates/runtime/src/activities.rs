//! Activity tasks that wait for workers, and workers that wait for tasks.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_engine::{Input, Rejected, TaskId};
use compasso_store::ExecutionKey;
use tokio::sync::oneshot;

use crate::backlog::Backlog;
use crate::core::Core;
use crate::message::{Ask, Refusal};
use crate::{ActivityTask, Job, RuntimeError};

type TaskKey = (ExecutionKey, TaskId);

/// The queues of all activities.
pub(crate) struct Activities {
    state: Mutex<State>,
    /// Makes the room of one activity's tasks: one without workers must not take it from others.
    backlog: Box<dyn Fn() -> Backlog + Send + Sync>,
}

#[derive(Default)]
struct State {
    queues: HashMap<Arc<str>, Queue>,
    /// The tasks in the queues or being handed out.
    wanted: HashMap<TaskKey, Arc<str>>,
    /// Whether all of them stay there.
    held: bool,
}

struct Queue {
    /// First come, first served; some may no longer be wanted.
    tasks: VecDeque<Waiting>,
    pollers: VecDeque<oneshot::Sender<Lease>>,
    /// How many of the tasks are wanted.
    wanted: usize,
    backlog: Backlog,
}

struct Waiting {
    job: Box<Job>,
    /// Whether a poller asked for it before and went away.
    asked: bool,
}

/// A task on its way to a worker; goes back to the queue if the worker goes away.
struct Lease {
    task: Option<Waiting>,
    activities: Arc<Activities>,
}

impl Activities {
    pub(crate) fn new(backlog: impl Fn() -> Backlog + Send + Sync + 'static) -> Self {
        Self { state: Mutex::default(), backlog: Box::new(backlog) }
    }

    /// Offers a task to workers, unless it is on offer already or too many are.
    pub(crate) fn offer(self: &Arc<Self>, job: Box<Job>) {
        let mut state = self.lock();
        let arn = job.offer.resource.arn.clone();
        let State { queues, wanted, .. } = &mut *state;
        let queue = queues.entry(arn.clone()).or_insert_with(|| self.queue());
        let key = key_of(&job);
        if wanted.contains_key(&key) || !queue.backlog.takes(queue.wanted) {
            return;
        }
        wanted.insert(key, arn.clone());
        queue.wanted += 1;
        queue.tasks.push_back(Waiting { job, asked: false });
        self.pair(state, &arn);
    }

    /// Forgets a task that is no longer wanted.
    pub(crate) fn cancel(&self, key: &ExecutionKey, task: TaskId) {
        let mut state = self.lock();
        let State { queues, wanted, .. } = &mut *state;
        if wanted.is_empty() {
            return;
        }
        let Some(arn) = wanted.remove(&(key.clone(), task)) else {
            return;
        };
        let Some(queue) = queues.get_mut(&arn) else {
            return;
        };
        queue.wanted -= 1;
        queue.backlog.shrank(queue.wanted);
        // Tasks that are no longer wanted stay in the queue; now and then they are swept out.
        if queue.tasks.len() > 2 * queue.wanted + 64 {
            queue.tasks.retain(|task| wanted.contains_key(&key_of(&task.job)));
        }
    }

    /// Gives no task to anybody, or gives them again.
    pub(crate) fn hold(self: &Arc<Self>, held: bool) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.held, held) == held {
            return;
        }
        let arns: Vec<_> = state.queues.keys().cloned().collect();
        drop(state);
        for arn in arns {
            self.pair(self.lock(), &arn);
        }
    }

    /// Waits for a task.
    async fn next(self: &Arc<Self>, arn: &str) -> Lease {
        loop {
            if let Ok(lease) = self.line_up(arn).await {
                return lease;
            }
        }
    }

    /// Puts a poller at the end of its activity's line.
    fn line_up(self: &Arc<Self>, arn: &str) -> oneshot::Receiver<Lease> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        if !state.queues.contains_key(arn) {
            state.queues.insert(arn.into(), self.queue());
        }
        if let Some(queue) = state.queues.get_mut(arn) {
            queue.pollers.push_back(sender);
        }
        self.pair(state, arn);
        receiver
    }

    fn queue(&self) -> Queue {
        let (tasks, pollers) = (VecDeque::new(), VecDeque::new());
        Queue { tasks, pollers, wanted: 0, backlog: (self.backlog)() }
    }

    fn put_back(self: &Arc<Self>, task: Waiting) {
        let mut state = self.lock();
        if !state.wanted.contains_key(&key_of(&task.job)) {
            return;
        }
        let arn = task.job.offer.resource.arn.clone();
        if let Some(queue) = state.queues.get_mut(&arn) {
            queue.tasks.push_front(task);
        }
        self.pair(state, &arn);
    }

    /// Brings tasks and pollers of an activity together, as long as there are both.
    fn pair(self: &Arc<Self>, mut state: MutexGuard<'_, State>, arn: &str) {
        let mut pairs = Vec::new();
        let State { queues, wanted, held } = &mut *state;
        let Some(queue) = queues.get_mut(arn) else {
            return;
        };
        queue.pollers.retain(|poller| !poller.is_closed());
        while !*held && !queue.pollers.is_empty() {
            let Some(task) = queue.tasks.pop_front() else {
                break;
            };
            if wanted.contains_key(&key_of(&task.job)) {
                pairs.extend(queue.pollers.pop_front().map(|poller| (poller, task)));
            }
        }
        if queue.tasks.is_empty() && queue.pollers.is_empty() && queue.wanted == 0 {
            queues.remove(arn);
        }
        drop(state);
        for (poller, task) in pairs {
            // A lease that does not arrive goes back to the queue by itself.
            let _ = poller.send(Lease { task: Some(task), activities: self.clone() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of(job: &Job) -> TaskKey {
    (job.execution.clone(), job.offer.task)
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            self.activities.put_back(task);
        }
    }
}

impl Lease {
    /// Ends the lease: the task was handed out or is over.
    fn end(mut self) -> Option<Waiting> {
        let task = self.task.take()?;
        self.activities.cancel(&task.job.execution, task.job.offer.task);
        Some(task)
    }
}

impl Core {
    /// Waits up to `patience` for a task of an activity, and records that it was taken.
    pub(crate) async fn poll_activity(
        self: &Arc<Self>,
        arn: &str,
        worker: Option<Arc<str>>,
        patience: Duration,
    ) -> Result<Option<ActivityTask>, RuntimeError> {
        self.check_open()?;
        let mut patience = self.clock.sleep(patience);
        loop {
            let lease = tokio::select! {
                biased;
                lease = self.activities.next(arn) => lease,
                () = &mut patience => return Ok(None),
                () = self.polls_ended() => return Ok(None),
            };
            if let Some(task) = self.take_activity(lease, worker.clone()).await? {
                return Ok(Some(task));
            }
        }
    }

    async fn take_activity(
        self: &Arc<Self>,
        mut lease: Lease,
        worker: Option<Arc<str>>,
    ) -> Result<Option<ActivityTask>, RuntimeError> {
        let Some(waiting) = &mut lease.task else {
            return Ok(None);
        };
        let was_asked = std::mem::replace(&mut waiting.asked, true);
        let (key, task) = key_of(&waiting.job);
        let started = Ask::Input(Input::ActivityStarted { task, worker });
        let taken = match self.ask(&key, started).await {
            Ok(_) => true,
            // A poller before this one went away while the start became durable.
            Err(Refusal::Engine(Rejected::WrongPhase)) => was_asked,
            Err(Refusal::Runtime(RuntimeError::NoExecution | RuntimeError::Quarantined(_))) => {
                false
            }
            Err(Refusal::Runtime(error)) => return Err(error),
            Err(
                Refusal::Exists | Refusal::InvalidToken | Refusal::NotRebuilt | Refusal::Engine(_),
            ) => false,
        };
        let ended = lease.end().filter(|_| taken);
        Ok(ended.map(|waiting| ActivityTask {
            token: waiting.job.token.to_string(),
            input: waiting.job.offer.parameters.clone(),
        }))
    }
}
