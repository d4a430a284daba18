//! Choice states.

use compasso_ir::{Choice, Condition, Kind, Rule};

use super::StateCompiler;
use crate::cursor::Cursor;
use crate::expressions::Readable;
use crate::fields;
use crate::schema::{self, Language};
use crate::source::Value;

impl StateCompiler<'_, '_> {
    /// Reads what only a Choice state has.
    pub(super) fn choice(&mut self) -> Option<Kind> {
        let at = self.at;
        schema::require(self.report, &at, &["Choices"]);
        let default = self.read("Default", Self::target);
        let rules = self.read("Choices", |s, at| {
            if fields::non_empty_array(s.report, at).is_none() {
                s.flow.doubt(s.block);
                return None;
            }
            Some(at.items().map(|rule| s.rule(&rule)).collect::<Vec<_>>())
        });
        if rules.is_none() {
            self.flow.doubt(self.block);
        }
        let rules = rules?.into_iter().collect::<Option<_>>()?;
        Some(Kind::Choice(Choice { rules, default }))
    }

    fn rule(&mut self, at: &Cursor<'_>) -> Option<Rule> {
        if fields::object(self.report, at).is_none() {
            self.flow.doubt(self.block);
            return None;
        }
        fields::comment(self.report, at);
        self.check_rule_fields(at, &schema::RULE);
        let next = self.next_of(at);
        let condition = match self.language {
            Language::JsonPath => self.condition(at),
            Language::Jsonata => self.jsonata_condition(at),
        };
        let assign = at.field("Assign").and_then(|at| self.assign(&at, Readable::Input));
        let output = at.field("Output").filter(|_| self.language == Language::Jsonata);
        let output = output.and_then(|at| self.query(&at, Readable::Input));
        Some(Rule { condition: condition?, next: next?, assign, output })
    }

    fn jsonata_condition(&mut self, rule: &Cursor<'_>) -> Option<Condition> {
        schema::require(self.report, rule, &["Condition"]);
        let at = rule.field("Condition")?;
        match at.node.value {
            Value::Bool(value) => Some(Condition::Literal(value)),
            Value::String(_) => {
                let query = self.query(&at, Readable::Input)?;
                if query.literal().is_some() {
                    return self.refuse_condition(&at);
                }
                Some(Condition::Query(query))
            }
            _ => self.refuse_condition(&at),
        }
    }

    fn refuse_condition<T>(&mut self, at: &Cursor<'_>) -> Option<T> {
        let message = "Expected value of type Boolean".to_owned();
        let hint = "write an expression between '{%' and '%}'".to_owned();
        self.report.schema_hint(at, message, Some(hint));
        None
    }
}
