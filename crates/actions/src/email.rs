//! `compasso:email`: a mail, handed to the SMTP server of `[email]`.

use std::time::Duration;

use compasso_connectors::{Parameters, Secret};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::{Json, Payload};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::ActionsConfig;
use crate::config::{EmailConfig, Encryption};

/// Longest time for one mail.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Most recipients of one mail.
const RECIPIENTS_MAX: usize = 100;

/// Adds a recipient.
type Add = fn(MessageBuilder, Mailbox) -> MessageBuilder;

/// Sends the mail and returns `{accepted}`: to whom it goes.
pub(crate) async fn run(
    config: &ActionsConfig,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let Some(settings) = &config.email else {
        let cause = "There is no SMTP server; set it in the configuration as [email] host = …";
        return Err(TaskError::new("Connection", cause));
    };
    let (message, accepted) = message(settings, parameters, job)?;
    let transport = transport(settings).map_err(|why| TaskError::new("Connection", why))?;
    match tokio::time::timeout(TIMEOUT, transport.send(message)).await {
        Ok(Ok(_)) => Ok(Payload::from(Json::object([("accepted", Json::array(accepted))]))),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => {
            let cause = format!("The mail was not taken within {} seconds", TIMEOUT.as_secs());
            Err(TaskError::new("Timeout", cause))
        }
    }
}

fn message(
    settings: &EmailConfig,
    parameters: &Parameters<'_>,
    job: &Job,
) -> Result<(Message, Vec<Json>), TaskError> {
    let from = parameters.text("from")?.or(settings.from.as_deref()).ok_or_else(|| {
        parameters.refuse("A mail needs 'from', of the task or in the configuration under [email]")
    })?;
    let mut accepted = Vec::new();
    // A mail that is sent again after a crash has the id that it had.
    let id = format!("<{}@compasso>", job.idempotency_key);
    let mut builder =
        Message::builder().message_id(Some(id)).from(mailbox(parameters, "from", from)?);
    let fields: [(&str, Add); 3] =
        [("to", MessageBuilder::to), ("cc", MessageBuilder::cc), ("bcc", MessageBuilder::bcc)];
    for (name, add) in fields {
        for address in addresses(parameters, name)? {
            builder = add(builder, mailbox(parameters, name, &address)?);
            accepted.push(Json::from(address.as_str()));
        }
    }
    if accepted.is_empty() || accepted.len() > RECIPIENTS_MAX {
        return Err(parameters
            .refuse(format_args!("A mail goes to at least one and at most {RECIPIENTS_MAX}")));
    }
    if let Some(address) = parameters.text("reply_to")? {
        builder = builder.reply_to(mailbox(parameters, "reply_to", address)?);
    }
    let builder = builder.subject(parameters.required_text("subject")?);
    let body = text(parameters.get("body"));
    let message = match parameters.text("html")? {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(body, html.to_owned())),
        None => builder.singlepart(SinglePart::plain(body)),
    };
    let message = message
        .map_err(|error| parameters.refuse(format_args!("The mail cannot be made: {error}")))?;
    Ok((message, accepted))
}

fn text(body: Option<&Json>) -> String {
    match body {
        None => String::new(),
        Some(Json::String(text)) => text.to_string(),
        Some(other) => other.to_string(),
    }
}

/// Returns the addresses of a field: a text, or a list of texts.
fn addresses(parameters: &Parameters<'_>, name: &str) -> Result<Vec<String>, TaskError> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let read = match parameters.get(name) {
        None => Some(Vec::new()),
        Some(Json::Array(items)) => items.iter().map(text).collect(),
        Some(single) => text(single).map(|single| vec![single]),
    };
    read.ok_or_else(|| parameters.invalid(name))
}

fn mailbox(parameters: &Parameters<'_>, name: &str, text: &str) -> Result<Mailbox, TaskError> {
    text.parse().map_err(|_| {
        parameters.refuse(format_args!("The field '{name}' has no address of a mailbox: '{text}'"))
    })
}

fn transport(settings: &EmailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let host = settings.host.as_str();
    let told = |error: Error| error.to_string();
    let tls = || TlsParameters::new(host.to_owned()).map_err(told);
    let (tls, port) = match settings.encryption {
        Encryption::Starttls => (Tls::Required(tls()?), 587),
        Encryption::Tls => (Tls::Wrapper(tls()?), 465),
        Encryption::None => (Tls::None, 25),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(settings.port.unwrap_or(port))
        .tls(tls)
        .timeout(Some(TIMEOUT));
    if let Some(username) = &settings.username {
        let password = settings.password.as_ref().map(Secret::reveal).transpose()?;
        builder =
            builder.credentials(Credentials::new(username.clone(), password.unwrap_or_default()));
    }
    Ok(builder.build())
}

/// Names an error: what the server refuses for good is no matter of the connection.
fn failure(error: &Error) -> TaskError {
    let mut cause = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        cause = format!("{cause}: {inner}");
        source = inner.source();
    }
    let name = match () {
        () if error.is_timeout() => "Timeout",
        () if error.is_permanent() => "MailRefused",
        () => "Connection",
    };
    TaskError::new(name, cause)
}
