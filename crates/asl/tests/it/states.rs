//! Pass, Wait, Succeed, Fail and the data flow all kinds share.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{check_each, check_silent, check_states, machine_of};

#[test]
fn wait_has_exactly_one_end() {
    check_states(
        &[
            r#"{"Type":"Wait","End":true}"#,
            r#"{"Type":"Wait","End":true,"Seconds":1,"SecondsPath":"$.a"}"#,
            r#"{"Type":"Wait","End":true,"Seconds":1,"Timestamp":"2030-01-31T12:00:00Z"}"#,
            r#"{"Type":"Wait","End":true,"Seconds":-1}"#,
            r#"{"Type":"Wait","End":true,"Seconds":100000000}"#,
            r#"{"Type":"Wait","End":true,"Seconds":"1"}"#,
            r#"{"Type":"Wait","End":true,"Seconds":"{% 1 %}"}"#,
            r#"{"Type":"Wait","End":true,"SecondsPath":5}"#,
            r#"{"Type":"Wait","End":true,"SecondsPath":"$.a..b"}"#,
            r#"{"Type":"Wait","End":true,"Timestamp":"tomorrow"}"#,
            r#"{"Type":"Wait","End":true,"Timestamp":"2030-01-31T12:00:00"}"#,
            r#"{"Type":"Wait","End":true,"TimestampPath":"$.a[0,1]"}"#,
            r#"{"Type":"Wait","QueryLanguage":"JSONata","End":true}"#,
            r#"{"Type":"Wait","QueryLanguage":"JSONata","End":true,"SecondsPath":"$.a"}"#,
            r#"{"Type":"Wait","QueryLanguage":"JSONata","End":true,"Seconds":"5"}"#,
            r#"{"Type":"Wait","QueryLanguage":"JSONata","End":true,"Seconds":-5}"#,
            r#"{"Type":"Wait","QueryLanguage":"JSONata","End":true,"Timestamp":"noon"}"#,
        ],
        &expect![[r#"
            {"Type":"Wait","End":true}
                1:26 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/X
            {"Type":"Wait","End":true,"Seconds":1,"SecondsPath":"$.a"}
                1:68 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/X
            {"Type":"Wait","End":true,"Seconds":1,"Timestamp":"2030-01-31T12:00:00Z"}
                1:68 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/X
            {"Type":"Wait","End":true,"Seconds":-1}
                1:66 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/X/Seconds
            {"Type":"Wait","End":true,"Seconds":100000000}
                1:66 SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/X/Seconds
            {"Type":"Wait","End":true,"Seconds":"1"}
                1:66 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/Seconds
            {"Type":"Wait","End":true,"Seconds":"{% 1 %}"}
                1:66 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/Seconds (expressions work in computed fields of JSONata states only)
            {"Type":"Wait","End":true,"SecondsPath":5}
                1:70 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/SecondsPath
            {"Type":"Wait","End":true,"SecondsPath":"$.a..b"}
                1:70 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/SecondsPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Wait","End":true,"Timestamp":"tomorrow"}
                1:68 SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/X/Timestamp (write it like 2030-01-31T12:00:00Z)
            {"Type":"Wait","End":true,"Timestamp":"2030-01-31T12:00:00"}
                1:68 SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/X/Timestamp (write it like 2030-01-31T12:00:00Z)
            {"Type":"Wait","End":true,"TimestampPath":"$.a[0,1]"}
                1:72 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/TimestampPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Wait","QueryLanguage":"JSONata","End":true}
                1:26 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Seconds, Timestamp] at /States/X
            {"Type":"Wait","QueryLanguage":"JSONata","End":true,"SecondsPath":"$.a"}
                1:82 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'SecondsPath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use an expression in 'Seconds')
            {"Type":"Wait","QueryLanguage":"JSONata","End":true,"Seconds":"5"}
                1:92 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/Seconds
            {"Type":"Wait","QueryLanguage":"JSONata","End":true,"Seconds":-5}
                1:92 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/X/Seconds
            {"Type":"Wait","QueryLanguage":"JSONata","End":true,"Timestamp":"noon"}
                1:94 SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/X/Timestamp (write it like 2030-01-31T12:00:00Z)
        "#]],
    );
}

#[test]
fn fail_names_its_error_once() {
    check_states(
        &[
            r#"{"Type":"Fail","Error":1,"Cause":null}"#,
            r#"{"Type":"Fail","Error":"A","ErrorPath":"$.e","Cause":"c","CausePath":"$.c"}"#,
            r#"{"Type":"Fail","ErrorPath":"$.e[*]","CausePath":"States.MathAdd(1, 2)"}"#,
            r#"{"Type":"Fail","ErrorPath":"States.Format('{}'","CausePath":"States.Bogus()"}"#,
            r#"{"Type":"Fail","QueryLanguage":"JSONata","Error":1,"ErrorPath":"$.e","CausePath":"$.c"}"#,
            r#"{"Type":"Fail","QueryLanguage":"JSONata","Error":"A","ErrorPath":"$.e"}"#,
        ],
        &expect![[r#"
            {"Type":"Fail","Error":1,"Cause":null}
                1:53 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Error
                1:63 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Cause
            {"Type":"Fail","Error":"A","ErrorPath":"$.e","Cause":"c","CausePath":"$.c"}
                1:57 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [Error, ErrorPath] at /States/X
                1:87 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [Cause, CausePath] at /States/X
            {"Type":"Fail","ErrorPath":"$.e[*]","CausePath":"States.MathAdd(1, 2)"}
                1:57 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/ErrorPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
                1:78 SCHEMA_VALIDATION_FAILED: The function 'States.MathAdd' is not supported in the field 'CausePath' at /States/X/CausePath (use one of [States.Format, States.JsonToString, States.ArrayGetItem, States.Base64Encode, States.Base64Decode, States.Hash, States.UUID])
            {"Type":"Fail","ErrorPath":"States.Format('{}'","CausePath":"States.Bogus()"}
                1:76 SCHEMA_VALIDATION_FAILED: The value for the field 'ErrorPath' must be a valid JSONPath or a valid intrinsic function call: expected ',' or ')' after an argument at /States/X/ErrorPath
                1:91 SCHEMA_VALIDATION_FAILED: The value for the field 'CausePath' must be a valid JSONPath or a valid intrinsic function call: 'States.Bogus' is not an intrinsic function at /States/X/CausePath
            {"Type":"Fail","QueryLanguage":"JSONata","Error":1,"ErrorPath":"$.e","CausePath":"$.c"}
                1:79 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Error
                1:81 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ErrorPath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use an expression in 'Error')
                1:99 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'CausePath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use an expression in 'Cause')
            {"Type":"Fail","QueryLanguage":"JSONata","Error":"A","ErrorPath":"$.e"}
                1:83 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ErrorPath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use an expression in 'Error')
        "#]],
    );
}

#[test]
fn paths_are_checked_in_every_field() {
    check_states(
        &[
            r#"{"Type":"Pass","End":true,"InputPath":7,"OutputPath":"x","ResultPath":"$.a[x"}"#,
            r#"{"Type":"Pass","End":true,"ResultPath":"$.a[*].b"}"#,
            r#"{"Type":"Pass","End":true,"ResultPath":"$$.a"}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"v":1},"ResultPath":"$v"}"#,
            r#"{"Type":"Map","End":true,"ItemsPath":"$..a","MaxConcurrencyPath":"$.a[1:2]","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}"#,
            r#"{"Type":"Pass","End":true,"InputPath":"$.\u00e4\n[x"}"#,
        ],
        &expect![[r#"
            {"Type":"Pass","End":true,"InputPath":7,"OutputPath":"x","ResultPath":"$.a[x"}
                1:68 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/InputPath
                1:84 SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/X/OutputPath (a path must start with '$')
                1:104 SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/X/ResultPath (Could not parse token starting at position 3. Expected ?, ', 0-9, * )
            {"Type":"Pass","End":true,"ResultPath":"$.a[*].b"}
                1:69 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/ResultPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Pass","End":true,"ResultPath":"$$.a"}
                1:69 SCHEMA_VALIDATION_FAILED: The value for the field 'ResultPath' must begin with '$.' or '$[' at /States/X/ResultPath
            {"Type":"Pass","End":true,"Assign":{"v":1},"ResultPath":"$v"}
                1:86 SCHEMA_VALIDATION_FAILED: The value for the field 'ResultPath' must begin with '$.' or '$[' at /States/X/ResultPath (use 'Assign' to set a variable)
            {"Type":"Map","End":true,"ItemsPath":"$..a","MaxConcurrencyPath":"$.a[1:2]","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:67 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/ItemsPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
                1:95 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/MaxConcurrencyPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Pass","End":true,"InputPath":"$.\u00e4\n[x"}
                1:79 SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/X/InputPath (Could not parse token starting at position 5. Expected ?, ', 0-9, * )
        "#]],
    );
}

#[test]
fn literal_data_has_a_bounded_depth() {
    check_each(
        &["100", "101"],
        |depth| {
            let depth = depth.parse().unwrap();
            let nested = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            machine_of(&format!(r#"{{"Type":"Pass","End":true,"Result":{nested}}}"#))
        },
        &expect![[r#"
            100
            101
                1:56 SCHEMA_VALIDATION_FAILED: Value cannot be nested deeper than 100 levels at /States/X/Result
        "#]],
    );
}

#[test]
fn every_field_of_the_simple_states_is_accepted() {
    for state in [
        r#"{"Type":"Pass","Comment":"c","QueryLanguage":"JSONPath","InputPath":"$.a[*].b","Parameters":{"a.$":"$.b","c":{"d.$":"States.UUID()"}},"ResultPath":"$.x.y[0]","OutputPath":null,"Assign":{"v.$":"$","w":2},"End":true}"#,
        r#"{"Type":"Pass","Result":{"kept.$":"as it is"},"InputPath":null,"ResultPath":null,"OutputPath":"$$","End":true}"#,
        r#"{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $states.input %}","Assign":{"v":"{% $states.context %}"},"End":true}"#,
        r#"{"Type":"Wait","Seconds":0,"InputPath":"$.a","OutputPath":"$.b","Assign":{"v":1},"End":true}"#,
        r#"{"Type":"Wait","SecondsPath":"$.a[0]","End":true}"#,
        r#"{"Type":"Wait","Timestamp":"2030-01-31T12:00:00.5+01:00","End":true}"#,
        r#"{"Type":"Wait","TimestampPath":"$$.Execution.StartTime","End":true}"#,
        r#"{"Type":"Wait","QueryLanguage":"JSONata","Seconds":"{% $states.input.s %}","Output":1,"Assign":{"v":1},"End":true}"#,
        r#"{"Type":"Wait","QueryLanguage":"JSONata","Seconds":99999999,"End":true}"#,
        r#"{"Type":"Wait","QueryLanguage":"JSONata","Timestamp":"{% $now() %}","End":true}"#,
        r#"{"Type":"Succeed","Comment":"c","InputPath":"$.a","OutputPath":"$.b"}"#,
        r#"{"Type":"Succeed","QueryLanguage":"JSONata","Output":{"a":"{% 1 %}"}}"#,
        r#"{"Type":"Fail"}"#,
        r#"{"Type":"Fail","Error":"E","Cause":"c","Comment":"c"}"#,
        r#"{"Type":"Fail","ErrorPath":"$.e","CausePath":"States.Format('{}', $.c)"}"#,
        r#"{"Type":"Fail","QueryLanguage":"JSONata","Error":"{% 'E' & $states.input.n %}","Cause":"plain"}"#,
        r#"{"Type":"Parallel","Parameters":{"a.$":"$.a"},"ResultSelector":{"b.$":"$[0]"},"ResultPath":"$.p","InputPath":"$","OutputPath":"$","Assign":{"v.$":"$[0]"},"Retry":[],"Catch":[],"Branches":[{"Comment":"c","QueryLanguage":"JSONPath","StartAt":"I","States":{"I":{"Type":"Succeed"}}}],"End":true}"#,
        r#"{"Type":"Parallel","QueryLanguage":"JSONata","Arguments":{"a":"{% $states.input %}"},"Output":"{% $states.result[0] %}","Assign":{"v":"{% $states.result %}"},"Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}],"End":true}"#,
        r#"{"Type":"Map","Iterator":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"Parameters":{"v.$":"$$.Map.Item.Value"},"ItemsPath":"$.items","MaxConcurrency":0,"ResultSelector":{"b.$":"$[0]"},"ResultPath":"$.p","InputPath":"$","OutputPath":"$","Assign":{"v.$":"$[0]"},"Retry":[],"Catch":[],"End":true}"#,
        r#"{"Type":"Map","ItemProcessor":{"Comment":"c","ProcessorConfig":{"Mode":"INLINE"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"ItemSelector":{"v.$":"$$.Map.Item.Value"},"MaxConcurrencyPath":"$.n","End":true}"#,
        r#"{"Type":"Map","QueryLanguage":"JSONata","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"Items":"{% $states.input.items %}","ItemSelector":{"v":"{% $states.context.Map.Item.Value %}"},"MaxConcurrency":"{% 1 + 1 %}","Output":"{% $states.result %}","Assign":{"v":"{% $states.result %}"},"End":true}"#,
        r#"{"Type":"Map","QueryLanguage":"JSONata","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"Items":[1,"{% 2 %}"],"End":true}"#,
    ] {
        for execution_type in [ExecutionType::Standard, ExecutionType::Express] {
            check_silent(&machine_of(state), execution_type);
        }
    }
}
