//! The definition as a whole and the blocks inside it.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{check, check_each, check_silent, check_states};

#[test]
fn a_definition_is_a_json_object() {
    check(
        "",
        &expect![[r#"
        1:1 SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object
    "#]],
    );
    check(
        " \n",
        &expect![[r#"
        1:1 SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object
    "#]],
    );
    check_each(
        &["[]", "null", "\"x\"", "1"],
        str::to_owned,
        &expect![[r#"
        []
            1:1 SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object
        null
            1:1 SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object
        "x"
            1:1 SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object
        1
            1:1 SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object
    "#]],
    );
}

#[test]
fn broken_json_names_the_place() {
    check(
        "not",
        &expect![[r#"
        1:1 INVALID_JSON_DESCRIPTION: Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [Source: (String); line: 1, column: 4]
    "#]],
    );
    check(
        "{\n  \"StartAt\": \"A\"\n  \"States\": {}\n}",
        &expect![[r#"
        3:3 INVALID_JSON_DESCRIPTION: Unexpected character ('"' (code 34)): was expecting comma to separate Object entries at [Source: (String); line: 3, column: 4]
    "#]],
    );
}

#[test]
fn a_definition_has_a_bounded_size() {
    let text = format!("{{\"Comment\":\"{}\"}}", "x".repeat(1_048_577));
    check(
        &text,
        &expect![[r#"
        1:1 SCHEMA_VALIDATION_FAILED: Definition must have at most 1048576 bytes
    "#]],
    );
}

#[test]
fn required_fields_are_named_together() {
    check(
        "{}",
        &expect![[r#"
        1:1 SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /
    "#]],
    );
    check(
        r#"{"States":{"A":{"Type":"Succeed"}}}"#,
        &expect![[r#"
        1:1 SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /
    "#]],
    );
    check(
        r#"{"StartAt":"A"}"#,
        &expect![[r#"
        1:1 SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /
    "#]],
    );
}

#[test]
fn fields_of_a_machine_have_types_and_bounds() {
    let machine = |fields: &str| {
        format!(r#"{{"StartAt":"A",{fields},"States":{{"A":{{"Type":"Succeed"}}}}}}"#)
    };
    check_each(
        &[
            r#""Comment":1"#,
            r#""Version":"2.0""#,
            r#""Version":1.0"#,
            r#""QueryLanguage":"JsonPath""#,
            r#""QueryLanguage":7"#,
            r#""TimeoutSeconds":-1"#,
            r#""TimeoutSeconds":100000000"#,
            r#""TimeoutSeconds":"60""#,
            r#""TimeoutSeconds":1.5"#,
            r#""TimeOutSeconds":1"#,
            r#""ProcessorConfig":{}"#,
            r#""Bogus":true"#,
        ],
        machine,
        &expect![[r#"
            "Comment":1
                1:26 SCHEMA_VALIDATION_FAILED: Expected value of type String at /Comment
            "Version":"2.0"
                1:26 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version (did you mean '1.0'?)
            "Version":1.0
                1:26 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version
            "QueryLanguage":"JsonPath"
                1:32 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage (did you mean 'JSONPath'?)
            "QueryLanguage":7
                1:32 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage
            "TimeoutSeconds":-1
                1:33 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /TimeoutSeconds
            "TimeoutSeconds":100000000
                1:33 SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /TimeoutSeconds
            "TimeoutSeconds":"60"
                1:33 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /TimeoutSeconds
            "TimeoutSeconds":1.5
                1:33 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /TimeoutSeconds
            "TimeOutSeconds":1
                1:16 SCHEMA_VALIDATION_FAILED: Field 'TimeOutSeconds' is not supported at / (did you mean 'TimeoutSeconds'?)
            "ProcessorConfig":{}
                1:16 SCHEMA_VALIDATION_FAILED: Field 'ProcessorConfig' is not supported at /
            "Bogus":true
                1:16 SCHEMA_VALIDATION_FAILED: Field 'Bogus' is not supported at /
        "#]],
    );
    for fields in [
        r#""Comment":"c","Version":"1.0","TimeoutSeconds":0,"QueryLanguage":"JSONPath""#,
        r#""TimeoutSeconds":99999999,"QueryLanguage":"JSONata""#,
    ] {
        check_silent(&machine(fields), ExecutionType::Standard);
    }
}

#[test]
fn states_is_an_object_with_a_state() {
    check(
        r#"{"StartAt":"A","States":{}}"#,
        &expect![[r#"
        1:16 SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States
    "#]],
    );
    check(
        r#"{"StartAt":"A","States":[]}"#,
        &expect![[r#"
        1:16 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States
    "#]],
    );
    check(
        r#"{"StartAt":"A","States":{"A":1}}"#,
        &expect![[r#"
        1:30 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/A
    "#]],
    );
    check(
        r#"{"StartAt":7,"States":{"A":{"Type":"Succeed"}}}"#,
        &expect![[r#"
        1:12 SCHEMA_VALIDATION_FAILED: Expected value of type String at /StartAt
    "#]],
    );
}

#[test]
fn state_names_are_bounded_and_unique_in_the_whole_machine() {
    let long = "n".repeat(81);
    check(
        &format!(r#"{{"StartAt":"{long}","States":{{"{long}":{{"Type":"Succeed"}}}}}}"#),
        &expect![[r#"
            1:106 INVALID_STATE_NAME: State name 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' exceeds the 80-character limit allowed by the service at /States/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
        "#]],
    );
    check(
        r#"{"StartAt":"","States":{"":{"Type":"Succeed"}}}"#,
        &expect![[r#"
            1:25 INVALID_STATE_NAME: State names cannot be empty at /States/
        "#]],
    );
    check(
        r#"{"StartAt":"A","States":{"A":{"Type":"Parallel","End":true,"Branches":[
          {"StartAt":"A","States":{"A":{"Type":"Succeed"}}},
          {"StartAt":"B","States":{"B":{"Type":"Succeed"}}},
          {"StartAt":"B","States":{"B":{"Type":"Succeed"}}}]}}}"#,
        &expect![[r#"
            2:36 DUPLICATE_STATE_NAME: Duplicate State name: A at /States/A/Branches[0]/States/A (the first one is /States/A)
            4:36 DUPLICATE_STATE_NAME: Duplicate State name: B at /States/A/Branches[2]/States/B (the first one is /States/A/Branches[1]/States/B)
        "#]],
    );
    let name = "ä (1): done?".to_owned() + &"é".repeat(68);
    check_silent(
        &format!(r#"{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Succeed"}}}}}}"#),
        ExecutionType::Standard,
    );
}

#[test]
fn duplicate_fields_are_found_at_any_depth() {
    check(
        r#"{"StartAt":"A","StartAt":"B","States":{
          "A":{"Type":"Pass","End":true,"Result":{"x":[{"y":1,"y":2}]},"Type":"Fail"},
          "A":{"Type":"Bogus"}}}"#,
        &expect![[r#"
            1:16 SCHEMA_VALIDATION_FAILED: Duplicate field 'StartAt' at /StartAt
            2:63 SCHEMA_VALIDATION_FAILED: Duplicate field 'y' at /States/A/Result/x[0]/y
            2:72 SCHEMA_VALIDATION_FAILED: Duplicate field 'Type' at /States/A/Type
            3:11 SCHEMA_VALIDATION_FAILED: Duplicate field 'A' at /States/A
        "#]],
    );
}

#[test]
fn the_type_of_a_state_is_one_of_eight() {
    check_states(
        &[
            "{}",
            r#"{"Bogus":1,"Next":"Nowhere"}"#,
            r#"{"Type":"Tsak","Bogus":1,"Next":"Nowhere"}"#,
            r#"{"Type":"pass","End":true}"#,
            r#"{"Type":7}"#,
            r#"{"Type":null}"#,
        ],
        &expect![[r#"
            {}
                1:26 SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /States/X
            {"Bogus":1,"Next":"Nowhere"}
                1:26 SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /States/X
            {"Type":"Tsak","Bogus":1,"Next":"Nowhere"}
                1:38 SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Type (did you mean 'Task'?)
            {"Type":"pass","End":true}
                1:38 SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Type (did you mean 'Pass'?)
            {"Type":7}
                1:38 SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Type
            {"Type":null}
                1:38 SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Type
        "#]],
    );
}

#[test]
fn a_machine_in_jsonata_has_no_jsonpath_states() {
    check(
        r#"{"QueryLanguage":"JSONata","StartAt":"A","States":{
          "A":{"Type":"Pass","QueryLanguage":"JSONPath","InputPath":"$.a","Next":"P"},
          "P":{"Type":"Parallel","End":true,"Branches":[
            {"QueryLanguage":"JSONPath","StartAt":"B","States":{"B":{"Type":"Succeed"}}}]}}}"#,
        &expect![[r#"
            2:46 SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A
            4:30 SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/P/Branches[0]
        "#]],
    );
}

#[test]
fn inner_states_inherit_the_language_of_the_machine_not_of_their_map() {
    check(
        r#"{"StartAt":"M","States":{"M":{"Type":"Map","QueryLanguage":"JSONata","InputPath":"$","End":true,
          "ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","InputPath":"$","Output":1,"End":true}}}}}}"#,
        &expect![[r#"
            1:70 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/M (use '$states.input' in an expression)
            2:87 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/M/ItemProcessor/States/I (use 'OutputPath', or the fields that shape the result)
        "#]],
    );
}

#[test]
fn branches_and_processors_are_blocks() {
    check_states(
        &[
            r#"{"Type":"Parallel","End":true}"#,
            r#"{"Type":"Parallel","End":true,"Branches":[]}"#,
            r#"{"Type":"Parallel","End":true,"Branches":{}}"#,
            r#"{"Type":"Parallel","End":true,"Branches":[1,{}]}"#,
            r#"{"Type":"Parallel","End":true,"Branches":[{"StartAt":"A","TimeoutSeconds":1,"States":{"A":{"Type":"Succeed"}}}]}"#,
            r#"{"Type":"Map","End":true}"#,
            r#"{"Type":"Map","End":true,"ItemProcessor":[]}"#,
            r#"{"Type":"Map","End":true,"ItemProcessor":{}}"#,
            r#"{"Type":"Map","End":true,"Iterator":{"StartAt":"A","States":{"A":{"Type":"Wat"}}}}"#,
            r#"{"Type":"Map","End":true,"Iterator":{"StartAt":"A","States":{"A":{"Type":"Succeed"}}},"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}}"#,
            r#"{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"A","Version":"1.0","States":{"A":{"Type":"Succeed","Comment":false}}}}"#,
        ],
        &expect![[r#"
            {"Type":"Parallel","End":true}
                1:26 SCHEMA_VALIDATION_FAILED: These fields are required: [Branches] at /States/X
            {"Type":"Parallel","End":true,"Branches":[]}
                1:60 SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/X/Branches
            {"Type":"Parallel","End":true,"Branches":{}}
                1:60 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Branches
            {"Type":"Parallel","End":true,"Branches":[1,{}]}
                1:72 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Branches[0]
                1:74 SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /States/X/Branches[1]
            {"Type":"Parallel","End":true,"Branches":[{"StartAt":"A","TimeoutSeconds":1,"States":{"A":{"Type":"Succeed"}}}]}
                1:87 SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/X/Branches[0]
            {"Type":"Map","End":true}
                1:26 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/X
            {"Type":"Map","End":true,"ItemProcessor":[]}
                1:55 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/ItemProcessor
            {"Type":"Map","End":true,"ItemProcessor":{}}
                1:71 SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /States/X/ItemProcessor
            {"Type":"Map","End":true,"Iterator":{"StartAt":"A","States":{"A":{"Type":"Wat"}}}}
                1:103 SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Iterator/States/A/Type (did you mean 'Wait'?)
            {"Type":"Map","End":true,"Iterator":{"StartAt":"A","States":{"A":{"Type":"Succeed"}}},"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}}
                1:116 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [ItemProcessor, Iterator] at /States/X
            {"Type":"Map","End":true,"ItemProcessor":{"StartAt":"A","Version":"1.0","States":{"A":{"Type":"Succeed","Comment":false}}}}
                1:86 SCHEMA_VALIDATION_FAILED: Field 'Version' is not supported at /States/X/ItemProcessor
                1:144 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/ItemProcessor/States/A/Comment
        "#]],
    );
}
