//! Transitions, reachability and ends.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{check, check_silent, check_states};

#[test]
fn missing_targets_are_named_where_they_stand() {
    check(
        r#"{"StartAt":"First","States":{
          "Frist":{"Type":"Pass","Next":"Chose"},
          "Choose":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"Nowhere"}],"Default":"Wrok"},
          "Work":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Next":"Done",
            "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Dnoe"}]},
          "Unreachable":{"Type":"Fail"}}}"#,
        &expect![[r#"
            1:12 MISSING_TRANSITION_TARGET: Missing 'Next' target: First at /StartAt (did you mean 'Frist'?)
            2:41 MISSING_TRANSITION_TARGET: Missing 'Next' target: Chose at /States/Frist/Next (did you mean 'Choose'?)
            3:90 MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /States/Choose/Choices[0]/Next
            3:112 MISSING_TRANSITION_TARGET: Missing 'Next' target: Wrok at /States/Choose/Default (did you mean 'Work'?)
            4:84 MISSING_TRANSITION_TARGET: Missing 'Next' target: Done at /States/Work/Next
            5:59 MISSING_TRANSITION_TARGET: Missing 'Next' target: Dnoe at /States/Work/Catch[0]/Next
            2:11 MISSING_TRANSITION_TARGET: State "Frist" is not reachable. at /States/Frist
            3:11 MISSING_TRANSITION_TARGET: State "Choose" is not reachable. at /States/Choose
            4:11 MISSING_TRANSITION_TARGET: State "Work" is not reachable. at /States/Work
            6:11 MISSING_TRANSITION_TARGET: State "Unreachable" is not reachable. at /States/Unreachable
        "#]],
    );
}

#[test]
fn transitions_stay_in_their_block() {
    check(
        r#"{"StartAt":"P","States":{
          "P":{"Type":"Parallel","Next":"Inner","Branches":[
            {"StartAt":"Inner","States":{"Inner":{"Type":"Pass","Next":"Last"}}}]},
          "M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Last","States":{"I":{"Type":"Pass","Next":"Bogus"}}}},
          "Last":{"Type":"Succeed"}}}"#,
        &expect![[r#"
            2:41 MISSING_TRANSITION_TARGET: Missing 'Next' target: Inner at /States/P/Next (a transition cannot leave or enter a block of states)
            3:72 MISSING_TRANSITION_TARGET: Missing 'Next' target: Last at /States/P/Branches[0]/States/Inner/Next (a transition cannot leave or enter a block of states)
            4:67 MISSING_TRANSITION_TARGET: Missing 'Next' target: Last at /States/M/ItemProcessor/StartAt (a transition cannot leave or enter a block of states)
            4:110 MISSING_TRANSITION_TARGET: Missing 'Next' target: Bogus at /States/M/ItemProcessor/States/I/Next
            3:13 MISSING_END_STATE: Workflow has no terminal state at /States/P/Branches[0]
            4:11 MISSING_TRANSITION_TARGET: State "M" is not reachable. at /States/M
            4:56 MISSING_END_STATE: Workflow has no terminal state at /States/M/ItemProcessor
            5:11 MISSING_TRANSITION_TARGET: State "Last" is not reachable. at /States/Last
        "#]],
    );
}

#[test]
fn a_state_goes_on_or_ends() {
    check_states(
        &[
            r#"{"Type":"Pass"}"#,
            r#"{"Type":"Pass","End":false}"#,
            r#"{"Type":"Pass","Next":"X","End":true}"#,
            r#"{"Type":"Pass","End":"yes"}"#,
            r#"{"Type":"Pass","Next":["X"]}"#,
            r#"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke"}"#,
            r#"{"Type":"Succeed","Next":"X"}"#,
            r#"{"Type":"Fail","End":true}"#,
        ],
        &expect![[r#"
            {"Type":"Pass"}
                1:26 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Next, End] at /States/X
            {"Type":"Pass","End":false}
                1:26 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Next, End] at /States/X
            {"Type":"Pass","Next":"X","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [Next, End] at /States/X
            {"Type":"Pass","End":"yes"}
                1:51 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/X/End
            {"Type":"Pass","Next":["X"]}
                1:45 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Next
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke"}
                1:26 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Next, End] at /States/X
            {"Type":"Succeed","Next":"X"}
                1:48 SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported at /States/X ('Next' belongs to Task, Wait, Pass, Parallel, Map states)
            {"Type":"Fail","End":true}
                1:45 SCHEMA_VALIDATION_FAILED: Field 'End' is not supported at /States/X ('End' belongs to Task, Wait, Pass, Parallel, Map states)
        "#]],
    );
}

#[test]
fn unreachable_states_are_errors() {
    check(
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true},
          "B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","Next":"B"},
          "P":{"Type":"Parallel","Next":"A","Branches":[
             {"StartAt":"D","States":{"D":{"Type":"Succeed"},"E":{"Type":"Succeed"}}}]}}}"#,
        &expect![[r#"
            2:11 MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B
            2:42 MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C
            3:11 MISSING_TRANSITION_TARGET: State "P" is not reachable. at /States/P
            4:62 MISSING_TRANSITION_TARGET: State "E" is not reachable. at /States/P/Branches[0]/States/E
        "#]],
    );
}

#[test]
fn every_block_ends() {
    check(
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Pass","Next":"A"}}}"#,
        &expect![[r#"
        1:1 MISSING_END_STATE: Workflow has no terminal state
    "#]],
    );
    check(
        r#"{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":
          {"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"Next":"A"}}}}}}"#,
        &expect![[r#"
            2:11 MISSING_END_STATE: Workflow has no terminal state at /States/M/ItemProcessor
        "#]],
    );
}

#[test]
fn loops_without_a_way_out_are_warnings() {
    check(
        r#"{"StartAt":"C","States":{
          "C":{"Type":"Choice","Choices":[
             {"Variable":"$.a","IsPresent":true,"Next":"Endless"},
             {"Variable":"$.b","IsPresent":true,"Next":"Ping"}],"Default":"Done"},
          "Endless":{"Type":"Pass","Next":"Endless"},
          "Ping":{"Type":"Pass","Next":"Pong"},
          "Pong":{"Type":"Pass","Next":"Ping"},
          "Done":{"Type":"Succeed"}}}"#,
        &expect![[r#"
            5:11 warning MISSING_END_STATE: No terminal state can be reached from state "Endless". at /States/Endless
            6:11 warning MISSING_END_STATE: No terminal state can be reached from state "Ping". at /States/Ping
        "#]],
    );
}

#[test]
fn loops_with_a_way_out_are_fine() {
    check_silent(
        r#"{"StartAt":"Try","States":{
          "Try":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Next":"Check",
            "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Sleep"}]},
          "Check":{"Type":"Choice","Choices":[{"Variable":"$.ok","BooleanEquals":true,"Next":"Done"}],"Default":"Sleep"},
          "Sleep":{"Type":"Wait","Seconds":1,"Next":"Try"},
          "Done":{"Type":"Succeed"}}}"#,
        ExecutionType::Standard,
    );
}
