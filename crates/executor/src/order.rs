//! The work order: what a script task is to do, as the compiler of pipelines writes it.

use std::time::Duration;

use compasso_types::{Json, Object};
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
use crate::checkout::Checkout;
use crate::retry::Retry;

/// Most steps of an order.
const STEPS_MAX: usize = 1_000;
/// How long processes have between SIGTERM and SIGKILL if the order does not say.
const GRACE_MS: u64 = 30_000;

/// A work order. A string of a step may be `{"$expr": "…"}`: JSONata over the order's `context` and
/// `steps`, what earlier steps gave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkOrder {
    /// What is done, in order, in one workspace.
    pub(crate) steps: Vec<Step>,
    /// What expressions may read beside `steps`.
    #[serde(default)]
    pub(crate) context: Option<Json>,
    /// The run as far as its scripts are told of it: `scheduled_at`, `interval`, `partition`.
    #[serde(default)]
    pub(crate) run: Option<Json>,
    /// Variables of all steps.
    #[serde(default)]
    pub(crate) env: Object,
    /// Where steps begin, relative to the workspace.
    #[serde(default)]
    pub(crate) dir: Option<Json>,
    /// What the first step reads: text as it is, any other value as JSON.
    #[serde(default)]
    pub(crate) stdin: Option<Json>,
    /// Files in the workspace.
    #[serde(default)]
    pub(crate) files: Object,
    /// The repository it works on.
    #[serde(default)]
    pub(crate) checkout: Option<Checkout>,
    /// How the output is read.
    #[serde(default)]
    pub(crate) output: OutputMode,
    /// Files from and for other tasks.
    #[serde(default)]
    pub(crate) artifacts: Artifacts,
    /// Limits of each process.
    #[serde(default)]
    pub(crate) resources: Resources,
    /// Time between SIGTERM and SIGKILL.
    #[serde(default = "grace")]
    grace_ms: u64,
    /// What the task is called: read by whoever hands the order out.
    #[serde(default, rename = "task")]
    _task: Option<Json>,
    #[serde(default, rename = "key")]
    _key: Option<Json>,
    #[serde(default, rename = "idempotency_key")]
    _idempotency_key: Option<Json>,
}

/// A step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// What its output is called.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// What people call it.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The script.
    pub(crate) run: Option<Json>,
    /// What runs it: the script is the last argument, or a file whose path stands for `{0}`.
    #[serde(default = "shell")]
    pub(crate) shell: Vec<String>,
    #[serde(default)]
    pub(crate) env: Object,
    #[serde(default)]
    pub(crate) dir: Option<Json>,
    /// Whether it runs at all.
    #[serde(default, rename = "if")]
    pub(crate) condition: Option<Json>,
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default)]
    pub(crate) timeout_ms: Option<u64>,
    /// Whether the task goes well even if the step fails.
    #[serde(default)]
    pub(crate) continue_on_error: Option<Json>,
    /// How its own output is read.
    #[serde(default)]
    pub(crate) output: Option<OutputMode>,
    /// The action that it is instead of a script.
    #[serde(default)]
    pub(crate) uses: Option<String>,
    /// The parameters of the action.
    #[serde(default, rename = "with")]
    pub(crate) inputs: Option<Json>,
    /// Where in the parameters expressions stand, as JSON pointers, and what they are.
    #[serde(default)]
    pub(crate) computed: Vec<(String, String)>,
    /// What the action calls: read by whoever carries it out.
    #[serde(default, rename = "resource")]
    _resource: Option<Json>,
    /// How the step is tried again.
    #[serde(default)]
    pub(crate) retry: Option<Retry>,
}

/// After what a step runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Success,
    Always,
    Failure,
}

/// How output is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum OutputMode {
    /// What the script wrote to `$COMPASSO_OUTPUT`.
    #[default]
    Auto,
    /// Standard output is one JSON value.
    Json,
    /// Standard output, without its last line break.
    Text,
    /// The lines of standard output.
    Lines,
    None,
    /// A JSON file in the workspace.
    File(String),
}

