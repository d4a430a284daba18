//! Every field in every state that does not have it.

use std::fmt::Write;

use compasso_ir::ExecutionType;
use expect_test::expect;

use crate::check::{analyse, check_states, machine_of};

/// A minimal state of each kind.
const STATES: [(&str, &str); 8] = [
    (
        "Task",
        r#""Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true"#,
    ),
    ("Pass", r#""Type":"Pass","End":true"#),
    ("Choice", r#""Type":"Choice","Choices":[]"#),
    ("Wait", r#""Type":"Wait","Seconds":1,"End":true"#),
    ("Succeed", r#""Type":"Succeed""#),
    ("Fail", r#""Type":"Fail""#),
    (
        "Parallel",
        r#""Type":"Parallel","Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}],"End":true"#,
    ),
    (
        "Map",
        r#""Type":"Map","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"End":true"#,
    ),
];

const FIELDS: [&str; 46] = [
    "Comment",
    "QueryLanguage",
    "Next",
    "End",
    "Assign",
    "InputPath",
    "OutputPath",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "Arguments",
    "Output",
    "Retry",
    "Catch",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
    "Resource",
    "Credentials",
    "Result",
    "Choices",
    "Default",
    "Seconds",
    "Timestamp",
    "SecondsPath",
    "TimestampPath",
    "Error",
    "Cause",
    "ErrorPath",
    "CausePath",
    "Branches",
    "ItemProcessor",
    "Iterator",
    "ItemsPath",
    "Items",
    "ItemSelector",
    "MaxConcurrency",
    "MaxConcurrencyPath",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
    "Label",
    "Bogus",
];

/// Lists for each field the states that refuse it; one letter for each kind, in the order of
/// [`STATES`], a small letter if only the other language has it.
#[test]
fn fields_belong_to_their_states() {
    let mut table = String::new();
    for language in ["JSONPath", "JSONata"] {
        for field in FIELDS {
            let mut refused = String::new();
            for (kind, state) in STATES {
                if state.contains(&format!("\"{field}\":")) {
                    continue;
                }
                let written =
                    format!(r#"{{"QueryLanguage":"{language}",{state},"{field}":false}}"#);
                let state = written.replacen(r#""QueryLanguage":"JSONPath","#, "", 1);
                let analysis = analyse(&machine_of(&state), ExecutionType::Standard);
                let says = |text: &str| {
                    analysis.diagnostics.iter().any(|diagnostic| diagnostic.message.contains(text))
                };
                let kind = if kind == "Parallel" { "R" } else { &kind[..1] };
                if says(&format!("but field '{field}' is only supported")) {
                    refused.push_str(&kind.to_lowercase());
                } else if says(&format!("Field '{field}' is not supported")) {
                    refused.push_str(kind);
                }
            }
            writeln!(table, "{language} {field}: {refused}").unwrap();
        }
    }
    expect![[r#"
        JSONPath Comment: 
        JSONPath QueryLanguage: 
        JSONPath Next: CSF
        JSONPath End: CSF
        JSONPath Assign: SF
        JSONPath InputPath: F
        JSONPath OutputPath: F
        JSONPath Parameters: CWSF
        JSONPath ResultSelector: PCWSF
        JSONPath ResultPath: CWSF
        JSONPath Arguments: tPCWSFrM
        JSONPath Output: tpcwsFrm
        JSONPath Retry: PCWSF
        JSONPath Catch: PCWSF
        JSONPath TimeoutSeconds: PCWSFRM
        JSONPath TimeoutSecondsPath: PCWSFRM
        JSONPath HeartbeatSeconds: PCWSFRM
        JSONPath HeartbeatSecondsPath: PCWSFRM
        JSONPath Resource: PCWSFRM
        JSONPath Credentials: PCWSFRM
        JSONPath Result: TCWSFRM
        JSONPath Choices: TPWSFRM
        JSONPath Default: TPWSFRM
        JSONPath Seconds: TPCSFRM
        JSONPath Timestamp: TPCSFRM
        JSONPath SecondsPath: TPCSFRM
        JSONPath TimestampPath: TPCSFRM
        JSONPath Error: TPCWSRM
        JSONPath Cause: TPCWSRM
        JSONPath ErrorPath: TPCWSRM
        JSONPath CausePath: TPCWSRM
        JSONPath Branches: TPCWSFM
        JSONPath ItemProcessor: TPCWSFR
        JSONPath Iterator: TPCWSFR
        JSONPath ItemsPath: TPCWSFR
        JSONPath Items: TPCWSFRm
        JSONPath ItemSelector: TPCWSFR
        JSONPath MaxConcurrency: TPCWSFR
        JSONPath MaxConcurrencyPath: TPCWSFR
        JSONPath ItemReader: TPCWSFRM
        JSONPath ItemBatcher: TPCWSFRM
        JSONPath ResultWriter: TPCWSFRM
        JSONPath ToleratedFailureCount: TPCWSFRM
        JSONPath ToleratedFailurePercentage: TPCWSFRM
        JSONPath Label: TPCWSFRM
        JSONPath Bogus: TPCWSFRM
        JSONata Comment: 
        JSONata QueryLanguage: 
        JSONata Next: CSF
        JSONata End: CSF
        JSONata Assign: SF
        JSONata InputPath: tpcwsFrm
        JSONata OutputPath: tpcwsFrm
        JSONata Parameters: tpCWSFrm
        JSONata ResultSelector: tPCWSFrm
        JSONata ResultPath: tpCWSFrm
        JSONata Arguments: PCWSFM
        JSONata Output: F
        JSONata Retry: PCWSF
        JSONata Catch: PCWSF
        JSONata TimeoutSeconds: PCWSFRM
        JSONata TimeoutSecondsPath: tPCWSFRM
        JSONata HeartbeatSeconds: PCWSFRM
        JSONata HeartbeatSecondsPath: tPCWSFRM
        JSONata Resource: PCWSFRM
        JSONata Credentials: PCWSFRM
        JSONata Result: TpCWSFRM
        JSONata Choices: TPWSFRM
        JSONata Default: TPWSFRM
        JSONata Seconds: TPCSFRM
        JSONata Timestamp: TPCSFRM
        JSONata SecondsPath: TPCwSFRM
        JSONata TimestampPath: TPCwSFRM
        JSONata Error: TPCWSRM
        JSONata Cause: TPCWSRM
        JSONata ErrorPath: TPCWSfRM
        JSONata CausePath: TPCWSfRM
        JSONata Branches: TPCWSFM
        JSONata ItemProcessor: TPCWSFR
        JSONata Iterator: TPCWSFRm
        JSONata ItemsPath: TPCWSFRm
        JSONata Items: TPCWSFR
        JSONata ItemSelector: TPCWSFR
        JSONata MaxConcurrency: TPCWSFR
        JSONata MaxConcurrencyPath: TPCWSFRm
        JSONata ItemReader: TPCWSFRM
        JSONata ItemBatcher: TPCWSFRM
        JSONata ResultWriter: TPCWSFRM
        JSONata ToleratedFailureCount: TPCWSFRM
        JSONata ToleratedFailurePercentage: TPCWSFRM
        JSONata Label: TPCWSFRM
        JSONata Bogus: TPCWSFRM
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_misplaced_field_names_what_helps() {
    check_states(
        &[
            r#"{"Type":"Pass","End":true,"Retry":[]}"#,
            r#"{"Type":"Succeed","Choices":[]}"#,
            r#"{"Type":"Pass","End":true,"Output":1}"#,
            r#"{"Type":"Pass","QueryLanguage":"JSONata","End":true,"Result":1,"Parameters":{},"ResultPath":"$"}"#,
            r#"{"Type":"Task","End":true,"Resorce":"x","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Comments":""}"#,
            r#"{"Type":"Map","QueryLanguage":"JSONata","End":true,"Iterator":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"ItemsPath":"$","Parameters":{}}"#,
            r#"{"Type":"Pass","End":true,"Zebra":1,"type":"Pass"}"#,
        ],
        &expect![[r#"
            {"Type":"Pass","End":true,"Retry":[]}
                1:56 SCHEMA_VALIDATION_FAILED: Field 'Retry' is not supported at /States/X ('Retry' belongs to Task, Parallel, Map states)
            {"Type":"Succeed","Choices":[]}
                1:48 SCHEMA_VALIDATION_FAILED: Field 'Choices' is not supported at /States/X ('Choices' belongs to Choice states)
            {"Type":"Pass","End":true,"Output":1}
                1:56 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/X (use 'OutputPath', or the fields that shape the result)
            {"Type":"Pass","QueryLanguage":"JSONata","End":true,"Result":1,"Parameters":{},"ResultPath":"$"}
                1:82 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Result' is only supported for the 'JSONPath' QueryLanguage at /States/X (use 'Output')
                1:93 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Parameters' is only supported for the 'JSONPath' QueryLanguage at /States/X (use 'Arguments', 'ItemSelector' in a Map state, or 'Output' in a Pass state)
                1:109 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use 'Output')
            {"Type":"Task","End":true,"Resorce":"x","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Comments":""}
                1:56 SCHEMA_VALIDATION_FAILED: Field 'Resorce' is not supported at /States/X (did you mean 'Resource'?)
                1:132 SCHEMA_VALIDATION_FAILED: Field 'Comments' is not supported at /States/X (did you mean 'Comment'?)
            {"Type":"Map","QueryLanguage":"JSONata","End":true,"Iterator":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"ItemsPath":"$","Parameters":{}}
                1:81 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Iterator' is only supported for the 'JSONPath' QueryLanguage at /States/X (use 'ItemProcessor')
                1:142 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ItemsPath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use 'Items')
                1:158 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Parameters' is only supported for the 'JSONPath' QueryLanguage at /States/X (use 'Arguments', 'ItemSelector' in a Map state, or 'Output' in a Pass state)
            {"Type":"Pass","End":true,"Zebra":1,"type":"Pass"}
                1:56 SCHEMA_VALIDATION_FAILED: Field 'Zebra' is not supported at /States/X
                1:66 SCHEMA_VALIDATION_FAILED: Field 'type' is not supported at /States/X (did you mean 'Type'?)
        "#]],
    );
}
