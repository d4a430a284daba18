//! Whether the tree takes what the JSON Schema of the format takes: on the examples, and on the
//! examples with one value changed.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Map, Value, json};

use crate::{Code, source};

/// Of all changed examples every so manieth one is tried; the number shares no factor with how many
/// changes there are of one value.
const STRIDE: usize = 11;

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn read() -> Self {
        let text = include_str!("../pipeline.schema.json");
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.add_resource("pipeline", serde_json::from_str(text).unwrap()).unwrap();
        let index = compiler.compile("pipeline", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn takes(&self, document: &Value) -> bool {
        self.schemas.validate(document, self.index).is_ok()
    }
}

const EXAMPLES: [&str; 6] = [
    include_str!("../../../examples/pipelines/1-daily-etl.pipeline.yaml"),
    include_str!("../../../examples/pipelines/2-ml-train-deploy.pipeline.yaml"),
    include_str!("../../../examples/pipelines/3-order-saga.pipeline.yaml"),
    include_str!("../../../examples/pipelines/4-itops-backup.pipeline.yaml"),
    include_str!("../../../examples/pipelines/5-cicd-matrix.pipeline.yaml"),
    include_str!("../../../examples/pipelines/6-checkout-services.pipeline.yaml"),
];

fn examples() -> impl Iterator<Item = Value> {
    EXAMPLES.iter().map(|text| serde_json::to_value(source::read(text).roots[0].to_json()).unwrap())
}

/// Returns every way into a document.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let below = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                found.push(below.clone());
                pointers(member, &below, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let below = format!("{at}/{index}");
                found.push(below.clone());
                pointers(item, &below, found);
            }
        }
        _ => {}
    }
}

/// Returns the document with the value at `pointer` changed in each of several ways.
fn changes(document: &Value, pointer: &str) -> Vec<Value> {
    let replaced = |value: Value| {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    let mut all: Vec<Value> =
        [json!(true), json!(7), json!(-1), json!("text"), json!([]), json!({}), json!([["x"]])]
            .into_iter()
            .map(replaced)
            .collect();
    let mut more = document.clone();
    if let Some(Value::Object(members)) = more.pointer_mut(pointer) {
        members.insert("bogus".to_owned(), json!(1));
        all.push(more);
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let mut less = document.clone();
    if let Some(Value::Object(members)) = less.pointer_mut(parent) {
        let kept: Map<String, Value> =
            members.clone().into_iter().filter(|(known, _)| known != name).collect();
        *members = kept;
        all.push(less);
    }
    all
}

/// Whether a place is that of an action or its inputs, which the schema leaves open.
fn is_of_action(location: Option<&str>) -> bool {
    location.is_some_and(|at| at.ends_with("/uses") || at.contains("/with/"))
}

#[test]
fn the_tree_refuses_what_the_schema_refuses_and_knows_every_field_it_knows() {
    let schema = Schema::read();
    let (mut tried, mut refused, mut number) = (0, 0, 0);
    for example in examples() {
        assert!(schema.takes(&example));
        let mut ways = Vec::new();
        pointers(&example, "", &mut ways);
        for way in ways {
            for changed in changes(&example, &way) {
                number += 1;
                if number % STRIDE != 0 {
                    continue;
                }
                tried += 1;
                let parsed = crate::parse(&changed.to_string());
                if schema.takes(&changed) {
                    // Of values the tree may know more than the schema.
                    let shape = [Code::UnknownField, Code::MissingField];
                    let wrong = parsed.diagnostics.iter().find(|found| {
                        shape.contains(&found.code) && !is_of_action(found.location.as_deref())
                    });
                    assert!(wrong.is_none(), "{way}: {wrong:?} in\n{changed}");
                } else {
                    refused += 1;
                    assert!(parsed.has_errors(), "{way} is taken in\n{changed}");
                }
            }
        }
    }
    assert!(tried > 500 && refused > 100 && refused < tried, "{refused} of {tried}");
}
