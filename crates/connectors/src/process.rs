//! `compasso:process`: a task that is a local program.
//!
//! The command is a list, never a shell line: what comes out of an input cannot become a command.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{TaskError, TaskResult};
use compasso_executor::{Ended, NotRun, Program, signal_name};
use compasso_runtime::{Job, Reporter};
use compasso_types::{Json, Payload};

use crate::ConnectorsConfig;
use crate::environment;
use crate::parameters::Parameters;
use crate::task_log;

/// How long a program that is told to end has to clean up.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// Runs the program and returns `{ExitCode, Stdout, Stderr}`, or what `Output` asks for.
pub(crate) async fn run(config: Arc<ConnectorsConfig>, job: Job, reporter: Reporter) -> TaskResult {
    if !config.process.enabled {
        return Err(TaskError::new(
            "States.Permissions",
            "processes are switched off: [process] enabled",
        ));
    }
    let parameters = Parameters::of(&job.offer.parameters)?;
    let successes = parameters.integers("SuccessExitCodes")?.unwrap_or_else(|| vec![0]);
    let program = program(&config, &job, &parameters)?;
    let ended = program.run(&task_log::of(reporter)).await;
    let ended = ended.map_err(|reason| error_of_not_run(reason, &job))?;
    let output = Output::of(&parameters)?;
    succeed(&ended, &successes)?;
    output.map_or_else(|| Ok(whole(&ended)), |output| output.read(&ended))
}

/// What the result is made of instead of the whole of what is known, for scripts of pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    /// Standard output is one JSON value.
    Json,
    /// Standard output as text, without its last line break.
    Text,
    /// Standard output as a list of lines.
    Lines,
    /// There is none.
    None,
}

const OUTPUTS: [(&str, Output); 4] = [
    ("json", Output::Json),
    ("text", Output::Text),
    ("lines", Output::Lines),
    ("none", Output::None),
];

impl Output {
    fn of(parameters: &Parameters<'_>) -> Result<Option<Self>, TaskError> {
        let Some(word) = parameters.text("Output")? else { return Ok(None) };
        let found = OUTPUTS.iter().find(|(name, _)| *name == &*word);
        found.map(|(_, output)| Some(*output)).ok_or_else(|| parameters.invalid("Output"))
    }

    fn read(self, ended: &Ended) -> TaskResult {
        let text = String::from_utf8_lossy(&ended.stdout);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let value = match self {
            Self::Json => Json::parse(text).map_err(|error| {
                let cause = format!("Standard output is no JSON value: {error}");
                TaskError::new("BadOutput", cause)
            })?,
            Self::Text => Json::from(text),
            Self::Lines => Json::array(text.lines().map(Json::from)),
            Self::None => Json::Null,
        };
        Ok(Payload::from(value))
    }
}

fn program(
    config: &ConnectorsConfig,
    job: &Job,
    parameters: &Parameters<'_>,
) -> Result<Program, TaskError> {
    let command = command(parameters)?;
    let own = parameters.texts("Env")?;
    if own
        .iter()
        .any(|(name, value)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0'))
    {
        return Err(parameters.invalid("Env"));
    }
    let stdin = parameters.get("Stdin").map(|stdin| match stdin {
        Json::String(text) => text.as_bytes().to_vec(),
        value => value.to_string().into_bytes(),
    });
    let directory = parameters.text("Cwd")?.map(|directory| match &config.directory {
        Some(base) => base.join(directory),
        None => directory.into(),
    });
    Ok(Program {
        command,
        environment: environment::of_job(config, job, own),
        directory: directory.or_else(|| config.directory.clone()),
        stdin,
        log_stdout: true,
        stdout_bytes_max: Some(job.offer.result_bytes_max),
        grace: GRACE,
        marker: None,
        keeps: None,
    })
}

fn command(parameters: &Parameters<'_>) -> Result<Vec<String>, TaskError> {
    match parameters.get("Command") {
        Some(Json::String(line)) => Err(parameters.refuse(format_args!(
            "The field 'Command' is a list of program and arguments, not a shell line; to run \
             '{line}' by a shell write [\"sh\", \"-c\", …]"
        ))),
        Some(Json::Array(words)) if !words.is_empty() => words
            .iter()
            .map(|word| word.as_str().filter(|word| !word.contains('\0')).map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| parameters.invalid("Command")),
        Some(_) => Err(parameters.invalid("Command")),
        None => Err(parameters.refuse("The field 'Command' is required but was missing")),
    }
}

/// Demands that the program ended well.
fn succeed(ended: &Ended, successes: &[i64]) -> Result<(), TaskError> {
    let Some(code) = ended.status.code() else {
        let cause =
            with_tail(&format!("The process was killed by {}", signal_name(ended.status)), ended);
        return Err(TaskError::new("Process.Killed", cause));
    };
    if !successes.contains(&i64::from(code)) {
        let cause = if ended.stderr_tail.is_empty() {
            format!("The process exited with code {code}")
        } else {
            ended.stderr_tail.clone()
        };
        return Err(TaskError::new(format!("Process.ExitCode.{code}"), cause));
    }
    Ok(())
}

/// Returns `{ExitCode, Stdout, Stderr}`.
fn whole(ended: &Ended) -> Payload {
    let text = String::from_utf8_lossy(&ended.stdout);
    let stdout = Json::parse(&text).unwrap_or_else(|_| Json::from(&*text));
    Payload::from(Json::object([
        ("ExitCode", Json::from(i64::from(ended.status.code().unwrap_or_default()))),
        ("Stdout", stdout),
        ("Stderr", Json::from(&*ended.stderr_tail)),
    ]))
}

fn with_tail(cause: &str, ended: &Ended) -> String {
    if ended.stderr_tail.is_empty() {
        cause.to_owned()
    } else {
        format!("{cause}\n{}", ended.stderr_tail)
    }
}

fn error_of_not_run(reason: NotRun, job: &Job) -> TaskError {
    match reason {
        NotRun::NotFound(what) => TaskError::new("Process.NotFound", what),
        NotRun::NotStarted(why) => TaskError::new("Process.NotStarted", why),
        NotRun::OutputTooLarge => TaskError::new(
            "Process.OutputTooLarge",
            format!(
                "The process wrote more than {} bytes to standard output",
                job.offer.result_bytes_max
            ),
        ),
        NotRun::Broken(error) => TaskError::new(
            "Process.Broken",
            format!("Reading from or writing to the process failed: {error}"),
        ),
    }
}
