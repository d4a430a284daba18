//! The conditions of JSONPath Choice rules: 39 operators and their combinations.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use compasso_expr::jsonpath::Path;
use compasso_ir::{Comparison, Condition, Operand, Pattern, Test, ValueType};
use compasso_types::suggestion;

use super::StateCompiler;
use super::wait::timestamp;
use crate::cursor::Cursor;
use crate::report::Report;
use crate::schema::{self, Language, Shape};
use crate::{fields, looks_computed};

/// Says that a rule does not test exactly one thing.
const SELECTION: &str = "The object must have only one of the following fields, [And, Or, Not, \
                         Variable, Condition]";
const COMBINATIONS: [&str; 3] = ["And", "Or", "Not"];

/// An operator without its operand.
#[derive(Clone, Copy)]
enum Operator {
    Present,
    Type(ValueType),
    Matches,
    /// Compares with a literal of a type, or with what a path leads to.
    Compares(Compared, Comparison, IsPath),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Boolean,
    Numeric,
    String,
    Timestamp,
}

/// Whether an operand is the path of a value instead of the value.
#[derive(Clone, Copy, PartialEq, Eq)]
struct IsPath(bool);

/// All operators by name.
static OPERATORS: LazyLock<BTreeMap<String, Operator>> = LazyLock::new(|| {
    let types = [
        ("IsNull", ValueType::Null),
        ("IsString", ValueType::String),
        ("IsNumeric", ValueType::Numeric),
        ("IsBoolean", ValueType::Boolean),
        ("IsTimestamp", ValueType::Timestamp),
    ];
    let families = [
        ("Boolean", Compared::Boolean),
        ("Numeric", Compared::Numeric),
        ("String", Compared::String),
        ("Timestamp", Compared::Timestamp),
    ];
    let comparisons = [
        ("Equals", Comparison::Equals),
        ("LessThan", Comparison::LessThan),
        ("GreaterThan", Comparison::GreaterThan),
        ("LessThanEquals", Comparison::LessThanEquals),
        ("GreaterThanEquals", Comparison::GreaterThanEquals),
    ];
    let mut operators = BTreeMap::from([
        ("IsPresent".to_owned(), Operator::Present),
        ("StringMatches".to_owned(), Operator::Matches),
    ]);
    operators.extend(types.map(|(name, kind)| (name.to_owned(), Operator::Type(kind))));
    for (family, compared) in families {
        for (comparison, how) in comparisons {
            if compared == Compared::Boolean && how != Comparison::Equals {
                continue;
            }
            for (suffix, is_path) in [("", IsPath(false)), ("Path", IsPath(true))] {
                let name = format!("{family}{comparison}{suffix}");
                operators.insert(name, Operator::Compares(compared, how, is_path));
            }
        }
    }
    operators
});

impl StateCompiler<'_, '_> {
    /// Reports the members a rule does not have; operators count as members of JSONPath rules.
    pub(super) fn check_rule_fields(&mut self, at: &Cursor<'_>, shape: &Shape) {
        for member in at.members() {
            let name = member.name();
            if let Some(field) = shape.fields.iter().find(|field| field.name == name) {
                schema::check_language(self.report, &member, at, field, self.language);
            } else if !OPERATORS.contains_key(name) {
                if schema::RULE.fields.iter().any(|field| field.name == name) {
                    let hint = "only a rule directly in 'Choices' has it".to_owned();
                    schema::unsupported(self.report, &member, at, Some(hint));
                    continue;
                }
                let known = shape.fields.iter().filter(|field| field.speaks(self.language));
                let operators = OPERATORS.keys().filter(|_| self.language == Language::JsonPath);
                let names = known.map(|field| field.name).chain(operators.map(String::as_str));
                let hint = self.report.search(|| suggestion::nearest(name, names));
                schema::unsupported(self.report, &member, at, hint);
            } else if self.language == Language::Jsonata {
                let hint = Some("use 'Condition'".to_owned());
                schema::foreign(self.report, &member, at, Language::JsonPath, hint);
            }
        }
        schema::require(self.report, at, shape.required);
    }

    /// Reads what a JSONPath rule tests: a combination of rules, or a variable with one operator.
    pub(super) fn condition(&mut self, at: &Cursor<'_>) -> Option<Condition> {
        let mut combinations = at.members().filter(|at| COMBINATIONS.contains(&at.name()));
        let Some(combination) = combinations.next() else {
            return self.test(at);
        };
        let leaf = |at: &Cursor<'_>| at.name() == "Variable" || OPERATORS.contains_key(at.name());
        let surplus = combinations.next().or_else(|| at.members().find(leaf));
        if let Some(surplus) = surplus {
            self.report.schema_key(&surplus, at, SELECTION.to_owned(), None);
        }
        match combination.name() {
            "And" => self.nested_rules(&combination).map(Condition::And),
            "Or" => self.nested_rules(&combination).map(Condition::Or),
            _ => self.nested_rule(&combination).map(|rule| Condition::Not(Box::new(rule))),
        }
    }

