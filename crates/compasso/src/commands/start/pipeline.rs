//! Starting pipelines.

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::cli::ParamArgs;
use crate::client::Client;
use crate::{diagnostics, output};

/// The error of a run that took too long.
const RUN_TIMEOUT: &str = "RunTimeout";

impl ParamArgs {
    /// Reads them for a pipeline, whose params say which values are text.
    ///
    /// # Errors
    /// One has no value, or the file is no JSON object.
    pub(crate) fn read(&self, pipeline: &Value) -> anyhow::Result<Map<String, Value>> {
        let mut params = match &self.params_file {
            Some(file) => of_file(file)?,
            None => Map::new(),
        };
        for given in &self.params {
            if let Some(other) = joined(given, pipeline) {
                output::note(&format!(
                    "'{given}' is one param: give '{other}' a --params of its own if it is another"
                ));
            }
            let (name, value) = read(given, pipeline)?;
            params.insert(name, value);
        }
        Ok(params)
    }
}

/// How a run starts.
pub(super) struct Run {
    /// Its name; made up if absent.
    pub(super) name: Option<String>,
    /// Whether it starts even while the pipeline is paused.
    pub(super) force: bool,
    /// Whether all its tasks are held.
    pub(super) hold: bool,
    /// What happens if there are as many runs as may be.
    pub(super) overlap: Option<String>,
    /// Labels of its own.
    pub(super) labels: Map<String, Value>,
    /// Whether the answer tells its end.
    pub(super) wait: bool,
}

/// Starts a run of a pipeline and returns the server's answer.
pub(super) async fn start(
    client: &Client,
    name: &str,
    pipeline: &Value,
    params: &ParamArgs,
    run: Run,
) -> anyhow::Result<Value> {
    let mut body = json!({"params": params.read(pipeline)?});
    if let Some(name) = run.name {
        body["name"] = name.into();
    }
    if !run.labels.is_empty() {
        body["labels"] = run.labels.into();
    }
    if run.hold {
        body["hold"] = true.into();
    }
    let switches = [("force", run.force), ("wait", run.wait)];
    let mut query: Vec<(&str, &str)> =
        switches.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| (*name, "true")).collect();
    query.extend(run.overlap.as_deref().map(|overlap| ("overlap", overlap)));
    client.rest(Method::POST, &["pipelines", name, "runs"], &query, body.to_string()).await
}

/// Says how a run ended that was waited for, in the words of executions.
pub(super) fn ended(run: &Value) -> Value {
    let status = match run["state"].as_str() {
        Some("success") => "SUCCEEDED",
        Some("cancelled") => "ABORTED",
        Some("running") => "RUNNING",
        _ if run["error"]["name"] == RUN_TIMEOUT => "TIMED_OUT",
        _ => "FAILED",
    };
    let mut ended = json!({"executionArn": run["id"], "name": run["name"], "status": status});
    match run.get("output") {
        Some(output) => ended["output"] = output.to_string().into(),
        None if status == "SUCCEEDED" => ended["output"] = "null".into(),
        None => {}
    }
    for (member, of_error) in [("error", "name"), ("cause", "cause")] {
        if let Some(text) = run["error"][of_error].as_str() {
            ended[member] = text.into();
        }
    }
    ended
}

fn of_file(file: &str) -> anyhow::Result<Map<String, Value>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?;
    diagnostics::check_json(file, &text)?;
    match serde_json::from_str(&text)? {
        Value::Object(params) => Ok(params),
        _ => bail!("{file}: params are an object"),
    }
}

/// Returns the param of a pipeline that is meant behind a comma in the value of another, if one may be.
fn joined<'p>(given: &str, pipeline: &'p Value) -> Option<&'p str> {
    let (_, value) = given.split_once('=')?;
    let params = pipeline["params"].as_array()?.iter();
    let mut names = params.filter_map(|param| param["name"].as_str());
    names.find(|name| {
        value.match_indices(',').any(|(at, _)| {
            let behind = value[at + 1..].trim_start().strip_prefix(name);
            behind.is_some_and(|rest| rest.starts_with('=') || rest.starts_with(":="))
        })
    })
}

fn read(given: &str, pipeline: &Value) -> anyhow::Result<(String, Value)> {
    let Some((name, text)) = given.split_once('=') else {
        bail!("{given}: a param is NAME=VALUE, or NAME:=JSON");
    };
    if let Some(name) = name.strip_suffix(':') {
        let value = serde_json::from_str(text).with_context(|| format!("{name} is no JSON"))?;
        return Ok((name.to_owned(), value));
    }
    let params = pipeline["params"].as_array().map(Vec::as_slice).unwrap_or_default();
    let kind = params.iter().find(|param| param["name"] == name).map(|param| &param["type"]);
    let is_text = kind
        .and_then(Value::as_str)
        .is_some_and(|kind| !["integer", "number", "boolean", "object", "array"].contains(&kind));
    let read = (!is_text).then(|| serde_json::from_str(text).ok()).flatten();
    Ok((name.to_owned(), read.unwrap_or_else(|| text.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_param_behind_a_comma_is_noticed() {
        let pipeline = json!({"params": [{"name": "day"}, {"name": "zone"}]});
        assert_eq!(joined("day=2026-01-01,zone=eu", &pipeline), Some("zone"));
        assert_eq!(joined("day=2026-01-01, zone:=1", &pipeline), Some("zone"));
        for given in ["day=2026-01-01", "day=a,b=c", "day=a,zones=1", "zone=1"] {
            assert_eq!(joined(given, &pipeline), None, "{given}");
        }
    }

    #[test]
    fn the_type_of_a_param_says_whether_its_value_is_text() {
        let pipeline = json!({"params": [
            {"name": "day", "type": "date"}, {"name": "zip", "type": "string"},
            {"name": "limit", "type": "integer"}, {"name": "any"},
        ]});
        for (given, name, value) in [
            ("zip=01234", "zip", json!("01234")),
            ("day=2026-01-01", "day", json!("2026-01-01")),
            ("limit=5", "limit", json!(5)),
            ("limit=many", "limit", json!("many")),
            ("any=[1]", "any", json!([1])),
            ("any=a=b", "any", json!("a=b")),
            ("zip:=null", "zip", json!(null)),
        ] {
            assert_eq!(read(given, &pipeline).unwrap(), (name.to_owned(), value), "{given}");
        }
        assert!(read("zip", &pipeline).is_err());
        assert!(read("any:=x", &pipeline).is_err());
    }
}
