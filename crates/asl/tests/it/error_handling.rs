//! Retry and Catch.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{check_silent, check_states, machine_of};

fn with(field: &str, elements: &[&str]) -> Vec<String> {
    elements
        .iter()
        .map(|element| format!(r#"{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"{field}":{element}}}"#))
        .collect()
}

#[test]
fn retriers_have_bounds() {
    let states = with(
        "Retry",
        &[
            "{}",
            "[1]",
            "[{}]",
            r#"[{"ErrorEquals":[]}]"#,
            r#"[{"ErrorEquals":"A"}]"#,
            r#"[{"ErrorEquals":[1,"A"]}]"#,
            r#"[{"ErrorEquals":["A"],"IntervalSeconds":0}]"#,
            r#"[{"ErrorEquals":["A"],"IntervalSeconds":100000000}]"#,
            r#"[{"ErrorEquals":["A"],"MaxAttempts":-1}]"#,
            r#"[{"ErrorEquals":["A"],"MaxAttempts":100000000}]"#,
            r#"[{"ErrorEquals":["A"],"MaxAttempts":"{% 1 %}"}]"#,
            r#"[{"ErrorEquals":["A"],"BackoffRate":0.9}]"#,
            r#"[{"ErrorEquals":["A"],"BackoffRate":"2"}]"#,
            r#"[{"ErrorEquals":["A"],"MaxDelaySeconds":0}]"#,
            r#"[{"ErrorEquals":["A"],"MaxDelaySeconds":31622401}]"#,
            r#"[{"ErrorEquals":["A"],"JitterStrategy":"full"}]"#,
            r#"[{"ErrorEquals":["A"],"Comment":1,"Next":"X"}]"#,
            r#"[{"ErrorEquals":["A"],"MaxAttemps":1}]"#,
        ],
    );
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":{}}
                1:100 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Retry
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[1]}
                1:109 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Retry[0]
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{}]}
                1:109 SCHEMA_VALIDATION_FAILED: These fields are required: [ErrorEquals] at /States/X/Retry[0]
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":[]}]}
                1:110 SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/X/Retry[0]/ErrorEquals
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":"A"}]}
                1:124 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Retry[0]/ErrorEquals
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":[1,"A"]}]}
                1:125 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Retry[0]/ErrorEquals[0]
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"IntervalSeconds":0}]}
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"IntervalSeconds":100000000}]}
                1:148 SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/X/Retry[0]/IntervalSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"MaxAttempts":-1}]}
                1:144 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/X/Retry[0]/MaxAttempts
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"MaxAttempts":100000000}]}
                1:144 SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/X/Retry[0]/MaxAttempts
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"MaxAttempts":"{% 1 %}"}]}
                1:144 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/Retry[0]/MaxAttempts (expressions work in computed fields of JSONata states only)
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"BackoffRate":0.9}]}
                1:144 SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/X/Retry[0]/BackoffRate
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"BackoffRate":"2"}]}
                1:144 SCHEMA_VALIDATION_FAILED: Expected value of type Number at /States/X/Retry[0]/BackoffRate
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"MaxDelaySeconds":0}]}
                1:148 SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/X/Retry[0]/MaxDelaySeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"MaxDelaySeconds":31622401}]}
                1:148 SCHEMA_VALIDATION_FAILED: Maximum value is 31622400 at /States/X/Retry[0]/MaxDelaySeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"JitterStrategy":"full"}]}
                1:147 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [NONE, FULL] at /States/X/Retry[0]/JitterStrategy (did you mean 'FULL'?)
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"Comment":1,"Next":"X"}]}
                1:140 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Retry[0]/Comment
                1:142 SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported at /States/X/Retry[0]
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["A"],"MaxAttemps":1}]}
                1:130 SCHEMA_VALIDATION_FAILED: Field 'MaxAttemps' is not supported at /States/X/Retry[0] (did you mean 'MaxAttempts'?)
        "#]],
    );
}

