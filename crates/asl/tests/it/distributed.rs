//! Distributed Map: its fields.

use expect_test::expect;

use crate::check::{check_express, check_state, check_states, machine_of};

const PROCESSOR: &str = r#""ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}"#;

fn map(fields: &str) -> String {
    format!(r#"{{"Type":"Map","End":true,{PROCESSOR},{fields}}}"#)
}

#[test]
fn a_distributed_map_has_readers_batches_and_writers() {
    check_state(
        &map(
            r#""Label":"L","ItemsPath":"$.a","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b","Key.$":"$.k"},
            "ReaderConfig":{"InputType":"CSV","CSVDelimiter":"PIPE","CSVHeaderLocation":"GIVEN","CSVHeaders":["a","b"],"MaxItems":0}},
            "ItemBatcher":{"MaxItemsPerBatch":1,"MaxInputBytesPerBatch":262144,"BatchInput":{"x.$":"$.x"}},
            "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"b"},"WriterConfig":{"OutputType":"JSONL","Transformation":"FLATTEN"}},
            "ToleratedFailureCount":0,"ToleratedFailurePercentage":33.3,"MaxConcurrency":1000"#,
        ),
        &expect![""],
    );
    check_state(
        &map(
            r#""QueryLanguage":"JSONata","Items":[1],"ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","Arguments":{"Bucket":"{% $states.input.b %}"},
            "ReaderConfig":{"InputType":"{% 'JSON' %}","Transformation":"LOAD_AND_FLATTEN","MaxItems":"{% 5 %}","ItemsPointer":"/a/b"}},
            "ItemBatcher":{"MaxItemsPerBatch":"{% 5 %}","BatchInput":"{% $states.input %}"},
            "ResultWriter":{"WriterConfig":{"OutputType":"JSON","Transformation":"COMPACT"}},
            "ToleratedFailureCount":"{% 5 %}","ToleratedFailurePercentage":"{% 5 %}""#,
        ),
        &expect![""],
    );
    check_express(
        &machine_of(&map(r#""Comment":"c""#)),
        &expect![[r#"
        1:98 SCHEMA_VALIDATION_FAILED: Express state machine does not support Distributed Map at /States/X/ItemProcessor/ProcessorConfig/Mode
    "#]],
    );
}

#[test]
fn the_fields_of_a_distributed_map_are_checked() {
    let states: Vec<String> = [
        r#""Label":"""#,
        r#""Label":"a b""#,
        r#""Label":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#,
        r#""ToleratedFailureCount":-1,"ToleratedFailurePercentage":101"#,
        r#""ToleratedFailureCount":1,"ToleratedFailureCountPath":"$.a""#,
        r#""ToleratedFailurePercentage":"1","ToleratedFailurePercentagePath":"$.a""#,
        r#""ToleratedFailurePercentagePath":"$.a[*]""#,
        r#""ItemReader":{}"#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:putObject"}"#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:getObject"}"#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Arguments":{},"ReaderConfig":{"InputType":"XML","Transformation":"X","ManifestType":"X","CSVDelimiter":",","CSVHeaderLocation":"X","ItemsPointer":"a","MaxItems":100000001,"Bogus":1}}"#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN"}}"#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaders":["a",1,"a"]}}"#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","ReaderConfig":{"MaxItems":1,"MaxItemsPath":"$.a"}}"#,
        r#""ItemBatcher":{}"#,
        r#""ItemBatcher":{"MaxItemsPerBatch":0,"MaxInputBytesPerBatch":262145}"#,
        r#""ItemBatcher":{"MaxItemsPerBatch":1,"MaxItemsPerBatchPath":"$.a","BatchInput":{"a.$":"b"}}"#,
        r#""ResultWriter":{}"#,
        r#""ResultWriter":{"Parameters":{"Bucket":"b"}}"#,
        r#""ResultWriter":{"Resource":"arn:aws:states:::s3:getObject","WriterConfig":{"OutputType":"CSV","Transformation":"X","X":1}}"#,
        r#""MaxConcurrency":-1"#,
    ]
    .iter()
    .map(|fields| format!(r#"{{"Type":"Map","End":true,{fields},{PROCESSOR}}}"#))
    .collect();
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Map","End":true,"Label":"","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:63 SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/X/Label
            {"Type":"Map","End":true,"Label":"a b","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:63 INVALID_LABEL_NAME: The label 'a b' cannot contain ' ' at /States/X/Label
            {"Type":"Map","End":true,"Label":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:63 INVALID_LABEL_NAME: Label 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' exceeds the 40-character limit allowed by the service at /States/X/Label
            {"Type":"Map","End":true,"ToleratedFailureCount":-1,"ToleratedFailurePercentage":101,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:79 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/X/ToleratedFailureCount
                1:111 SCHEMA_VALIDATION_FAILED: Maximum value is 100 at /States/X/ToleratedFailurePercentage
            {"Type":"Map","End":true,"ToleratedFailureCount":1,"ToleratedFailureCountPath":"$.a","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:81 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [ToleratedFailureCount, ToleratedFailureCountPath] at /States/X
            {"Type":"Map","End":true,"ToleratedFailurePercentage":"1","ToleratedFailurePercentagePath":"$.a","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:84 SCHEMA_VALIDATION_FAILED: Expected value of type Number at /States/X/ToleratedFailurePercentage
                1:88 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [ToleratedFailurePercentage, ToleratedFailurePercentagePath] at /States/X
            {"Type":"Map","End":true,"ToleratedFailurePercentagePath":"$.a[*]","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:88 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/ToleratedFailurePercentagePath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Map","End":true,"ItemReader":{},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:55 SCHEMA_VALIDATION_FAILED: These fields are required: [Resource] at /States/X/ItemReader
            {"Type":"Map","End":true,"ItemReader":{"Resource":"arn:aws:states:::s3:putObject"},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:80 SCHEMA_VALIDATION_FAILED: The field 'Resource' does not match any of the allowed values at /States/X/ItemReader/Resource (use one of [arn:aws:states:::s3:getObject, arn:aws:states:::s3:listObjectsV2])
            {"Type":"Map","End":true,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject"},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:55 SCHEMA_VALIDATION_FAILED: The field 'InputType' is required but was missing at /States/X/ItemReader
            {"Type":"Map","End":true,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Arguments":{},"ReaderConfig":{"InputType":"XML","Transformation":"X","ManifestType":"X","CSVDelimiter":",","CSVHeaderLocation":"X","ItemsPointer":"a","MaxItems":100000001,"Bogus":1}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:112 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Arguments' is only supported for the 'JSONata' QueryLanguage at /States/X/ItemReader (use 'Parameters')
                1:155 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [CSV, JSON, JSONL, PARQUET, MANIFEST] at /States/X/ItemReader/ReaderConfig/InputType
                1:178 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [NONE, LOAD_AND_FLATTEN] at /States/X/ItemReader/ReaderConfig/Transformation
                1:197 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [ATHENA_DATA, S3_INVENTORY] at /States/X/ItemReader/ReaderConfig/ManifestType
                1:216 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [COMMA, PIPE, SEMICOLON, SPACE, TAB] at /States/X/ItemReader/ReaderConfig/CSVDelimiter
                1:240 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [FIRST_ROW, GIVEN] at /States/X/ItemReader/ReaderConfig/CSVHeaderLocation
                1:259 SCHEMA_VALIDATION_FAILED: Value must be a JSON Pointer, which begins with '/' at /States/X/ItemReader/ReaderConfig/ItemsPointer
                1:274 SCHEMA_VALIDATION_FAILED: Maximum value is 100000000 at /States/X/ItemReader/ReaderConfig/MaxItems
                1:284 SCHEMA_VALIDATION_FAILED: Field 'Bogus' is not supported at /States/X/ItemReader/ReaderConfig
            {"Type":"Map","End":true,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN"}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:112 SCHEMA_VALIDATION_FAILED: These fields are required: [CSVHeaders] at /States/X/ItemReader/ReaderConfig
            {"Type":"Map","End":true,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaders":["a",1,"a"]}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:112 SCHEMA_VALIDATION_FAILED: The field 'CSVHeaderLocation' is required at /States/X/ItemReader/ReaderConfig
                1:146 SCHEMA_VALIDATION_FAILED: 'CSVHeaders' need a 'CSVHeaderLocation' of GIVEN at /States/X/ItemReader/ReaderConfig (set "CSVHeaderLocation": "GIVEN")
                1:164 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/ItemReader/ReaderConfig/CSVHeaders[1]
                1:166 SCHEMA_VALIDATION_FAILED: CSV headers cannot contain duplicates. at /States/X/ItemReader/ReaderConfig/CSVHeaders[2]
            {"Type":"Map","End":true,"ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","ReaderConfig":{"MaxItems":1,"MaxItemsPath":"$.a"}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:145 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [MaxItems, MaxItemsPath] at /States/X/ItemReader/ReaderConfig
            {"Type":"Map","End":true,"ItemBatcher":{},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:55 SCHEMA_VALIDATION_FAILED: At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch] at /States/X/ItemBatcher
            {"Type":"Map","End":true,"ItemBatcher":{"MaxItemsPerBatch":0,"MaxInputBytesPerBatch":262145},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:89 SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/X/ItemBatcher/MaxItemsPerBatch
                1:115 SCHEMA_VALIDATION_FAILED: Maximum value is 262144 at /States/X/ItemBatcher/MaxInputBytesPerBatch
            {"Type":"Map","End":true,"ItemBatcher":{"MaxItemsPerBatch":1,"MaxItemsPerBatchPath":"$.a","BatchInput":{"a.$":"b"}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:91 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [MaxItemsPerBatch, MaxItemsPerBatchPath] at /States/X/ItemBatcher
                1:141 SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/ItemBatcher/BatchInput ('b' is not an intrinsic function)
            {"Type":"Map","End":true,"ResultWriter":{},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:55 SCHEMA_VALIDATION_FAILED: At least one of these fields is required: [WriterConfig, Resource] at /States/X/ResultWriter
            {"Type":"Map","End":true,"ResultWriter":{"Parameters":{"Bucket":"b"}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:55 SCHEMA_VALIDATION_FAILED: These fields are required: [Resource] at /States/X/ResultWriter
            {"Type":"Map","End":true,"ResultWriter":{"Resource":"arn:aws:states:::s3:getObject","WriterConfig":{"OutputType":"CSV","Transformation":"X","X":1}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:82 SCHEMA_VALIDATION_FAILED: The field 'Resource' does not match any of the allowed values at /States/X/ResultWriter/Resource (use one of [arn:aws:states:::s3:putObject])
                1:143 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSON, JSONL] at /States/X/ResultWriter/WriterConfig/OutputType
                1:166 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [NONE, COMPACT, FLATTEN] at /States/X/ResultWriter/WriterConfig/Transformation
                1:170 SCHEMA_VALIDATION_FAILED: Field 'X' is not supported at /States/X/ResultWriter/WriterConfig
            {"Type":"Map","End":true,"MaxConcurrency":-1,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:72 SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/X/MaxConcurrency
        "#]],
    );
}

#[test]
fn the_processor_config_fits_the_mode() {
    let states: Vec<String> = [
        "{}",
        "[]",
        r#"{"Mode":"INLINE","ExecutionType":"STANDARD"}"#,
        r#"{"Mode":"inline","ExecutionType":"STANDARD"}"#,
        r#"{"Mode":"DISTRIBUTED"}"#,
        r#"{"Mode":"DISTRIBUTED","ExecutionType":"FAST","Bogus":1}"#,
        r#"{"ExecutionType":"STANDARD"}"#,
    ]
    .iter()
    .map(|config| format!(r#"{{"Type":"Map","End":true,"ItemProcessor":{{"ProcessorConfig":{config},"StartAt":"I","States":{{"I":{{"Type":"Succeed"}}}}}}}}"#))
    .collect();
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":[],"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:72 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/ItemProcessor/ProcessorConfig
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE","ExecutionType":"STANDARD"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:107 SCHEMA_VALIDATION_FAILED: Field 'ExecutionType' is not supported at /States/X/ItemProcessor/ProcessorConfig (only a distributed Map has it)
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"inline","ExecutionType":"STANDARD"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:98 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [INLINE, DISTRIBUTED] at /States/X/ItemProcessor/ProcessorConfig/Mode (did you mean 'INLINE'?)
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:72 SCHEMA_VALIDATION_FAILED: These fields are required: [ExecutionType] at /States/X/ItemProcessor/ProcessorConfig
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"FAST","Bogus":1},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:128 SCHEMA_VALIDATION_FAILED: Value should be one of the following: [STANDARD, EXPRESS] at /States/X/ItemProcessor/ProcessorConfig/ExecutionType
                1:135 SCHEMA_VALIDATION_FAILED: Field 'Bogus' is not supported at /States/X/ItemProcessor/ProcessorConfig
            {"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"ExecutionType":"STANDARD"},"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}
                1:91 SCHEMA_VALIDATION_FAILED: Field 'ExecutionType' is not supported at /States/X/ItemProcessor/ProcessorConfig (only a distributed Map has it)
        "#]],
    );
}

#[test]
fn inline_maps_have_no_distributed_fields() {
    check_state(
        r#"{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},
          "ItemReader":{},"ItemBatcher":{},"ResultWriter":{},"ToleratedFailureCount":1,"ToleratedFailureCountPath":"$.a",
          "ToleratedFailurePercentage":1,"ToleratedFailurePercentagePath":"$.a","Label":"L"}"#,
        &expect![[r#"
            2:11 SCHEMA_VALIDATION_FAILED: Field 'ItemReader' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            2:27 SCHEMA_VALIDATION_FAILED: Field 'ItemBatcher' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            2:44 SCHEMA_VALIDATION_FAILED: Field 'ResultWriter' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            2:62 SCHEMA_VALIDATION_FAILED: Field 'ToleratedFailureCount' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            2:88 SCHEMA_VALIDATION_FAILED: Field 'ToleratedFailureCountPath' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            3:11 SCHEMA_VALIDATION_FAILED: Field 'ToleratedFailurePercentage' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            3:42 SCHEMA_VALIDATION_FAILED: Field 'ToleratedFailurePercentagePath' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
            3:81 SCHEMA_VALIDATION_FAILED: Field 'Label' is not supported at /States/X (set "Mode": "DISTRIBUTED" in the 'ProcessorConfig')
        "#]],
    );
}
