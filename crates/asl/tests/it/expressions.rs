//! Templates, intrinsic calls and JSONata, and where in a string they are wrong.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{analyse, check_states, machine_of};

#[test]
fn templates_name_the_broken_field() {
    check_states(
        &[
            r#"{"Type":"Pass","End":true,"Parameters":{"a.$":"b"}}"#,
            r#"{"Type":"Pass","End":true,"Parameters":{"a.$":7,"b":[{"c.$":"$.x[y"}]}}"#,
            r#"{"Type":"Pass","End":true,"Parameters":{"a.$":"$.a","a":1}}"#,
            r#"{"Type":"Pass","End":true,"Parameters":{"a.$":"States.Format('{}', $.a"}}"#,
            r#"{"Type":"Pass","End":true,"Parameters":{"a.$":"States.Frmat('{}', $.a)"}}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"v":{"x.$":"$["}}}"#,
            r#"{"Type":"Parallel","End":true,"ResultSelector":{"a.$":"-"},"Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}]}"#,
            r#"{"Type":"Map","End":true,"ItemSelector":{"a.$":"-"},"Parameters":{"a.$":"-"},"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}"#,
        ],
        &expect![[r#"
            {"Type":"Pass","End":true,"Parameters":{"a.$":"b"}}
                1:77 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters ('b' is not an intrinsic function)
            {"Type":"Pass","End":true,"Parameters":{"a.$":7,"b":[{"c.$":"$.x[y"}]}}
                1:56 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters (the value is not a string)
                1:94 SCHEMA_VALIDATION_FAILED: The value for the field 'c.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters (Could not parse token starting at position 3. Expected ?, ', 0-9, * )
            {"Type":"Pass","End":true,"Parameters":{"a.$":"$.a","a":1}}
                1:76 SCHEMA_VALIDATION_FAILED: The fields 'a' and 'a.$' have the same name at /States/X/Parameters
            {"Type":"Pass","End":true,"Parameters":{"a.$":"States.Format('{}', $.a"}}
                1:100 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters (expected ',' or ')' after an argument)
            {"Type":"Pass","End":true,"Parameters":{"a.$":"States.Frmat('{}', $.a)"}}
                1:77 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters ('States.Frmat' is not an intrinsic function)
            {"Type":"Pass","End":true,"Assign":{"v":{"x.$":"$["}}}
                1:79 SCHEMA_VALIDATION_FAILED: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Assign (Could not parse token starting at position 1. Expected ?, ', 0-9, * )
            {"Type":"Parallel","End":true,"ResultSelector":{"a.$":"-"},"Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}]}
                1:85 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/ResultSelector ('' is not an intrinsic function)
            {"Type":"Map","End":true,"ItemSelector":{"a.$":"-"},"Parameters":{"a.$":"-"},"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:78 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/ItemSelector ('' is not an intrinsic function)
                1:82 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [ItemSelector, Parameters] at /States/X
                1:103 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Parameters ('' is not an intrinsic function)
        "#]],
    );
}

#[test]
fn jsonata_syntax_errors_point_into_the_expression() {
    check_states(
        &[
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% 1 + %}"}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":{"a":["\t","{% \"x\" & ) %}"]}}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% name %}"}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% $ %}"}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Assign":{"a":"{% 1 + %}"}}"#,
        ],
        &expect![[r#"
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% 1 + %}"}
                1:98 INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/X/Output
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":{"a":["\t","{% \"x\" & ) %}"]}}
                1:114 INVALID_JSONATA_EXPRESSION: The symbol ")" cannot be used as a unary operator at /States/X/Output/a[1]
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% name %}"}
                1:95 SCHEMA_VALIDATION_FAILED: The JSONata expression reads 'name' from a context that states do not have at /States/X/Output (start from $states or a variable)
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% $ %}"}
                1:95 SCHEMA_VALIDATION_FAILED: The JSONata expression reads '$' from a context that states do not have at /States/X/Output (start from $states or a variable)
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Assign":{"a":"{% 1 + %}"}}
                1:103 INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/X/Assign/a
        "#]],
    );
}

#[test]
fn offsets_count_escapes_as_they_are_written() {
    let text = machine_of(
        r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% \"\u00e9\\n\" & ) %}"}"#,
    );
    let analysis = analyse(&text, ExecutionType::Standard);
    let bytes = analysis.diagnostics[0].position.bytes.clone();
    assert_eq!(&text[bytes.clone()], ")", "{analysis:?}");
}

