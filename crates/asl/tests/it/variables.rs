//! Variables: names, scopes, references.

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{analyse, check, check_silent, check_states};

#[test]
fn variable_names_are_identifiers() {
    let long = format!(r#"{{"Type":"Pass","End":true,"Assign":{{"{}":1}}}}"#, "v".repeat(81));
    check_states(
        &[
            r#"{"Type":"Pass","End":true,"Assign":7}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"states":1}}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"states.$":"$"}}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"a.b":1}}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"1a":1,"":2,"_x":3,"a-b":4}}"#,
            r#"{"Type":"Pass","End":true,"Assign":{"a.$":"b"}}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Assign":{"a.$":1}}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Assign":"{% {} %}"}"#,
            &long,
        ],
        &expect![[r#"
            {"Type":"Pass","End":true,"Assign":7}
                1:65 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Assign
            {"Type":"Pass","End":true,"Assign":{"states":1}}
                1:66 RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/X/Assign/states
            {"Type":"Pass","End":true,"Assign":{"states.$":"$"}}
                1:66 RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/X/Assign/states.$
            {"Type":"Pass","End":true,"Assign":{"a.b":1}}
                1:66 INVALID_VARIABLE_NAME: Invalid variable name 'a.b': the variable name contains invalid characters. at /States/X/Assign/a.b (use 1 to 80 letters, digits and underscores, a letter first)
            {"Type":"Pass","End":true,"Assign":{"1a":1,"":2,"_x":3,"a-b":4}}
                1:66 INVALID_VARIABLE_NAME: Invalid variable name '1a': the variable name contains invalid characters. at /States/X/Assign/1a (use 1 to 80 letters, digits and underscores, a letter first)
                1:73 INVALID_VARIABLE_NAME: Invalid variable name '': the variable name contains invalid characters. at /States/X/Assign/ (use 1 to 80 letters, digits and underscores, a letter first)
                1:78 INVALID_VARIABLE_NAME: Invalid variable name '_x': the variable name contains invalid characters. at /States/X/Assign/_x (use 1 to 80 letters, digits and underscores, a letter first)
                1:85 INVALID_VARIABLE_NAME: Invalid variable name 'a-b': the variable name contains invalid characters. at /States/X/Assign/a-b (use 1 to 80 letters, digits and underscores, a letter first)
            {"Type":"Pass","End":true,"Assign":{"a.$":"b"}}
                1:73 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Assign ('b' is not an intrinsic function)
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Assign":{"a.$":1}}
                1:92 INVALID_VARIABLE_NAME: Invalid variable name 'a.$': the variable name contains invalid characters. at /States/X/Assign/a.$ (use 1 to 80 letters, digits and underscores, a letter first)
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Assign":"{% {} %}"}
                1:91 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Assign (expressions work in computed fields of JSONata states only)
            {"Type":"Pass","End":true,"Assign":{"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv":1}}
                1:66 INVALID_VARIABLE_NAME: Invalid variable name 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv': the variable name contains invalid characters. at /States/X/Assign/vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv (use 1 to 80 letters, digits and underscores, a letter first)
        "#]],
    );
}

#[test]
fn inner_blocks_cannot_assign_outer_variables() {
    check(
        r#"{"StartAt":"A","States":{
          "A":{"Type":"Pass","Assign":{"outer":1},"Next":"M"},
          "M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"I","States":{
            "I":{"Type":"Pass","Assign":{"outer.$":"$","inner":1},"Next":"J"},
            "J":{"Type":"Choice","Choices":[{"Variable":"$inner","IsNull":true,"Assign":{"outer":2},"Next":"K"}],"Default":"K"},
            "K":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Catch":[{"ErrorEquals":["A"],"Assign":{"outer":3},"Next":"I"}],"End":true}}}}}}"#,
        &expect![[r#"
            4:42 SCHEMA_VALIDATION_FAILED: The variable 'outer' belongs to an outer block and cannot be assigned here at /States/M/ItemProcessor/States/I/Assign/outer.$
            5:90 SCHEMA_VALIDATION_FAILED: The variable 'outer' belongs to an outer block and cannot be assigned here at /States/M/ItemProcessor/States/J/Choices[0]/Assign/outer
            6:116 SCHEMA_VALIDATION_FAILED: The variable 'outer' belongs to an outer block and cannot be assigned here at /States/M/ItemProcessor/States/K/Catch[0]/Assign/outer
        "#]],
    );
}

#[test]
fn reading_what_is_never_assigned_is_an_error_in_jsonpath() {
    check(
        r#"{"StartAt":"A","States":{
          "A":{"Type":"Pass","Assign":{"total":1},"InputPath":"$totl","OutputPath":"$total.x","Next":"B"},
          "B":{"Type":"Pass","Parameters":{"a.$":"$bogus.x","b":[{"c.$":"States.Format('{}', $inner)"}]},"Next":"P"},
          "P":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"C","States":{
             "C":{"Type":"Pass","Assign":{"inner.$":"$total"},"End":true}}}]}}}"#,
        &expect![[r#"
            2:64 SCHEMA_VALIDATION_FAILED: The variable 'totl' is never assigned at /States/A/InputPath (did you mean 'total'?)
            3:51 SCHEMA_VALIDATION_FAILED: The variable 'bogus' is never assigned at /States/B/Parameters
            3:94 SCHEMA_VALIDATION_FAILED: The variable 'inner' is not visible here: it is assigned in another block at /States/B/Parameters
        "#]],
    );
}

#[test]
fn children_of_a_distributed_map_do_not_see_outer_variables() {
    check(
        r#"{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"Assign":{"v":1,"u":1},"ItemProcessor":{
          "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
          "StartAt":"I","States":{"I":{"Type":"Pass","InputPath":"$u","Assign":{"w":1},"Next":"J"},
            "J":{"Type":"Pass","InputPath":"$w","Assign":{"v":2},"End":true}}}}}}"#,
        &expect![[r#"
            3:67 SCHEMA_VALIDATION_FAILED: The variable 'u' is not visible here: it is assigned in another block at /States/M/ItemProcessor/States/I/InputPath
        "#]],
    );
}

#[test]
fn references_name_the_variables_each_state_reads() {
    let text = r#"{"StartAt":"A","States":{
      "A":{"Type":"Pass","Assign":{"b":1,"a":2,"c":3},"Next":"B"},
      "B":{"Type":"Pass","InputPath":"$b.x","Parameters":{"y.$":"$a","z.$":"States.Array($a, $c)"},"Next":"C"},
      "C":{"Type":"Choice","Choices":[{"Variable":"$a","NumericEqualsPath":"$c","Next":"D"}],"Default":"D"},
      "D":{"Type":"Pass","End":true}}}"#;
    let definition = analyse(text, ExecutionType::Standard).definition.unwrap();
    expect![[r#"{"B": ["a", "b", "c"], "C": ["a", "c"]}"#]]
        .assert_eq(&format!("{:?}", definition.variable_references));
}

#[test]
fn jsonata_reads_count_as_references_but_may_be_undefined() {
    let text = r#"{"QueryLanguage":"JSONata","StartAt":"A","States":{
      "A":{"Type":"Pass","Assign":{"b":1},"Output":"{% ($x := $b; $sum([$x, $nowhere])) %}","End":true}}}"#;
    check_silent(text, ExecutionType::Standard);
    let definition = analyse(text, ExecutionType::Standard).definition.unwrap();
    expect![[r#"{"A": ["b", "nowhere"]}"#]]
        .assert_eq(&format!("{:?}", definition.variable_references));
}
