//! Map states.

use compasso_ir::{Block, ExecutionType, Kind, Map, MapMode, Value};

use super::StateCompiler;
use super::map_distributed::DISTRIBUTED_ONLY;
use crate::cursor::Cursor;
use crate::expressions::Readable;
use crate::fields;
use crate::outline;
use crate::schema::{self, Language, PROCESSOR_CONFIG};

const MODES: [&str; 2] = ["INLINE", "DISTRIBUTED"];
/// A count that may be zero.
const COUNT: std::ops::RangeInclusive<i64> = 0..=i64::MAX;

impl StateCompiler<'_, '_> {
    /// Reads what only a Map state has; its processor is checked as a block.
    pub(super) fn map(&mut self) -> Option<Kind> {
        let at = self.at;
        self.exclusive(&at, &["ItemProcessor", "Iterator"]);
        let processor = at.field("ItemProcessor").or_else(|| at.field("Iterator"));
        if processor.is_none() {
            schema::none_of(self.report, &at, &["ItemProcessor", "Iterator"]);
        }
        let mode = self.mode(processor.as_ref());
        let items_path = self.read("ItemsPath", Self::reference_path);
        let items = self.read("Items", |s, at| {
            if at.node.as_str().is_none() && !at.is_array() && !at.is_object() {
                return fields::expected(s.report, at, "Array");
            }
            let items = s.query(at, Readable::Input)?;
            if items.literal().is_some_and(|literal| literal.as_str().is_some()) {
                return fields::expected(s.report, at, "Array");
            }
            Some(items)
        });
        let item_selector = self.item_selector();
        let concurrency = ["MaxConcurrency", "MaxConcurrencyPath"];
        let max_concurrency = self.integer_field(&at, concurrency, COUNT);
        let processor = self.processor(processor.as_ref());
        Some(Kind::Map(Box::new(Map {
            items_path,
            items,
            item_selector,
            max_concurrency,
            processor: processor?,
            mode: mode?,
            each: None,
        })))
    }

    fn item_selector(&mut self) -> Option<Value> {
        let at = self.at;
        self.exclusive(&at, &["ItemSelector", "Parameters"]);
        let old = self.read("Parameters", |s, at| s.value(at, Readable::Input));
        let new = self.read("ItemSelector", |s, at| s.value(at, Readable::Input));
        new.or(old)
    }

    fn processor(&mut self, at: Option<&Cursor<'_>>) -> Option<Block> {
        fields::object(self.report, at?)?;
        let block = self.outline.state(self.id).blocks.first()?;
        self.start(*block)
    }

    /// Reads the mode and the fields that depend on it.
    fn mode(&mut self, processor: Option<&Cursor<'_>>) -> Option<MapMode> {
        let processor = processor.filter(|at| at.is_object());
        if processor.is_some_and(|at| outline::is_distributed(at.node)) {
            return self.distributed(processor?).map(MapMode::Distributed);
        }
        let owner = self.at;
        let misplaced = owner.members().filter(|at| DISTRIBUTED_ONLY.contains(&at.name()));
        for at in misplaced.filter(|at| self.has(at.name())).collect::<Vec<_>>() {
            let hint = "set \"Mode\": \"DISTRIBUTED\" in the 'ProcessorConfig'".to_owned();
            schema::unsupported(self.report, &at, &owner, Some(hint));
        }
        if let Some(config) = processor.and_then(|at| at.field("ProcessorConfig")) {
            self.inline_config(&config);
        }
        Some(MapMode::Inline)
    }

    fn inline_config(&mut self, config: &Cursor<'_>) {
        if !schema::check(self.report, config, &PROCESSOR_CONFIG, self.language) {
            return;
        }
        let mode = config.field("Mode");
        let known = mode.is_none_or(|mode| fields::one_of(self.report, &mode, &MODES).is_some());
        if let Some(at) = config.field("ExecutionType").filter(|_| known) {
            let hint = "only a distributed Map has it".to_owned();
            schema::unsupported(self.report, &at, config, Some(hint));
        }
    }

    /// Reports at `mode` that an Express workflow cannot run a distributed Map.
    pub(super) fn refuse_distributed(&mut self, mode: &Cursor<'_>) {
        if self.execution_type == ExecutionType::Express {
            let message = "Express state machine does not support Distributed Map".to_owned();
            self.report.schema(mode, message);
        }
    }

    /// Reads the payload of a reader or writer: `Parameters` or `Arguments`.
    pub(super) fn payload(&mut self, owner: &Cursor<'_>) -> Option<Value> {
        let name = match self.language {
            Language::JsonPath => "Parameters",
            Language::Jsonata => "Arguments",
        };
        owner.field(name).and_then(|at| self.value(&at, Readable::Input))
    }
}
