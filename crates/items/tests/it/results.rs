use std::fs;

use compasso_items::{ChildRecord, ResultKind, ResultWriter, Stores, Written};
use compasso_types::{Json, Timestamp};

use crate::dataset::block_on;

const ARN: &str =
    "arn:aws:states:us-east-1:123456789012:mapRun:m/Map:ad9b5f27-090b-3ac6-9beb-243cd77144a7";
const FOLDER: &str = "jobs/ad9b5f27-090b-3ac6-9beb-243cd77144a7";

#[test]
fn results_are_exported_by_how_children_ended() {
    let directory = tempfile::tempdir().unwrap();
    let bucket = bucket(&directory);
    let written = export(
        &bucket,
        "jobs",
        "{}",
        &[
            (ResultKind::Succeeded, r#"{"Name":"a","Output":"[1]"}"#),
            (ResultKind::Failed, r#"{"Name":"b","Error":"E"}"#),
            (ResultKind::Succeeded, r#"{"Name":"c","Output":"2"}"#),
        ],
    );
    assert_eq!(
        written.result.to_string(),
        format!(
            r#"{{"MapRunArn":"{ARN}","ResultWriterDetails":{{"Bucket":"{bucket}","Key":"{FOLDER}/manifest.json"}}}}"#
        )
    );
    let manifest = format!(
        r#"{{"DestinationBucket":"{bucket}","MapRunArn":"{ARN}","ResultFiles":{{"FAILED":[{{"Key":"{FOLDER}/FAILED_0.json","Size":26}}],"PENDING":[],"SUCCEEDED":[{{"Key":"{FOLDER}/SUCCEEDED_0.json","Size":55}}]}}}}"#
    );
    assert_eq!(written.manifest.to_string(), manifest);
    let read = |name: &str| fs::read_to_string(directory.path().join(FOLDER).join(name)).unwrap();
    assert_eq!(read("manifest.json"), manifest);
    let succeeded = r#"[{"Name":"a","Output":"[1]"},{"Name":"c","Output":"2"}]"#;
    assert_eq!(read("SUCCEEDED_0.json"), succeeded);
    assert_eq!(read("FAILED_0.json"), r#"[{"Name":"b","Error":"E"}]"#);
    let mut names: Vec<_> = fs::read_dir(directory.path().join(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["FAILED_0.json", "SUCCEEDED_0.json", "manifest.json"]);
}

#[test]
fn what_is_written_of_a_child_can_be_chosen() {
    for (config, expected) in [
        (r#"{"Transformation":"COMPACT"}"#, "[[1,[2]],3]"),
        (r#"{"Transformation":"FLATTEN"}"#, "[1,[2],3]"),
        (r#"{"Transformation":"FLATTEN","OutputType":"JSONL"}"#, "1\n[2]\n3\n"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let records = [r#"{"Output":"[1,[2]]"}"#, r#"{"Output":"3"}"#];
        let records = records.map(|record| (ResultKind::Succeeded, record));
        export(&bucket(&directory), "jobs/", config, &records);
        let file = directory.path().join(FOLDER).join("SUCCEEDED_0.json");
        assert_eq!(fs::read_to_string(file).unwrap(), expected, "{config}");
    }
}

#[test]
fn an_export_without_results_is_a_manifest() {
    let directory = tempfile::tempdir().unwrap();
    let written = export(&bucket(&directory), "", "{}", &[]);
    let key = written.result.get("ResultWriterDetails").unwrap().get("Key").unwrap();
    assert_eq!(key.as_str(), Some(&*format!("{}/manifest.json", &FOLDER["jobs/".len()..])));
    assert!(written.manifest.to_string().contains(r#"{"FAILED":[],"PENDING":[],"SUCCEEDED":[]}"#));
}

#[test]
fn more_results_than_are_gathered_are_all_written() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(r#"{{"Output":"\"{}\""}}"#, "x".repeat(100_000));
    export(&bucket(&directory), "jobs", "{}", &vec![(ResultKind::Pending, &*text); 35]);
    let file = fs::read_to_string(directory.path().join(FOLDER).join("PENDING_0.json")).unwrap();
    assert_eq!(Json::parse(&file).unwrap().as_array().unwrap().len(), 35);
}

#[test]
fn a_directory_that_is_not_there_fails_the_export() {
    let directory = tempfile::tempdir().unwrap();
    let missing = format!("{}/none", bucket(&directory));
    let writer = writer(&missing, "jobs", "{}");
    let error = block_on(async {
        let mut export = writer.begin(&Stores::new(), ARN).unwrap();
        let record = Json::parse("{}").unwrap();
        export.add(ResultKind::Succeeded, &record).await.unwrap();
        export.finish().await.unwrap_err()
    });
    assert_eq!(error.error, "States.ResultWriterFailed");
    let path = directory.path().join("none");
    assert_eq!(error.cause, format!("The directory {} does not exist.", path.display()));
}

#[test]
fn a_prefix_never_leads_out_of_the_directory() {
    let outside = tempfile::tempdir().unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), directory.path().join("link")).unwrap();
    for prefix in ["../x", "a/../../x", "/tmp/x", "link", "link/x"] {
        let writer = writer(&bucket(&directory), prefix, "{}");
        let finished =
            block_on(async { writer.begin(&Stores::new(), ARN).unwrap().finish().await });
        let error = finished.unwrap_err();
        assert!(error.cause.contains("leads out of the directory"), "{prefix}: {error}");
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_record_has_the_names_in_order() {
    let record = ChildRecord {
        execution_arn: "arn:e".into(),
        input: "{\"a\":1}".into(),
        name: "e".into(),
        output: None,
        error: Some("E".into()),
        cause: Some("because".into()),
        redrive_count: 0,
        redrive_status: "NOT_REDRIVABLE".into(),
        redrive_status_reason: Some("why".into()),
        start_date: Some(Timestamp(0)),
        state_machine_arn: "arn:s".into(),
        status: "FAILED".into(),
        stop_date: Some(Timestamp(1500)),
    };
    assert_eq!(
        record.to_json().to_string(),
        r#"{"Cause":"because","Error":"E","ExecutionArn":"arn:e","Input":"{\"a\":1}","InputDetails":{"Included":true},"Name":"e","RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE","RedriveStatusReason":"why","StartDate":"1970-01-01T00:00:00.000Z","StateMachineArn":"arn:s","Status":"FAILED","StopDate":"1970-01-01T00:00:01.500Z"}"#
    );
}

fn bucket(directory: &tempfile::TempDir) -> String {
    format!("file://{}", directory.path().display())
}

fn writer(bucket: &str, prefix: &str, config: &str) -> ResultWriter {
    let arguments = Json::object([("Bucket", Json::from(bucket)), ("Prefix", Json::from(prefix))]);
    let field = Json::object([
        ("Resource", Json::from("arn:aws:states:::s3:putObject")),
        ("Arguments", arguments),
        ("WriterConfig", Json::parse(config).unwrap()),
    ]);
    ResultWriter::from_json(&field).unwrap()
}

fn export(bucket: &str, prefix: &str, config: &str, records: &[(ResultKind, &str)]) -> Written {
    block_on(async {
        let mut export = writer(bucket, prefix, config).begin(&Stores::new(), ARN).unwrap();
        for (kind, record) in records {
            export.add(*kind, &Json::parse(record).unwrap()).await.unwrap();
        }
        export.finish().await.unwrap()
    })
}
