//! Reads fields that hold paths, payload templates and JSONata.

use std::ops::{Range, RangeInclusive};

use compasso_expr::intrinsic::Intrinsic;
use compasso_expr::jsonpath::{Path, Root};
use compasso_expr::query::Query;
use compasso_expr::template::Template;
use compasso_expr::{CompileError, CompileErrorKind};
use compasso_ir::{Field, ResultPath, Selection, Value};
use compasso_types::{Json, suggestion};

use crate::cursor::Cursor;
use crate::fields;
use crate::report::Problem;
use crate::schema::{self, Language};
use crate::source::{self, Node};
use crate::state::StateCompiler;
use crate::{Code, looks_computed, other_language};

/// Deepest nesting of literal data; data read from text at run time has a bound as well.
const DATA_NESTING_MAX: usize = 100;
/// Every member of `$states`.
const STATES_MEMBERS: [&str; 4] = ["input", "context", "result", "errorOutput"];

/// What an expression can read beside input and context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readable {
    /// Nothing.
    Input,
    /// `$states.result`.
    Result,
    /// `$states.errorOutput`.
    ErrorOutput,
}

impl Readable {
    fn allows(self, member: &str) -> bool {
        match member {
            "result" => self == Self::Result,
            "errorOutput" => self == Self::ErrorOutput,
            _ => true,
        }
    }
}

impl StateCompiler<'_, '_> {
    /// Reads any path.
    pub(crate) fn path(&mut self, at: &Cursor<'_>) -> Option<Path> {
        let text = fields::text(self.report, at)?;
        match Path::parse(&text) {
            Ok(path) => {
                if let Root::Variable(name) = path.root() {
                    self.read_variable(at, name);
                }
                Some(path)
            }
            Err(error) => {
                let message = "Value must be a valid JSONPath.".to_owned();
                let problem = Problem::error(Code::SchemaValidationFailed, message);
                let bytes = self.report.inside(&at.node.bytes, Some(error.offset));
                let problem = problem.hint(Some(error.message));
                self.report.add(problem, bytes, || Some(at.location()));
                None
            }
        }
    }

    /// Reads a Reference Path.
    pub(crate) fn reference_path(&mut self, at: &Cursor<'_>) -> Option<Path> {
        let path = self.path(at)?;
        if path.is_reference() {
            return Some(path);
        }
        let message = "Value is not a Reference Path".to_owned();
        let hint = "a Reference Path names one value: no '@', ',', ':', '?', '*' and '..'";
        self.report.schema_hint(at, message, Some(hint.to_owned()));
        None
    }

    /// Reads `InputPath` or `OutputPath`.
    pub(crate) fn selection(&mut self, at: &Cursor<'_>) -> Option<Selection> {
        if at.is_null() {
            return Some(Selection::Nothing);
        }
        let path = self.path(at)?;
        Some(if path.text() == "$" { Selection::Whole } else { Selection::Path(path) })
    }

    /// Reads `ResultPath`.
    pub(crate) fn result_path(&mut self, at: &Cursor<'_>) -> Option<ResultPath> {
        if at.is_null() {
            return Some(ResultPath::Discard);
        }
        let path = self.reference_path(at)?;
        if *path.root() != Root::Data {
            let message =
                format!("The value for the field '{}' must begin with '$.' or '$['", at.name());
            let hint = match path.root() {
                Root::Variable(_) => Some("use 'Assign' to set a variable".to_owned()),
                Root::Data | Root::Context => None,
            };
            self.report.schema_hint(at, message, hint);
            return None;
        }
        Some(if path.text() == "$" { ResultPath::Replace } else { ResultPath::Insert(path) })
    }

