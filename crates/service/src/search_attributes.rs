//! What the executions of a state machine are searched by: what AWS does not have.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_expr::jsonpath::{Path, Root};
use compasso_store::{AttributeValue, Attributes, ExecutionKey, Expected};
use compasso_triggers::{INTERVAL, interval_value};
use compasso_types::limits::{NAME_CHARS_MAX, SEARCH_ATTRIBUTES_MAX, SEARCH_TEXT_BYTES_MAX};
use compasso_types::{Json, Payload};
use serde::{Deserialize, Serialize};

use crate::arns::MachineArn;
use crate::pipelines::AGAIN_OF as AGAIN_OF_MEMBER;
use crate::records::{Machine, MachineType};
use crate::search::LABELS;
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, put};
use crate::{Error, Service};

/// What runs are found by that run another one again: its ARN.
pub(crate) const AGAIN_OF: &str = "run.again_of";

/// Labels of one execution or run: it is found by them.
pub type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// Names with paths into the input of an execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct SearchAttributes {
    pub search_attributes: BTreeMap<Arc<str>, Arc<str>>,
}

/// Says what the executions of a state machine are searched by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct PutSearchAttributes {
    pub state_machine_arn: String,
    #[serde(flatten)]
    pub attributes: SearchAttributes,
}

/// Asks what the executions of a state machine are searched by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct GetSearchAttributes {
    pub state_machine_arn: String,
}

impl Service {
    /// Sets what the executions of a Standard state machine or a pipeline that start from now on are searched by.
    ///
    /// # Errors
    /// A name or a path is not one, there are too many, or there is no such state machine.
    pub async fn put_search_attributes(&self, request: PutSearchAttributes) -> Result<(), Error> {
        let attributes = request.attributes.search_attributes;
        check(&attributes)?;
        let arn =
            MachineArn::of_workflow("stateMachineArn", &request.state_machine_arn)?.machine()?;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let stored = self.lasting_machine(&arn).await?;
            if stored.value.kind == MachineType::Express {
                return Err(Error::StateMachineTypeNotSupported);
            }
            let search_attributes = attributes.clone();
            let machine = Machine { search_attributes, ..Machine::clone(&stored.value) };
            let change = put(arn.as_str(), Expected::Revision(stored.revision), &machine);
            if self.change(arn.as_str(), vec![change]).await? == Change::Done {
                return Ok(());
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }

    /// Returns the labels of an execution of a state machine.
    pub(crate) async fn labels_of(&self, execution: &str) -> Result<Labels, Error> {
        Ok(labels_in(self.attributes_of(execution).await?))
    }

    /// Returns what an execution is searched by.
    pub(crate) async fn attributes_of(&self, execution: &str) -> Result<Attributes, Error> {
        let row = self.runtime.store().execution(&ExecutionKey(execution.into())).await?;
        Ok(row.map(|row| row.header.attributes).unwrap_or_default())
    }

    /// Returns what the executions of a state machine are searched by.
    ///
    /// # Errors
    /// There is no such state machine.
    pub async fn search_attributes(
        &self,
        request: GetSearchAttributes,
    ) -> Result<SearchAttributes, Error> {
        let arn =
            MachineArn::of_workflow("stateMachineArn", &request.state_machine_arn)?.machine()?;
        let search_attributes = self.machine(&arn).await?.value.search_attributes.clone();
        Ok(SearchAttributes { search_attributes })
    }
}

/// Says whether executions may be searched by a name.
fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (1..=NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(is_allowed)
}

/// Checks the labels that a start gives.
pub(crate) fn check_labels(labels: &Labels) -> Result<(), Error> {
    if labels.len() > SEARCH_ATTRIBUTES_MAX {
        let most = SEARCH_ATTRIBUTES_MAX;
        return Err(Error::validation(format!("A run can have at most {most} labels of its own")));
    }
    for (name, value) in labels {
        if !is_name(name) {
            return Err(Error::validation(format!(
                "The name '{name}' of a label must have 1 to {NAME_CHARS_MAX} letters, digits and _ - ."
            )));
        }
        if value.len() > SEARCH_TEXT_BYTES_MAX {
            return Err(Error::validation(format!(
                "The label '{name}' must have at most {SEARCH_TEXT_BYTES_MAX} bytes"
            )));
        }
    }
    Ok(())
}

/// Returns the labels among what an execution is searched by.
pub(crate) fn labels_in(attributes: Attributes) -> Labels {
    let label = |(name, value): (Arc<str>, AttributeValue)| match value {
        AttributeValue::Text(text) => Some((name.strip_prefix(LABELS)?.into(), text)),
        _ => None,
    };
    attributes.into_iter().filter_map(label).collect()
}

/// Returns what an execution is searched by that has these labels.
pub(crate) fn label_attributes(
    labels: &Labels,
) -> impl Iterator<Item = (Arc<str>, AttributeValue)> + use<'_> {
    let named = |name: &str| format!("{LABELS}{name}").into();
    labels.iter().map(move |(name, value)| (named(name), AttributeValue::Text(value.clone())))
}

