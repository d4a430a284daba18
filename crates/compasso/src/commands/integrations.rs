//! `compasso integrations`.

use std::process::ExitCode;

use compasso_integrations::models::{self, Operation};
use compasso_integrations::{OPTIMIZED, Patterns};
use serde_json::json;

use crate::output;

/// Prints what service tasks can call; `service` is one of `aws-sdk`, whose actions are printed.
pub(crate) fn run(service: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    match service {
        Some(service) => actions(service, json)?,
        None if json => output::json(&json!({"optimized": optimized(), "awsSdk": services()})),
        None => {
            for (name, patterns) in resources() {
                output::line(&format!("{name}{}", suffixes(patterns).join(" ")));
            }
            for service in models::names() {
                output::line(&format!("aws-sdk:{service}:… .waitForTaskToken"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn actions(service: &str, json: bool) -> anyhow::Result<()> {
    let Some(model) = models::find(service) else {
        let hint = compasso_types::suggestion::nearest(service, models::names());
        let hint = hint.unwrap_or_else(|| "compasso integrations lists them".to_owned());
        anyhow::bail!("there is no service aws-sdk:{service}; {hint}");
    };
    let actions: Vec<String> = model.answering().map(Operation::action).collect();
    if json {
        output::json(&json!({"service": service, "id": model.id, "actions": actions}));
    } else {
        for action in actions {
            output::line(&format!("aws-sdk:{service}:{action}"));
        }
    }
    Ok(())
}

fn resources() -> impl Iterator<Item = (String, Patterns)> {
    OPTIMIZED.iter().flat_map(|known| {
        let named = |name: &str| format!("{}:{name} ", known.service);
        known.actions.iter().map(move |action| (named(action.name), action.patterns))
    })
}

fn optimized() -> Vec<serde_json::Value> {
    resources()
        .map(|(name, patterns)| json!({"resource": name.trim(), "patterns": suffixes(patterns)}))
        .collect()
}

fn services() -> Vec<serde_json::Value> {
    models::names()
        .filter_map(|name| Some((name, models::find(name)?)))
        .map(|(name, model)| {
            let actions: Vec<String> = model.answering().map(Operation::action).collect();
            json!({"service": name, "id": model.id, "actions": actions})
        })
        .collect()
}

/// Returns the suffixes that an action's resource may have.
fn suffixes(patterns: Patterns) -> Vec<&'static str> {
    let all = [
        (patterns.sync, ".sync"),
        (patterns.sync2, ".sync:2"),
        (patterns.token, ".waitForTaskToken"),
    ];
    all.into_iter().filter_map(|(allowed, suffix)| allowed.then_some(suffix)).collect()
}