#[test]
fn catchers_lead_somewhere() {
    let states = with(
        "Catch",
        &[
            r#""X""#,
            "[{}]",
            r#"[{"ErrorEquals":["A"]}]"#,
            r#"[{"ErrorEquals":["A"],"Next":"Y"}]"#,
            r#"[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$$.a"}]"#,
            r#"[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$.a[*]"}]"#,
            r#"[{"ErrorEquals":["A"],"Next":"X","Output":1}]"#,
            r#"[{"ErrorEquals":["A"],"Next":"X","Assign":[]}]"#,
            r#"[{"ErrorEquals":["A"],"Next":"X","MaxAttempts":1}]"#,
        ],
    );
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":"X"}
                1:108 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Catch
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{}]}
                1:109 SCHEMA_VALIDATION_FAILED: These fields are required: [ErrorEquals, Next] at /States/X/Catch[0]
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"]}]}
                1:109 SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/X/Catch[0]
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"Y"}]}
                1:137 MISSING_TRANSITION_TARGET: Missing 'Next' target: Y at /States/X/Catch[0]/Next
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$$.a"}]}
                1:154 SCHEMA_VALIDATION_FAILED: The value for the field 'ResultPath' must begin with '$.' or '$[' at /States/X/Catch[0]/ResultPath
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$.a[*]"}]}
                1:154 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/Catch[0]/ResultPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","Output":1}]}
                1:141 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/X/Catch[0] (use 'ResultPath')
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","Assign":[]}]}
                1:141 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Catch[0]/Assign
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","MaxAttempts":1}]}
                1:141 SCHEMA_VALIDATION_FAILED: Field 'MaxAttempts' is not supported at /States/X/Catch[0]
        "#]],
    );
    check_states(
        &[
            r#"{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$.a"}]}"#,
            r#"{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","Output":"{% $states.result %}"}]}"#,
        ],
        &expect![[r#"
            {"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$.a"}]}
                1:167 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/X/Catch[0] (use 'Output')
            {"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A"],"Next":"X","Output":"{% $states.result %}"}]}
                1:180 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'Output' at /States/X/Catch[0]/Output
        "#]],
    );
}

#[test]
fn all_stands_alone_and_last() {
    let mut states = with(
        "Retry",
        &[
            r#"[{"ErrorEquals":["States.ALL","A"]}]"#,
            r#"[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["A"]}]"#,
        ],
    );
    states.extend(with(
        "Catch",
        &[r#"[{"ErrorEquals":["A","States.ALL"],"Next":"X"},{"ErrorEquals":["States.ALL"],"Next":"X"}]"#],
    ));
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["States.ALL","A"]}]}
                1:125 SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/X/Retry[0]/ErrorEquals
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["A"]}]}
                1:125 SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/X/Retry[0]/ErrorEquals
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Catch":[{"ErrorEquals":["A","States.ALL"],"Next":"X"},{"ErrorEquals":["States.ALL"],"Next":"X"}]}
                1:129 SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/X/Catch[0]/ErrorEquals
        "#]],
    );
}

#[test]
fn unknown_reserved_names_are_warnings() {
    let states = with(
        "Retry",
        &[r#"[{"ErrorEquals":["States.Timout","States.Http.StatusCode.404","Mine"]}]"#],
    );
    check_states(
        &[&states[0]],
        &expect![[r#"
        {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":[{"ErrorEquals":["States.Timout","States.Http.StatusCode.404","Mine"]}]}
            1:125 warning SCHEMA_VALIDATION_FAILED: The error name 'States.Timout' is never raised: names that begin with 'States.' are reserved at /States/X/Retry[0]/ErrorEquals[0] (did you mean 'States.Timeout'?)
    "#]],
    );
}

#[test]
fn every_field_of_retriers_and_catchers_is_accepted() {
    let retry = r#"[{"ErrorEquals":["A","States.Timeout"],"IntervalSeconds":1,"MaxAttempts":0,"BackoffRate":1,"MaxDelaySeconds":31622400,"JitterStrategy":"FULL","Comment":"c"},{"ErrorEquals":["States.ALL"],"JitterStrategy":"NONE","BackoffRate":1.5}]"#;
    let jsonpath = r#"[{"ErrorEquals":["A"],"Next":"X","ResultPath":"$.e","Assign":{"v.$":"$.Cause"},"Comment":"c"},{"ErrorEquals":["States.ALL"],"Next":"X","ResultPath":null}]"#;
    let jsonata = r#"[{"ErrorEquals":["States.ALL"],"Next":"X","Output":"{% $states.errorOutput %}","Assign":{"v":"{% $states.errorOutput.Cause %}"}}]"#;
    for (language, catch) in [("JSONPath", jsonpath), ("JSONata", jsonata)] {
        let state = format!(
            r#"{{"Type":"Task","QueryLanguage":"{language}","Resource":"arn:aws:states:::lambda:invoke","End":true,"Retry":{retry},"Catch":{catch}}}"#
        );
        check_silent(&machine_of(&state), ExecutionType::Standard);
    }
}
