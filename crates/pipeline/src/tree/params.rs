//! Whether the params of a run keep the rules of the pipeline.

use std::fmt;
use std::sync::Arc;

use boon::{Compiler, Format, Schemas, UrlLoader};
use compasso_types::{Json, Object};
use serde_json::Value;

use super::Param;
use crate::expression;
use crate::source::Span;
use crate::units::parse_duration;

/// The format of durations in the rules of params.
pub(super) const DURATION: &str = "pipeline-duration";
/// What is said of a value that has not that format.
const IS_NO_DURATION: &str = " is not valid pipeline-duration";
/// The name of a schema that is being compiled; nothing is fetched from there.
const PLACE: &str = "param:schema";

/// A param that breaks its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamProblem {
    /// JSON Pointer to the value.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// How a value breaks a schema.
#[derive(Debug)]
pub(super) struct Broken {
    /// JSON Pointer inside the value to what does.
    at: String,
    message: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "at {}: ", self.at)?;
        }
        f.write_str(&self.message)
    }
}

/// Refuses every reference to another document.
struct NoOtherDocuments;

impl UrlLoader for NoOtherDocuments {
    fn load(&self, url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err(format!("a schema cannot refer to other documents such as {url}").into())
    }
}

/// Completes the params of a run with defaults and checks them; all problems are returned.
pub fn check_params(params: &[Param], given: &Object) -> Result<Object, Vec<ParamProblem>> {
    let mut problems = Vec::new();
    for name in given.keys() {
        if !params.iter().any(|param| param.name == *name) {
            let names = params.iter().map(|param| &*param.name);
            let hint = compasso_types::suggestion::nearest(name, names);
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            problems.push(problem(name, format!("there is no such param{hint}")));
        }
    }
    let mut complete = Object::new();
    for param in params {
        match given.get(&param.name).or(param.literal_default()) {
            Some(value) => {
                let found = self::problems(&param.schema, Some(value)).unwrap_or_default();
                let told = |found: Broken| {
                    if param.secret {
                        return problem(&param.name, "it breaks the rules of the param".to_owned());
                    }
                    let ParamProblem { pointer, message } = problem(&param.name, found.message);
                    ParamProblem { pointer: pointer + &found.at, message }
                };
                problems.extend(found.into_iter().map(told));
                complete.insert(param.name.clone(), value.clone());
            }
            None if param.required => {
                problems.push(problem(&param.name, "the param is required".to_owned()));
            }
            None => {}
        }
    }
    if problems.is_empty() { Ok(complete) } else { Err(problems) }
}

/// Completes what a form was answered with and checks it, as [`check_params`] does. `fields` are
/// objects of `name`, `required`, `schema` and maybe `default`.
///
/// # Errors
/// All that is wrong with the answers.
pub fn check_form(fields: &Json, given: &Object) -> Result<Object, Vec<ParamProblem>> {
    let fields = fields.as_array().map_or(&[][..], |fields| &**fields);
    let param = |field: &Json| {
        Some(Param {
            name: field.get("name")?.as_str()?.into(),
            span: Span::default(),
            kind: None,
            default: field.get("default").cloned().map(expression::Value::Literal),
            required: field.get("required").and_then(Json::as_bool) == Some(true),
            secret: false,
            title: None,
            description: None,
            schema: field.get("schema").cloned().unwrap_or_else(Json::empty_object),
        })
    };
    let params: Vec<Param> = fields.iter().filter_map(param).collect();
    check_params(&params, given)
}

fn problem(name: &Arc<str>, message: String) -> ParamProblem {
    let token = name.replace('~', "~0").replace('/', "~1");
    ParamProblem { pointer: format!("/{token}"), message }
}

/// Returns how `value` breaks `schema`.
///
/// # Errors
/// The schema is none.
pub(super) fn problems(schema: &Json, value: Option<&Json>) -> Result<Vec<Broken>, String> {
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.use_loader(Box::new(NoOtherDocuments));
    compiler.register_format(Format { name: DURATION, func: duration });
    let as_value = |json: &Json| serde_json::to_value(json).map_err(|error| error.to_string());
    let mut schemas = Schemas::new();
    compiler.add_resource(PLACE, as_value(schema)?).map_err(|error| error.to_string())?;
    let index = compiler.compile(PLACE, &mut schemas).map_err(|error| cause(&error))?;
    let Some(value) = value else { return Ok(Vec::new()) };
    let value = as_value(value)?;
    let Err(error) = schemas.validate(&value, index) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    leaves(&error, &mut found);
    Ok(found)
}

fn cause(error: &boon::CompileError) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Collects the problems that have no others as their causes.
fn leaves(error: &boon::ValidationError<'_, '_>, found: &mut Vec<Broken>) {
    if error.causes.is_empty() {
        let told = error.kind.to_string();
        let message = match told.split_once(IS_NO_DURATION) {
            Some((value, _)) => format!("{value} is no duration, such as '30s', '5m' or '1h30m'"),
            None => told,
        };
        found.push(Broken { at: error.instance_location.to_string(), message });
    }
    error.causes.iter().for_each(|cause| leaves(cause, found));
}

fn duration(value: &Value) -> Result<(), Box<dyn std::error::Error>> {
    match value {
        Value::String(text) if parse_duration(text).is_none() => Err("no duration".into()),
        _ => Ok(()),
    }
}
