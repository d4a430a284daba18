//! PostgreSQL: a connection a request.

mod bind;
mod security;
mod value;

use std::pin::pin;
use std::time::Duration;

use compasso_types::{Json, Object};
use futures::StreamExt as _;
use tokio::runtime::Handle;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{CancelToken, Client, Config};

use self::bind::Bound;
use self::security::Tls;
use crate::answer::Rows;
use crate::statements::{Statement, split};
use crate::{Answer, Failure, Request};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what was sent may stay without an answer of the other machine.
const UNANSWERED_MAX: Duration = Duration::from_secs(30);
/// How long nothing may be heard of the other machine before it is asked whether it is there.
const UNHEARD_MAX: Duration = Duration::from_secs(30);
/// How the server sees who connects.
const APPLICATION: &str = "compasso";

/// A server of PostgreSQL, and who connects to it.
#[derive(Clone)]
pub struct Server {
    config: Config,
    tls: Tls,
}

impl Server {
    /// Reads `postgres://…`, with the `sslmode` of PostgreSQL's own clients.
    ///
    /// # Errors
    /// It is no such address; the text says why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (text, mode) = without_mode(text);
        let mut config: Config =
            text.parse().map_err(|error: tokio_postgres::Error| described(&error))?;
        let (mode, verifies) = match mode.as_deref() {
            Some("disable") => (SslMode::Disable, false),
            None | Some("prefer" | "allow") => (SslMode::Prefer, false),
            Some("require") => (SslMode::Require, false),
            Some("verify-full") => (SslMode::Require, true),
            Some(other) => {
                return Err(format!(
                    "sslmode={other} is not known: disable, prefer, require or verify-full"
                ));
            }
        };
        config.ssl_mode(mode).application_name(APPLICATION);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED_MAX);
        }
        // Others would wait for hours for an answer of a machine that is gone.
        let unheard = config.get_keepalives_idle().min(UNHEARD_MAX);
        config.keepalives_idle(unheard);
        Ok(Self { config, tls: Tls::new(verifies)? })
    }

    /// Connects from now on to servers that take writes only: to none that stands by for another.
    #[must_use]
    pub fn for_writes(mut self) -> Self {
        self.config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        self
    }

    /// Connects; the connection ends with its client.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = described(&error), "a connection to a database broke");
            }
        });
        Ok(client)
    }
}

/// Takes `sslmode` out of an address: one of its values is not known to the library.
fn without_mode(text: &str) -> (String, Option<String>) {
    let Some((address, query)) = text.split_once('?') else { return (text.to_owned(), None) };
    let (mode, others): (Vec<&str>, Vec<&str>) =
        query.split('&').partition(|pair| pair.starts_with("sslmode="));
    let mode = mode.first().map(|pair| pair["sslmode=".len()..].to_owned());
    let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    (format!("{address}{query}"), mode)
}

/// Tells the server to end what it does for a connection, when it is dropped.
struct Cancel {
    token: CancelToken,
    tls: Tls,
    is_over: bool,
}

impl Drop for Cancel {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (token, tls) = (self.token.clone(), self.tls.clone());
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let told = tokio::time::timeout(CONNECT_TIMEOUT, token.cancel_query(tls)).await;
                if !matches!(told, Ok(Ok(()))) {
                    tracing::debug!("a database was not told that its work is not needed");
                }
            });
        }
    }
}

/// Carries out a request.
pub(crate) async fn run(server: &Server, request: Request) -> Result<Answer, Failure> {
    let statements = split(&request.text);
    check_names(&statements, &request.bind)?;
    let client = server.connect().await.map_err(|error| failure(&error))?;
    let token = client.cancel_token();
    let mut cancel = Cancel { token, tls: server.tls.clone(), is_over: false };
    let answer = carry_out(&client, &statements, &request).await;
    cancel.is_over = true;
    answer
}

