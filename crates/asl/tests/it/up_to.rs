//! Definitions that end at one of their states.

use compasso_asl::{compile, up_to};
use compasso_ir::ExecutionType;
use compasso_types::Json;
use expect_test::{Expect, expect};

const ORDER: &str = r#"{"StartAt":"Large?","States":{
    "Large?":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":9,"Next":"Ask"}],"Default":"Reserve"},
    "Ask":{"Type":"Wait","Seconds":1,"Next":"Reserve"},
    "Reserve":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Next":"Enough?",
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Sorry"}]},
    "Enough?":{"Type":"Choice","Choices":[{"Variable":"$.ok","BooleanEquals":true,"Next":"Done"}],"Default":"Again"},
    "Again":{"Type":"Pass","Next":"Reserve"},
    "Sorry":{"Type":"Fail"},
    "Done":{"Type":"Succeed"}}}"#;
const LOOP: &str = r#"{"StartAt":"Look","States":{
    "Look":{"Type":"Pass","Next":"Enough?"},
    "Enough?":{"Type":"Choice","Choices":[{"Variable":"$.ok","BooleanEquals":true,"Next":"Done"},
        {"Variable":"$.ok","IsNull":true,"Next":"Look"}],"Default":"Again"},
    "Again":{"Type":"Pass","Next":"Look"},
    "Done":{"Type":"Succeed"}}}"#;
const NESTED: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","Next":"After","Branches":[
        {"StartAt":"One","States":{"One":{"Type":"Pass","End":true}}},
        {"StartAt":"Each","States":{
            "Each":{"Type":"Map","Next":"Last","ItemProcessor":{"StartAt":"In","States":{
                "In":{"Type":"Pass","Next":"Out"},"Out":{"Type":"Pass","End":true}}}},
            "Last":{"Type":"Pass","End":true}}}]},
    "After":{"Type":"Pass","End":true}}}"#;

#[test]
fn what_leads_to_a_state_stays_and_ways_past_it_end() {
    check(
        ORDER,
        "Ask",
        &expect![[r#"
        Large?: {"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":9,"Next":"Ask"}],"Default":"Reserve"}
        Ask: {"Type":"Wait","Seconds":1,"End":true}
        Reserve: {"Type":"Succeed"}
    "#]],
    );
}

#[test]
fn what_a_state_would_choose_or_catch_is_still_seen() {
    check(
        ORDER,
        "Reserve",
        &expect![[r#"
        Large?: {"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":9,"Next":"Ask"}],"Default":"Reserve"}
        Ask: {"Type":"Wait","Seconds":1,"Next":"Reserve"}
        Reserve: {"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Sorry"}]}
        Sorry: {"Type":"Succeed"}
    "#]],
    );
    check(
        ORDER,
        "Large?",
        &expect![[r#"
        Large?: {"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":9,"Next":"Ask"}],"Default":"Reserve"}
        Ask: {"Type":"Succeed"}
        Reserve: {"Type":"Succeed"}
    "#]],
    );
}

#[test]
fn a_way_back_is_not_gone_again() {
    check(
        LOOP,
        "Enough?",
        &expect![[r#"
        Look: {"Type":"Pass","Next":"Enough?"}
        Enough?: {"Type":"Choice","Choices":[{"Variable":"$.ok","BooleanEquals":true,"Next":"Done"},{"Variable":"$.ok","IsNull":true,"Next":"then Look"}],"Default":"Again"}
        Again: {"Type":"Succeed"}
        Done: {"Type":"Succeed"}
        then Look: {"Type":"Succeed"}
    "#]],
    );
    check(
        LOOP,
        "Again",
        &expect![[r#"
        Look: {"Type":"Pass","Next":"Enough?"}
        Enough?: {"Type":"Choice","Choices":[{"Variable":"$.ok","BooleanEquals":true,"Next":"Done"},{"Variable":"$.ok","IsNull":true,"Next":"Look"}],"Default":"Again"}
        Again: {"Type":"Pass","End":true}
        Done: {"Type":"Succeed"}
    "#]],
    );
}

#[test]
fn a_state_in_a_container_ends_its_block_and_the_container_ends_the_whole() {
    check(
        NESTED,
        "In",
        &expect![[r#"
        Both: {"Type":"Parallel","End":true,"Branches":[{"StartAt":"One","States":{"One":{"Type":"Pass","End":true}}},{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Pass","End":true}}}}}}]}
    "#]],
    );
    check(
        NESTED,
        "One",
        &expect![[r#"
        Both: {"Type":"Parallel","End":true,"Branches":[{"StartAt":"One","States":{"One":{"Type":"Pass","End":true}}},{"StartAt":"Each","States":{"Each":{"Type":"Map","Next":"Last","ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Pass","Next":"Out"},"Out":{"Type":"Pass","End":true}}}},"Last":{"Type":"Pass","End":true}}}]}
    "#]],
    );
}

#[test]
fn there_is_nothing_without_a_way_to_the_state() {
    let lost = r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Succeed"}}}"#;
    assert_eq!(up_to(lost, "B"), None);
    assert_eq!(up_to(lost, "C"), None);
    assert_eq!(up_to("{", "C"), None);
}

/// Shows the states that are left, and demands that they can be run.
fn check(text: &str, state: &str, expected: &Expect) {
    let cut = up_to(text, state).unwrap();
    let analysis = compile(&cut, ExecutionType::Standard);
    assert!(analysis.is_valid(), "{:?}", analysis.diagnostics);
    let cut = Json::parse(&cut).unwrap();
    let states = cut.get("States").and_then(Json::as_object).unwrap();
    let told: Vec<String> =
        states.iter().map(|(name, state)| format!("{name}: {state}\n")).collect();
    expected.assert_eq(&told.concat());
}
