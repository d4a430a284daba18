//! Where secrets stand in the parameters of a task. Whoever puts them in touches these places
//! alone, so that data which looks like a secret stays data.

use std::sync::Arc;

use compasso_ir::ResourceKind;
use compasso_types::Json;

use super::Compiler;
use super::attempts::Call;
use crate::Code;
use crate::expression::Value;
use crate::expression::query::{SECRET, SECRET_PARAM};
use crate::source::Span;

impl Compiler<'_, '_> {
    /// Returns the places of secrets in `arguments` as `[{"at": POINTER, "name": NAME}]`; `None` if
    /// there are none.
    pub(super) fn secrets_in(&self, arguments: &Json) -> Option<Json> {
        let environment = self.pipeline.env.iter().filter_map(|(name, value)| match value {
            // What the run was given is data of its own.
            Value::Secret(secret) if !secret.starts_with(SECRET_PARAM) => Some((&**name, secret)),
            _ => None,
        });
        let mut places = Places { environment: environment.collect(), found: Vec::new() };
        places.find(arguments, "");
        (!places.found.is_empty()).then(|| Json::array(places.found))
    }

    /// Says whether something in `arguments` is secret.
    pub(super) fn has_secrets(&self, arguments: &Json) -> bool {
        let text = arguments.to_string();
        let reads = |what: &str| text.contains(what);
        let mut params = self.pipeline.params.iter().filter(|param| param.secret);
        let has_secret_env =
            || self.pipeline.env.iter().any(|(_, value)| matches!(value, Value::Secret(_)));
        self.secrets_in(arguments).is_some()
            || params.any(|param| reads(&format!("{SECRET_PARAM}{}", param.name)))
            || reads("{% env") && has_secret_env()
    }

    /// Says whether something in `arguments` may be secret, or hidden in what others gave: it is put in
    /// only just before the task runs.
    pub(super) fn may_hide(&self, arguments: &Json) -> bool {
        arguments.to_string().contains("needs") || self.has_secrets(arguments)
    }

    /// Refuses secrets in what is kept as it is given.
    pub(super) fn refuse_kept_secrets(&mut self, call: &Call, span: Span) {
        let ResourceKind::Service { action, .. } = &call.resource.kind else { return };
        let (keeps, hint) = match &**action {
            "startExecution" => {
                ("a state machine", "let its tasks fetch it, or make the machine a pipeline")
            }
            "asset-emit" => ("an asset", "leave it out"),
            _ => return,
        };
        if self.has_secrets(&call.arguments) {
            let message = format!("{keeps} keeps what it is given, and shows it");
            self.report.hint(Code::MisplacedSecret, span, message, hint);
        }
    }
}

struct Places<'a> {
    /// The variables of the pipeline's environment that are secrets.
    environment: Vec<(&'a str, &'a Arc<str>)>,
    found: Vec<Json>,
}

impl Places<'_> {
    fn find(&mut self, value: &Json, at: &str) {
        match value {
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.find(item, &format!("{at}/{index}"));
                }
            }
            Json::Object(members) => match members.get(SECRET) {
                // A name that is computed could be anybody's.
                Some(Json::String(name)) if members.len() == 1 && !name.starts_with("{%") => {
                    self.add(at, name);
                }
                _ => {
                    for (name, member) in members.iter() {
                        self.find(member, &below(at, name));
                    }
                }
            },
            Json::String(text) => self.find_in_environment(text, at),
            _ => {}
        }
    }

    /// Finds the secrets of the environment where it is read as it is.
    fn find_in_environment(&mut self, text: &str, at: &str) {
        let text = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}"));
        let Some(read) = text.map(|text| text.trim().replace('`', "")) else { return };
        for (name, secret) in self.environment.clone() {
            if read == "env" {
                self.add(&below(at, name), secret);
            } else if read.strip_prefix("env.") == Some(name) {
                self.add(at, secret);
            }
        }
    }

    fn add(&mut self, at: &str, name: &Arc<str>) {
        self.found.push(Json::object([("at", Json::from(at)), ("name", name.clone().into())]));
    }
}

/// Returns the JSON pointer of a member.
pub(super) fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}
