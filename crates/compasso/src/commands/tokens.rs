//! `compasso tokens …`

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{show, text};
use crate::cli::{NewToken, Server, Tokens};
use crate::client::Client;
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Tokens,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Tokens::Create(NewToken { name, role, user, groups, expires, server }) => {
            let mut wanted = json!({"name": name, "role": role, "groups": groups});
            for (member, value) in [("user", user), ("expires", expires)] {
                if let Some(value) = value {
                    wanted[member] = value.into();
                }
            }
            let client = connect(server)?;
            let made = client.rest(Method::POST, &["tokens"], &[], wanted.to_string()).await?;
            if json {
                output::json(&made);
            } else {
                output::line(&text(&made, "token"));
                output::note("This is the only time that it is shown. Use it as COMPASSO_TOKEN.");
            }
        }
        Tokens::List { server } => {
            let rows = connect(server)?.rest_pages(&["tokens"], &[], usize::MAX).await?;
            let columns = ["NAME", "ROLE", "USER", "GROUPS", "CREATED", "EXPIRES", "LAST USED"];
            show(&rows, json, &columns, row);
        }
        Tokens::Revoke { name, server } => {
            let client = connect(server)?;
            client.rest(Method::DELETE, &["tokens", &name], &[], "{}".to_owned()).await?;
            if json {
                output::json(&json!({"revoked": name}));
            } else {
                output::line(&format!("{name} lets nobody in any more"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(token: &Value) -> Vec<String> {
    let groups = token["groups"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let groups = groups.collect::<Vec<_>>().join(",");
    let is_expired = token["isExpired"] == true;
    let expires = text(token, "expires") + if is_expired { " (expired)" } else { "" };
    let [name, role, user, created, used] =
        ["name", "role", "user", "created", "used"].map(|member| text(token, member));
    vec![name, role, user, groups, created, expires, used]
}
