//! Carrying a test out: the engine decides, the task is mocked or real, time is the clock's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compasso_engine::{
    Ending, Offer, Progress, Start, Subject as Tried, TaskError, Trial, Verdict,
};
use compasso_mapruns::read_given;
use compasso_runtime::{HttpTrace, HttpTracing, Job, Reports, TaskEnd};
use compasso_store::{ExecutionKey, LogStream};
use compasso_types::limits::{EXECUTION_EVENTS_MAX, PAYLOAD_BYTES_MAX};
use compasso_types::{Payload, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::mock::Mock;
use super::subject::Subject;
use super::{Test, TestState};
use crate::{Caller, Error, Service};

/// Longest test.
pub(crate) const DURATION_MAX: Duration = Duration::from_secs(300);
/// What the state machine around a state is called, which is not there.
const MACHINE: &str = "TestState";

impl Service {
    /// Runs the state to its end; also returns what was seen of an HTTP call.
    pub(super) async fn run_test(
        &self,
        caller: &Caller,
        request: &TestState,
        subject: Subject,
        test: Test,
    ) -> Result<(Verdict, Option<HttpTrace>), Error> {
        let bench = Arc::new(Bench::of(request));
        let deadline = self.now().after(DURATION_MAX);
        let retries = test.configuration.retrier_retry_count.unwrap_or(0);
        let tried = Tried {
            definition: subject.definition,
            state: subject.id,
            start: self.imagined_start(caller, request.role_arn.as_deref(), test.input),
            variables: test.variables,
            context: test.context,
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
        };
        let execution = ExecutionKey(tried.start.id.clone());
        let now = self.now();
        let given = test.configuration.map_item_reader_data.clone();
        let (mut trial, mut progress) = deciding(move || begin(tried, given, now)).await?;
        if let Some(mock) = test.mock {
            let failures = test.configuration.map_iteration_failure_count;
            progress = self.finish_mocked(&mut trial, progress, mock, failures)?;
        }
        loop {
            (trial, progress) = match progress {
                Progress::Over(verdict) => return Ok((*verdict, bench.trace().take())),
                _ if self.now() >= deadline => return Ok((timed_out(), None)),
                Progress::Waits(at) => {
                    self.runtime.clock().sleep_until(at.min(deadline)).await;
                    self.wake(trial).await?
                }
                Progress::Task(offer, wake_at) => {
                    let until = wake_at.map_or(deadline, |at| at.min(deadline));
                    let job = self.job(&trial, *offer, execution.clone());
                    self.run_task(trial, job, until, bench.clone()).await?
                }
                Progress::Block => {
                    return Err(Error::Internal("a block without a mock was tested".into()));
                }
            };
        }
    }

    /// Goes on with the mocked result.
    fn finish_mocked(
        &self,
        trial: &mut Trial,
        progress: Progress,
        mock: Mock,
        failures: Option<i64>,
    ) -> Result<Progress, Error> {
        let mut result = mock.result;
        if let (Some(failures), Some(iterations)) = (failures, trial.iterations()) {
            let failures = usize::try_from(failures).unwrap_or(usize::MAX);
            if failures > iterations {
                return Err(Error::validation(
                    "Map iteration failure count must be less than or equal to the number of Map \
                     iterations",
                ));
            }
            if trial.is_too_much(failures) {
                result = result.and(Err(too_many_failures()));
            }
        }
        match progress {
            Progress::Task(..) | Progress::Block => trial
                .finish(result, self.now())
                .map_err(|rejected| Error::Internal(rejected.to_string())),
            over => Ok(over),
        }
    }

    async fn wake(&self, mut trial: Trial) -> Result<(Trial, Progress), Error> {
        let now = self.now();
        deciding(move || {
            let progress = trial.wake(now);
            (trial, progress)
        })
        .await
    }

    /// Carries the task out until it ends, or until an instant at which the engine wants to know.
    async fn run_task(
        &self,
        mut trial: Trial,
        job: Job,
        until: Timestamp,
        bench: Arc<Bench>,
    ) -> Result<(Trial, Progress), Error> {
        let end = tokio::select! {
            end = self.runtime.try_task(job, bench) => end?,
            () = self.late(until) => return self.wake(trial).await,
        };
        let result = match end {
            TaskEnd::Finished(result) => result,
            TaskEnd::Submitted(output) => Ok(output),
            TaskEnd::Reported => unreachable!("only tasks of executions are reported"),
        };
        let now = self.now();
        deciding(move || {
            let progress = trial
                .finish(result, now)
                .unwrap_or_else(|_| unreachable!("the task was out and nothing else ends it"));
            (trial, progress)
        })
        .await
    }

    pub(crate) async fn late(&self, until: Timestamp) {
        while self.now() < until {
            self.runtime.clock().sleep_until(until).await;
        }
    }

    fn job(&self, trial: &Trial, offer: Offer, execution: ExecutionKey) -> Job {
        Job {
            execution,
            token: trial.token(offer.task).into(),
            idempotency_key: self.new_id().into(),
            role: trial.role(),
            trace_header: None,
            trace: None,
            offer,
        }
    }

    /// Makes up the execution that the state believes to run in.
    pub(crate) fn imagined_start(
        &self,
        caller: &Caller,
        role: Option<&str>,
        input: Payload,
    ) -> Start {
        let (region, account) = (&caller.region, &caller.account);
        let name = self.new_id();
        let arn = |kind: &str| format!("arn:aws:states:{region}:{account}:{kind}:{MACHINE}");
        Start {
            id: format!("{}:{name}", arn("execution")).into(),
            name: name.into(),
            workflow: arn("stateMachine").into(),
            workflow_name: MACHINE.into(),
            role: role.unwrap_or_default().into(),
            input,
            seed: self.random(),
            version: None,
            alias: None,
            payload_bytes_max: PAYLOAD_BYTES_MAX,
            events_max: EXECUTION_EVENTS_MAX,
            mocks: None,
            origin: None,
            is_held: false,
            is_unbegun: false,
            rules: 0,
        }
    }
}

/// Begins the test, with what is given for the file of a reader.
fn begin(tried: Tried, given: Option<String>, now: Timestamp) -> (Trial, Progress) {
    let Some(given) = given else { return Trial::begin(tried, None, now) };
    Trial::begin(tried, Some(&|reader| read_given(reader, &given)), now)
}

/// Lets the engine decide on a thread where it may take its time.
pub(crate) async fn deciding<T: Send + 'static>(
    decide: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(decide).await.map_err(|error| {
        let why = format!("the test ended early: {error}");
        if error.is_cancelled() { Error::Unavailable(why) } else { Error::Internal(why) }
    })
}

