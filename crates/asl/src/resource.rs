//! What the `Resource` of a Task names.

use std::sync::Arc;

use compasso_integrations::{OPTIMIZED, Patterns, models, patterns};
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};

/// Reads the ARN of something a Task can call; `None` if it is not recognized.
pub(crate) fn parse(arn: &Arc<str>) -> Option<Resource> {
    let mut parts = arn.splitn(6, ':');
    let [scheme, partition, service, region, account, rest] = [(); 6].map(|()| parts.next());
    if scheme? != "arn" || !partition?.starts_with("aws") {
        return None;
    }
    let kind = match (service?, region?, account?, rest?) {
        ("states", "", "", rest) => service_action(rest)?,
        ("states", region, account, rest) => {
            let name = rest.strip_prefix("activity:")?;
            is_name(region, account, name).then_some(ResourceKind::Activity)?
        }
        ("lambda", region, account, rest) => {
            let (name, qualifier) = function(rest)?;
            (is_name(region, account, name) && qualifier != Some(""))
                .then_some(ResourceKind::LambdaFunction)?
        }
        _ => return None,
    };
    Some(Resource { arn: arn.clone(), kind })
}

/// Returns the known resource that is spelled most like `arn`.
pub(crate) fn suggest(arn: &str) -> Option<String> {
    let (prefix, rest) = arn.split_once(":::")?;
    let (name, _) = split_pattern(rest);
    let (service, action) = name.rsplit_once(':')?;
    if patterns(service, action).is_some() {
        return Some(format!("'{prefix}:::{name}' does not support this integration pattern"));
    }
    if service == "aws-sdk:" {
        return None;
    }
    let known: Vec<String> = match service.strip_prefix("aws-sdk:").map(models::find) {
        Some(Some(model)) => {
            let actions = model.answering();
            actions.map(|operation| format!("{service}:{}", operation.action())).collect()
        }
        Some(None) => models::names().map(|known| format!("aws-sdk:{known}:{action}")).collect(),
        None => OPTIMIZED
            .iter()
            .flat_map(|known| {
                known.actions.iter().map(move |action| format!("{}:{}", known.service, action.name))
            })
            .collect(),
    };
    compasso_types::suggestion::nearest(name, known.iter().map(String::as_str))
}

fn is_name(region: &str, account: &str, name: &str) -> bool {
    !region.is_empty() && !account.is_empty() && !name.is_empty() && !name.contains([':', ' '])
}

/// Splits `function:name[:version or alias]`.
fn function(rest: &str) -> Option<(&str, Option<&str>)> {
    let named = rest.strip_prefix("function:")?;
    Some(match named.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (named, None),
    })
}

/// Reads `service:action[.pattern]`.
fn service_action(rest: &str) -> Option<ResourceKind> {
    let (name, pattern) = split_pattern(rest);
    let (service, action) = name.rsplit_once(':')?;
    is_allowed(patterns(service, action)?, pattern).then(|| ResourceKind::Service {
        service: service.into(),
        action: action.into(),
        pattern,
    })
}

fn split_pattern(rest: &str) -> (&str, IntegrationPattern) {
    // The longer suffix goes first, because one ends like the other begins.
    let patterns =
        [IntegrationPattern::WaitForTaskToken, IntegrationPattern::Sync2, IntegrationPattern::Sync];
    for pattern in patterns {
        if let Some(name) = rest.strip_suffix(pattern.suffix()) {
            return (name, pattern);
        }
    }
    (rest, IntegrationPattern::RequestResponse)
}

fn is_allowed(patterns: Patterns, pattern: IntegrationPattern) -> bool {
    match pattern {
        IntegrationPattern::RequestResponse => true,
        IntegrationPattern::Sync => patterns.sync,
        IntegrationPattern::Sync2 => patterns.sync2,
        IntegrationPattern::WaitForTaskToken => patterns.token,
    }
}
