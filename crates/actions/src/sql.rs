//! `compasso:sql`: statements in a database, with values bound by name.

use std::path::Path;
use std::time::Duration;

use compasso_connectors::{Connectors, Parameters};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_sql::{Answer, Bounds, Failure, Places, Request, Target};
use compasso_types::{Json, Payload};

use crate::ActionsConfig;
use crate::call::now;
use crate::expect::Expect;
use crate::inputs::{duration, integer};

/// Longest time of a request; the task's own limit is most often less.
const TIMEOUT_MAX: Duration = Duration::from_secs(86_400);
/// Most rows, if the task says nothing.
const ROWS: i64 = 10_000;
/// Largest file with a script, bytes.
const SCRIPT_BYTES_MAX: u64 = 1024 * 1024;

/// Carries out the statements and returns `{rows, affected}`.
pub(crate) async fn run(
    connectors: &Connectors,
    config: &ActionsConfig,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let expect = Expect::of(parameters)?;
    let target = target(connectors, config, parameters.required_text("connection")?)?;
    let rows_max = integer(parameters, "max_rows").unwrap_or(ROWS);
    let request = Request {
        text: statements(config, parameters)?.into(),
        bind: parameters.object("bind")?.cloned().unwrap_or_default(),
        bounds: Bounds {
            rows_max: usize::try_from(rows_max).unwrap_or(usize::MAX),
            bytes_max: job.offer.result_bytes_max,
            timeout: duration(parameters, "timeout").unwrap_or(TIMEOUT_MAX).min(TIMEOUT_MAX),
        },
    };
    let Answer { rows, affected } =
        compasso_sql::run(&target, request).await.map_err(|failure| error(&failure))?;
    let rows = Json::array(rows);
    if let Some(expect) = expect {
        expect.check(now(), [("rows", rows.clone())]).await?;
    }
    let affected = Json::from(i64::try_from(affected).unwrap_or(i64::MAX));
    Ok(Payload::from(Json::object([("rows", rows), ("affected", affected)])))
}

/// Returns the database that a connection names, or that is written out.
pub(crate) fn target(
    connectors: &Connectors,
    config: &ActionsConfig,
    connection: &str,
) -> Result<Target, TaskError> {
    let base = config.base();
    let places = Places {
        allowed: config
            .sql
            .directories
            .as_ref()
            .map(|allowed| allowed.iter().map(|directory| base.join(directory)).collect()),
        forbidden: config.data.iter().cloned().collect(),
        base,
    };
    let named = if connection.contains(':') {
        connection.to_owned()
    } else {
        connectors.database(connection)?
    };
    Target::parse(&named, &places).map_err(|why| TaskError::new("Connection", why.to_string()))
}

/// Returns the statements: `query`, or the content of the file `script`.
fn statements(config: &ActionsConfig, parameters: &Parameters<'_>) -> Result<String, TaskError> {
    match (parameters.text("query")?, parameters.text("script")?) {
        (Some(query), None) => Ok(query.to_owned()),
        (None, Some(script)) => {
            let base = config.base();
            let directory = config.sql.scripts.as_ref().map_or(base.clone(), |own| base.join(own));
            read(&directory, Path::new(script)).map_err(|why| {
                parameters.refuse(format_args!("The script '{script}' cannot be read: {why}"))
            })
        }
        (Some(_), Some(_)) => Err(parameters.invalid("script")),
        (None, None) => Err(parameters.required("query")),
    }
}

fn read(directory: &Path, script: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    let directory = directory.canonicalize().map_err(told)?;
    let path = directory.join(script).canonicalize().map_err(told)?;
    if !path.starts_with(&directory) {
        return Err("it is not in the directory of scripts".to_owned());
    }
    if std::fs::metadata(&path).map_err(told)?.len() > SCRIPT_BYTES_MAX {
        return Err(format!("it is larger than {SCRIPT_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(&path).map_err(told)
}

fn error(failure: &Failure) -> TaskError {
    let name = match failure {
        Failure::Connection(_) => "Connection".to_owned(),
        Failure::Timeout(_) => "Timeout".to_owned(),
        Failure::TooLarge(_) => "OutputTooLarge".to_owned(),
        Failure::Bind(_) => "Sql.Bind".to_owned(),
        Failure::Refused { code, .. } => format!("Sql.{code}"),
    };
    TaskError::new(name, failure.to_string())
}
