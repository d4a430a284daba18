//! A turn that has done much yields, so that nobody else waits long.

use compasso_engine::Status;
use compasso_ir::ExecutionType;
use compasso_testkit::{Ended, Script, World};
use compasso_types::Payload;

fn run(definition: &str) -> Ended {
    let analysis = compasso_asl::compile(definition, ExecutionType::Standard);
    let compiled = analysis.definition.expect("the definition is valid");
    World::new(compiled, Payload::default(), Script::default(), None).run()
}

/// Counts to `rounds`; every round evaluates `expression`.
fn counting(rounds: u32, expression: &str) -> String {
    format!(
        r#"{{"QueryLanguage":"JSONata","StartAt":"Begin","States":{{
            "Begin":{{"Type":"Pass","Assign":{{"n":0}},"Next":"Work"}},
            "Work":{{"Type":"Pass","Output":"{{% {expression} %}}","Assign":{{"n":"{{% $n + 1 %}}"}},"Next":"More"}},
            "More":{{"Type":"Choice","Choices":[{{"Condition":"{{% $n < {rounds} %}}","Next":"Work"}}],"Default":"Done"}},
            "Done":{{"Type":"Succeed"}}}}}}"#
    )
}

#[test]
fn a_loop_of_costly_expressions_takes_several_turns() {
    let cheap = run(&counting(6, "1"));
    assert_eq!(cheap.turns, 1);
    let costly = run(&counting(6, "$sum([1..600000])"));
    assert!(matches!(costly.status, Status::Closed(_)));
    assert!(costly.turns > 1, "{} turn", costly.turns);
}

#[test]
fn a_long_loop_takes_several_turns() {
    let long = run(&counting(2_000, "1"));
    assert!(matches!(long.status, Status::Closed(_)));
    assert!(long.turns > 2, "{} turns", long.turns);
}

#[test]
fn the_expressions_of_one_field_share_an_allowance() {
    let heavy = "\"{% $sum([1..800000]) %}\"";
    let fields: Vec<_> = (0..8).map(|n| format!("\"f{n}\":{heavy}")).collect();
    let definition = format!(
        r#"{{"QueryLanguage":"JSONata","StartAt":"A","States":{{"A":{{"Type":"Pass","End":true,"Output":{{{}}}}}}}}}"#,
        fields.join(",")
    );
    let ended = run(&definition);
    let text = compasso_testkit::show_outcome(&ended);
    assert!(text.contains("Expression evaluation timeout"), "{text}");
}
