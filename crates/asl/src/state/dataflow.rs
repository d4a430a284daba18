//! The data-flow fields every kind shares.

use compasso_ir::{Dataflow, JsonPathFlow, JsonataFlow, Value};

use super::{StateCompiler, StateKind};
use crate::cursor::Cursor;
use crate::expressions::Readable;
use crate::schema::Language;

impl StateCompiler<'_, '_> {
    /// Reads `InputPath` … `OutputPath`, or `Arguments` and `Output`, and `Assign`.
    pub(super) fn dataflow(&mut self) -> Dataflow {
        match self.language {
            Language::JsonPath => Dataflow::JsonPath(Box::new(self.jsonpath_flow())),
            Language::Jsonata => Dataflow::Jsonata(Box::new(self.jsonata_flow())),
        }
    }

    /// Returns what `Output` and `Assign` of the state can read.
    fn readable(&self) -> Readable {
        match self.kind {
            StateKind::Task | StateKind::Parallel | StateKind::Map => Readable::Result,
            StateKind::Wait
            | StateKind::Pass
            | StateKind::Succeed
            | StateKind::Fail
            | StateKind::Choice => Readable::Input,
        }
    }

    fn jsonpath_flow(&mut self) -> JsonPathFlow {
        // The old `Parameters` of a Map is its item selector, which the Map reads itself.
        let parameters = match self.kind {
            StateKind::Map => None,
            _ => self.read("Parameters", Self::template),
        };
        JsonPathFlow {
            input_path: self.read("InputPath", Self::selection).unwrap_or_default(),
            parameters,
            result_selector: self.read("ResultSelector", Self::template),
            result_path: self.read("ResultPath", Self::result_path).unwrap_or_default(),
            output_path: self.read("OutputPath", Self::selection).unwrap_or_default(),
            assign: self.read("Assign", |s, at| match s.assign(at, Readable::Input)? {
                Value::Template(template) => Some(template),
                Value::Query(_) => None,
            }),
        }
    }

    fn jsonata_flow(&mut self) -> JsonataFlow {
        let readable = self.readable();
        JsonataFlow {
            arguments: self.read("Arguments", |s, at| s.query(at, Readable::Input)),
            output: self.read("Output", |s, at| s.query(at, readable)),
            assign: self.read("Assign", |s, at| match s.assign(at, readable)? {
                Value::Query(query) => Some(query),
                Value::Template(_) => None,
            }),
        }
    }

    /// Reads the field `name` with `reader` if it is there and belongs there.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        reader: impl FnOnce(&mut Self, &Cursor<'_>) -> Option<T>,
    ) -> Option<T> {
        let owner = self.at;
        let at = owner.field(name).filter(|_| self.has(name))?;
        reader(self, &at)
    }
}
