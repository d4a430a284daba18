//! What the containers of a Kubernetes Job wrote.

use compasso_engine::TaskError;
use compasso_types::limits::PAYLOAD_BYTES_MAX;
use compasso_types::{Json, Object};
use reqwest::Method;

use super::kubernetes::{Kubernetes, pairs_of};
use crate::parameters::Parameters;

/// Returns `{pods: {POD: {containers: {CONTAINER: {log}}}}}` if the options want it.
pub(super) async fn read(
    kubernetes: &Kubernetes,
    namespace: &str,
    job: &str,
    options: &Object,
    parameters: &Parameters<'_>,
) -> Result<Option<Json>, TaskError> {
    let is_set = |name: &str| options.get(name).and_then(Json::as_bool) == Some(true);
    if !is_set("RetrieveLogs") {
        return Ok(None);
    }
    let given = options.get("LogParameters").and_then(Json::as_object);
    let query = pairs_of(given.map(|members| &**members));
    let query = query.ok_or_else(|| parameters.invalid("LogOptions"))?;
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let selector = [("labelSelector".to_owned(), format!("job-name={job}"))];
    let found = kubernetes.object(Method::GET, &pods, &selector, None).await?;
    let mut shown = Object::new();
    let mut room = PAYLOAD_BYTES_MAX;
    for pod in found.get("items").and_then(Json::as_array).into_iter().flat_map(|pods| pods.iter())
    {
        let Some(name) = pod.get("metadata").and_then(|about| about.get("name")?.as_str()) else {
            continue;
        };
        let mut containers = Object::new();
        for container in container_names(pod) {
            let mut query = query.clone();
            query.push(("container".to_owned(), container.to_owned()));
            let path = format!("{pods}/{name}/log");
            let answer = kubernetes.call(Method::GET, &path, &query, None).await?;
            let text = String::from_utf8_lossy(&answer.body);
            // What is too large fails by the engine's rule; more of it need not be read.
            room = room.saturating_sub(text.len());
            containers.insert(container.into(), log(&text, is_set("RawLogs")));
            if room == 0 {
                break;
            }
        }
        shown.insert(name.into(), Json::object([("containers", Json::from(containers))]));
        if room == 0 {
            break;
        }
    }
    Ok(Some(Json::object([("pods", Json::from(shown))])))
}

fn container_names(pod: &Json) -> Vec<&str> {
    let containers = pod.get("spec").and_then(|spec| spec.get("containers")?.as_array());
    let containers = containers.into_iter().flat_map(|containers| containers.iter());
    containers.filter_map(|container| container.get("name")?.as_str()).collect()
}

/// A log that is JSON is shown as such, unless it is wanted as it is.
fn log(text: &str, is_raw: bool) -> Json {
    let parsed = (!is_raw).then(|| Json::parse(text).ok()).flatten();
    Json::object([("log", parsed.unwrap_or_else(|| Json::from(text)))])
}
