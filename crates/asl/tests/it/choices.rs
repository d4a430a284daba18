//! Choice states.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{check_each, check_silent, check_states};

fn choice(rule: &str) -> String {
    format!(
        r#"{{"StartAt":"C","States":{{"C":{{"Type":"Choice","Choices":[{rule}],"Default":"S"}},"S":{{"Type":"Succeed"}}}}}}"#
    )
}

#[test]
fn a_choice_has_rules() {
    check_states(
        &[
            r#"{"Type":"Choice"}"#,
            r#"{"Type":"Choice","Choices":[]}"#,
            r#"{"Type":"Choice","Choices":{}}"#,
            r#"{"Type":"Choice","Choices":[7]}"#,
            r#"{"Type":"Choice","Choices":[{}]}"#,
            r#"{"Type":"Choice","Default":3,"Choices":[{"Variable":"$.a","IsNull":true,"Next":"X"}]}"#,
        ],
        &expect![[r#"
            {"Type":"Choice"}
                1:26 SCHEMA_VALIDATION_FAILED: These fields are required: [Choices] at /States/X
            {"Type":"Choice","Choices":[]}
                1:47 SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/X/Choices
            {"Type":"Choice","Choices":{}}
                1:47 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Choices
            {"Type":"Choice","Choices":[7]}
                1:58 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Choices[0]
            {"Type":"Choice","Choices":[{}]}
                1:58 SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/X/Choices[0]
                1:58 SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/X/Choices[0]
            {"Type":"Choice","Default":3,"Choices":[{"Variable":"$.a","IsNull":true,"Next":"X"}]}
                1:57 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Default
        "#]],
    );
}

#[test]
fn a_rule_has_a_variable_and_one_operator() {
    check_each(
        &[
            r#"{"Variable":"$.a","Next":"S"}"#,
            r#"{"StringEquals":"a","Next":"S"}"#,
            r#"{"Next":"S"}"#,
            r#"{"Variable":"$.a","StringEquals":"a","IsString":true,"Next":"S"}"#,
            r#"{"Variable":"$.a","StringEqual":"a","Next":"S"}"#,
            r#"{"Variable":"$.a","BooleanLessThan":true,"Next":"S"}"#,
            r#"{"Variable":"$.a","StringMatchesPath":"$.b","Next":"S"}"#,
            r#"{"Variable":"$.a[*]","IsNull":true,"Next":"S"}"#,
            r#"{"Variable":"a","IsNull":true,"Next":"S"}"#,
            r#"{"Variable":7,"IsNull":true,"Next":"S"}"#,
            r#"{"Variable":"$.a","IsNull":true}"#,
            r#"{"Variable":"$.a","IsNull":true,"Next":"S","Comment":4,"Output":{},"Condition":true}"#,
        ],
        choice,
        &expect![[r#"
            {"Variable":"$.a","Next":"S"}
                1:58 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [BooleanEquals, BooleanEqualsPath, IsBoolean, IsNull, IsNumeric, IsPresent, IsString, IsTimestamp, NumericEquals, NumericEqualsPath, NumericGreaterThan, NumericGreaterThanEquals, NumericGreaterThanEqualsPath, NumericGreaterThanPath, NumericLessThan, NumericLessThanEquals, NumericLessThanEqualsPath, NumericLessThanPath, StringEquals, StringEqualsPath, StringGreaterThan, StringGreaterThanEquals, StringGreaterThanEqualsPath, StringGreaterThanPath, StringLessThan, StringLessThanEquals, StringLessThanEqualsPath, StringLessThanPath, StringMatches, TimestampEquals, TimestampEqualsPath, TimestampGreaterThan, TimestampGreaterThanEquals, TimestampGreaterThanEqualsPath, TimestampGreaterThanPath, TimestampLessThan, TimestampLessThanEquals, TimestampLessThanEqualsPath, TimestampLessThanPath] at /States/C/Choices[0] (add one, such as 'StringEquals' or 'IsPresent')
            {"StringEquals":"a","Next":"S"}
                1:58 SCHEMA_VALIDATION_FAILED: These fields are required: [Variable] at /States/C/Choices[0]
            {"Next":"S"}
                1:58 SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/C/Choices[0]
            {"Variable":"$.a","StringEquals":"a","IsString":true,"Next":"S"}
                1:95 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [BooleanEquals, BooleanEqualsPath, IsBoolean, IsNull, IsNumeric, IsPresent, IsString, IsTimestamp, NumericEquals, NumericEqualsPath, NumericGreaterThan, NumericGreaterThanEquals, NumericGreaterThanEqualsPath, NumericGreaterThanPath, NumericLessThan, NumericLessThanEquals, NumericLessThanEqualsPath, NumericLessThanPath, StringEquals, StringEqualsPath, StringGreaterThan, StringGreaterThanEquals, StringGreaterThanEqualsPath, StringGreaterThanPath, StringLessThan, StringLessThanEquals, StringLessThanEqualsPath, StringLessThanPath, StringMatches, TimestampEquals, TimestampEqualsPath, TimestampGreaterThan, TimestampGreaterThanEquals, TimestampGreaterThanEqualsPath, TimestampGreaterThanPath, TimestampLessThan, TimestampLessThanEquals, TimestampLessThanEqualsPath, TimestampLessThanPath] at /States/C/Choices[0] (combine several rules with 'And' or 'Or')
            {"Variable":"$.a","StringEqual":"a","Next":"S"}
                1:76 SCHEMA_VALIDATION_FAILED: Field 'StringEqual' is not supported at /States/C/Choices[0] (did you mean 'StringEquals'?)
            {"Variable":"$.a","BooleanLessThan":true,"Next":"S"}
                1:76 SCHEMA_VALIDATION_FAILED: Field 'BooleanLessThan' is not supported at /States/C/Choices[0]
            {"Variable":"$.a","StringMatchesPath":"$.b","Next":"S"}
                1:76 SCHEMA_VALIDATION_FAILED: Field 'StringMatchesPath' is not supported at /States/C/Choices[0] (did you mean 'StringMatches'?)
            {"Variable":"$.a[*]","IsNull":true,"Next":"S"}
                1:70 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/C/Choices[0]/Variable (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Variable":"a","IsNull":true,"Next":"S"}
                1:70 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: Reference path didn't start with '$' at /States/C/Choices[0]/Variable
            {"Variable":7,"IsNull":true,"Next":"S"}
                1:70 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/C/Choices[0]/Variable
            {"Variable":"$.a","IsNull":true}
                1:58 SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/C/Choices[0]
            {"Variable":"$.a","IsNull":true,"Next":"S","Comment":4,"Output":{},"Condition":true}
                1:111 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/C/Choices[0]/Comment
                1:113 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/C/Choices[0] (use the state's 'OutputPath')
                1:125 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage at /States/C/Choices[0] (use 'Variable' and an operator)
        "#]],
    );
}

#[test]
fn operands_have_the_type_of_their_operator() {
    check_each(
        &[
            r#""IsPresent":"yes""#,
            r#""IsNull":1"#,
            r#""BooleanEquals":"true""#,
            r#""BooleanEqualsPath":true"#,
            r#""NumericLessThan":"1""#,
            r#""NumericLessThanPath":"$.a[*]""#,
            r#""StringGreaterThanEquals":1"#,
            r#""StringMatches":"a\\b""#,
            r#""StringMatches":1"#,
            r#""TimestampEquals":"2030-01-31""#,
            r#""TimestampGreaterThan":"2030-01-31t12:00:00z""#,
            r#""TimestampLessThanEqualsPath":"a""#,
        ],
        |test| choice(&format!(r#"{{"Variable":"$.a",{test},"Next":"S"}}"#)),
        &expect![[r#"
            "IsPresent":"yes"
                1:88 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/C/Choices[0]/IsPresent
            "IsNull":1
                1:85 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/C/Choices[0]/IsNull
            "BooleanEquals":"true"
                1:92 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/C/Choices[0]/BooleanEquals
            "BooleanEqualsPath":true
                1:96 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/C/Choices[0]/BooleanEqualsPath
            "NumericLessThan":"1"
                1:94 SCHEMA_VALIDATION_FAILED: Expected value of type Number at /States/C/Choices[0]/NumericLessThan
            "NumericLessThanPath":"$.a[*]"
                1:98 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/C/Choices[0]/NumericLessThanPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            "StringGreaterThanEquals":1
                1:102 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/C/Choices[0]/StringGreaterThanEquals
            "StringMatches":"a\\b"
                1:92 SCHEMA_VALIDATION_FAILED: In 'StringMatches' a backslash must stand before '*' or a backslash at /States/C/Choices[0]/StringMatches
            "StringMatches":1
                1:92 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/C/Choices[0]/StringMatches
            "TimestampEquals":"2030-01-31"
                1:94 SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/C/Choices[0]/TimestampEquals (write it like 2030-01-31T12:00:00Z)
            "TimestampGreaterThan":"2030-01-31t12:00:00z"
                1:99 SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/C/Choices[0]/TimestampGreaterThan (write it like 2030-01-31T12:00:00Z)
            "TimestampLessThanEqualsPath":"a"
                1:106 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: Reference path didn't start with '$' at /States/C/Choices[0]/TimestampLessThanEqualsPath
        "#]],
    );
}

#[test]
fn combinations_nest_and_have_no_next_inside() {
    check_each(
        &[
            r#"{"And":[],"Next":"S"}"#,
            r#"{"Or":{},"Next":"S"}"#,
            r#"{"Not":[],"Next":"S"}"#,
            r#"{"Not":{},"Next":"S"}"#,
            r#"{"And":[{"Variable":"$.a","IsNull":true,"Next":"S"}],"Next":"S"}"#,
            r#"{"And":[{"Not":{"Or":[{"Variable":"$.a"}]}},{"Variable":"$.b","Assign":{},"IsNull":1}],"Next":"S"}"#,
            r#"{"And":[{"Variable":"$.a","IsNull":true}],"Variable":"$.a","IsNull":true,"Next":"S"}"#,
            r#"{"And":[{"Variable":"$.a","IsNull":true}],"Not":{"Variable":"$.a","IsNull":true},"Next":"S"}"#,
        ],
        choice,
        &expect![[r#"
            {"And":[],"Next":"S"}
                1:59 SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/C/Choices[0]/And
            {"Or":{},"Next":"S"}
                1:59 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/C/Choices[0]/Or
            {"Not":[],"Next":"S"}
                1:59 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/C/Choices[0]/Not
            {"Not":{},"Next":"S"}
                1:59 SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/C/Choices[0]/Not
            {"And":[{"Variable":"$.a","IsNull":true,"Next":"S"}],"Next":"S"}
                1:98 SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported at /States/C/Choices[0]/And[0] (only a rule directly in 'Choices' has it)
            {"And":[{"Not":{"Or":[{"Variable":"$.a"}]}},{"Variable":"$.b","Assign":{},"IsNull":1}],"Next":"S"}
                1:80 SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [BooleanEquals, BooleanEqualsPath, IsBoolean, IsNull, IsNumeric, IsPresent, IsString, IsTimestamp, NumericEquals, NumericEqualsPath, NumericGreaterThan, NumericGreaterThanEquals, NumericGreaterThanEqualsPath, NumericGreaterThanPath, NumericLessThan, NumericLessThanEquals, NumericLessThanEqualsPath, NumericLessThanPath, StringEquals, StringEqualsPath, StringGreaterThan, StringGreaterThanEquals, StringGreaterThanEqualsPath, StringGreaterThanPath, StringLessThan, StringLessThanEquals, StringLessThanEqualsPath, StringLessThanPath, StringMatches, TimestampEquals, TimestampEqualsPath, TimestampGreaterThan, TimestampGreaterThanEquals, TimestampGreaterThanEqualsPath, TimestampGreaterThanPath, TimestampLessThan, TimestampLessThanEquals, TimestampLessThanEqualsPath, TimestampLessThanPath] at /States/C/Choices[0]/And[0]/Not/Or[0] (add one, such as 'StringEquals' or 'IsPresent')
                1:120 SCHEMA_VALIDATION_FAILED: Field 'Assign' is not supported at /States/C/Choices[0]/And[1] (only a rule directly in 'Choices' has it)
                1:141 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/C/Choices[0]/And[1]/IsNull
            {"And":[{"Variable":"$.a","IsNull":true}],"Variable":"$.a","IsNull":true,"Next":"S"}
                1:100 SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/C/Choices[0]
            {"And":[{"Variable":"$.a","IsNull":true}],"Not":{"Variable":"$.a","IsNull":true},"Next":"S"}
                1:100 SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/C/Choices[0]
        "#]],
    );
}

#[test]
fn all_39_operators_are_accepted() {
    let mut rules = vec![
        r#"{"Variable":"$$.Execution.Name","StringMatches":"a*\\*\\\\","Next":"S"}"#.to_owned(),
        r#"{"Not":{"And":[{"Or":[{"Variable":"$.a","IsNull":false}]}]},"Comment":"c","Assign":{"x":1},"Next":"S"}"#.to_owned(),
    ];
    let leaf = |test: &str| format!(r#"{{"Variable":"$.a[0]['b']",{test},"Next":"S"}}"#);
    for kind in ["IsPresent", "IsNull", "IsString", "IsNumeric", "IsBoolean", "IsTimestamp"] {
        rules.push(leaf(&format!(r#""{kind}":true"#)));
    }
    rules.push(leaf(r#""BooleanEquals":false"#));
    rules.push(leaf(r#""BooleanEqualsPath":"$.b""#));
    let families = [
        ("String", r#""x""#),
        ("Numeric", "1.5"),
        ("Timestamp", r#""2030-01-31T12:00:00.123456789+01:00""#),
    ];
    for (family, literal) in families {
        for how in ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"] {
            rules.push(leaf(&format!(r#""{family}{how}":{literal}"#)));
            rules.push(leaf(&format!(r#""{family}{how}Path":"$$.State.Name""#)));
        }
    }
    assert_eq!(rules.len(), 1 + 39, "StringMatches stands in the first rule");
    check_silent(&choice(&rules.join(",")), ExecutionType::Standard);
}

#[test]
fn jsonata_rules_have_a_condition() {
    let choice = |rule: &str| {
        choice(rule).replace(r#""Type":"Choice""#, r#""Type":"Choice","QueryLanguage":"JSONata""#)
    };
    check_each(
        &[
            r#"{"Next":"S"}"#,
            r#"{"Condition":"true","Next":"S"}"#,
            r#"{"Condition":1,"Next":"S"}"#,
            r#"{"Condition":"{% $states.result = 1 %}","Next":"S"}"#,
            r#"{"Condition":true,"Variable":"$.a","IsNull":true,"And":[],"Next":"S"}"#,
            r#"{"Conditions":true,"Next":"S"}"#,
            r#"{"Condition":true,"Next":"S","Output":"{% $states.errorOutput %}","Assign":{"a":"{% $states.result %}"}}"#,
        ],
        choice,
        &expect![[r#"
            {"Next":"S"}
                1:84 SCHEMA_VALIDATION_FAILED: These fields are required: [Condition] at /States/C/Choices[0]
            {"Condition":"true","Next":"S"}
                1:97 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/C/Choices[0]/Condition (write an expression between '{%' and '%}')
            {"Condition":1,"Next":"S"}
                1:97 SCHEMA_VALIDATION_FAILED: Expected value of type Boolean at /States/C/Choices[0]/Condition (write an expression between '{%' and '%}')
            {"Condition":"{% $states.result = 1 %}","Next":"S"}
                1:101 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'Condition' at /States/C/Choices[0]/Condition
            {"Condition":true,"Variable":"$.a","IsNull":true,"And":[],"Next":"S"}
                1:102 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Variable' is only supported for the 'JSONPath' QueryLanguage at /States/C/Choices[0] (use 'Condition')
                1:119 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'IsNull' is only supported for the 'JSONPath' QueryLanguage at /States/C/Choices[0] (use 'Condition')
                1:133 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'And' is only supported for the 'JSONPath' QueryLanguage at /States/C/Choices[0] (use 'and' in a 'Condition')
            {"Conditions":true,"Next":"S"}
                1:84 SCHEMA_VALIDATION_FAILED: These fields are required: [Condition] at /States/C/Choices[0]
                1:85 SCHEMA_VALIDATION_FAILED: Field 'Conditions' is not supported at /States/C/Choices[0] (did you mean 'Condition'?)
            {"Condition":true,"Next":"S","Output":"{% $states.errorOutput %}","Assign":{"a":"{% $states.result %}"}}
                1:126 SCHEMA_VALIDATION_FAILED: '$states.errorOutput' is not available in the field 'Output' at /States/C/Choices[0]/Output
                1:168 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'Assign' at /States/C/Choices[0]/Assign
        "#]],
    );
    check_silent(
        &choice(
            r#"{"Condition":"{% $states.input.a > 1 %}","Next":"S","Output":{"b":"{% $states.context.State.Name %}"},"Assign":{"c":1}},{"Condition":false,"Next":"S"}"#,
        ),
        ExecutionType::Standard,
    );
}