/// Files that come from other tasks and go to them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Artifacts {
    #[serde(rename = "in")]
    pub(crate) wanted: Vec<Json>,
    #[serde(rename = "out")]
    pub(crate) given: Vec<String>,
}

/// Limits that the operating system holds each process to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Resources {
    pub(crate) cpu_seconds: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
}

impl WorkOrder {
    /// Reads an order.
    ///
    /// # Errors
    /// It is none, or asks for what cannot be done here.
    pub fn read(order: &Json) -> Result<Self, Failure> {
        let value: Value = serde_json::to_value(order)
            .map_err(|error| Failure::bad_order(format!("the work order is no JSON: {error}")))?;
        let read: Self = serde_json::from_value(value)
            .map_err(|error| Failure::bad_order(format!("the work order has {error}")))?;
        if read.steps.is_empty() || read.steps.len() > STEPS_MAX {
            let steps = read.steps.len();
            let cause = format!("the work order has {steps} steps; it must have 1 to {STEPS_MAX}");
            return Err(Failure::bad_order(cause));
        }
        for step in &read.steps {
            step.check()?;
        }
        Ok(read)
    }

    /// Returns the variables that tell a script what times it is about.
    pub(crate) fn times(&self) -> Vec<(&'static str, String)> {
        let paths: [(&str, &[&str]); 4] = [
            ("COMPASSO_SCHEDULED_AT", &["scheduled_at"]),
            ("COMPASSO_INTERVAL_START", &["interval", "start"]),
            ("COMPASSO_INTERVAL_END", &["interval", "end"]),
            ("COMPASSO_PARTITION", &["partition"]),
        ];
        let known = paths.into_iter().filter_map(|(variable, path)| {
            let found = path.iter().try_fold(self.run.as_ref()?, |value, name| value.get(name))?;
            Some((variable, found.as_str()?.to_owned()))
        });
        known.collect()
    }

    /// Returns the time between SIGTERM and SIGKILL.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }
}

impl Step {
    fn check(&self) -> Result<(), Failure> {
        if self.uses.is_some() && self.run.is_some() {
            return Err(Failure::bad_order("a step is an action or a script, not both"));
        }
        if self.shell.is_empty() {
            return Err(Failure::bad_order("a step has an empty shell"));
        }
        Ok(())
    }

    /// Returns the limit of an attempt at it.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    /// Returns what the step is called, `index` being its place.
    pub(crate) fn title(&self, index: usize) -> String {
        let own = self.name.as_ref().or(self.id.as_ref());
        own.cloned().unwrap_or_else(|| format!("step {}", index + 1))
    }
}

impl TryFrom<String> for OutputMode {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match &*word {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            "lines" => Ok(Self::Lines),
            "none" => Ok(Self::None),
            _ => word.strip_prefix("file:").map(|path| Self::File(path.to_owned())).ok_or_else(
                || format!("no output '{word}': it is auto, json, text, lines, none or file:PATH"),
            ),
        }
    }
}

impl OutputMode {
    /// Returns whether it is made of standard output.
    pub(crate) fn reads_stdout(&self) -> bool {
        match self {
            Self::Json | Self::Text | Self::Lines => true,
            Self::Auto | Self::None | Self::File(_) => false,
        }
    }
}

fn grace() -> u64 {
    GRACE_MS
}

fn shell() -> Vec<String> {
    ["bash", "-euo", "pipefail", "-c"].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(order: &str) -> String {
        WorkOrder::read(&Json::parse(order).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        for (order, reason) in [
            ("{}", "missing field `steps`"),
            (r#"{"steps":[]}"#, "0 steps"),
            (r#"{"steps":[{"run":"x","shell":[]}]}"#, "empty shell"),
            (r#"{"steps":[{"run":"x"}],"output":"yaml"}"#, "no output 'yaml'"),
            (r#"{"steps":[{"uses":"http","run":"x"}]}"#, "not both"),
            (r#"{"steps":[{"run":"x"}],"stepz":1}"#, "unknown field `stepz`"),
        ] {
            let refusal = refusal(order);
            assert!(refusal.contains(reason), "{refusal}");
        }
    }
}
