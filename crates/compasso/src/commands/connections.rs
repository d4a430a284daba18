//! `compasso connections …`

mod change;

use std::process::ExitCode;

use serde_json::{Value, json};

use self::change::Known;
use super::answer::{instant, show, text};
use crate::cli::{Connections, Server};
use crate::client::{Api, Client};
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Connections,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (action, request, server) = match order {
        Connections::List { prefix, server } => {
            return list(&connect(server)?, prefix, json).await;
        }
        Connections::Describe { named } => {
            let client = connect(named.server)?;
            describe(&ask(&client, "DescribeConnection", &named_only(&named.name)).await?, json);
            return Ok(ExitCode::SUCCESS);
        }
        Connections::Create { named, change } => {
            let request = change::request(&named.name, change, Known::New)?;
            ("CreateConnection", request, named.server)
        }
        Connections::Update { named, change } => {
            let request = change::request(&named.name, change, Known::Stored)?;
            ("UpdateConnection", request, named.server)
        }
        Connections::Deauthorize { named } => {
            ("DeauthorizeConnection", named_only(&named.name), named.server)
        }
        Connections::Delete { named } => {
            ("DeleteConnection", named_only(&named.name), named.server)
        }
    };
    let answer = ask(&connect(server)?, action, &request).await?;
    if json {
        output::json(&answer);
    } else {
        let (arn, state) = (text(&answer, "ConnectionArn"), text(&answer, "ConnectionState"));
        output::line(&format!("{arn}  {state}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn ask(client: &Client, action: &str, request: &Value) -> anyhow::Result<Value> {
    client.ask(Api::EventBridge, action, request).await
}

fn named_only(name: &str) -> Value {
    json!({"Name": name})
}

async fn list(client: &Client, prefix: Option<String>, json: bool) -> anyhow::Result<ExitCode> {
    let mut rows = Vec::new();
    let mut request = json!({});
    if let Some(prefix) = prefix {
        request["NamePrefix"] = prefix.into();
    }
    loop {
        let mut answer = ask(client, "ListConnections", &request).await?;
        if let Value::Array(page) = answer["Connections"].take() {
            rows.extend(page);
        }
        match answer["NextToken"].take() {
            Value::Null => break,
            token => request["NextToken"] = token,
        }
    }
    show(&rows, json, &["NAME", "TYPE", "STATE", "CREATED", "ARN"], |row| {
        let (name, kind) = (text(row, "Name"), text(row, "AuthorizationType"));
        let (state, created) = (text(row, "ConnectionState"), instant(row, "CreationTime"));
        vec![name, kind, state, created, text(row, "ConnectionArn")]
    });
    Ok(ExitCode::SUCCESS)
}

fn describe(answer: &Value, json: bool) {
    if json {
        output::json(answer);
        return;
    }
    let parameters = &answer["AuthParameters"];
    let mut rows = vec![
        ("connection", text(answer, "ConnectionArn")),
        ("description", text(answer, "Description")),
        ("type", text(answer, "AuthorizationType")),
        ("state", text(answer, "ConnectionState")),
        ("reason", text(answer, "StateReason")),
        ("parameters", if parameters.is_null() { String::new() } else { parameters.to_string() }),
        ("created", instant(answer, "CreationTime")),
        ("modified", instant(answer, "LastModifiedTime")),
        ("authorized", instant(answer, "LastAuthorizedTime")),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    for (label, value) in rows {
        output::line(&format!("{label:width$}  {}", output::for_people(&value)));
    }
}
