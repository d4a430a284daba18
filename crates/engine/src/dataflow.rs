//! How data flows into and out of a state.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_expr::jsonpath::Root;
use compasso_expr::query::{Over, Query};
use compasso_expr::template::Template;
use compasso_ir::{Dataflow, JsonPathFlow, JsonataFlow, Kind, ResultPath, Selection, State, Value};
use compasso_types::{Json, Payload, limits};

use crate::context::Scene;
use crate::problem::Problem;
use crate::sight::Sight;
use crate::turn::Turn;
use crate::{EventKind, ScopeId};

/// Values of variables assigned together.
pub(crate) type Assigned = BTreeMap<Arc<str>, Json>;

/// The `Output` and `Assign` of a rule or a catcher.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// Where they stand in the state: `Choices[0]/`.
    pub(crate) prefix: &'a str,
    pub(crate) output: Option<&'a Query>,
    pub(crate) assign: Option<&'a Value>,
}

impl Turn<'_> {
    /// Leaves the state with what its work produced, in its own language.
    pub(crate) fn finish(&mut self, scope: ScopeId, state: &State, result: &Payload) {
        self.finish_assigning(scope, state, result, Assigned::new());
    }

    /// Leaves the state as [`Self::finish`] does, and gives its block these variables as well.
    pub(crate) fn finish_assigning(
        &mut self,
        scope: ScopeId,
        state: &State,
        result: &Payload,
        also: Assigned,
    ) {
        let next = state.next.map(|next| self.execution.state(next).name.clone());
        match self.scene(scope).produce(state, result) {
            Ok((output, mut assigned)) => {
                assigned.extend(also);
                self.exit(scope, output, assigned, next);
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Leaves the state and moves on; an output over the limit fails it instead.
    pub(crate) fn exit(
        &mut self,
        scope: ScopeId,
        output: Payload,
        assigned: Assigned,
        next: Option<Arc<str>>,
    ) {
        if let Err(problem) = self.check_sizes(scope, &output, &assigned) {
            let origin = self.execution.scope(scope).last;
            self.fail_state(scope, origin, problem.terminal());
            return;
        }
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        let parent = self.execution.scope(scope).parent;
        let goes_on = next.is_some();
        let kind = crate::turn::kind_of(&state.kind);
        let ended = (!goes_on).then(|| output.clone());
        let name = state.name.clone();
        let exited = EventKind::StateExited { state: name, kind, output, assigned, next };
        self.follow(scope, exited);
        match (ended, parent) {
            (None, _) => self.make_ready(scope),
            (Some(_), Some(parent)) if !self.execution.image.scopes.contains_key(&scope) => {
                self.branch_ended(parent);
            }
            (Some(output), _) => self.block_ended(scope, output),
        }
    }

    fn check_sizes(
        &self,
        scope: ScopeId,
        output: &Payload,
        assigned: &Assigned,
    ) -> Result<(), Problem> {
        let state = self.execution.state(self.execution.active(scope).state);
        let start = self.execution.start().expect("states run in an execution that started");
        let too_large = || Err(Problem::too_large(&state.name));
        if output.text().len() > start.payload_bytes_max {
            return too_large();
        }
        let deepest = assigned.values().map(|value| Payload::from(value.clone()).depth());
        if deepest.chain([output.depth()]).any(|depth| depth > limits::PAYLOAD_DEPTH_MAX) {
            let cause = format!(
                "The state '{}' returned a result that nests deeper than {} levels.",
                state.name,
                limits::PAYLOAD_DEPTH_MAX
            );
            return Err(Problem::new("States.Runtime", cause));
        }
        if assigned.is_empty() {
            return Ok(());
        }
        let size = |value: &Json| value.to_string().len();
        let new: usize = assigned.values().map(size).sum();
        // The blocks inside a state end with it.
        let inside = self.execution.descendants(scope);
        let scopes = self.execution.image.scopes.iter();
        let kept = scopes.filter(|(id, _)| inside.binary_search(id).is_err());
        let kept: usize = kept.flat_map(|(_, s)| s.variables.values()).map(size).sum();
        if new > start.payload_bytes_max || new + kept > limits::VARIABLES_BYTES_MAX {
            return too_large();
        }
        Ok(())
    }
}

impl Scene<'_> {
    /// Returns the input after `InputPath`; of a JSONata state, the input.
    pub(crate) fn effective_input(&self, state: &State) -> Result<Payload, Problem> {
        let input = self.selected_input(state)?;
        if let Dataflow::JsonPath(_) = &state.data {
            self.note(|seen| seen.after_input_path = Some(input.clone()));
        }
        Ok(input)
    }

    /// The same, for a state that does not use it.
    pub(crate) fn selected_input(&self, state: &State) -> Result<Payload, Problem> {
        let input = &self.active().input;
        match &state.data {
            Dataflow::JsonPath(flow) => self.select(&flow.input_path, input),
            Dataflow::Jsonata(_) => Ok(input.clone()),
        }
    }

    /// Returns the work's argument: the input after `InputPath` and `Parameters`, or `Arguments`.
    pub(crate) fn arguments(&self, state: &State) -> Result<Payload, Problem> {
        let input = self.effective_input(state)?;
        match &state.data {
            Dataflow::JsonPath(flow) => {
                let arguments = match &flow.parameters {
                    Some(template) => self.template(template, &input)?.into(),
                    None => input,
                };
                self.note(|seen| seen.after_parameters = Some(arguments.clone()));
                Ok(arguments)
            }
            Dataflow::Jsonata(flow) => {
                let arguments = match &flow.arguments {
                    Some(query) => {
                        self.query(query, &self.sight(&input, None), "Arguments")?.into()
                    }
                    None => input,
                };
                self.note(|seen| seen.after_arguments = Some(arguments.clone()));
                Ok(arguments)
            }
        }
    }

    /// Returns what `state` works on, or hands to a block, unless it is over the limit.
    pub(crate) fn within_limit(&self, state: &State, data: Payload) -> Result<Payload, Problem> {
        let start = self.execution.start().expect("states run in an execution that started");
        if data.text().len() > start.payload_bytes_max {
            return Err(Problem::too_large(&state.name).terminal());
        }
        Ok(data)
    }

    /// Returns output and assigned variables for the work's `result`.
    pub(crate) fn produce(
        &self,
        state: &State,
        result: &Payload,
    ) -> Result<(Payload, Assigned), Problem> {
        if shows_result(&state.kind) {
            self.note(|seen| seen.result = Some(result.clone()));
        }
        match &state.data {
            Dataflow::JsonPath(flow) => {
                let output = self.produce_output(state, flow, result)?;
                let assigned = match &flow.assign {
                    Some(template) => members(self.template(template, result)?),
                    None => Assigned::new(),
                };
                Ok((output, assigned))
            }
            Dataflow::Jsonata(flow) => self.produce_jsonata(state, flow, result),
        }
    }

    fn produce_output(
        &self,
        state: &State,
        flow: &JsonPathFlow,
        result: &Payload,
    ) -> Result<Payload, Problem> {
        let selected: Payload = match &flow.result_selector {
            Some(template) => self.template(template, result)?.into(),
            None => result.clone(),
        };
        let placed = self.insert(&flow.result_path, &self.active().input, &selected)?;
        if shows_result(&state.kind) {
            self.note(|seen| {
                seen.after_result_selector = Some(selected);
                seen.after_result_path = Some(placed.clone());
            });
        }
        self.select(&flow.output_path, &placed)
    }

    fn produce_jsonata(
        &self,
        state: &State,
        flow: &JsonataFlow,
        result: &Payload,
    ) -> Result<(Payload, Assigned), Problem> {
        if flow.output.is_none() && flow.assign.is_none() {
            return Ok((result.clone(), Assigned::new()));
        }
        let has_result = matches!(state.kind, Kind::Task(_) | Kind::Fork(_) | Kind::Map(_));
        let extra = has_result.then(|| ("result", result.value()));
        let sight = self.sight(&self.active().input, extra);
        let assigned = match &flow.assign {
            Some(query) => members(self.query(query, &sight, "Assign")?),
            None => Assigned::new(),
        };
        let output = match &flow.output {
            Some(query) => self.query(query, &sight, "Output")?.into(),
            None => result.clone(),
        };
        Ok((output, assigned))
    }

    /// Evaluates `Output` and `Assign` of a JSONata rule or catcher.
    pub(crate) fn query_fields(
        &self,
        fields: Fields<'_>,
        sight: &Sight<'_>,
        default: impl FnOnce() -> Payload,
    ) -> Result<(Payload, Assigned), Problem> {
        let assigned = match fields.assign {
            Some(Value::Query(query)) => {
                members(self.query(query, sight, &format!("{}Assign", fields.prefix))?)
            }
            Some(Value::Template(_)) | None => Assigned::new(),
        };
        let output = match fields.output {
            Some(query) => self.query(query, sight, &format!("{}Output", fields.prefix))?.into(),
            None => default(),
        };
        Ok((output, assigned))
    }

    /// Evaluates the `Assign` of a JSONPath rule or catcher.
    pub(crate) fn assign(
        &self,
        value: Option<&Value>,
        data: &Payload,
    ) -> Result<Assigned, Problem> {
        match value {
            Some(Value::Template(template)) => Ok(members(self.template(template, data)?)),
            Some(Value::Query(_)) | None => Ok(Assigned::new()),
        }
    }

    /// Makes the error of a path that is applied to nothing.
    fn no_input(&self) -> Problem {
        self.runtime("Unable to apply Path transformation to null or empty input.")
    }

    /// Applies `InputPath` or `OutputPath`.
    pub(crate) fn select(&self, path: &Selection, data: &Payload) -> Result<Payload, Problem> {
        match path {
            Selection::Whole => Ok(data.clone()),
            Selection::Nothing => Ok(Payload::default()),
            Selection::Path(path)
                if *data.value() == Json::Null && *path.root() == Root::Data && !path.is_root() =>
            {
                Err(self.no_input())
            }
            Selection::Path(path) => match path.read(data.value(), self) {
                Ok(value) => Ok(value.into()),
                Err(missing) => {
                    Err(self.runtime(&format!("Invalid path '{}' : {missing}", path.text())))
                }
            },
        }
    }

    /// Applies `ResultPath`.
    pub(crate) fn insert(
        &self,
        place: &ResultPath,
        input: &Payload,
        result: &Payload,
    ) -> Result<Payload, Problem> {
        match place {
            ResultPath::Replace => Ok(result.clone()),
            ResultPath::Discard => Ok(input.clone()),
            ResultPath::Insert(path) => match path.insert(input.value(), result.value().clone()) {
                Ok(value) => Ok(value.into()),
                Err(refused) => {
                    Err(self.named("States.ResultPathMatchFailure", &refused.to_string()))
                }
            },
        }
    }

    pub(crate) fn template(&self, template: &Template, data: &Payload) -> Result<Json, Problem> {
        if *data.value() == Json::Null && template.reads_data() {
            return Err(self.no_input());
        }
        template.evaluate(data.value(), self).map_err(|failure| self.problem_over(&failure, data))
    }

    /// Evaluates a value; nothing stands for null.
    pub(crate) fn query(
        &self,
        query: &Query,
        sight: &Sight<'_>,
        location: &str,
    ) -> Result<Json, Problem> {
        Ok(self.query_any(query, sight, location)?.unwrap_or_default())
    }

    /// Evaluates a condition over a document: nothing does not hold, and other values as
    /// `$boolean` says.
    pub(crate) fn condition(
        &self,
        query: &Query,
        sight: &Sight<'_>,
        location: &str,
    ) -> Result<bool, Problem> {
        Ok(self.query_any(query, sight, location)?.is_some_and(|value| is_true(&value)))
    }

    /// Evaluates a value, which over a document may be nothing.
    pub(crate) fn query_any(
        &self,
        query: &Query,
        sight: &Sight<'_>,
        location: &str,
    ) -> Result<Option<Json>, Problem> {
        match query.over() {
            Over::States => {
                let value = query.evaluate(sight.states(), self, location);
                value.map_err(|failure| self.problem(&failure))
            }
            Over::Document(reads) => {
                let value = query.evaluate(&sight.document(reads), self, location);
                value.map_err(|failure| Problem::of_expression(&failure))
            }
        }
    }
}

/// Returns whether a test of a state of this kind shows a result.
fn shows_result(kind: &Kind) -> bool {
    matches!(kind, Kind::Task(_) | Kind::Pass(_) | Kind::Fork(_) | Kind::Map(_))
}

/// Returns an expression's text for a cause.
pub(crate) fn shown(query: &Query) -> &str {
    query.expression().unwrap_or_default()
}

/// Returns whether JSONata takes a value for true.
fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != 0.0,
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => items.iter().any(is_true),
        Json::Object(members) => !members.is_empty(),
    }
}

/// Returns an object's members as variables.
fn members(value: Json) -> Assigned {
    match value {
        Json::Object(members) => members.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        _ => Assigned::new(),
    }
}