    /// Reads a payload template.
    pub(crate) fn template(&mut self, at: &Cursor<'_>) -> Option<Template> {
        let value = self.data(at)?;
        other_language::warn(self.report, at, Language::JsonPath);
        looks_computed::warn_of_template(self.report, at);
        match Template::compile(&value) {
            Ok(template) => {
                for name in template.variables() {
                    self.read_variable(at, &name);
                }
                Some(template)
            }
            Err(errors) => self.refuse(at, &errors),
        }
    }

    /// Reads a value with JSONata expressions that can read `readable`.
    pub(crate) fn query(&mut self, at: &Cursor<'_>, readable: Readable) -> Option<Query> {
        let value = self.data(at)?;
        other_language::warn(self.report, at, Language::Jsonata);
        match Query::compile(&value) {
            Ok(query) => {
                for name in query.variables() {
                    self.variables.note_read(self.at.name(), &name);
                }
                for member in query.states_members() {
                    self.check_states_member(at, &member, readable);
                }
                Some(query)
            }
            Err(errors) => self.refuse(at, &errors),
        }
    }

    /// Reads a value with expressions of the state's language.
    pub(crate) fn value(&mut self, at: &Cursor<'_>, readable: Readable) -> Option<Value> {
        match self.language {
            Language::JsonPath => self.template(at).map(Value::Template),
            Language::Jsonata => self.query(at, readable).map(Value::Query),
        }
    }

    /// Reads an `Assign`.
    pub(crate) fn assign(&mut self, at: &Cursor<'_>, readable: Readable) -> Option<Value> {
        fields::object(self.report, at)?;
        for member in at.members() {
            self.variables.check_assignment(
                self.report,
                self.outline,
                self.block,
                self.language,
                &member,
            );
        }
        self.value(at, readable)
    }

    /// Reads literal data.
    pub(crate) fn data(&mut self, at: &Cursor<'_>) -> Option<Json> {
        if nesting(at.node) > DATA_NESTING_MAX {
            let message = format!("Value cannot be nested deeper than {DATA_NESTING_MAX} levels");
            self.report.schema(at, message);
            return None;
        }
        Some(at.node.to_json())
    }

    /// Reads a field that holds a literal or, in a JSONata state, an expression.
    pub(crate) fn field<T>(
        &mut self,
        at: &Cursor<'_>,
        literal: impl FnOnce(&mut Self, &Cursor<'_>) -> Option<T>,
    ) -> Option<Field<T>> {
        if self.language == Language::Jsonata && at.node.as_str().is_some() {
            let query = self.query(at, Readable::Input)?;
            if query.literal().is_none() {
                return Some(Field::Query(query));
            }
        }
        literal(self, at).map(Field::Literal)
    }

    /// Reads an integer field of the state or its `…Path` twin.
    pub(crate) fn integer_field(
        &mut self,
        owner: &Cursor<'_>,
        [plain, path]: [&str; 2],
        bounds: RangeInclusive<i64>,
    ) -> Option<Field<i64>> {
        if let Some(at) = owner.field(plain) {
            self.exclusive(owner, &[plain, path]);
            return self.field(&at, |s, at| fields::integer(s.report, at, bounds));
        }
        self.path_twin(owner, path)
    }

    /// Reads the `…Path` twin of a field, which only JSONPath has.
    pub(crate) fn path_twin<T>(&mut self, owner: &Cursor<'_>, name: &str) -> Option<Field<T>> {
        if self.language == Language::Jsonata {
            return None;
        }
        self.reference_path(&owner.field(name)?).map(Field::Path)
    }

    /// Reports fields that exclude each other, unless one of them is of the other language and was
    /// reported for that.
    pub(crate) fn exclusive(&mut self, owner: &Cursor<'_>, names: &[&str]) {
        let spoken: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| {
                schema::of_state(name).is_none_or(|known| known.field.speaks(self.language))
            })
            .collect();
        schema::exclusive(self.report, owner, &spoken);
    }

