//! Choice states.

use std::sync::Arc;

use compasso_expr::query::Over;
use compasso_ir::{
    Choice, Comparison, Condition, Dataflow, Operand, Rule, Selection, State, StateId, Test,
    ValueType,
};
use compasso_types::{Json, Number, Payload, Timestamp};

use crate::ScopeId;
use crate::context::Scene;
use crate::dataflow::{Assigned, Fields, shown};
use crate::problem::Problem;
use crate::turn::Turn;

impl Turn<'_> {
    /// Takes the first branch whose rule holds.
    pub(crate) fn choose(&mut self, scope: ScopeId, state: &State, choice: &Choice) {
        let scene = self.scene(scope);
        let chosen = scene.effective_input(state).and_then(|input| {
            let (rule, next) = scene.first_that_holds(choice, &input)?;
            let (output, assigned) = match rule {
                Some(index) => {
                    let prefix = format!("Choices[{index}]/");
                    scene.produce_by_rule(state, &choice.rules[index], &prefix, &input)?
                }
                None => scene.produce(state, &input)?,
            };
            Ok((output, assigned, next))
        });
        match chosen {
            Ok((output, assigned, next)) => {
                let next = self.execution.state(next).name.clone();
                self.exit(scope, output, assigned, Some(next));
            }
            Err(problem) => self.raise(scope, problem),
        }
    }
}

impl Scene<'_> {
    /// Returns the index of the rule that holds, if any does, and the state that follows.
    fn first_that_holds(
        &self,
        choice: &Choice,
        input: &Payload,
    ) -> Result<(Option<usize>, StateId), Problem> {
        for (index, rule) in choice.rules.iter().enumerate() {
            if self.holds(&rule.condition, input, index)? {
                return Ok((Some(index), rule.next));
            }
        }
        let next = choice.default.ok_or_else(|| {
            let cause = "Failed to transition out of the state. The state does not point to a next \
                         state.";
            self.named("States.NoChoiceMatched", cause)
        })?;
        Ok((None, next))
    }

    /// The winning rule's own `Assign` and `Output` replace the state's.
    fn produce_by_rule(
        &self,
        state: &State,
        rule: &Rule,
        prefix: &str,
        input: &Payload,
    ) -> Result<(Payload, Assigned), Problem> {
        match &state.data {
            Dataflow::JsonPath(flow) => {
                let output = self.select(&flow.output_path, input)?;
                Ok((output, self.assign(rule.assign.as_ref(), input)?))
            }
            Dataflow::Jsonata(_) => {
                let (output, assign) = (rule.output.as_ref(), rule.assign.as_ref());
                let fields = Fields { prefix, output, assign };
                let sight = self.sight(input, None);
                self.query_fields(fields, &sight, || input.clone())
            }
        }
    }

    /// `And` and `Or` are lazy, left to right.
    fn holds(&self, condition: &Condition, input: &Payload, rule: usize) -> Result<bool, Problem> {
        match condition {
            Condition::Literal(value) => Ok(*value),
            Condition::Query(query) => {
                let field = format!("Choices[{rule}]/Condition");
                let sight = self.sight(input, None);
                if let Over::Document(_) = query.over() {
                    return self.condition(query, &sight, &field);
                }
                let value = self.query(query, &sight, &field)?;
                value
                    .as_bool()
                    .ok_or_else(|| self.unexpected_type(&field, shown(query), "boolean", &value))
            }
            Condition::And(all) => {
                for one in all {
                    if !self.holds(one, input, rule)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Or(any) => {
                for one in any {
                    if self.holds(one, input, rule)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Not(one) => Ok(!self.holds(one, input, rule)?),
            Condition::Test { variable, test } => {
                let found = variable.read(input.value(), self);
                if let Test::IsPresent(expected) = test {
                    return Ok(found.is_ok() == *expected);
                }
                let value = found.map_err(|_| {
                    self.runtime(&format!(
                        "Invalid path '{}': The choice state's condition path references an \
                         invalid value.",
                        variable.text()
                    ))
                })?;
                self.passes(test, &value, input)
            }
        }
    }

    /// A value of the wrong type makes a comparison false, not an error.
    fn passes(&self, test: &Test, value: &Json, input: &Payload) -> Result<bool, Problem> {
        Ok(match test {
            Test::IsPresent(_) => unreachable!("presence is tested before the value is read"),
            Test::IsType(of, expected) => is_type(value, *of) == *expected,
            Test::Boolean(operand) => {
                let expected = self.operand(operand, input, Json::as_bool)?;
                value.as_bool().is_some_and(|value| Some(value) == expected)
            }
            Test::StringMatches(pattern) => {
                value.as_str().is_some_and(|text| pattern.matches(text))
            }
            Test::String(comparison, operand) => {
                let read = |value: &Json| value.as_str().map(Arc::from);
                let expected: Option<Arc<str>> = self.operand(operand, input, read)?;
                let ordering = value.as_str().zip(expected.as_deref());
                ordering.is_some_and(|(a, b)| comparison_holds(*comparison, compare_units(a, b)))
            }
            Test::Numeric(comparison, operand) => {
                let expected = self.operand(operand, input, Json::as_number)?;
                let pair = value.as_number().zip(expected);
                pair.is_some_and(|(a, b)| comparison_holds(*comparison, Number::compare(a, b)))
            }
            Test::Timestamp(comparison, operand) => {
                let expected = self.operand(operand, input, timestamp)?;
                let pair = timestamp(value).zip(expected);
                pair.is_some_and(|(a, b)| comparison_holds(*comparison, a.cmp(&b)))
            }
        })
    }

    fn operand<T: Clone>(
        &self,
        operand: &Operand<T>,
        input: &Payload,
        read: impl Fn(&Json) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match operand {
            Operand::Literal(value) => Ok(Some(value.clone())),
            Operand::Path(path) => {
                let selection = Selection::Path(path.clone());
                Ok(read(self.select(&selection, input)?.value()))
            }
        }
    }
}

fn timestamp(value: &Json) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn is_type(value: &Json, of: ValueType) -> bool {
    match of {
        ValueType::Null => *value == Json::Null,
        ValueType::String => value.as_str().is_some(),
        ValueType::Numeric => value.as_number().is_some(),
        ValueType::Boolean => value.as_bool().is_some(),
        ValueType::Timestamp => timestamp(value).is_some(),
    }
}

/// Strings are ordered by UTF-16 code unit, as Java orders them.
fn compare_units(a: &str, b: &str) -> std::cmp::Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn comparison_holds(comparison: Comparison, ordering: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Equals => ordering.is_eq(),
        Comparison::LessThan => ordering.is_lt(),
        Comparison::GreaterThan => ordering.is_gt(),
        Comparison::LessThanEquals => ordering.is_le(),
        Comparison::GreaterThanEquals => ordering.is_ge(),
    }
}