/// Checks names and paths.
fn check(attributes: &BTreeMap<Arc<str>, Arc<str>>) -> Result<(), Error> {
    if attributes.len() > SEARCH_ATTRIBUTES_MAX {
        let most = SEARCH_ATTRIBUTES_MAX;
        return Err(Error::validation(format!("There can be at most {most} search attributes")));
    }
    for (name, path) in attributes {
        if !is_name(name) {
            return Err(Error::validation(format!(
                "The name '{name}' of a search attribute must have 1 to {NAME_CHARS_MAX} letters, \
                 digits and _ - ."
            )));
        }
        let compiled = Path::parse(path).map_err(|error| {
            Error::validation(format!(
                "The path '{path}' of the search attribute '{name}' is wrong at character {}: {error}",
                error.offset + 1
            ))
        })?;
        if *compiled.root() != Root::Data || !compiled.is_reference() {
            return Err(Error::validation(format!(
                "The path '{path}' of the search attribute '{name}' must lead to one value of the \
                 input, as $.customer.id does"
            )));
        }
    }
    Ok(())
}

impl Machine {
    /// Returns what an execution with this input is searched by; what is neither text, number nor
    /// true or false is left out.
    pub(crate) fn attributes(&self, input: &Payload) -> Attributes {
        let values = self.search_attributes.iter().filter_map(|(name, path)| {
            let found = Path::parse(path).ok()?.follow(input.value())?;
            Some((name.clone(), indexed(&found)?))
        });
        let of_run = self.interval(input).into_iter().chain(self.again_of(input));
        values.chain(of_run).chain(self.labels_of(input)).collect()
    }

    /// Returns the labels of a run of a pipeline, its own and those of the version that it began with, the
    /// first ones if there are too many.
    fn labels_of<'a>(
        &self,
        input: &'a Payload,
    ) -> impl Iterator<Item = (Arc<str>, AttributeValue)> + use<'a> {
        let run = input.value().get("run").filter(|_| self.kind == MachineType::Pipeline);
        let labels = run.and_then(|run| run.get("labels")).and_then(Json::as_object);
        let labels = labels.into_iter().flat_map(|labels| labels.iter());
        let labels = labels
            .filter(|(name, _)| is_name(name))
            .filter_map(|(name, value)| Some((format!("{LABELS}{name}").into(), indexed(value)?)));
        labels.take(2 * SEARCH_ATTRIBUTES_MAX)
    }

    /// Returns what a run of a pipeline is found by that runs another one again.
    fn again_of(&self, input: &Payload) -> Option<(Arc<str>, AttributeValue)> {
        if self.kind != MachineType::Pipeline {
            return None;
        }
        let of = input.value().get("run")?.get(AGAIN_OF_MEMBER)?;
        Some((AGAIN_OF.into(), indexed(of)?))
    }

    /// Returns what a run is found by that is about an interval, and not just about the moment of its start.
    fn interval(&self, input: &Payload) -> Option<(Arc<str>, AttributeValue)> {
        if self.kind != MachineType::Pipeline {
            return None;
        }
        let interval = input.value().get("run")?.get("interval")?;
        let (start, end) = (interval.get("start")?.as_str()?, interval.get("end")?.as_str()?);
        (start != end).then(|| (INTERVAL.into(), interval_value(start, end)))
    }
}

fn indexed(value: &Json) -> Option<AttributeValue> {
    match value {
        Json::String(text) => {
            let is_short = text.len() <= SEARCH_TEXT_BYTES_MAX;
            is_short.then(|| AttributeValue::Text(text.clone()))
        }
        Json::Number(number) => Some(AttributeValue::Number(number.as_f64())),
        Json::Bool(value) => Some(AttributeValue::Bool(*value)),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