fn check_names(statements: &[Statement], bind: &Object) -> Result<(), Failure> {
    let names = || statements.iter().flat_map(|statement| &statement.names);
    if let Some(name) = names().find(|name| !bind.contains_key(name.as_str())) {
        return Err(Failure::Bind(format!("':{name}' has no value in 'bind'")));
    }
    match bind.keys().find(|name| !names().any(|known| known.as_str() == &***name)) {
        Some(name) => Err(Failure::Bind(format!("no statement has the name ':{name}'"))),
        None => Ok(()),
    }
}

async fn carry_out(
    client: &Client,
    statements: &[Statement],
    request: &Request,
) -> Result<Answer, Failure> {
    let first = statements.first().map(|first| first.text.trim_start().to_ascii_lowercase());
    let begins =
        first.is_some_and(|first| first.starts_with("begin") || first.starts_with("start "));
    let is_script = statements.len() > 1 && !begins;
    if is_script {
        client.batch_execute("BEGIN").await.map_err(|error| failure(&error))?;
    }
    let mut answer = Answer::default();
    for statement in statements {
        let (rows, affected) = one(client, statement, request).await?;
        if let Some(rows) = rows {
            answer.rows = rows;
        }
        answer.affected += affected;
    }
    if is_script {
        client.batch_execute("COMMIT").await.map_err(|error| failure(&error))?;
    }
    Ok(answer)
}

/// Carries out one statement; returns its rows, if it has some, and how many it changed.
async fn one(
    client: &Client,
    statement: &Statement,
    request: &Request,
) -> Result<(Option<Vec<Json>>, u64), Failure> {
    let Request { bind, bounds, .. } = request;
    let prepared = client.prepare(&statement.text).await.map_err(|error| failure(&error))?;
    let values = statement.names.iter().map(|name| Bound(&bind[name.as_str()]));
    let stream = client.query_raw(&prepared, values).await.map_err(|error| failure(&error))?;
    let mut stream = pin!(stream);
    let mut found = Rows::new(*bounds);
    while let Some(row) = stream.next().await {
        found.push(value::members(&row.map_err(|error| failure(&error))?)?)?;
    }
    let has_rows = !prepared.columns().is_empty();
    let changed = if is_read(&statement.text) { 0 } else { stream.rows_affected().unwrap_or(0) };
    Ok((has_rows.then(|| found.finish()), changed))
}

/// Whether a statement only reads: the server counts the rows it gives as those it concerns.
fn is_read(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let is_one_of = |word: &str, list: &[&str]| list.iter().any(|w| word.eq_ignore_ascii_case(w));
    let first = words.next().unwrap_or_default();
    let reads = ["select", "values", "table", "show", "explain", "fetch", "with"];
    is_one_of(first, &reads)
        && !words.any(|word| is_one_of(word, &["insert", "update", "delete", "merge"]))
}

fn failure(error: &tokio_postgres::Error) -> Failure {
    let Some(refusal) = error.as_db_error() else {
        let is_way = error.is_closed() || std::error::Error::source(error).is_some_and(is_way);
        let kind = if is_way { Failure::Connection } else { Failure::Bind };
        return kind(described(error));
    };
    let code = refusal.code().code();
    let mut message = refusal.message().to_owned();
    for more in [refusal.detail(), refusal.hint()].into_iter().flatten() {
        message = format!("{message}; {more}");
    }
    if is_about_server(code) {
        return Failure::Connection(message);
    }
    Failure::Refused { code: code.to_owned(), message }
}

/// Says whether an error may go by itself: the server is not there, begins or ends, or has no room. What it
/// says of who asks, for what and how, stays as it is.
pub fn is_passing(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error() {
        Some(refusal) => is_about_server(refusal.code().code()),
        None => error.is_closed() || std::error::Error::source(error).is_some_and(is_absence),
    }
}

/// Whether a refusal is about the server itself: it has no room, or begins or ends.
fn is_about_server(code: &str) -> bool {
    matches!(&code[..2], "08" | "53" | "57")
}

/// Whether an error is about the way to the server, and not about what it says on it: a certificate that is not
/// accepted is the latter.
fn is_absence(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() != std::io::ErrorKind::InvalidData)
}

/// Whether an error is about the way to the server.
fn is_way(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<std::io::Error>()
}

/// Returns an error with its causes.
pub fn described(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