#[test]
fn members_of_states_exist_only_where_they_are_filled() {
    check_states(
        &[
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% $states.result %}","Assign":{"a":"{% $states.errorOutput.Cause %}"}}"#,
            r#"{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","QueryLanguage":"JSONata","End":true,"Arguments":{"a":"{% $states.input & $states.result.x %}"},"TimeoutSeconds":"{% $states.result %}"}"#,
            r#"{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","QueryLanguage":"JSONata","End":true,"Output":"{% $states.errorOutput %}"}"#,
            r#"{"Type":"Succeed","QueryLanguage":"JSONata","Output":"{% $states.resutl %}"}"#,
            r#"{"Type":"Map","QueryLanguage":"JSONata","End":true,"Items":"{% $states.result %}","ItemSelector":{"a":"{% $states.result %}"},"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}"#,
            r#"{"Type":"Map","QueryLanguage":"JSONata","End":true,"Items":"plain","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}"#,
            r#"{"Type":"Map","QueryLanguage":"JSONata","End":true,"Items":7,"MaxConcurrency":-1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}"#,
        ],
        &expect![[r#"
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":"{% $states.result %}","Assign":{"a":"{% $states.errorOutput.Cause %}"}}
                1:95 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'Output' at /States/X/Output
                1:132 SCHEMA_VALIDATION_FAILED: '$states.errorOutput' is not available in the field 'Assign' at /States/X/Assign
            {"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","QueryLanguage":"JSONata","End":true,"Arguments":{"a":"{% $states.input & $states.result.x %}"},"TimeoutSeconds":"{% $states.result %}"}
                1:181 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'Arguments' at /States/X/Arguments
                1:224 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'TimeoutSeconds' at /States/X/TimeoutSeconds
            {"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","QueryLanguage":"JSONata","End":true,"Output":"{% $states.errorOutput %}"}
                1:157 SCHEMA_VALIDATION_FAILED: '$states.errorOutput' is not available in the field 'Output' at /States/X/Output
            {"Type":"Succeed","QueryLanguage":"JSONata","Output":"{% $states.resutl %}"}
                1:87 warning SCHEMA_VALIDATION_FAILED: '$states.resutl' is never defined at /States/X/Output (did you mean 'result'?)
            {"Type":"Map","QueryLanguage":"JSONata","End":true,"Items":"{% $states.result %}","ItemSelector":{"a":"{% $states.result %}"},"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:93 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'Items' at /States/X/Items
                1:136 SCHEMA_VALIDATION_FAILED: '$states.result' is not available in the field 'ItemSelector' at /States/X/ItemSelector
            {"Type":"Map","QueryLanguage":"JSONata","End":true,"Items":"plain","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:89 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Items
            {"Type":"Map","QueryLanguage":"JSONata","End":true,"Items":7,"MaxConcurrency":-1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:89 SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/X/Items
                1:108 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/X/MaxConcurrency
        "#]],
    );
}

#[test]
fn what_is_written_in_the_other_language_is_a_warning() {
    check_states(
        &[
            r#"{"Type":"Pass","End":true,"Parameters":{"a":["{% $states.input %}"]},"Result":"{% 1 %}"}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":{"a.$":"$.b","c.$":"d","e":{"f.$":"States.UUID()"}}}"#,
        ],
        &expect![[r#"
            {"Type":"Pass","End":true,"Parameters":{"a":["{% $states.input %}"]},"Result":"{% 1 %}"}
                1:75 warning SCHEMA_VALIDATION_FAILED: The expression is not evaluated in a JSONPath state at /States/X/Parameters (set "QueryLanguage": "JSONata")
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Output":{"a.$":"$.b","c.$":"d","e":{"f.$":"States.UUID()"}}}
                1:92 warning SCHEMA_VALIDATION_FAILED: The field 'a.$' is not evaluated in a JSONata state at /States/X/Output (write an expression between '{%' and '%}')
                1:119 warning SCHEMA_VALIDATION_FAILED: The field 'f.$' is not evaluated in a JSONata state at /States/X/Output (write an expression between '{%' and '%}')
        "#]],
    );
}
