//! SQLite: a connection a request, on a thread for blocking work.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_types::{Json, Number, Object};
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Batch, Connection, InterruptHandle, OpenFlags, Statement};

use crate::answer::Rows;
use crate::statements::{first_word, split};
use crate::{Answer, Bounds, Failure, Request};

/// Longest wait for others who write to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest value, bytes.
const VALUE_BYTES_MAX: i32 = 64 * 1024 * 1024;
/// What may be asked or set by `PRAGMA`: nothing that reaches other files or the whole process.
const PRAGMAS: [&str; 16] = [
    "application_id",
    "data_version",
    "defer_foreign_keys",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];

/// How statements begin that need something to be there.
const READS: [&str; 4] = ["select", "with", "values", "explain"];

/// A file of SQLite.
#[derive(Clone, Debug)]
pub struct File {
    pub(crate) path: PathBuf,
    pub(crate) read_only: bool,
}

/// Ends the statement under way when it is dropped.
struct Interrupt(InterruptHandle);

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

/// Carries out a request.
pub(crate) async fn run(file: &File, request: Request) -> Result<Answer, Failure> {
    let file = file.clone();
    let (bounds, makes) = (request.bounds, !only_reads(&request.text));
    let opened = blocking(move || open(&file, makes, bounds)).await?;
    let interrupt = Interrupt(opened.get_interrupt_handle());
    let answer = blocking(move || carry_out(&opened, &request)).await;
    drop(interrupt);
    answer
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Failure::Connection("the statement could not be run".to_owned())))
}

/// Says whether statements only look at what is there.
fn only_reads(text: &str) -> bool {
    let statements = split(text);
    let reads = |word: &str| READS.iter().any(|read| word.eq_ignore_ascii_case(read));
    statements.iter().all(|statement| reads(first_word(&statement.text)))
}

/// Opens a file, which is made if it is not there and `makes` is true: a name that is misspelled would
/// leave an empty one behind.
fn open(file: &File, makes: bool, bounds: Bounds) -> Result<Connection, Failure> {
    let access = match (file.read_only, makes) {
        (true, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
        (false, true) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        (false, false) => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    if !makes && !file.path.exists() {
        return Err(Failure::Connection(format!("there is no file {}", file.path.display())));
    }
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&file.path, flags).map_err(|error| {
        Failure::Connection(format!("{} cannot be opened: {error}", file.path.display()))
    })?;
    let prepared = (|| {
        connection.busy_timeout(BUSY_TIMEOUT.min(bounds.timeout))?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        connection.authorizer(Some(authorize))
    })();
    prepared.map_err(refused)?;
    Ok(connection)
}

/// Keeps statements to their own file.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, .. } if !PRAGMAS.contains(&pragma_name) => {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }
}

fn carry_out(connection: &Connection, request: &Request) -> Result<Answer, Failure> {
    let count = count(connection, &request.text)?;
    let is_script = count > 1 && !begins_itself(&request.text);
    if is_script {
        connection.execute_batch("BEGIN IMMEDIATE").map_err(refused)?;
    }
    let answer = statements(connection, request)?;
    if is_script {
        connection.execute_batch("COMMIT").map_err(refused)?;
    }
    Ok(answer)
}

/// Returns how many statements there are, two standing for more.
///
/// A later statement may need tables that earlier ones make, so only the first is looked at closely.
fn count(connection: &Connection, text: &str) -> Result<usize, Failure> {
    let found = split(text).len();
    if found > 1 {
        return Ok(2);
    }
    // Says what is wrong before anything is done.
    Batch::new(connection, text).next().map_err(refused)?;
    Ok(found)
}

fn begins_itself(text: &str) -> bool {
    let first = text.trim_start().get(..5).unwrap_or_default();
    first.eq_ignore_ascii_case("begin")
}

fn statements(connection: &Connection, request: &Request) -> Result<Answer, Failure> {
    let before = connection.total_changes();
    let mut batch = Batch::new(connection, &request.text);
    let mut answer = Answer::default();
    let mut used = Object::new();
    while let Some(mut statement) = batch.next().map_err(refused)? {
        bind(&mut statement, request, &mut used)?;
        if statement.column_count() == 0 {
            statement.raw_execute().map_err(refused)?;
        } else {
            answer.rows = rows(&mut statement, request.bounds)?;
        }
    }
    if let Some(name) = request.bind.keys().find(|name| !used.contains_key(name)) {
        return Err(Failure::Bind(format!("no statement has the name ':{name}'")));
    }
    answer.affected = connection.total_changes().saturating_sub(before);
    Ok(answer)
}

fn bind(
    statement: &mut Statement<'_>,
    request: &Request,
    used: &mut Object,
) -> Result<(), Failure> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).map(str::to_owned).unwrap_or_default();
        let Some(name) = name.strip_prefix(':') else {
            let message = "values are bound by names such as :day, not by numbers";
            return Err(Failure::Bind(message.to_owned()));
        };
        let Some(value) = request.bind.get(name) else {
            return Err(Failure::Bind(format!("':{name}' has no value in 'bind'")));
        };
        used.insert(name.into(), Json::Null);
        statement.raw_bind_parameter(index, bound(value)).map_err(refused)?;
    }
    Ok(())
}

fn bound(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Integer(i64::from(*value)),
        Json::Number(Number::Int(integer)) => Value::Integer(*integer),
        Json::Number(Number::Float(real)) => Value::Real(*real),
        Json::String(text) => Value::Text(text.to_string()),
        Json::Array(_) | Json::Object(_) => Value::Text(value.to_string()),
    }
}

fn rows(statement: &mut Statement<'_>, bounds: Bounds) -> Result<Vec<Json>, Failure> {
    let names: Vec<std::sync::Arc<str>> = statement.column_names().map(Into::into).collect();
    let mut found = Rows::new(bounds);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(refused)? {
        let mut members = Object::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            members.insert(name.clone(), shown(row.get_ref(index).map_err(refused)?));
        }
        found.push(members)?;
    }
    Ok(found.finish())
}

fn shown(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) if real.is_finite() => real.into(),
        ValueRef::Real(_) => Json::Null,
        ValueRef::Text(text) => Json::from(&*String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => Json::from(STANDARD.encode(bytes).as_str()),
    }
}

/// What SQLite says of a statement that it cannot read.
const SYNTAX: [&str; 3] = ["syntax error", "unrecognized token", "incomplete input"];

fn refused(error: rusqlite::Error) -> Failure {
    let rusqlite::Error::SqliteFailure(code, message) = &error else {
        return match error {
            rusqlite::Error::SqlInputError { msg, .. } => wrong(msg),
            other => Failure::Refused { code: "Unknown".to_owned(), message: other.to_string() },
        };
    };
    let message = message.clone().unwrap_or_else(|| error.to_string());
    match code.code {
        rusqlite::ErrorCode::DatabaseBusy
        | rusqlite::ErrorCode::DatabaseLocked
        | rusqlite::ErrorCode::CannotOpen
        | rusqlite::ErrorCode::SystemIoFailure
        | rusqlite::ErrorCode::DiskFull => Failure::Connection(message),
        rusqlite::ErrorCode::Unknown => wrong(message),
        code => Failure::Refused { code: format!("{code:?}"), message },
    }
}

/// Makes the failure of what SQLite has no code of its own for: the statement cannot be read, or names
/// what is not there.
fn wrong(message: String) -> Failure {
    let is_syntax = SYNTAX.iter().any(|part| message.contains(part));
    let code = if is_syntax { "SyntaxError" } else { "Statement" };
    Failure::Refused { code: code.to_owned(), message }
}