    fn nested_rules(&mut self, at: &Cursor<'_>) -> Option<Vec<Condition>> {
        fields::non_empty_array(self.report, at)?;
        let rules: Vec<_> = at.items().map(|rule| self.nested_rule(&rule)).collect();
        rules.into_iter().collect()
    }

    fn nested_rule(&mut self, at: &Cursor<'_>) -> Option<Condition> {
        fields::object(self.report, at)?;
        fields::comment(self.report, at);
        self.check_rule_fields(at, &schema::RULE_NESTED);
        self.condition(at)
    }

    fn test(&mut self, at: &Cursor<'_>) -> Option<Condition> {
        let mut operators = at.members().filter_map(|at| Some((at, *OPERATORS.get(at.name())?)));
        let operator = operators.next();
        let surplus = operators.next();
        if operator.is_none() && at.node.get("Variable").is_none() {
            self.report.schema(at, SELECTION.to_owned());
            return None;
        }
        schema::require(self.report, at, &["Variable"]);
        let names = || OPERATORS.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        if let Some((surplus, _)) = surplus {
            let message =
                format!("There should only be one of the following fields: [{}]", names());
            let hint = "combine several rules with 'And' or 'Or'".to_owned();
            self.report.schema_key(&surplus, at, message, Some(hint));
        }
        // An unknown member was reported; most likely it is a misspelled operator.
        if operator.is_none() && !at.members().any(|at| is_unknown(at.name())) {
            let message =
                format!("This object should have only one of the following fields: [{}]", names());
            let hint = "add one, such as 'StringEquals' or 'IsPresent'".to_owned();
            self.report.schema_hint(at, message, Some(hint));
        }
        let variable = at.field("Variable").and_then(|at| self.operand_path(&at));
        let test = operator.and_then(|(at, operator)| self.operand(&at, operator));
        Some(Condition::Test { variable: variable?, test: test? })
    }

    fn operand(&mut self, at: &Cursor<'_>, operator: Operator) -> Option<Test> {
        match operator {
            Operator::Present => fields::boolean(self.report, at).map(Test::IsPresent),
            Operator::Type(kind) => {
                fields::boolean(self.report, at).map(|expected| Test::IsType(kind, expected))
            }
            Operator::Matches => self.pattern(at).map(Test::StringMatches),
            Operator::Compares(compared, how, IsPath(true)) => {
                let path = self.operand_path(at)?;
                Some(match compared {
                    Compared::Boolean => Test::Boolean(Operand::Path(path)),
                    Compared::Numeric => Test::Numeric(how, Operand::Path(path)),
                    Compared::String => Test::String(how, Operand::Path(path)),
                    Compared::Timestamp => Test::Timestamp(how, Operand::Path(path)),
                })
            }
            Operator::Compares(compared, how, IsPath(false)) => {
                literal_test(self.report, at, compared, how)
            }
        }
    }

    /// Reads the path of a value that is tested or compared with.
    fn operand_path(&mut self, at: &Cursor<'_>) -> Option<Path> {
        if at.node.as_str().is_some_and(|text| !text.starts_with('$')) {
            let message = "Value is not a Reference Path: Reference path didn't start with '$'";
            self.report.schema(at, message.to_owned());
            return None;
        }
        self.reference_path(at)
    }

    fn pattern(&mut self, at: &Cursor<'_>) -> Option<Pattern> {
        let text = fields::text(self.report, at)?;
        let pattern = Pattern::parse(&text).ok();
        if pattern.is_none() {
            let message = "In 'StringMatches' a backslash must stand before '*' or a backslash";
            self.report.schema(at, message.to_owned());
        }
        pattern
    }
}

fn is_unknown(name: &str) -> bool {
    !OPERATORS.contains_key(name) && !schema::RULE.fields.iter().any(|field| field.name == name)
}

fn literal_test(
    report: &mut Report<'_>,
    at: &Cursor<'_>,
    compared: Compared,
    how: Comparison,
) -> Option<Test> {
    Some(match compared {
        Compared::Boolean => Test::Boolean(Operand::Literal(fields::boolean(report, at)?)),
        Compared::Numeric => Test::Numeric(how, Operand::Literal(fields::number(report, at)?)),
        Compared::String => {
            let text: Arc<str> = fields::text(report, at)?;
            looks_computed::warn_of_text(report, at);
            Test::String(how, Operand::Literal(text))
        }
        Compared::Timestamp => Test::Timestamp(how, Operand::Literal(timestamp(report, at)?)),
    })
}

#[cfg(test)]
mod tests {
    use super::OPERATORS;

    #[test]
    fn there_are_39_operators() {
        assert_eq!(OPERATORS.len(), 39);
    }
}