fn too_many_failures() -> TaskError {
    TaskError::new(
        "States.ExceedToleratedFailureThreshold",
        "The specified tolerated failure threshold was exceeded",
    )
}

fn timed_out() -> Verdict {
    let error = TaskError::of(Some("States.Timeout".into()), None);
    Verdict {
        ending: Ending::Failed(error),
        inspection: compasso_engine::Inspection::default(),
        variables: std::collections::BTreeMap::new(),
    }
}

/// A tested task has no log, and nothing waits for its submission.
#[derive(Default)]
pub(crate) struct Bench {
    tracing: Option<HttpTracing>,
    trace: Mutex<Option<HttpTrace>>,
}

impl Bench {
    fn of(request: &TestState) -> Self {
        let traces = request.inspection_level.as_deref() == Some("TRACE");
        let tracing = match request.reveal_secrets {
            Some(true) => HttpTracing::Revealed,
            Some(false) | None => HttpTracing::Redacted,
        };
        Self { tracing: traces.then_some(tracing), trace: Mutex::default() }
    }

    fn trace(&self) -> MutexGuard<'_, Option<HttpTrace>> {
        // Nothing panics under the lock.
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reports for Bench {
    fn submitted(&self, _: Payload) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }

    fn is_shutting_down(&self) -> bool {
        false
    }

    fn log(&self, _: LogStream, _: &str) {}

    fn http_tracing(&self) -> Option<HttpTracing> {
        self.tracing
    }

    fn trace_http(&self, trace: HttpTrace) {
        *self.trace() = Some(trace);
    }
}
