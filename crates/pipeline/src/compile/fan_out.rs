//! Tasks that run once for each of many things.

use std::collections::BTreeSet;

use compasso_ir::{
    Block, Each, Field, IntegrationPattern, Kind, Map, MapMode, Resource, ResourceKind, StateId,
};
use compasso_types::Json;

use super::Compiler;
use super::states::flow;
use crate::tree::{FanOut, Items, Task};

/// What the reader of items calls how many stand together.
const BATCH: &str = "batch";
/// The key of an instance of a matrix that has none: `a=1,b=x`.
const MATRIX_KEY: &str =
    "{% $join($each(matrix, function($value, $name) { $name & '=' & $string($value) }), ',') %}";
/// The action that reads items.
const READER: &str = "read-items";

impl Compiler<'_, '_> {
    /// Compiles the Map called `name` around what a task does.
    pub(super) fn map(&mut self, task: &Task, fan_out: &FanOut, name: &str) -> Option<StateId> {
        let items = match &fan_out.items {
            Items::Each(expression) => self.expression(expression),
            Items::List(list) => self.value(list, task.span),
            Items::Matrix(matrix) => {
                self.query(&Json::array(matrix.combinations.iter().cloned()), task.span)
            }
            Items::From(kind, place) => {
                let batch = fan_out.batch.map(|batch| (BATCH, i64::from(batch).into()));
                let source = [(*kind, place.template())].into_iter().chain(batch);
                self.query(&Json::object(source), task.span)
            }
        };
        let key = match (&fan_out.key, &fan_out.items) {
            (Some(key), _) => Some(self.expression(key)?),
            (None, Items::Matrix(matrix)) if are_unlike(&matrix.combinations) => {
                Some(self.query(&Json::from(MATRIX_KEY), task.span)?)
            }
            (None, _) => None,
        };
        let reader = matches!(fan_out.items, Items::From(..)).then(reader_of_items);
        let each = Each {
            undoes: None,
            key,
            is_matrix: matches!(fan_out.items, Items::Matrix(_)),
            tolerated: fan_out.tolerate,
            batch: fan_out.batch.filter(|_| reader.is_none()),
            reader,
            fail_fast: fan_out.fail_fast,
            has_readers: self.pipeline.reads_instances,
        };
        let id = self.states.add(name, Kind::Succeed, flow(None, None, None));
        let start = self.work(task, &format!("{name}[]"), name)?;
        self.states.get(id).kind = Kind::Map(Box::new(Map {
            items_path: None,
            items: Some(items?),
            item_selector: None,
            max_concurrency: Some(Field::Literal(i64::from(fan_out.max_parallel))),
            processor: Block { start },
            mode: MapMode::Inline,
            each: Some(Box::new(each)),
        }));
        Some(id)
    }
}

/// Whether no combination stands there twice.
fn are_unlike(combinations: &[Json]) -> bool {
    let known: BTreeSet<String> = combinations.iter().map(ToString::to_string).collect();
    known.len() == combinations.len()
}

fn reader_of_items() -> Resource {
    Resource {
        arn: format!("arn:aws:states:::compasso:{READER}").into(),
        kind: ResourceKind::Service {
            service: "compasso".into(),
            action: READER.into(),
            pattern: IntegrationPattern::RequestResponse,
        },
    }
}
