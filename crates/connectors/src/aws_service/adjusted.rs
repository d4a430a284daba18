//! What optimized integrations add to parameters, and answers of theirs that are failures.

use std::sync::Arc;

use compasso_engine::TaskError;
use compasso_integrations::{Call, Family};
use compasso_runtime::Job;
use compasso_types::{Array, Json, Object};

/// Returns the parameters of a call with what the integration adds.
pub(super) fn parameters(call: &Call, job: &Job) -> Json {
    let given = job.offer.parameters.value();
    let (Some(members), Family::Optimized(optimized)) = (given.as_object(), call.family) else {
        return given.clone();
    };
    let mut members = (**members).clone();
    match optimized.service {
        "events" => add_sources(&mut members, job),
        "ecs" => {
            members.insert_if_absent("StartedBy".into(), || Json::from("AWS Step Functions"));
        }
        "batch" => mark_environment(&mut members),
        _ => {}
    }
    Json::from(members)
}

/// Returns the failure that an answer is.
pub(super) fn failure(call: &Call, result: &Json) -> Option<TaskError> {
    let Family::Optimized(optimized) = call.family else {
        return None;
    };
    let is_empty =
        |name: &str| result.get(name).and_then(Json::as_array).is_none_or(Array::is_empty);
    match optimized.service {
        "events" if result.get("FailedEntryCount").and_then(Json::as_i64) > Some(0) => {
            Some(TaskError::new("EventBridge.FailedEntry", result.to_string()))
        }
        "ecs" if !is_empty("Failures") && is_empty("Tasks") => {
            Some(TaskError::new("AmazonECS.Unknown", result.to_string()))
        }
        _ => None,
    }
}

/// Tells in every event which execution of which state machine it comes from.
fn add_sources(members: &mut Object, job: &Job) {
    let Some(Json::Array(entries)) = members.get("Entries") else {
        return;
    };
    let execution = &job.execution.0;
    let parts: Vec<&str> = execution.split(':').collect();
    let machine = match &parts[..] {
        [arn, partition, states, region, account, _, name, ..] => {
            format!("{arn}:{partition}:{states}:{region}:{account}:stateMachine:{name}")
        }
        _ => String::new(),
    };
    let entries = entries.iter().map(|entry| match entry {
        Json::Object(entry) => {
            let mut entry = (**entry).clone();
            let given = entry.get("Resources").and_then(Json::as_array);
            let mut resources = given.map_or_else(Vec::new, |given| (**given).clone());
            resources.extend([Json::from(Arc::clone(execution)), Json::from(&*machine)]);
            entry.insert("Resources".into(), Json::from(resources));
            Json::from(entry)
        }
        other => other.clone(),
    });
    let entries = Json::array(entries);
    members.insert("Entries".into(), entries);
}

/// Tells the job's container that Step Functions started it.
fn mark_environment(members: &mut Object) {
    let name = ["ContainerOverrides", "containerOverrides"]
        .into_iter()
        .find(|name| members.contains_key(name))
        .unwrap_or("ContainerOverrides");
    let given = members.get(name).and_then(Json::as_object);
    let mut overrides = given.map_or_else(Object::new, |given| (**given).clone());
    let key = if overrides.contains_key("environment") { "environment" } else { "Environment" };
    let given = overrides.get(key).and_then(Json::as_array);
    let mut environment = given.map_or_else(Vec::new, |given| (**given).clone());
    environment.push(Json::object([
        ("Name", Json::from("MANAGED_BY_AWS")),
        ("Value", Json::from("STARTED_BY_STEP_FUNCTIONS")),
    ]));
    overrides.insert(key.into(), Json::from(environment));
    members.insert(name.into(), Json::from(overrides));
}