    /// Reads a call of an intrinsic function.
    pub(crate) fn intrinsic(&mut self, at: &Cursor<'_>) -> Option<Intrinsic> {
        let text = fields::text(self.report, at)?;
        match Intrinsic::parse(&text) {
            Ok(call) => {
                for name in call.variables() {
                    self.read_variable(at, &name);
                }
                Some(call)
            }
            Err(CompileError { message, offset, .. }) => {
                let message = format!(
                    "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call: {message}",
                    at.name()
                );
                self.report.schema_inside(at, &at.node.bytes, offset, message);
                None
            }
        }
    }

    /// Notes that a JSONPath field reads a variable and reports one that is never assigned.
    fn read_variable(&mut self, at: &Cursor<'_>, name: &str) {
        self.variables.note_read(self.at.name(), name);
        let refusal = self.variables.refuse_read(self.report, self.outline, self.block, name);
        if let Some((message, hint)) = refusal {
            let span = self.find_text(at, &format!("${name}"));
            self.report.schema_bytes(at, span, message, hint);
        }
    }

    fn check_states_member(&mut self, at: &Cursor<'_>, member: &str, readable: Readable) {
        if !readable.allows(member) {
            let message =
                format!("'$states.{member}' is not available in the field '{}'", at.name());
            let span = self.find_text(at, &format!("$states.{member}"));
            self.report.schema_bytes(at, span, message, None);
        } else if !STATES_MEMBERS.contains(&member) {
            let message = format!("'$states.{member}' is never defined");
            let span = self.find_text(at, &format!("$states.{member}"));
            let hint =
                self.report.search(|| suggestion::nearest(member, STATES_MEMBERS.into_iter()));
            let problem = Problem::warning(Code::SchemaValidationFailed, message).hint(hint);
            self.report.add(problem, span, || Some(at.location()));
        }
    }

    /// Reports what an expression compiler refused.
    fn refuse<T>(&mut self, at: &Cursor<'_>, errors: &[CompileError]) -> Option<T> {
        for error in errors {
            let found = self.report.search(|| at.node.pointer(&error.pointer));
            let node = found.unwrap_or(at.node);
            let code = match error.kind {
                CompileErrorKind::Value | CompileErrorKind::AbsentContext => {
                    Code::SchemaValidationFailed
                }
                CompileErrorKind::InvalidJsonata => Code::InvalidJsonataExpression,
            };
            let problem = Problem::error(code, error.message.clone()).hint(error.reason.clone());
            let bytes = match node.value {
                source::Value::String(_) => self.report.inside(&node.bytes, error.offset),
                _ => at.span(),
            };
            // A template is refused as a whole, an expression where it stands.
            let location = || match error.kind {
                CompileErrorKind::Value => at.location(),
                CompileErrorKind::InvalidJsonata | CompileErrorKind::AbsentContext => {
                    at.location() + &at.node.steps(&error.pointer)
                }
            };
            self.report.add(problem, bytes, || Some(location()));
        }
        None
    }

    /// Returns the bytes where `name` stands as a whole word in the value at `at`; those of the
    /// value if it is not to be found.
    fn find_text(&mut self, at: &Cursor<'_>, name: &str) -> Range<usize> {
        let (text, node) = (self.text, at.node);
        let found = self.report.search(|| {
            let written = &text[node.bytes.clone()];
            let mut ends = written.match_indices(name).map(|(start, _)| start + name.len());
            ends.find(|end| !written[*end..].starts_with(unicode_ident::is_xid_continue))
        });
        match found {
            Some(end) => node.bytes.start + end - name.len()..node.bytes.start + end,
            None => at.span(),
        }
    }
}

/// Returns how deep arrays and objects go.
fn nesting(node: &Node) -> usize {
    let mut deepest = 0;
    let mut pending = vec![(node, 0)];
    while let Some((node, depth)) = pending.pop() {
        deepest = deepest.max(depth);
        let members = node.members().iter().map(|member| &member.value);
        pending.extend(node.items().iter().chain(members).map(|inner| (inner, depth + 1)));
    }
    deepest
}
