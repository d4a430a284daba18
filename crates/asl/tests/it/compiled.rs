//! Definitions that compile, and what comes of them.

use compasso_ir::{ExecutionType, Kind};

use crate::check::analyse;

#[test]
fn states_have_ids_in_document_order_with_nested_blocks_in_place() {
    let text = r#"{"StartAt":"B","States":{
        "A":{"Type":"Succeed"},
        "B":{"Type":"Parallel","Next":"Z","Branches":[
            {"StartAt":"P2","States":{"P1":{"Type":"Succeed"},"P2":{"Type":"Pass","Next":"P1"}}},
            {"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}}}}
        ]},
        "Z":{"Type":"Pass","Next":"A"}}}"#;
    let definition = analyse(text, ExecutionType::Standard).definition.unwrap();
    let names: Vec<_> = definition
        .states()
        .iter()
        .map(|state| &*state.name)
        .collect();
    assert_eq!(names, ["A", "B", "P1", "P2", "M", "I", "Z"]);
    assert_eq!(definition.find("B"), Some(definition.root.start));
    let Kind::Fork(fork) = &definition.state(definition.root.start).kind else {
        panic!()
    };
    let starts: Vec<_> = fork
        .branches
        .iter()
        .map(|b| &*definition.state(b.start).name)
        .collect();
    assert_eq!(starts, ["P2", "M"]);
}
