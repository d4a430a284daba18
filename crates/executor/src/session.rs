//! The steps of one attempt, one after the other, in one workspace.

mod action;
mod script;
mod verdict;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use compasso_types::{Json, Object};

use self::verdict::Kills;
use crate::environment::path_of_scripts;
use crate::log::TaskLog;
use crate::masks::Masks;
use crate::order::{OutputMode, Step, When};
use crate::output_file::Written;
use crate::outside::Outside;
use crate::program::{Ended, NotRun, Program};
use crate::retry::Tried;
use crate::workspace::{MARKER, Workspace};
use crate::{Attempt, Failure, WorkOrder, inherited, output, value};

/// An attempt under way.
pub(crate) struct Session<'a> {
    pub(crate) order: &'a WorkOrder,
    pub(crate) attempt: &'a Attempt,
    pub(crate) pass_env: &'a [String],
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) log: TaskLog,
    pub(crate) masks: Masks,
    pub(crate) outside: Arc<dyn Outside>,
    /// What expressions read.
    pub(crate) document: Json,
    /// The steps with ids that are over.
    pub(crate) steps: Vec<(String, Json)>,
}

/// What a step gave.
#[derive(Default)]
struct Given {
    value: Json,
    written: Option<Object>,
}

impl Session<'_> {
    /// Runs the steps and returns the output of the task.
    pub(crate) async fn run(&mut self) -> Result<Json, Failure> {
        let order = self.order;
        let mut failure: Option<Failure> = None;
        let mut merged = Object::default();
        let mut last = Json::Null;
        for (index, step) in order.steps.iter().enumerate() {
            let ran = match self.is_wanted(step, failure.is_some()) {
                Ok(false) => {
                    self.close(step, Json::Null, "skipped");
                    last = Json::Null;
                    continue;
                }
                Ok(true) => self.attend(index, step).await,
                Err(failure) => Err(failure),
            };
            match ran {
                Ok(given) => {
                    self.close(step, given.value.clone(), "success");
                    merged.extend(given.written.unwrap_or_default());
                    last = given.value;
                }
                Err(found) => {
                    self.close(step, Json::Null, "failed");
                    last = Json::Null;
                    if !self.goes_on(step)? {
                        failure = failure.or(Some(found));
                    }
                }
            }
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok(match order.output {
            OutputMode::Auto if merged.is_empty() => Json::Null,
            OutputMode::Auto => Json::from(merged),
            OutputMode::None => Json::Null,
            OutputMode::Json | OutputMode::Text | OutputMode::Lines | OutputMode::File(_) => last,
        })
    }

    /// Returns what became of the steps that have ids.
    pub(crate) fn results(&self) -> Json {
        Json::object(self.steps.iter().map(|(id, result)| (&**id, result.clone())))
    }

    fn is_wanted(&self, step: &Step, has_failed: bool) -> Result<bool, Failure> {
        let fits = match step.when {
            When::Success => !has_failed,
            When::Always => true,
            When::Failure => has_failed,
        };
        match &step.condition {
            Some(condition) if fits => value::truth_of(condition, &self.document),
            Some(_) | None => Ok(fits),
        }
    }

    fn goes_on(&self, step: &Step) -> Result<bool, Failure> {
        let goes_on = step.continue_on_error.as_ref();
        goes_on.map_or(Ok(false), |goes_on| value::truth_of(goes_on, &self.document))
    }

    fn close(&mut self, step: &Step, output: Json, outcome: &str) {
        let Some(id) = &step.id else { return };
        let result = Json::object([("output", output), ("outcome", Json::from(outcome))]);
        self.steps.push((id.clone(), result));
        let mut members = self.document.as_object().map(|it| (**it).clone()).unwrap_or_default();
        members.insert("steps".into(), self.results());
        self.document = Json::from(members);
    }

    /// Runs a step between the marks of its part of the log.
    async fn attend(&self, index: usize, step: &Step) -> Result<Given, Failure> {
        let is_one_of_several = self.order.steps.len() > 1;
        if is_one_of_several {
            self.log.note(&format!("::group::{}", step.title(index)));
        }
        let ran = self.attempts(index, step).await;
        if is_one_of_several {
            self.log.note("::endgroup::");
        }
        ran
    }

    /// Tries a step until it goes well, as often as it may.
    async fn attempts(&self, index: usize, step: &Step) -> Result<Given, Failure> {
        let (begin, mut again) = (Instant::now(), 0);
        loop {
            let ran = match step.uses {
                Some(_) => self.act(index, step).await,
                None => self.step(index, step).await,
            };
            let Err(failure) = ran else { return ran };
            let tried = Tried { again, for_so_long: begin.elapsed() };
            let wait = step.retry.as_ref().and_then(|retry| retry.wait(&failure, tried, drawn()));
            let Some(wait) = wait else { return Err(failure) };
            again += 1;
            let said = format!("{failure}; attempt {} begins in {wait:?}", again + 1);
            self.log.note(&self.masks.apply(said));
            // What a failed attempt wrote counts for nothing.
            let emptied = tokio::fs::write(self.workspace.output(index), "").await;
            emptied.map_err(|error| Failure::not_started(format!("no output file: {error}")))?;
            tokio::time::sleep(wait).await;
        }
    }

    async fn step(&self, index: usize, step: &Step) -> Result<Given, Failure> {
        let bytes_max = self.attempt.output_bytes_max;
        let written_to = self.workspace.output(index);
        let mode = self.mode(index, step);
        let program = self.program(index, step, mode.reads_stdout(), &written_to).await?;
        let kills = Kills::so_far();
        let limit = step.limit();
        let ended = program.run_within(limit, &self.log).await;
        let complaint = self.log.take_complaint();
        let ended = ended.ok_or_else(|| {
            let (title, limit) = (step.title(index), limit.unwrap_or_default());
            Failure::new("Timeout", format!("{title} took longer than {limit:?}"))
        })?;
        let ended = ended.map_err(|reason| not_run(reason, bytes_max))?;
        let written = output::written(&written_to, bytes_max).await;
        if !ended.status.success() {
            let Ended { status, stderr_tail, .. } = ended;
            let retry_after = written.ok().and_then(|written| written.retry_after);
            let out_of_memory = kills.hit(status, &stderr_tail, self.order.resources);
            let mut failure = verdict::failure(status, &stderr_tail, complaint, out_of_memory);
            failure.cause = self.masks.apply(failure.cause);
            failure.error = self.masks.apply(failure.error);
            return Err(Failure { retry_after, ..failure });
        }
        let written: Written = written?;
        let workspace = &self.workspace;
        let value = output::value(&mode, &ended.stdout, &written, workspace, bytes_max).await?;
        Ok(Given { value, written: written.values })
    }

    fn mode(&self, index: usize, step: &Step) -> OutputMode {
        let is_last = index + 1 == self.order.steps.len();
        match &step.output {
            Some(own) => own.clone(),
            None if is_last => self.order.output.clone(),
            None => OutputMode::Auto,
        }
    }

    async fn program(
        &self,
        index: usize,
        step: &Step,
        reads_stdout: bool,
        written_to: &Path,
    ) -> Result<Program, Failure> {
        let (order, document) = (self.order, &self.document);
        let dir = step.dir.as_ref().or(order.dir.as_ref());
        let dir = dir.map(|dir| value::text_of(dir, document)).transpose()?.flatten();
        let stdin = order.stdin.as_ref().filter(|_| index == 0);
        let stdin = stdin.and_then(value::data_text);
        let marker = self.workspace.root.to_string_lossy().into_owned();
        Ok(Program {
            command: script::command(step, document, &self.workspace, index, order.resources)
                .await?,
            environment: self.environment(step, written_to, &marker)?,
            directory: Some(match dir {
                Some(dir) => self.workspace.at(&dir)?,
                None => self.workspace.root.clone(),
            }),
            stdin: stdin.map(String::into_bytes),
            log_stdout: true,
            stdout_bytes_max: reads_stdout.then_some(self.attempt.output_bytes_max),
            grace: order.grace(),
            marker: Some(format!("{MARKER}={marker}")),
            keeps: Some(self.workspace.clone()),
        })
    }

    fn environment(
        &self,
        step: &Step,
        written_to: &Path,
        marker: &str,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut environment = inherited(self.pass_env.iter().map(String::as_str));
        if let Some(path) = environment.get_mut("PATH") {
            *path = path_of_scripts(path);
        }
        let mut set = |name: &str, value: String| environment.insert(name.to_owned(), value);
        for (name, value) in self.attempt.variables() {
            set(name, value);
        }
        for (name, value) in self.order.times() {
            set(name, value);
        }
        for own in [&self.order.env, &step.env] {
            for (name, value) in value::texts_of(own, &self.document)? {
                set(&name, value);
            }
        }
        let output = written_to.to_string_lossy().into_owned();
        set("GITHUB_OUTPUT", output.clone());
        set("COMPASSO_OUTPUT", output);
        set("COMPASSO_ARTIFACTS", self.workspace.artifacts().to_string_lossy().into_owned());
        set(MARKER, marker.to_owned());
        Ok(environment)
    }
}

/// Returns a number between 0 and 1 that nobody can guess.
fn drawn() -> f64 {
    // Without a source of randomness the wait is as long as it may be.
    getrandom::u64().map_or(1.0, |drawn| drawn as f64 / u64::MAX as f64)
}

fn not_run(reason: NotRun, bytes_max: usize) -> Failure {
    match reason {
        NotRun::NotFound(what) | NotRun::NotStarted(what) => Failure::not_started(what),
        NotRun::OutputTooLarge => Failure::output_too_large("standard output", bytes_max),
        NotRun::Broken(error) => {
            Failure::new("Broken", format!("reading from or writing to it failed: {error}"))
        }
    }
}
